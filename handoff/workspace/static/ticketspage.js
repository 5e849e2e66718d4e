/** The tickets' page: the shelves with search and filters, or, where the address names one, a ticket. */

import { button, icon, make, setText } from "./dom.js";
import { agentName } from "./people.js";
import { askForTicket, drawChips, explain, KINDS, nameOf, placeOf, select, STATES } from "./tickets.js";
import { say, sayWord } from "./texts.js";
import { fullTime } from "./times.js";
import { TicketView } from "./ticketview.js";

/** @typedef {import("./tickets.js").Summary} Summary */
/** @typedef {import("./pages.js").Around} Around */

const SHELVES = /** @type {const} */ (["mine", "unassigned", "overdue", "all"]);
const PAUSE = 250;

/**
 * @param {Around} around
 * @returns {import("./pages.js").View}
 */
export function drawTickets(around) {
  const number = new URLSearchParams(location.hash.slice(1)).get("tickets");
  return number ? new TicketView(number, around) : new TicketsView(around);
}

class TicketsView {
  /** @type {typeof SHELVES[number]} */
  #shelf = "mine";
  #timer = 0;
  #asked = 0;
  #tickets = /** @type {Summary[]} */ ([]);
  /** @type {unknown} */
  #known;
  #around;
  #words = make("input", { type: "search", placeholder: say("ticket.search"), "aria-label": say("ticket.search"), maxlength: 100 });
  #kind = select(say("ticket.kind"), [["", say("ticket.any")], ...KINDS.map((name) => /** @type {const} */ ([name, sayWord("ticketKind", name)]))]);
  #state = select(say("ticket.state"), [["", say("ticket.any")], ...STATES.map((name) => /** @type {const} */ ([name, sayWord("ticketState", name)]))]);
  #tabs = SHELVES.map((shelf) => make("button", { type: "button", onclick: () => this.#choose(shelf) }, say(`ticket.${shelf}`)));
  #list = make("ul", { class: "ticket-list" });
  #empty = make("p", { class: "empty", role: "status" });
  #more = button(say("ticket.more"), () => this.#ask(this.#tickets.length), { class: "quiet" });
  element;

  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
    this.#known = around.desk().tickets;
    const back = button(say("act.back"), around.leave, { class: "back", icon: "back" });
    const add = around.session.agent.may.includes("work") && button(say("ticket.new"), () => this.#open(), { class: "primary" });
    const head = make("header", { class: "head" }, back, make("h2", {}, say("header.tickets")), make("div", { class: "actions" }, add));
    const tabs = make("div", { class: "tabs", role: "group", "aria-label": say("ticket.which") }, ...this.#tabs);
    const search = make("label", { class: "search" }, icon("search"), this.#words);
    const filters = make("div", { class: "ticket-filters" }, search, this.#kind.element, this.#state.element);
    this.element = make("section", { class: "admin tickets-page" }, head, tabs, filters, this.#list, this.#empty, this.#more);
    this.#words.addEventListener("input", () => this.#typed());
    for (const { input } of [this.#kind, this.#state]) input.addEventListener("change", () => this.#ask());
    this.#choose("mine");
  }

  /** Something was done with a ticket somewhere. */
  show() {
    if (this.#known === this.#around.desk().tickets) return;
    this.#known = this.#around.desk().tickets;
    void this.#ask();
  }

  #open() {
    askForTicket(this.#around.api, {}, ({ ticket }) => (location.hash = placeOf(ticket.number)));
  }

  /** @param {typeof SHELVES[number]} shelf */
  #choose(shelf) {
    this.#shelf = shelf;
    this.#tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", String(SHELVES[index] === shelf)));
    void this.#ask();
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => (this.#words.value ? this.#choose("all") : this.#ask()), PAUSE);
  }

  /**
   * Only the newest question's answer counts.
   * @param {number} [skip] what is there already
   */
  async #ask(skip = 0) {
    const asked = (this.#asked += 1);
    const given = { shelf: this.#shelf, words: this.#words.value.trim(), kind: this.#kind.input.value, state: this.#state.input.value, skip: String(skip) };
    const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value));
    try {
      const answer = /** @type {{tickets: Summary[], more: boolean}} */ (await this.#around.api.get(`/tickets?${query}`));
      if (asked === this.#asked) this.#take(skip, answer);
    } catch (error) {
      if (asked === this.#asked) setText(this.#empty, explain(error));
    }
  }

  /**
   * @param {number} skip
   * @param {{tickets: Summary[], more: boolean}} answer
   */
  #take(skip, { tickets, more }) {
    this.#tickets = [...this.#tickets.slice(0, skip), ...tickets];
    this.#list.replaceChildren(...this.#tickets.map((ticket) => this.#draw(ticket)));
    this.#more.hidden = !more;
    setText(this.#empty, this.#tickets.length ? "" : say("ticket.none"));
  }

  /** @param {Summary} ticket */
  #draw(ticket) {
    const owner = ticket.owner ? agentName(this.#around.desk(), ticket.owner) : say("ticket.nobody");
    return make(
      "li",
      {},
      make(
        "a",
        { href: placeOf(ticket.number), class: "ticket-row" },
        make("span", { class: "mono" }, ticket.number),
        make("span", { class: "ticket-name" }, nameOf(ticket)),
        make("span", { class: "chips" }, ...drawChips(ticket)),
        make("span", { class: "ticket-owner" }, owner),
        make("time", { class: "ticket-time" }, fullTime(ticket.at)),
      ),
    );
  }
}
