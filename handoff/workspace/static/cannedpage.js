/** Where canned replies are written: one's own by everybody, the desk's by leads. */

import { button, field, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { say } from "./texts.js";

/** @typedef {import("./canned.js").Reply} Reply */

export class CannedView {
  /** @type {Reply|null} what is being changed, null for a new one */
  #edited = null;
  #api;
  #canned;
  #leads;
  #shortcut = field(say("canned.shortcut"), { required: true, maxlength: 40, pattern: "[^\\s\\/]+", autocomplete: "off" });
  #text = make("textarea", { required: true, rows: 3, maxlength: 4000, "aria-label": say("canned.text") });
  #language = select([["", say("canned.any")], ["zh", say("canned.zh")], ["en", say("canned.en")]]);
  #scope;
  #submit = make("button", { class: "primary" });
  #cancel = button(say("canned.cancel"), () => this.#edit(null));
  #form;
  #rows = make("tbody", {});
  #problem = make("p", { class: "problem", role: "alert" });
  element;

  /**
   * @param {import("./api.js").Api} api
   * @param {import("./canned.js").CannedReplies} canned
   * @param {import("./types.js").Session} session
   * @param {() => void} leave
   */
  constructor(api, canned, session, leave) {
    this.#api = api;
    this.#canned = canned;
    this.#leads = session.agent.may.includes("set");
    this.#scope = select(this.#leads ? [["desk", say("canned.desk")], ["mine", say("canned.mine")]] : [["mine", say("canned.mine")]]);
    this.#form = this.#drawForm();
    const back = button(say("act.back"), leave, { class: "back", icon: "back" });
    const head = make("header", { class: "head" }, back, make("h2", {}, say("header.canned")));
    this.element = make("section", { class: "admin canned-page" }, head, make("p", {}, say("canned.hint")), this.#form, this.#problem, this.#drawTable());
    this.#edit(null);
    this.#try(() => this.#refresh());
  }

  #drawForm() {
    const form = make(
      "form",
      { class: "add" },
      this.#shortcut.element,
      labelled(say("canned.language"), this.#language),
      labelled(say("canned.scope"), this.#scope),
      make("label", { class: "field wide" }, make("span", {}, say("canned.text")), this.#text),
      this.#submit,
      this.#cancel,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try(() => this.#save());
    });
    return form;
  }

  #drawTable() {
    const titles = [say("canned.shortcut"), say("canned.text"), say("canned.language"), say("canned.scope"), say("admin.actions")];
    const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
    const table = make("table", {}, make("thead", {}, head), this.#rows);
    return make("div", { class: "wide-table", tabindex: "0", role: "region", "aria-label": say("header.canned") }, table);
  }

  async #refresh() {
    const { replies } = /** @type {{replies: Reply[]}} */ (await this.#api.get("/canned"));
    const none = make("tr", {}, make("td", { colspan: 5 }, say("canned.none")));
    this.#rows.replaceChildren(...(replies.length ? replies.map((reply) => this.#drawRow(reply)) : [none]));
    void this.#canned.refresh();
  }

  /** @param {Reply} reply */
  #drawRow(reply) {
    const mayChange = reply.scope === "mine" || this.#leads;
    const change = button(say("canned.edit"), () => this.#edit(reply));
    const remove = button(say("canned.remove"), () => this.#try(() => this.#remove(reply)));
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, `/${reply.shortcut}`),
      make("td", { class: "words" }, reply.text),
      make("td", {}, reply.language ? say(`canned.${reply.language}`) : say("canned.any")),
      make("td", {}, say(`canned.${reply.scope}`)),
      make("td", { class: "actions" }, mayChange && change, mayChange && remove),
    );
  }

  /** @param {Reply|null} reply */
  #edit(reply) {
    this.#edited = reply;
    this.#shortcut.input.value = reply?.shortcut ?? "";
    this.#text.value = reply?.text ?? "";
    this.#language.value = reply?.language ?? "";
    if (reply) this.#scope.value = reply.scope;
    this.#scope.disabled = reply !== null;
    this.#cancel.hidden = reply === null;
    setText(this.#submit, say(reply ? "canned.save" : "canned.add"));
    if (reply) this.#shortcut.input.focus();
  }

  async #save() {
    const body = { shortcut: this.#shortcut.input.value.trim(), text: this.#text.value.trim(), language: this.#language.value };
    if (this.#edited) await this.#api.post(`/canned/${this.#edited.id}`, body);
    else await this.#api.post("/canned", { ...body, scope: this.#scope.value });
    this.#edit(null);
    await this.#refresh();
  }

  /** @param {Reply} reply */
  async #remove(reply) {
    await this.#api.post(`/canned/${reply.id}/remove`);
    if (this.#edited?.id === reply.id) this.#edit(null);
    await this.#refresh();
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

/** @param {[string, string][]} options */
function select(options) {
  return make("select", {}, ...options.map(([value, text]) => make("option", { value }, text)));
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 */
function labelled(label, control) {
  return make("label", { class: "field" }, make("span", {}, label), control);
}
