/** One ticket: what it is about, what can be done with it, its steps, and everything that was done. */

import { newsOf } from "./desk.js";
import { button, field, make, setText } from "./dom.js";
import { agentName } from "./people.js";
import { area, drawChips, explain, isLive, nameOf, newCommand, PRIORITIES, select } from "./tickets.js";
import { say, sayWord } from "./texts.js";
import { fullTime, now } from "./times.js";

/** @typedef {import("./tickets.js").Ticket} Ticket */
/** @typedef {import("./tickets.js").Step} Step */
/** @typedef {import("./tickets.js").Whole} Whole */
/** @typedef {import("./tickets.js").HistoryLine} HistoryLine */

const DAY = 86_400_000;
const TIMES = ["first_answer_due", "solution_due", "answered_at", "solved_at", "follow_up"];

export class TicketView {
  /** @type {Ticket|null} */
  #ticket = null;
  /** @type {unknown} */
  #known;
  #edited = false;
  #number;
  #around;
  #title = make("h2", { tabindex: -1 });
  #chips = make("p", { class: "chips" });
  #actions = make("div", { class: "actions" });
  #about = make("dl", { class: "ticket-about" });
  #edit = make("form", { class: "ticket-form" });
  #steps = make("ol", { class: "ticket-steps" });
  #add = make("form", { class: "ticket-form" });
  #remark = make("form", { class: "ticket-form" });
  #history = make("ol", { class: "ticket-history" });
  #problem = make("p", { class: "problem", role: "alert" });
  #said = make("p", { class: "saved", role: "status" });
  element;

