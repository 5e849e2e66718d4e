/** One line that tells the agent what just happened, read out, gone after a while. */

import { make } from "./dom.js";

const STAYS = 8_000;

export class Notice {
  #text = make("span", {});
  #timer = 0;
  element = make("div", { class: "notice", role: "status", "aria-live": "assertive" }, this.#text);

  /** @param {string} text */
  tell(text) {
    this.#text.textContent = text;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => (this.#text.textContent = ""), STAYS);
  }
}
