/** The lists on the left: mine, waiting, with others. Rows stay the same elements, so that focus and eye keep their place. */

import { drawMarks } from "./attention.js";
import { lists } from "./desk.js";
import { icon, make, setText } from "./dom.js";
import { agentName, shopperName } from "./people.js";
import { say, sayWord } from "./texts.js";
import { age, urgency } from "./times.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {"offered"|"mine"|"waiting"|"others"} Section */

const LONGEST = 200;
/** @type {Section[]} */
const SECTIONS = ["offered", "mine", "waiting", "others"];

export class ListView {
  #me;
  #seen;
  #open;
  /** @type {Map<string, RowView>} */
  #rows = new Map();
  /** @type {Record<Section, SectionView>} */
  #sections;
  element;

  /**
   * @param {string} me
   * @param {import("./seen.js").Seen} seen
   * @param {(id: string, byKey: boolean) => void} open
   */
  constructor(me, seen, open) {
    this.#me = me;
    this.#seen = seen;
    this.#open = open;
    this.#sections = {
      offered: new SectionView("offered", say("list.offered"), ""),
      mine: new SectionView("mine", say("list.mine"), say("list.mineEmpty")),
      waiting: new SectionView("waiting", say("list.waiting"), say("list.waitingEmpty")),
      others: new SectionView("others", say("list.others"), ""),
    };
    this.element = make("nav", { class: "lists", "aria-label": say("list.label") }, ...SECTIONS.map((name) => this.#sections[name].element));
  }

  /**
   * @param {Desk} desk
   * @param {string|null} current id of the open conversation
   */
  show(desk, current) {
    const sorted = lists(desk, this.#me);
    for (const id of this.#rows.keys()) if (!desk.rows.has(id)) this.#rows.delete(id);
    for (const name of SECTIONS) {
      const views = sorted[name].slice(0, LONGEST).map((row) => this.#view(row, desk, current));
      this.#sections[name].show(views, sorted[name].length);
    }
  }

  tick() {
    for (const view of this.#rows.values()) view.tick();
  }

  /**
   * Moves the focus through all lists.
   * @param {1|-1} step
   */
  move(step) {
    const all = this.#buttons();
    const at = all.findIndex((element) => element === document.activeElement);
    const from = at >= 0 ? at : all.findIndex((element) => element.getAttribute("aria-current") === "true");
    if (from < 0) return all[step > 0 ? 0 : all.length - 1]?.focus();
    all[Math.min(all.length - 1, Math.max(0, from + step))].focus();
  }

  /** Brings the focus to the open conversation's row, or to the first. */
  focus() {
    const all = this.#buttons();
    (all.find((element) => element.getAttribute("aria-current") === "true") ?? all[0])?.focus();
  }

  #buttons() {
    return [...this.element.querySelectorAll("button")];
  }

  /**
   * @param {Row} row
   * @param {Desk} desk
   * @param {string|null} current
   */
  #view(row, desk, current) {
    const view = this.#rows.get(row.id) ?? new RowView((byKey) => this.#open(row.id, byKey));
    this.#rows.set(row.id, view);
    const owner = row.state === "assigned" && row.agent !== this.#me ? agentName(desk, row.agent) : "";
    view.show(row, { owner, isOpen: row.id === current, isUnread: !owner && this.#seen.isUnread(row) });
    return view;
  }
}

class SectionView {
  #count = make("span", { class: "number" });
  #list = make("ul", {});
  #rest = make("p", { class: "empty" });
  #empty;

  /**
   * @param {Section} name
   * @param {string} title
   * @param {string} empty what is shown when there is nothing; without it the section hides
   */
  constructor(name, title, empty) {
    this.#empty = empty;
    this.element = make(
      "section",
      { class: name, "aria-labelledby": `list-${name}` },
      make("h2", { id: `list-${name}` }, title, this.#count),
      this.#list,
      this.#rest,
    );
  }

  /**
   * @param {RowView[]} views
   * @param {number} total
   */
  show(views, total) {
    setText(this.#count, String(total));
    this.element.hidden = !total && !this.#empty;
    const more = total > views.length ? say("list.more", { count: total - views.length }) : "";
    setText(this.#rest, total ? more : this.#empty);
    arrange(this.#list, views.map(({ element }) => element));
  }
}

/**
 * Makes `wanted` the children of `parent`, moving only those that are out of place: moving an element takes its focus away.
 * @param {Element} parent
 * @param {Element[]} wanted
 */
function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((element, index) => {
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
}

class RowView {
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
   * @param {{owner: string, isOpen: boolean, isUnread: boolean}} looks
   */
  show(row, looks) {
    this.#row = row;
    this.#name.replaceChildren(...drawName(row, looks.isUnread));
    this.#chips.replaceChildren(...drawChips(row, looks.owner));
    setText(this.#preview, row.preview ?? "");
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
  if (owner) chips.push(make("span", { class: "chip owner" }, owner));
  return chips;
}
