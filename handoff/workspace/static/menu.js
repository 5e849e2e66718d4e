/** A list that opens above the box while one types, and is chosen from without leaving the box. */

import { make } from "./dom.js";

/** @typedef {{title: string, detail?: string, choose: () => void}} Option */

export class Menu {
  /** @type {readonly Option[]} */
  #options = [];
  #at = 0;
  #box;
  element;

  /**
   * @param {HTMLTextAreaElement} box
   * @param {string} label
   */
  constructor(box, label) {
    this.#box = box;
    this.element = make("ul", { class: "menu", id: "compose-menu", role: "listbox", "aria-label": label, hidden: true });
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", "compose-menu");
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {readonly Option[]} options none closes it */
  show(options) {
    this.#options = options;
    this.#at = 0;
    this.element.hidden = !options.length;
    this.element.replaceChildren(...options.map((option, index) => this.#drawOption(option, index)));
    this.#mark();
  }

  close() {
    this.show([]);
  }

  /**
   * Takes the keys that move and choose.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was taken
   */
  take(event) {
    if (!this.isOpen) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" || event.key === "Tab") this.#options[this.#at].choose();
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** @param {number} step */
  #move(step) {
    this.#at = (this.#at + step + this.#options.length) % this.#options.length;
    this.#mark();
  }

  #mark() {
    [...this.element.children].forEach((child, index) => child.setAttribute("aria-selected", String(index === this.#at)));
    const current = this.element.children[this.#at];
    current?.scrollIntoView({ block: "nearest" });
    if (current) this.#box.setAttribute("aria-activedescendant", current.id);
    else this.#box.removeAttribute("aria-activedescendant");
  }

  /**
   * @param {Option} option
   * @param {number} index
   */
  #drawOption(option, index) {
    const detail = option.detail && make("span", { class: "detail" }, option.detail);
    const element = make("li", { role: "option", id: `compose-option-${index}` }, make("b", {}, option.title), detail);
    element.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    element.addEventListener("click", option.choose);
    return element;
  }
}
