/** The lists on the left: mine, waiting, with others. Rows stay the same elements, so that focus and eye keep their place. */

import { lists } from "./desk.js";
import { make, setText } from "./dom.js";
import { Finder } from "./finder.js";
import { agentName } from "./people.js";
import { RowView } from "./row.js";
import { say } from "./texts.js";
import { AlarmList } from "./ticketalarms.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {"offered"|"attention"|"mine"|"snoozed"|"waiting"|"others"} Section */

const LONGEST = 200;
/** @type {Section[]} */
const SECTIONS = ["offered", "attention", "mine", "snoozed", "waiting", "others"];

export class ListView {
  #me;
  #seen;
  #open;
  #finder;
  #alarms = new AlarmList();
  /** @type {Map<string, RowView>} */
  #rows = new Map();
  /** @type {Record<Section, SectionView>} */
  #sections;
  element;

  /**
   * @param {string} me
   * @param {import("./seen.js").Seen} seen
   * @param {(id: string, byKey: boolean) => void} open
   * @param {import("./api.js").Api} api
   */
  constructor(me, seen, open, api) {
    this.#me = me;
    this.#seen = seen;
    this.#open = open;
    this.#sections = {
      offered: new SectionView("offered", say("list.offered"), ""),
      attention: new SectionView("attention", say("list.attention"), ""),
      mine: new SectionView("mine", say("list.mine"), say("list.mineEmpty")),
      snoozed: new SectionView("snoozed", say("list.snoozed"), ""),
      waiting: new SectionView("waiting", say("list.waiting"), say("list.waitingEmpty")),
      others: new SectionView("others", say("list.others"), ""),
    };
    const own = make("div", { class: "own" }, ...SECTIONS.map((name) => this.#sections[name].element));
    this.#sections.attention.element.after(this.#alarms.element);
    this.#finder = new Finder(api, open, (isFinding) => (own.hidden = isFinding));
    this.element = make("nav", { class: "lists", tabindex: "-1", "aria-label": say("list.label") }, this.#finder.element, own);
  }

  /**
   * @param {Desk} desk
   * @param {string|null} current id of the open conversation
   */
  show(desk, current) {
    const sorted = lists(desk, this.#me);
    const shown = new Set(SECTIONS.flatMap((name) => sorted[name].map(({ id }) => id)));
    for (const id of this.#rows.keys()) if (!shown.has(id)) this.#rows.delete(id);
    this.#finder.show(current);
    this.#alarms.show(desk);
    for (const name of SECTIONS) {
      const views = sorted[name].slice(0, LONGEST).map((row) => this.#view(row, desk, current));
      this.#sections[name].show(views, sorted[name].length);
    }
  }

  tick() {
    for (const view of this.#rows.values()) view.tick();
    this.#finder.tick();
  }

  /** Goes to the search box. */
  search() {
    this.#finder.focus();
  }

  /** @param {number} tab 0: the desk's lists, 1: with the bot, 2: closed */
  choose(tab) {
    this.#finder.choose(tab);
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

  /** Brings the focus to the open conversation's row, or to the first; where there is none, at least out of the text box. */
  focus() {
    const all = this.#buttons();
    (all.find((element) => element.getAttribute("aria-current") === "true") ?? all[0] ?? this.element).focus();
  }

  #buttons() {
    return /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll("button.row")].filter((row) => row.getClientRects().length));
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
    const mention = desk.mentions.find(({ conversation }) => conversation === row.id);
    const line = mention && `@ ${mention.by}: ${mention.text}`;
    view.show(row, { owner, isOpen: row.id === current, isUnread: Boolean(line) || (!owner && this.#seen.isUnread(row)), line });
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
