/** Where leads write what the shop knows, see it as shoppers do, and read what came of it. */

import { button, field, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { say } from "./texts.js";
import { fullTime } from "./times.js";

/** @typedef {{key: string, title: string, language: "zh"|"en", told: boolean, own: boolean}} Row */
/**
 * @typedef {{id: string, language: "zh"|"en", title: string, questions: string[], text: string, channels: string[],
 *   starts: string|null, ends: string|null, link: string|null}} Entry
 */
/** @typedef {{version: number, author: string, at: number|null, removed: boolean}} Version */
/** @typedef {{key: string, entry: Entry|null, version: number, versions: Version[]}} Whole */
/**
 * @typedef {object} Report
 * @property {{entry: string, told: number, handed: number, helped: number, not_helped: number}[]} told
 * @property {{conversation: string, at: number, words: string|null}[]} missing
 * @property {number} missed
 */

const PAUSE = 250;
const DAYS = [7, 30, 90];

export class KnowledgeView {
  #api;
  #open;
  /** @type {Whole|null} what is being written; null for a new entry */
  #whole = null;
  /** @type {number|undefined} */
  #timer;
  #asked = 0;
  #find = field(say("knowledge.find"), { type: "search", maxlength: 100, autocomplete: "off" });
  #rows = make("ul", { class: "entries" });
  #more = make("p", { class: "more", hidden: true }, say("knowledge.more"));
  #id = field(say("knowledge.id"), { required: true, maxlength: 60, pattern: "[a-z0-9][a-z0-9\\-]*", autocomplete: "off" }, say("knowledge.idHint"));
  #language = make("select", {}, make("option", { value: "zh" }, say("canned.zh")), make("option", { value: "en" }, say("canned.en")));
  #title = field(say("knowledge.title"), { required: true, maxlength: 120, autocomplete: "off" });
  #questions = make("textarea", { rows: 5 });
  #text = make("textarea", { rows: 10, required: true, maxlength: 20000 });
  #channels = field(say("knowledge.channels"), { autocomplete: "off", maxlength: 200 }, say("knowledge.channelsHint"));
  #starts = field(say("knowledge.starts"), { type: "datetime-local" });
  #ends = field(say("knowledge.ends"), { type: "datetime-local" });
  #link = field(say("knowledge.link"), { maxlength: 480, autocomplete: "off" });
  #remove = button(say("knowledge.remove"), () => this.#try(() => this.#takeAway()), { class: "danger" });
  #frame = make("iframe", { sandbox: "allow-same-origin", title: say("knowledge.page") });
  #words = make("p", { class: "words" });
  #versions = make("ol", { class: "versions" });
  #saved = make("p", { class: "saved", role: "status" });
  #problem = make("p", { class: "problem", role: "alert" });
  #form;
  #writing;
  #report = make("section", { class: "report", hidden: true, "aria-label": say("knowledge.report") });
  element;

  /** @param {import("./pages.js").Around} around */
  constructor({ api, leave, open }) {
    this.#api = api;
    this.#open = open;
    this.#form = this.#drawForm();
    this.#writing = make("div", { class: "writing" }, this.#drawList(), this.#form, this.#drawPreview());
    const back = button(say("act.back"), leave, { class: "back", icon: "back" });
    const head = make("header", { class: "head" }, back, make("h2", {}, say("header.knowledge")));
    this.element = make("section", { class: "admin knowledge" }, head, this.#drawTabs(), this.#problem, this.#writing, this.#report);
    this.#find.input.addEventListener("input", () => this.#later(() => this.#list()));
    this.#form.addEventListener("input", () => this.#later(() => this.#preview()));
    this.#edit(null);
    void this.#try(() => this.#list());
  }

  close() {
    clearTimeout(this.#timer);
  }

  #drawTabs() {
    const entries = button(say("knowledge.entries"), () => this.#turn(false), { class: "tab" });
    const report = button(say("knowledge.report"), () => this.#turn(true), { class: "tab" });
    return make("nav", { class: "tabs" }, entries, report);
  }

  /** @param {boolean} reports */
  #turn(reports) {
    this.#writing.hidden = reports;
    this.#report.hidden = !reports;
    if (reports) void this.#try(() => this.#drawReport(30));
  }

  #drawList() {
    const add = button(say("knowledge.new"), () => this.#edit(null));
    return make("div", { class: "list" }, this.#find.element, add, this.#rows, this.#more);
  }

  #drawForm() {
    const form = make(
      "form",
      {},
      make("div", { class: "pair" }, this.#id.element, labelled(say("canned.language"), this.#language)),
      this.#title.element,
      labelled(say("knowledge.questions"), this.#questions, say("knowledge.questionsHint")),
      labelled(say("knowledge.text"), this.#text, say("knowledge.textHint")),
      make("div", { class: "pair" }, this.#starts.element, this.#ends.element),
      make("div", { class: "pair" }, this.#channels.element, this.#link.element),
      make("div", { class: "buttons" }, make("button", { class: "primary" }, say("knowledge.save")), this.#remove, this.#saved),
      make("h3", {}, say("knowledge.versions")),
      this.#versions,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#try(() => this.#save());
    });
    return form;
  }

  #drawPreview() {
    const page = make("h3", {}, say("knowledge.page"));
    return make("div", { class: "preview" }, page, this.#frame, make("h3", {}, say("knowledge.chat")), this.#words);
  }

  async #list() {
    const asked = ++this.#asked;
    const q = encodeURIComponent(this.#find.input.value.trim());
    const { entries, more } = /** @type {{entries: Row[], more: boolean}} */ (await this.#api.get(`/knowledge?q=${q}`));
    if (asked !== this.#asked) return;
    this.#rows.replaceChildren(...entries.map((row) => this.#drawRow(row)));
    if (!entries.length) this.#rows.append(make("li", { class: "none" }, say("knowledge.none")));
    this.#more.hidden = !more;
  }

  /** @param {Row} row */
  #drawRow({ key, title, language, told, own }) {
    const marks = [say(`canned.${language}`), !told && say("knowledge.notNow"), own && say("knowledge.own")].filter(Boolean);
    const words = [make("b", {}, title), make("small", {}, marks.join(" · "))];
    const open = () => this.#try(async () => this.#edit(await this.#fetch(key)));
    const current = this.#whole?.key === key;
    return make("li", {}, make("button", { type: "button", onclick: open, "aria-current": current && "true" }, ...words));
  }

  /** @param {string} key */
  async #fetch(key) {
    return /** @type {Whole} */ (await this.#api.get(`/knowledge/${key}`));
  }

  /** @param {Whole|null} whole */
  #edit(whole) {
    this.#whole = whole;
    const entry = whole?.entry;
    const [id, language] = whole ? whole.key.split(".") : ["", "zh"];
    this.#id.input.value = id;
    this.#language.value = language;
    this.#id.input.disabled = this.#language.disabled = whole !== null;
    this.#title.input.value = entry?.title ?? "";
    this.#questions.value = (entry?.questions ?? []).join("\n");
    this.#text.value = entry?.text ?? "";
    this.#channels.input.value = (entry?.channels ?? []).join(", ");
    this.#link.input.value = entry?.link ?? "";
    this.#starts.input.value = local(entry?.starts);
    this.#ends.input.value = local(entry?.ends);
    this.#remove.hidden = !entry;
    setText(this.#saved, "");
    this.#versions.replaceChildren(...(whole?.versions ?? []).map((version) => this.#drawVersion(version)));
    void this.#try(() => this.#preview());
  }

  /** @param {Version} version */
  #drawVersion({ version, author, at, removed }) {
    const when = at === null ? say("knowledge.shipped") : `${fullTime(at)} · ${author}`;
    const words = `${version}: ${when}${removed ? ` · ${say("knowledge.removed")}` : ""}`;
    const back = button(say("knowledge.undo"), () => this.#try(() => this.#undo(version)));
    return make("li", {}, make("span", {}, words), version === this.#whole?.version ? null : back);
  }

  /** @returns {Entry} */
  #written() {
    return {
      id: this.#id.input.value.trim(),
      language: /** @type {"zh"|"en"} */ (this.#language.value),
      title: this.#title.input.value.trim(),
      questions: parts(this.#questions.value, "\n"),
      text: this.#text.value.trim(),
      channels: parts(this.#channels.input.value, /[,，\s]+/),
      starts: moment(this.#starts.input.value),
      ends: moment(this.#ends.input.value),
      link: this.#link.input.value.trim() || null,
    };
  }

  async #save() {
    const entry = this.#written();
    const key = `${entry.id}.${entry.language}`;
    const whole = await this.#api.post(`/knowledge/${key}`, { entry, version: this.#whole?.version ?? 0 });
    await this.#changed(/** @type {Whole} */ (whole));
  }

  async #takeAway() {
    if (!this.#whole) return;
    const { key, version } = this.#whole;
    await this.#changed(/** @type {Whole} */ (await this.#api.post(`/knowledge/${key}/remove`, { version })));
  }

  /** @param {number} to */
  async #undo(to) {
    if (!this.#whole) return;
    const { key, version } = this.#whole;
    await this.#changed(/** @type {Whole} */ (await this.#api.post(`/knowledge/${key}/undo`, { version, to })));
  }

  /** @param {Whole} whole */
  async #changed(whole) {
    this.#edit(whole);
    setText(this.#saved, say("knowledge.saved"));
    await this.#list();
  }

  async #preview() {
    const body = { title: this.#title.input.value, text: this.#text.value };
    const { page, words } = /** @type {{page: string, words: string}} */ (await this.#api.post("/knowledge/preview", body));
    const style = '<link rel="stylesheet" href="/help/static/help.css">';
    this.#frame.srcdoc = `<!doctype html><html lang="${this.#language.value}"><head>${style}</head><body><main>${page}</main></body></html>`;
    setText(this.#words, words);
  }

  /** @param {number} days */
  async #drawReport(days) {
    const { told, missing, missed } = /** @type {Report} */ (await this.#api.get(`/knowledge/report?days=${days}`));
    const spans = DAYS.map((one) => make("option", { value: one, selected: one === days }, say("knowledge.days", { days: one })));
    const span = make("select", { "aria-label": say("knowledge.span") }, ...spans);
    span.addEventListener("change", () => this.#try(() => this.#drawReport(Number(span.value))));
    const titles = [say("knowledge.entry"), say("knowledge.told"), say("knowledge.handed"), say("knowledge.notHelped"), say("knowledge.helped")];
    const heads = titles.map((title) => make("th", { scope: "col" }, title));
    const rows = told.map(({ entry, told, handed, not_helped, helped }) => {
      const counts = [told, handed, not_helped, helped].map((count) => make("td", {}, String(count)));
      return make("tr", {}, make("th", { scope: "row" }, this.#drawName(entry)), ...counts);
    });
    const none = make("tr", {}, make("td", { colspan: 5 }, say("knowledge.nothingTold")));
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...(rows.length ? rows : [none])));
    const asked = missing.map(({ conversation, at, words }) => {
      const open = button(words ?? say("knowledge.gone"), () => this.#open(conversation));
      return make("li", {}, make("small", {}, fullTime(at)), open);
    });
    const count = make("h3", {}, `${say("knowledge.missing")} (${missed})`);
    this.#report.replaceChildren(span, make("h3", {}, say("knowledge.outcome")), table, count, make("ul", { class: "missing" }, ...asked));
  }

  /** @param {string} key */
  #drawName(key) {
    return button(key, () => this.#try(async () => {
      this.#turn(false);
      this.#edit(await this.#fetch(key));
    }));
  }

  /** @param {() => Promise<void>} work */
  #later(work) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#try(work), PAUSE);
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
 * @param {string} words
 * @param {string|RegExp} between
 */
function parts(words, between) {
  return words.split(between).map((part) => part.trim()).filter(Boolean);
}

/** A moment of the form as the server reads it. @param {string} written */
function moment(written) {
  return written ? new Date(written).toISOString() : null;
}

/** A moment as the form takes it, in the reader's time. @param {string|null|undefined} at */
function local(at) {
  if (!at) return "";
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
function labelled(label, control, hint) {
  return make("label", { class: "field" }, make("span", {}, label), control, hint && make("small", {}, hint));
}
