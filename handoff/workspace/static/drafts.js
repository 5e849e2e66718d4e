/** What is typed and not sent, per conversation; it outlives a reload, a closed window and an expired session. */

/** @typedef {{text: string, note: boolean, files?: import("./uploads.js").Upload[]}} Draft */

export class Drafts {
  #prefix;

  /** @param {string} agent id of the agent who types */
  constructor(agent) {
    this.#prefix = `jieli.draft.${agent}.`;
  }

  /**
   * @param {string} conversation
   * @returns {Draft}
   */
  read(conversation) {
    const stored = localStorage.getItem(this.#prefix + conversation);
    return stored ? JSON.parse(stored) : { text: "", note: false };
  }

  /**
   * @param {string} conversation
   * @param {Draft} draft
   */
  write(conversation, draft) {
    if (draft.text || draft.files?.length) localStorage.setItem(this.#prefix + conversation, JSON.stringify(draft));
    else localStorage.removeItem(this.#prefix + conversation);
  }

  /**
   * Puts back what could not be said, before what was typed meanwhile.
   * @param {string} conversation
   * @param {Draft} draft
   */
  restore(conversation, draft) {
    const { text, files = [] } = this.read(conversation);
    const both = [draft.text, text].filter(Boolean).join("\n");
    this.write(conversation, { note: draft.note, text: both, files: [...(draft.files ?? []), ...files] });
  }
}