  /**
   * @param {string} number
   * @param {import("./pages.js").Around} around
   */
  constructor(number, around) {
    this.#number = number;
    this.#around = around;
    this.#known = newsOf(around.desk(), number);
    const back = make("a", { href: "#tickets", class: "button" }, `‹ ${say("header.tickets")}`);
    const head = make("header", { class: "head" }, back, make("div", { class: "who" }, this.#title, this.#chips), this.#actions);
    const parts = [
      section("ticket.about", this.#about, this.#edit),
      section("ticket.steps", this.#steps, this.#add),
      section("ticket.history", this.#remark, this.#history),
    ];
    this.element = make("section", { class: "admin ticket-page", "aria-busy": "true" }, head, this.#problem, this.#said, ...parts);
    this.#edit.addEventListener("input", () => (this.#edited = true));
    void this.#load();
  }

  /** Somebody may have done something with it. */
  show() {
    const news = newsOf(this.#around.desk(), this.#number);
    if (this.#known === news) return;
    this.#known = news;
    void this.#load();
  }

  async #load() {
    await this.#try(async () => this.#take(/** @type {Whole} */ (await this.#around.api.get(`/tickets/${encodeURIComponent(this.#number)}`))));
    this.element.removeAttribute("aria-busy");
  }

  /**
   * Does something, once however often the request is sent.
   * @param {Record<string, unknown>} what
   */
  #act(what) {
    const body = { command: newCommand(), do: what };
    return this.#try(async () => {
      this.#edited &&= what.act !== "edit";
      this.#take(/** @type {Whole} */ (await this.#around.api.post(`/tickets/${encodeURIComponent(this.#number)}`, body)));
      setText(this.#said, say("ticket.saved"));
      if (document.activeElement === document.body) this.#title.focus(); // what was pressed is gone
    });
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    setText(this.#problem, "");
    setText(this.#said, "");
    try {
      await action();
      return true;
    } catch (error) {
      setText(this.#problem, explain(error));
      return false;
    }
  }

  /** @param {Whole} whole */
  #take({ ticket, history, parties }) {
    const first = this.#ticket === null;
    this.#ticket = ticket;
    setText(this.#title, `${ticket.number} ${nameOf(ticket)}`);
    this.#chips.replaceChildren(...drawChips(ticket));
    this.#actions.replaceChildren(...this.#drawActions(ticket));
    this.#about.replaceChildren(...this.#drawAbout(ticket));
    this.#steps.replaceChildren(...ticket.steps.map((step) => this.#drawStep(ticket, step)));
    this.#history.replaceChildren(...history.toReversed().map((line) => this.#drawLine(line)));
    this.#edit.hidden = this.#add.hidden = !isLive(ticket) || !this.#mayAct(ticket);
    this.#remark.hidden = !this.#around.session.agent.may.includes("work");
    if (!this.#edited) this.#drawEdit(ticket);
    if (first) this.#drawAdd(parties);
    if (first) this.#drawRemark();
  }

  /** @param {Ticket} ticket */
  #mayAct(ticket) {
    const { id, may } = this.#around.session.agent;
    return may.includes("work") && (ticket.owner === null || ticket.owner === id || may.includes("intervene"));
  }

  /** @param {Ticket} ticket */
  #drawActions(ticket) {
    if (!this.#mayAct(ticket)) return [];
    const acts = {
      open: ["wait", "solve", "close"],
      waiting: ["resume", "solve", "close"],
      solved: ["reopen", "close"],
      closed: [],
    }[ticket.state];
    const me = this.#around.session.agent.id;
    const take = isLive(ticket) && ticket.owner !== me && button(say("ticket.take"), () => this.#act({ act: "assign", owner: me }));
    const answered = isLive(ticket) && !ticket.answered_at && button(say("ticketAct.answer"), () => this.#act({ act: "answer" }));
    const moves = acts.map((act) => button(sayWord("ticketAct", act), () => this.#act({ act }), { class: act === "solve" ? "primary" : "" }));
    return [take, answered, ...moves].filter((one) => one !== false);
  }

  /** @param {Ticket} ticket */
  #drawAbout(ticket) {
    const link = ticket.conversation && make("a", { href: `#c=${encodeURIComponent(ticket.conversation)}` }, say("ticket.toChat"));
    const owner = ticket.owner ? agentName(this.#around.desk(), ticket.owner) : say("ticket.nobody");
    const facts = /** @type {[string, Node|string|null][]} */ ([
      [say("ticket.text"), ticket.text !== ticket.title ? ticket.text : null],
      [say("ticket.owner"), owner],
      [say("ticket.order"), ticket.order],
      [say("ticket.contact"), ticket.contact],
      [say("ticket.opened"), fullTime(ticket.at)],
      [say("ticket.firstAnswer"), ticket.answered_at ? say("ticket.done", { time: fullTime(ticket.answered_at) }) : say("ticket.until", { time: fullTime(ticket.first_answer_due) })],
      [say("ticket.solution"), ticket.solved_at ? say("ticket.done", { time: fullTime(ticket.solved_at) }) : say("ticket.until", { time: fullTime(ticket.solution_due) })],
      [say("ticket.followUp"), ticket.follow_up && fullTime(ticket.follow_up)],
      [say("ticket.chat"), link],
    ]);
    return facts.filter(([, value]) => value).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  }

  /** @param {Ticket} ticket */
  #drawEdit(ticket) {
    const title = field(say("ticket.title"), { required: true, maxlength: 200, value: ticket.title, autocomplete: "off" });
    const order = field(say("ticket.order"), { maxlength: 64, value: ticket.order, autocomplete: "off" });
    const priority = select(say("ticket.priority"), PRIORITIES.map((name) => [name, sayWord("ticketPriority", name)]), ticket.priority);
    const agents = this.#around.desk().agents.map(({ id, name }) => /** @type {const} */ ([id, name]));
    const owner = select(say("ticket.owner"), [["", say("ticket.nobody")], ...agents], ticket.owner ?? "");
    const first = moment(say("ticket.firstAnswer"), ticket.first_answer_due, true);
    const solution = moment(say("ticket.solution"), ticket.solution_due, true);
    const followUp = moment(say("ticket.followUp"), ticket.follow_up, false);
    const save = make("button", {}, say("ticket.save"));
    this.#edit.replaceChildren(...[title, priority, owner, order, first, solution, followUp].map(({ element }) => element), save);
    this.#edit.onsubmit = async (event) => {
      event.preventDefault();
      const dues = { first_answer_due: read(first.input), solution_due: read(solution.input), follow_up: read(followUp.input) };
      const said = { title: title.input.value, order: order.input.value, priority: priority.input.value };
      const saved = await this.#act({ act: "edit", version: ticket.version, ...said, ...dues });
      if (saved && owner.input.value !== (ticket.owner ?? "")) await this.#act({ act: "assign", owner: owner.input.value || null });
      if (!saved) this.#edited = true;
    };
  }

  /**
   * @param {Ticket} ticket
   * @param {Step} step
   */
  #drawStep(ticket, step) {
    const late = step.outcome === "open" && isLive(ticket) && step.due <= now();
    const state = step.outcome === "open" ? say("ticket.until", { time: fullTime(step.due) }) : say("ticket.by", { name: step.ended_by ?? "", time: fullTime(step.ended_at ?? 0) });
    return make(
      "li",
      { class: `step-${step.outcome}` },
      make("strong", {}, sayWord("ticketParty", step.party)),
      make("span", { class: "step-what" }, step.what),
      make("span", { class: late ? "chip overdue" : "chip" }, sayWord("ticketStep", late ? "late" : step.outcome)),
      make("span", { class: "step-time" }, state),
      step.remark && make("q", {}, step.remark),
      step.outcome === "open" && isLive(ticket) && this.#mayAct(ticket) && this.#drawFinish(step),
    );
  }

  /** @param {Step} step */
  #drawFinish(step) {
    const remark = make("input", { placeholder: say("ticket.stepRemark"), "aria-label": say("ticket.stepRemark"), maxlength: 4000 });
    const finish = (/** @type {string} */ outcome) => this.#act({ act: "finish_step", step: step.id, outcome, remark: remark.value });
    return make("div", { class: "step-finish" }, remark, button(say("ticketStep.done"), () => finish("done")), button(say("ticketStep.failed"), () => finish("failed")));
  }

  /** @param {string[]} parties */
  #drawAdd(parties) {
    const party = select(say("ticket.party"), parties.map((name) => [name, sayWord("ticketParty", name)]));
    const what = field(say("ticket.what"), { required: true, maxlength: 200, autocomplete: "off" });
    const due = moment(say("ticket.stepDue"), now() + DAY, true);
    this.#add.replaceChildren(party.element, what.element, due.element, make("button", {}, say("ticket.addStep")));
    this.#add.onsubmit = async (event) => {
      event.preventDefault();
      const step = { act: "add_step", party: party.input.value, what: what.input.value, due: read(due.input) };
      if (await this.#act(step)) what.input.value = "";
    };
  }

  #drawRemark() {
    const text = area(say("ticket.remark"), { rows: 2, maxlength: 4000, required: true });
    this.#remark.replaceChildren(text.element, make("button", {}, say("ticket.addRemark")));
    this.#remark.onsubmit = async (event) => {
      event.preventDefault();
      if (await this.#act({ act: "remark", text: text.input.value })) text.input.value = "";
    };
  }

  /** @param {HistoryLine} line */
  #drawLine({ at, act, agent_name: name, data }) {
    const details = Object.entries(data).map(([key, value]) => this.#sayChange(key, value)).filter(Boolean);
    return make(
      "li",
      {},
      make("time", {}, fullTime(at)),
      make("span", {}, make("strong", {}, name ?? say("ticket.desk")), ` ${sayWord("ticketAct", act)}`),
      details.length > 0 && make("span", { class: "history-data" }, details.join(" · ")),
    );
  }

  /**
   * @param {string} key
   * @param {any} value
   */
  #sayChange(key, value) {
    if (key === "text") return `“${value}”`;
    if (key === "step" && value && typeof value === "object") return `${sayWord("ticketParty", value.party)}: ${value.what}${value.remark ? ` (“${value.remark}”)` : ""}`;
    if (key === "what") return sayWord("ticketAlarm", value);
    if (key === "owner") return `${say("ticket.owner")}: ${value ? agentName(this.#around.desk(), value) : say("ticket.nobody")}`;
    if (key === "state") return sayWord("ticketState", value);
    if (key === "priority") return `${say("ticket.priority")}: ${sayWord("ticketPriority", value)}`;
    if (TIMES.includes(key)) return `${sayWord("ticketField", key)}: ${value ? fullTime(value) : "–"}`;
    return key === "title" || key === "order" ? `${sayWord("ticketField", key)}: ${value || "–"}` : "";
  }
}

/**
 * @param {import("./texts.js").Key} title
 * @param {...Node} children
 */
function section(title, ...children) {
  return make("section", { class: "ticket-part" }, make("h3", {}, say(title)), ...children);
}

/**
 * A moment in the time of the person who reads it.
 * @param {string} label
 * @param {number|null} at
 * @param {boolean} required
 */
function moment(label, at, required) {
  const local = at === null ? "" : new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  return field(label, { type: "datetime-local", value: local, required });
}

/** @param {HTMLInputElement} input */
function read(input) {
  return input.value ? new Date(input.value).getTime() : null;
}
