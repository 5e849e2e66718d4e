/** Above a conversation: its tickets that are not solved, and the way to open one. */

import { newsOf } from "./desk.js";
import { button, make } from "./dom.js";
import { askForTicket, drawChips, nameOf, placeOf } from "./tickets.js";
import { say } from "./texts.js";

/** @typedef {import("./tickets.js").Summary} Summary */

export class TicketStrip {
  #known = 0;
  #id;
  #around;
  #order;
  #list = make("ul", {});
  element;

  /**
   * @param {string} id of the conversation
   * @param {{api: import("./api.js").Api, desk: () => import("./desk.js").Desk, session: import("./types.js").Session}} around
   * @param {() => string} order the one that the chat is about
   */
  constructor(id, around, order) {
    this.#id = id;
    this.#around = around;
    this.#order = order;
    const add = around.session.agent.may.includes("work") && button(say("ticket.new"), () => this.open(), { class: "quiet" });
    this.element = make("section", { class: "ticket-strip", "aria-label": say("header.tickets") }, this.#list, add);
  }

  /** Asks for a new ticket of this conversation. */
  open() {
    if (!this.#around.session.agent.may.includes("work")) return;
    askForTicket(this.#around.api, { conversation: this.#id, order: this.#order() }, () => this.#load());
  }

  /** The desk has changed: where tickets have, these may be others. */
  show() {
    const news = newsOf(this.#around.desk(), this.#id);
    if (news === this.#known) return;
    this.#known = news;
    void this.#load();
  }

  async #load() {
    try {
      const { tickets } = /** @type {{tickets: Summary[]}} */ (await this.#around.api.get(`/tickets/of/${encodeURIComponent(this.#id)}`));
      this.#list.replaceChildren(...tickets.map(draw));
    } catch {
      this.#known = 0; // the next change asks again
    }
  }
}

/** @param {Summary} ticket */
function draw(ticket) {
  const link = make("a", { href: placeOf(ticket.number) }, make("span", { class: "mono" }, ticket.number), ` ${nameOf(ticket)}`);
  return make("li", {}, link, make("span", { class: "chips" }, ...drawChips(ticket)));
}
