/** Where admins see, add, disable and reset agents. */

import { button, field, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { say, sayWord } from "./texts.js";

/** @typedef {import("./types.js").Account} Account */
/** @typedef {import("./types.js").Colleague} Colleague */

/** @type {readonly import("./types.js").Role[]} */
const ROLES = ["agent", "lead", "admin", "auditor"];

export class AdminView {
  #api;
  #leave;
  #desk;
  #rows = make("tbody", {});
  #problem = make("p", { class: "problem", role: "alert" });
  #link = make("div", { class: "link", role: "status" });
  element;

  /**
   * @param {import("./api.js").Api} api
   * @param {() => import("./desk.js").Desk} desk
   * @param {() => void} leave
   */
  constructor(api, desk, leave) {
    this.#api = api;
    this.#desk = desk;
    this.#leave = leave;
    this.element = make("section", { class: "admin" }, this.#drawHead(), this.#drawForm(), this.#problem, this.#link, this.#drawTable());
    this.#try(() => this.#refresh());
  }

  #drawHead() {
    const back = button(say("act.back"), this.#leave, { class: "back", icon: "back" });
    return make("header", { class: "head" }, back, make("h2", {}, say("admin.title")));
  }

  #drawForm() {
    const name = field(say("admin.name"), { name: "name", required: true, maxlength: 64, autocomplete: "off" });
    const role = make("select", {}, ...ROLES.map((value) => make("option", { value }, say(`role.${value}`))));
    const form = make(
      "form",
      { class: "add" },
      name.element,
      make("label", { class: "field" }, make("span", {}, say("admin.role")), role),
      make("button", { class: "primary" }, say("admin.add")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => this.#add(name.input, role.value));
    });
    return form;
  }

  #drawTable() {
    const titles = [say("admin.name"), say("admin.role"), say("admin.state"), say("admin.actions")];
    const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
    const table = make("table", {}, make("thead", {}, head), this.#rows);
    return make("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": say("header.agents") }, table);
  }

  async #refresh() {
    const { agents } = /** @type {{agents: Account[]}} */ (await this.#api.get("/agents"));
    this.#rows.replaceChildren(...agents.map((account) => this.#drawRow(account)));
  }

  /** @param {Account} account */
  #drawRow(account) {
    const online = this.#desk().agents.some(({ id, online }) => online && id === account.id);
    const change = account.state === "disabled" ? "enable" : "disable";
    return make(
      "tr",
      { class: account.state },
      make("th", { scope: "row" }, account.name),
      make("td", {}, say(`role.${account.role}`)),
      make("td", {}, sayWord("account", account.state), online && make("span", { class: "chip" }, say("admin.online"))),
      make(
        "td",
        { class: "actions" },
        button(say(`admin.${change}`), () => this.#try(() => this.#change(account, change))),
        button(say("admin.reset"), () => this.#try(() => this.#reset(account))),
      ),
    );
  }

  /**
   * @param {HTMLInputElement} name
   * @param {string} role
   */
  async #add(name, role) {
    const answer = await this.#api.post("/agents", { name: name.value.trim(), role });
    this.#showLink(name.value.trim(), /** @type {{link: string}} */ (answer).link);
    name.value = "";
    await this.#refresh();
  }

  /**
   * @param {Account} account
   * @param {"enable"|"disable"} change
   */
  async #change(account, change) {
    await this.#api.post(`/agents/${encodeURIComponent(account.id)}/${change}`);
    await this.#refresh();
  }

  /** @param {Account} account */
  async #reset(account) {
    const answer = await this.#api.post(`/agents/${encodeURIComponent(account.id)}/reset`);
    this.#showLink(account.name, /** @type {{link: string}} */ (answer).link);
    await this.#refresh();
  }

  /**
   * @param {string} name
   * @param {string} link
   */
  #showLink(name, link) {
    const url = new URL(link, location.href).href;
    const box = make("input", { value: url, readonly: true, "aria-label": say("admin.copy"), onfocus: () => box.select() });
    const copy = button(say("admin.copy"), async () => {
      box.select();
      await navigator.clipboard.writeText(url);
      setText(copy, say("admin.copied"));
    });
    this.#link.replaceChildren(make("p", {}, say("admin.link", { name })), box, copy);
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
