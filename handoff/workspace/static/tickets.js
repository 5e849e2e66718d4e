/** What all views of tickets share: their shapes, how they are named, and the dialog that opens one. */

import { Refusal } from "./api.js";
import { button, field, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { say, sayWord } from "./texts.js";
import { age, fullTime, now, rest } from "./times.js";

/**
 * @typedef {"open"|"waiting"|"solved"|"closed"} TicketState
 * @typedef {"complaint"|"bad_rating"|"feedback"|"task"} Kind
 * @typedef {{id: number, party: string, what: string, due: number, outcome: "open"|"done"|"failed", remark: string,
 *   ended_at: number|null, ended_by: string|null}} Step
 *
 * @typedef {object} Summary a ticket as lists have it; times are ms since the epoch
 * @property {string} number
 * @property {Kind} kind
 * @property {string} title
 * @property {TicketState} state
 * @property {"low"|"normal"|"high"|"urgent"} priority
 * @property {string|null} owner
 * @property {string|null} conversation
 * @property {string|null} channel
 * @property {string} order
 * @property {number} at
 * @property {number} first_answer_due
 * @property {number} solution_due
 * @property {number|null} answered_at
 * @property {number|null} solved_at
 * @property {number|null} follow_up
 * @property {number} version
 * @property {Step|null} [next] the first step that is open
 *
 * @typedef {Summary & {text: string, contact: string, steps: Step[]}} Ticket
 * @typedef {{at: number, act: string, agent: string|null, agent_name: string|null, data: Record<string, any>}} HistoryLine
 * @typedef {{ticket: Ticket, history: HistoryLine[], parties: string[]}} Whole
 * @typedef {{what: string, due: number, at: number, step: number|null}} Alarm
 * @typedef {Summary & {alarms: Alarm[]}} Ringing
 * @typedef {{late: number, tickets: readonly Ringing[], changed: readonly string[]|null}} Alarms what the feed tells; `changed`:
 *   the tickets and conversations with which something was done, null where it may be any
 */

export const KINDS = /** @type {const} */ (["complaint", "bad_rating", "feedback", "task"]);
export const STATES = /** @type {const} */ (["open", "waiting", "solved", "closed"]);
export const PRIORITIES = /** @type {const} */ (["urgent", "high", "normal", "low"]);

/** @param {string} number */
export const placeOf = (number) => `#tickets=${encodeURIComponent(number)}`;

/** @param {Summary} ticket */
export const isLive = ({ state }) => state === "open" || state === "waiting";

/** @param {Summary} ticket */
export const nameOf = ({ kind, title }) => title || sayWord("ticketKind", kind);

/**
 * What matters of a ticket at a glance: kind, state, how urgent it is, and what is late.
 * @param {Summary} ticket
 */
export function drawChips(ticket) {
  const chips = [
    make("span", { class: `chip ticket-${ticket.kind}` }, sayWord("ticketKind", ticket.kind)),
    make("span", { class: `chip ticket-${ticket.state}` }, sayWord("ticketState", ticket.state)),
  ];
  if (ticket.priority !== "normal") chips.push(drawPriority(ticket));
  if (isLive(ticket)) chips.push(drawDue(ticket));
  return chips;
}

/** @param {Summary} ticket */
function drawPriority({ priority }) {
  return make("span", { class: "chip" }, say("ticket.priorityIs", { priority: sayWord("ticketPriority", priority) }));
}

/**
 * When the next thing of a live ticket is due, or since when it is late.
 * @param {Summary} ticket
 */
function drawDue(ticket) {
  const dues = [ticket.solution_due, ...(ticket.answered_at ? [] : [ticket.first_answer_due]), ...(ticket.next ? [ticket.next.due] : [])];
  const due = Math.min(...dues);
  const late = due <= now();
  const text = late ? say("ticket.late", { age: age(due) }) : say("ticket.due", { time: rest(due) });
  return make("span", { class: late ? "chip overdue" : "chip", title: fullTime(due) }, text);
}

/**
 * Why something failed, in words.
 * @param {unknown} error
 */
export function explain(error) {
  if (!(error instanceof Refusal)) return explainProblem(error);
  const known = sayWord("ticketRefused", error.reason);
  return known === error.reason ? error.message : known;
}

/** A random id by which the server knows a command that is sent again. */
export const newCommand = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * @param {string} label
 * @param {readonly (readonly [string, string])[]} options value and text
 * @param {string} [value]
 */
export function select(label, options, value = "") {
  const input = make("select", {}, ...options.map(([name, text]) => make("option", { value: name, selected: name === value }, text)));
  return { input, element: make("label", { class: "field" }, make("span", {}, label), input) };
}

/**
 * @param {string} label
 * @param {Record<string, string|number|boolean>} attributes
 */
export function area(label, attributes) {
  const input = make("textarea", attributes);
  return { input, element: make("label", { class: "field wide" }, make("span", {}, label), input) };
}

/**
 * Asks for what a new ticket needs, and opens it.
 * @param {import("./api.js").Api} api
 * @param {{conversation?: string, order?: string}} about
 * @param {(whole: Whole) => void} opened
 */
export function askForTicket(api, about, opened) {
  const command = newCommand();
  const kind = select(say("ticket.kind"), KINDS.map((name) => [name, sayWord("ticketKind", name)]), "task");
  const priority = select(say("ticket.priority"), PRIORITIES.map((name) => [name, sayWord("ticketPriority", name)]), "normal");
  const title = field(say("ticket.title"), { required: true, maxlength: 200, autocomplete: "off" });
  const order = field(say("ticket.order"), { maxlength: 64, autocomplete: "off", value: about.order ?? "" });
  const text = area(say("ticket.text"), { rows: 4, maxlength: 4000 });
  const mine = make("input", { type: "checkbox", checked: true });
  const problem = make("p", { class: "problem", role: "alert" });
  const cancel = button(say("ticket.cancel"), () => dialog.close());
  const form = make(
    "form",
    { class: "ticket-form" },
    make("h1", { id: "new-ticket" }, say("ticket.new")),
    title.element,
    kind.element,
    priority.element,
    order.element,
    text.element,
    make("label", { class: "check" }, mine, say("ticket.forMe")),
    problem,
    make("div", { class: "ticket-buttons" }, make("button", { class: "primary" }, say("ticket.create")), cancel),
  );
  const dialog = make("dialog", { class: "ticket-dialog", "aria-labelledby": "new-ticket" }, form);
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = { title: title.input.value, order: order.input.value, text: text.input.value, mine: mine.checked };
    const body = { command, kind: kind.input.value, priority: priority.input.value, ...said, conversation: about.conversation ?? null };
    try {
      const whole = /** @type {Whole} */ (await api.post("/tickets", body));
      dialog.close();
      opened(whole);
    } catch (error) {
      setText(problem, explain(error));
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  title.input.focus();
}
