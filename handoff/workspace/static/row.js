/** One conversation in a list. The same element shows it as long as it is listed. */

import { drawMarks } from "./attention.js";
import { icon, make, setText } from "./dom.js";
import { shopperName } from "./people.js";
import { say, sayWord } from "./texts.js";
import { age, urgency } from "./times.js";

/** @typedef {import("./types.js").Row} Row */

export class RowView {
  /** @type {Row|null} */
  #row = null;
  #name = make("span", { class: "name" });
  #age = make("span", { class: "age" });
  #chips = make("span", { class: "chips" });
  #preview = make("span", { class: "preview" });
  #button;

  /** @param {(byKey: boolean) => void} open */
  constructor(open) {
    const onclick = (/** @type {MouseEvent} */ event) => open(event.detail === 0);
    this.#button = make("button", { type: "button", class: "row", onclick }, this.#name, this.#age, this.#preview, this.#chips);
    this.element = make("li", {}, this.#button);
  }

  /**
   * @param {Row} row
   * @param {{owner: string, isOpen: boolean, isUnread: boolean, line?: string}} looks `line`: what is said instead of the preview
   */
  show(row, looks) {
    this.#row = row;
    this.#name.replaceChildren(...drawName(row, looks.isUnread));
    this.#chips.replaceChildren(...drawChips(row, looks.owner));
    setText(this.#preview, looks.line || row.preview || "");
    this.#button.setAttribute("aria-current", String(looks.isOpen));
    this.#button.classList.toggle("unread", looks.isUnread);
    this.tick();
  }

  tick() {
    const row = this.#row;
    const waits = row !== null && row.waiting !== null;
    this.#age.className = waits ? `age ${urgency(row)}` : "age";
    setText(this.#age, waits ? age(row.waiting ?? 0) : "");
  }
}

/**
 * @param {Row} row
 * @param {boolean} isUnread
 */
function drawName(row, isUnread) {
  const channel = sayWord("channel", row.channel);
  return [
    make("span", { class: "channel", title: channel }, icon(row.channel), make("span", { class: "unseen" }, channel)),
    make("span", { class: "label" }, shopperName(row)),
    ...(isUnread ? [make("span", { class: "dot", role: "img", "aria-label": say("list.unread") })] : []),
  ];
}

/**
 * @param {Row} row
 * @param {string} owner
 */
function drawChips(row, owner) {
  const chips = [];
  chips.push(...drawMarks(row));
  if (!row.reachable) chips.push(make("span", { class: "chip blocked" }, say("shopper.blocked")));
  if (row.reason) chips.push(make("span", { class: `chip reason-${row.reason}` }, sayWord("reason", row.reason)));
  if (row.topic && row.topic !== row.reason) chips.push(make("span", { class: "chip topic" }, sayWord("topic", row.topic)));
  if (owner) chips.push(make("span", { class: "chip owner" }, owner));
  return chips;
}
