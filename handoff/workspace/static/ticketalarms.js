/** What time has to say about tickets: shown with what needs attention, and told once by a ring and a notification. */

import { make, setText } from "./dom.js";
import { notify, ring } from "./ring.js";
import { drawChips, nameOf, placeOf } from "./tickets.js";
import { say, sayWord } from "./texts.js";

/** @typedef {import("./tickets.js").Ringing} Ringing */
/** @typedef {import("./desk.js").Desk} Desk */

const LONGEST = 20;

export class AlarmList {
  /** @type {unknown} */
  #known = null;
  #count = make("span", { class: "number" });
  #list = make("ul", {});
  element = make("section", { class: "ticket-alarms", "aria-labelledby": "list-tickets", hidden: true }, make("h2", { id: "list-tickets" }, say("ticket.attention"), this.#count), this.#list);

  /** @param {Desk} desk */
  show(desk) {
    if (desk.tickets === this.#known) return;
    this.#known = desk.tickets;
    const tickets = desk.tickets?.tickets ?? [];
    this.element.hidden = !tickets.length;
    setText(this.#count, String(tickets.length));
    this.#list.replaceChildren(...tickets.slice(0, LONGEST).map(draw));
  }
}

/** @param {Ringing} ticket */
function draw(ticket) {
  const open = () => (location.hash = placeOf(ticket.number));
  const what = ticket.alarms.map((alarm) => sayWord("ticketAlarm", alarm.what)).join(" · ");
  const row = make(
    "button",
    { type: "button", class: "row", onclick: open },
    make("span", { class: "name" }, make("span", { class: "label" }, nameOf(ticket))),
    make("span", { class: "mono age" }, ticket.number),
    make("span", { class: "preview" }, what),
    make("span", { class: "chips" }, ...drawChips(ticket).slice(-1)),
  );
  return make("li", {}, row);
}

/**
 * Calls the agent for alarms that were not there before; none of those that are there when the workspace opens.
 * @param {Desk} before
 * @param {Desk} after
 */
export function tellAlarms(before, after) {
  if (before.tickets === null || after.tickets === null || before.tickets === after.tickets) return;
  const known = new Set(before.tickets.tickets.flatMap(keys));
  for (const ticket of after.tickets.tickets) {
    const fresh = ticket.alarms.filter((_, index) => !known.has(keys(ticket)[index]));
    if (!fresh.length) continue;
    ring();
    const what = fresh.map((alarm) => sayWord("ticketAlarm", alarm.what)).join(" · ");
    notify(say("call.ticket", { number: ticket.number, what }), nameOf(ticket), ticket.number, () => (location.hash = placeOf(ticket.number)));
  }
}

/** @param {Ringing} ticket */
function keys(ticket) {
  return ticket.alarms.map((alarm) => `${ticket.number}:${alarm.what}:${alarm.step ?? ""}:${alarm.due}`);
}
