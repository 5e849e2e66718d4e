/** Up to three replies above the box, to be taken by a click or Alt+1 to Alt+3; nothing is sent by itself. */

import { fill } from "./canned.js";
import { make } from "./dom.js";
import { say } from "./texts.js";

/** @typedef {{source: "canned"|"past"|"knowledge", title: string|null, text: string}} Suggestion */

/**
 * @typedef {object} Help
 * @property {import("./api.js").Api} api
 * @property {() => import("./canned.js").Facts} facts what canned replies may name
 * @property {(text: string) => void} insert puts a reply into the box
 */

export class SuggestedReplies {
  #path;
  #help;
  #asked = 0;
  /** @type {string[]} */
  #texts = [];
  element = make("div", { class: "suggested", role: "group", "aria-label": say("suggest.label"), hidden: true });

  /**
   * @param {string} conversation
   * @param {Help} help
   */
  constructor(conversation, help) {
    this.#path = `/conversations/${encodeURIComponent(conversation)}/suggestions`;
    this.#help = help;
  }

  /** Asks anew; an older answer that comes later is left out, and without an answer nothing is suggested. */
  async refresh() {
    const asked = ++this.#asked;
    /** @type {readonly Suggestion[]} */
    let found = [];
    try {
      found = /** @type {{suggestions: Suggestion[]}} */ (await this.#help.api.get(this.#path)).suggestions;
    } catch {
      found = [];
    }
    if (asked === this.#asked) this.#show(found);
  }

  clear() {
    this.#asked += 1;
    this.#show([]);
  }

  /** @param {number} place counted from 0 */
  choose(place) {
    const text = this.#texts[place];
    if (text) this.#help.insert(text);
  }

  /** @param {readonly Suggestion[]} suggestions */
  #show(suggestions) {
    const facts = this.#help.facts();
    this.#texts = suggestions.map(({ source, text }) => (source === "canned" ? fill(text, facts) : text));
    this.element.replaceChildren(...suggestions.map((one, place) => this.#draw(one, place)));
    this.element.hidden = !suggestions.length;
  }

  /**
   * @param {Suggestion} suggestion
   * @param {number} place
   */
  #draw({ source, title }, place) {
    const from = [say(`suggest.${source}`), title].filter(Boolean).join(" · ");
    const text = this.#texts[place];
    return make(
      "button",
      { type: "button", title: text, "aria-keyshortcuts": `Alt+${place + 1}`, onclick: () => this.choose(place) },
      make("span", { class: "text" }, text),
      make("small", {}, make("kbd", {}, `Alt+${place + 1}`), " ", from),
    );
  }
}
