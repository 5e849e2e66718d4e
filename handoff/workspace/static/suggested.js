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
  /** @type {readonly Suggestion[]} */
  #suggestions = [];
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
    if (asked !== this.#asked) return;
    this.#suggestions = found;
    this.show();
  }

  clear() {
    this.#asked += 1;
    this.#suggestions = [];
    this.show();
  }

  /** @param {number} place counted from 0 */
  choose(place) {
    const suggestion = this.#suggestions[place];
    if (suggestion) this.#help.insert(this.#fill(suggestion));
  }

  /** Draws them, again where more is known that they name. */
  show() {
    const drawn = this.#suggestions.map((one, place) => this.#draw(one, place));
    if (drawn.map(({ title }) => title).join() !== [...this.element.querySelectorAll("button")].map(({ title }) => title).join()) {
      this.element.replaceChildren(...drawn);
    }
    this.element.hidden = !drawn.length;
  }

  /** @param {Suggestion} suggestion */
  #fill({ source, text }) {
    return source === "canned" ? fill(text, this.#help.facts()) : text;
  }

  /**
   * @param {Suggestion} suggestion
   * @param {number} place
   */
  #draw(suggestion, place) {
    const { source, title } = suggestion;
    const from = [say(`suggest.${source}`), title].filter(Boolean).join(" · ");
    const text = this.#fill(suggestion);
    return make(
      "button",
      { type: "button", title: text, "aria-keyshortcuts": `Alt+${place + 1}`, onclick: () => this.choose(place) },
      make("span", { class: "text" }, text),
      make("small", {}, make("kbd", {}, `Alt+${place + 1}`), " ", from),
    );
  }
}
