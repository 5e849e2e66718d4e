/** What is typed and not sent, per conversation; it outlives a reload, a lost connection and an expired session. */

/** @typedef {{text: string, note: boolean}} Draft */

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
    const stored = sessionStorage.getItem(this.#prefix + conversation);
    return stored ? JSON.parse(stored) : { text: "", note: false };
  }

  /**
   * @param {string} conversation
   * @param {Draft} draft
   */
  write(conversation, draft) {
    if (draft.text) sessionStorage.setItem(this.#prefix + conversation, JSON.stringify(draft));
    else sessionStorage.removeItem(this.#prefix + conversation);
  }

  /**
   * Puts back what could not be said, before what was typed meanwhile.
   * @param {string} conversation
   * @param {Draft} draft
   */
  restore(conversation, draft) {
    const { text } = this.read(conversation);
    this.write(conversation, { ...draft, text: [draft.text, text].filter(Boolean).join("\n") });
  }
}
