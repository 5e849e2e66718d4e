/** A small board of emoji: those that people write to customers with. */

import { make } from "./dom.js";
import { say } from "./texts.js";

const SIGNS = [
  ..."😊😄😁🙂😉😍🥰😘🤗🤔😅😂😭😢😥😔😳😮😴🤝",
  ..."👍👌🙏👏💪👋✌🤞🙌🫶❤💯🎉🎁🌹🌷✨🔥☀🌙",
  ..."📦🚚✈🏠🛒💰🧾📷📞📍⏰📅✅❌❗❓⭐🔍🔧♻",
];

export class EmojiBoard {
  #open = false;
  #board = make("div", { class: "emoji", role: "group", "aria-label": say("compose.emoji"), hidden: true });
  #button;
  element;

  /** @param {(sign: string) => void} insert */
  constructor(insert) {
    const title = say("compose.emoji");
    const icon = make("span", { class: "icon icon-emoji", "aria-hidden": "true" });
    this.#button = make("button", { type: "button", class: "tool", title, "aria-label": title, "aria-expanded": "false" }, icon);
    this.#button.addEventListener("click", () => this.toggle());
    this.#board.append(...SIGNS.map((sign) => make("button", { type: "button", onclick: () => insert(sign) }, sign)));
    this.element = make("span", { class: "emoji-place" }, this.#button, this.#board);
    this.element.addEventListener("keydown", (event) => this.#pressed(event));
    this.element.addEventListener("focusout", (event) => this.#left(event));
  }

  toggle() {
    this.#show(!this.#open);
    if (this.#open) /** @type {HTMLElement|null} */ (this.#board.firstElementChild)?.focus();
  }

  /** @param {boolean} open */
  #show(open) {
    this.#open = open;
    this.#board.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10 }[event.key];
    if (event.key === "Escape" && this.#open) {
      event.stopPropagation();
      this.#show(false);
      this.#button.focus();
    }
    if (!step || !this.#open) return;
    event.preventDefault();
    const all = /** @type {HTMLElement[]} */ ([...this.#board.children]);
    const at = all.findIndex((element) => element === document.activeElement);
    all[Math.min(all.length - 1, Math.max(0, at + step))].focus();
  }

  /** @param {FocusEvent} event */
  #left(event) {
    if (!this.element.contains(/** @type {Node|null} */ (event.relatedTarget))) this.#show(false);
  }
}
