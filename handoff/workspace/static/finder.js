/** Above the lists: search, and the conversations that are with the bot or over. */

import { icon, make, setText } from "./dom.js";
import { RowView } from "./row.js";
import { say } from "./texts.js";

/** @typedef {{row: import("./types.js").Row, excerpt: string|null}} Hit */

const TABS = /** @type {const} */ (["desk", "bot", "closed"]);
const PAUSE = 250;
const LOOK_EVERY = 5;

export class Finder {
  #tab = 0;
  #words = "";
  #asked = 0;
  #ticks = 0;
  #timer = 0;
  #current = "";
  /** @type {{view: RowView, hit: Hit}[]} */
  #shown = [];
  #api;
  #open;
  #finding;
  #box = make("input", { type: "search", placeholder: say("find.search"), "aria-label": say("find.search"), maxlength: 100 });
  #tabs = TABS.map((name, index) => make("button", { type: "button", onclick: () => this.choose(index) }, say(`find.${name}`)));
  #list = make("ul", {});
  #empty = make("p", { class: "empty", role: "status" });
  #found = make("section", { class: "found", "aria-label": say("find.found") }, this.#list, this.#empty);
  element;

  /**
   * @param {import("./api.js").Api} api
   * @param {(id: string, byKey: boolean) => void} open
   * @param {(isFinding: boolean) => void} finding whether this is shown instead of the desk's lists
   */
  constructor(api, open, finding) {
    this.#api = api;
    this.#open = open;
    this.#finding = finding;
    const tabs = make("div", { class: "tabs", role: "group", "aria-label": say("find.which") }, ...this.#tabs);
    this.element = make("div", { class: "finder" }, make("label", { class: "search" }, icon("search"), this.#box), tabs, this.#found);
    this.#box.addEventListener("input", () => this.#typed());
    this.#box.addEventListener("keydown", (event) => this.#pressed(event));
    this.#look();
  }

  focus() {
    this.#box.focus();
    this.#box.select();
  }

  /** @param {number} tab */
  choose(tab) {
    this.#tab = tab;
    this.#box.value = this.#words = "";
    this.#look();
  }

  /** @param {string|null} current id of the open conversation */
  show(current) {
    this.#current = current ?? "";
    this.#draw();
  }

  /** What is with the bot changes by itself. */
  tick() {
    this.#ticks += 1;
    if (this.#isFinding && !document.hidden && this.#ticks % LOOK_EVERY === 0) void this.#ask();
    for (const { view } of this.#shown) view.tick();
  }

  get #isFinding() {
    return Boolean(this.#words) || this.#tab > 0;
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#words = this.#box.value.trim();
      this.#look();
    }, PAUSE);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing || event.key !== "Escape" || !this.#box.value) return;
    event.stopPropagation();
    this.choose(this.#tab);
  }

  #look() {
    this.#tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", String(index === this.#tab && !this.#words)));
    this.#found.hidden = !this.#isFinding;
    this.#finding(this.#isFinding);
    this.#shown = [];
    this.#draw();
    setText(this.#empty, say("thread.loading"));
    if (this.#isFinding) void this.#ask();
  }

  /** Only the newest question's answer counts. */
  async #ask() {
    const asked = (this.#asked += 1);
    const query = new URLSearchParams([this.#words ? ["words", this.#words] : ["state", TABS[this.#tab]]]);
    try {
      const answer = await this.#api.get(`/conversations?${query}`);
      if (asked === this.#asked) this.#take(/** @type {{conversations: Hit[]}} */ (answer).conversations);
    } catch {
      if (asked === this.#asked && !this.#shown.length) setText(this.#empty, say("error.unreachable"));
    }
  }

  /** @param {Hit[]} hits */
  #take(hits) {
    const known = new Map(this.#shown.map(({ view, hit }) => [hit.row.id, view]));
    this.#shown = hits.map((hit) => {
      const { id } = hit.row;
      return { hit, view: known.get(id) ?? new RowView((byKey) => this.#open(id, byKey)) };
    });
    setText(this.#empty, hits.length ? "" : say("find.nothing"));
    this.#draw();
  }

  #draw() {
    for (const { view, hit } of this.#shown) {
      view.show(hit.row, { owner: "", isOpen: hit.row.id === this.#current, isUnread: false, line: hit.excerpt ?? "" });
    }
    const wanted = this.#shown.map(({ view }) => view.element);
    const same = wanted.length === this.#list.children.length && wanted.every((element, at) => this.#list.children[at] === element);
    if (!same) this.#list.replaceChildren(...wanted);
  }
}
