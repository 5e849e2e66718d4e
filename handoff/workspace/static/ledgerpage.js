/** The ledger: who did what and when, filtered, page by page, or as a file. */

import { button, make, setText } from "./dom.js";
import { sayData } from "./ledgerwords.js";
import { explainProblem } from "./people.js";
import { say, sayWord } from "./texts.js";
import { fullTime } from "./times.js";

/** @typedef {{id: string, at: number, kind: string, conversation: string|null, episode: number|null, agent: string|null, agent_name: string|null, data: Record<string, unknown>}} Line */
/** @typedef {{lines: Line[], before: string|null, kinds: string[], agents: Record<string, string>}} Page */

export class LedgerView {
  #around;
  #kind = make("select", { name: "kind" });
  #agent = make("select", { name: "agent" });
  #conversation = make("input", { name: "conversation", maxlength: 40, autocomplete: "off", spellcheck: "false" });
  #day = make("input", { name: "day", type: "date" });
  #file = make("a", { class: "as-button", download: "jieli-ledger.csv" }, say("ledger.file"));
  #rows = make("tbody", {});
  #more = button(say("ledger.more"), () => this.#try(() => this.#read(this.#before)));
  #problem = make("p", { class: "problem", role: "alert" });
  #empty = make("p", { class: "empty", role: "status" });
  /** @type {string|null} */
  #before = null;
  /** Names by id. @type {Record<string, string>} */
  #agents = {};
  element;

  /** @param {import("./pages.js").Around} around */
  constructor(around) {
    this.#around = around;
    const back = button(say("act.back"), around.leave, { class: "back", icon: "back" });
    this.element = make(
      "section",
      { class: "admin ledger" },
      make("header", { class: "head" }, back, make("h2", {}, say("ledger.title"))),
      this.#drawForm(),
      this.#problem,
      this.#drawTable(),
      this.#empty,
      make("div", { class: "foot" }, this.#more),
    );
    this.#more.hidden = true;
    this.#try(() => this.#read(null));
  }

  #drawForm() {
    const form = make(
      "form",
      { class: "add" },
      labelled(say("ledger.day"), this.#day),
      labelled(say("ledger.kind"), this.#kind),
      labelled(say("ledger.agent"), this.#agent),
      labelled(say("ledger.conversation"), this.#conversation),
      this.#file,
    );
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => this.#try(() => this.#read(null)));
    return form;
  }

  #drawTable() {
    const titles = [say("ledger.at"), say("ledger.agent"), say("ledger.kind"), say("ledger.conversation"), say("ledger.data")];
    const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
    return make("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": say("ledger.title") }, make("table", {}, make("thead", {}, head), this.#rows));
  }

  /** What is asked for. */
  #query() {
    const wanted = { day: this.#day.value, kind: this.#kind.value, agent: this.#agent.value, conversation: this.#conversation.value.trim() };
    return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
  }

  /** @param {string|null} before the cursor to go on from; null begins anew */
  async #read(before) {
    const query = this.#query();
    this.#file.href = `/workspace/api/ledger.csv?${query}`;
    if (before) query.set("before", before);
    const page = /** @type {Page} */ (await this.#around.api.get(`/ledger?${query}`));
    this.#agents = page.agents;
    if (!before) this.#begin(page);
    this.#rows.append(...page.lines.map((line) => this.#drawLine(line)));
    this.#before = page.before;
    this.#more.hidden = page.before === null;
    setText(this.#empty, this.#rows.childElementCount ? "" : say("ledger.none"));
  }

  /** @param {Page} page */
  #begin({ kinds, agents }) {
    this.#rows.replaceChildren();
    fill(this.#kind, kinds.map((kind) => [kind, nameKind(kind)]));
    fill(this.#agent, Object.entries(agents).sort(([, one], [, other]) => one.localeCompare(other)));
  }

  /** @param {Line} line */
  #drawLine({ at, agent_name: name, agent, kind, conversation, data }) {
    const chat = conversation && button(conversation.slice(0, 6), () => this.#around.open(conversation), { class: "quiet", title: conversation });
    return make("tr", {}, make("td", {}, fullTime(at)), make("td", {}, name ?? agent ?? ""), make("td", {}, nameKind(kind)), make("td", {}, chat), make("td", { class: "data" }, sayData(data, this.#agents)));
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    setText(this.#problem, "");
    try {
      await action();
    } catch (error) {
      setText(this.#problem, explainProblem(error));
    }
  }
}

/**
 * Acts on tickets are called as on their page.
 * @param {string} kind
 */
function nameKind(kind) {
  const act = kind.replace(/^ticket_/, "");
  return sayWord("did", kind, {}, act === kind ? kind : say("did.ticket", { act: sayWord("ticketAct", act) }));
}

/**
 * Fills a choice, and keeps what is chosen.
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} options
 */
function fill(select, options) {
  const chosen = select.value;
  select.replaceChildren(...[["", say("ledger.all")], ...options].map(([value, text]) => make("option", { value }, text)));
  select.value = chosen;
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 */
function labelled(label, control) {
  return make("label", { class: "field" }, make("span", {}, label), control);
}
