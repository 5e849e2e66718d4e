/** A button in the bar and what it opens below itself: a list of links and buttons, walked with the arrows. */

import { icon, make } from "./dom.js";

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });
const GAP = 4;

export class Dropdown {
  #list;
  /** @type {HTMLElement} */
  #panel;
  #button;
  element;

  /**
   * @param {string} id of the panel
   * @param {readonly (Node|string)[]} label
   * @param {"nav"|"div"} role of the panel
   * @param {string} name what the panel is called
   * @param {readonly HTMLElement[]} items links and buttons
   */
  constructor(id, label, role, name, items) {
    this.#list = make("ul", {}, ...items.map((item) => make("li", {}, item)));
    this.#panel = make(role, { id, class: "dropdown", popover: "auto", "aria-label": name, role: role === "div" ? "group" : null }, this.#list);
    this.#button = make("button", { type: "button", class: "quiet", popovertarget: id, "aria-expanded": "false", "aria-controls": id }, ...label, icon("down"));
    this.#panel.addEventListener("beforetoggle", () => this.#place());
    this.#panel.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event).newState === "open"));
    this.#panel.addEventListener("keydown", (event) => this.#walk(event));
    this.#panel.addEventListener("click", () => this.#panel.hidePopover());
    this.element = make("div", { class: `dropdown-place ${id}` }, this.#button, this.#panel);
  }

  /** @returns {HTMLElement[]} */
  get #items() {
    return [...this.#list.querySelectorAll("a, button")].filter((item) => item instanceof HTMLElement && !item.hidden).map((item) => /** @type {HTMLElement} */ (item));
  }

  /** Below its button, and inside the window. */
  #place() {
    const { bottom, left, right } = this.#button.getBoundingClientRect();
    const toTheRight = left < innerWidth / 2;
    this.#panel.style.top = `${bottom + GAP}px`;
    this.#panel.style.left = toTheRight ? `${Math.max(left, GAP)}px` : "auto";
    this.#panel.style.right = toTheRight ? "auto" : `${Math.max(innerWidth - right, GAP)}px`;
    this.#panel.style.maxHeight = `${innerHeight - bottom - 3 * GAP}px`;
  }

  /** @param {boolean} open */
  #toggled(open) {
    this.#button.setAttribute("aria-expanded", String(open));
    if (open) (this.#items.find((item) => item.matches("[aria-current]")) ?? this.#items[0])?.focus();
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const items = this.#items;
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key in STEPS) items.at((at + STEPS[event.key]) % items.length)?.focus();
    else if (event.key === "Home" || event.key === "End") items.at(event.key === "Home" ? 0 : -1)?.focus();
    else if (event.key === "Escape") return event.stopPropagation(); // closes this, and moves nothing behind it
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
