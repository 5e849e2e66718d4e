/** Where leads switch answers, flows or the whole bot off, and write what is told to everybody. */

import { button, make } from "./dom.js";
import { Attempts, drawHead, drawHistory, labelled, LANGUAGE_NAMES, LANGUAGES, Setting, tellWhen, whenFields } from "./settingskit.js";
import { language, say } from "./texts.js";

/** @typedef {{start?: string|null, end?: string|null, why?: string}} Off */
/** @typedef {{bot: Off|null, flows: Record<string, Off>, answers: Record<string, Off>}} Switches */
/** @typedef {{id: string, text: Record<string, string>, intents: string[], start: string|null, end: string|null}} Notice */
/** @typedef {{switches: import("./settingskit.js").Version, notice: import("./settingskit.js").Version, flows: Record<string, Named>, answers: Record<string, Named>}} Told */
/** @typedef {{zh: string, en: string}} Named */

export class SwitchesView {
  #api;
  #attempts = new Attempts();
  #body = make("div", { class: "settings" });
  #why = make("input", { maxlength: 120, autocomplete: "off" });
  #when = whenFields();
  element;

  /**
   * @param {import("./api.js").Api} api
   * @param {() => void} leave
   */
  constructor(api, leave) {
    this.#api = api;
    const head = drawHead(say("header.switches"), say("switches.hint"), leave);
    this.element = make("section", { class: "admin" }, ...head, this.#attempts.element, this.#attempts.done, this.#body);
    void this.#attempts.try(() => this.#load());
  }

  async #load() {
    const told = /** @type {Told} */ (await this.#api.get("/switches"));
    const again = () => void this.#attempts.try(() => this.#load());
    const switches = new Setting(this.#api, "switches", told.switches, again);
    const notices = new Setting(this.#api, "notice", told.notice, again);
    this.#body.replaceChildren(
      this.#drawBot(switches),
      this.#drawHow(),
      this.#drawFlows(switches, told.flows),
      this.#drawAnswers(switches, told.answers),
      drawHistory(switches, this.#attempts, tellSwitches),
      this.#drawNotices(notices, told.flows),
    );
  }

  /** @param {Setting} setting */
  #drawBot(setting) {
    const { bot } = read(setting);
    const toggle = this.#switch(say("switches.bot"), bot, (off) => this.#save(setting, { bot: off }));
    return make("fieldset", { class: "whole" }, make("legend", {}, say("switches.whole")), toggle, make("small", {}, say("switches.botHint")));
  }

  #drawHow() {
    const fields = [labelled(say("switches.why"), this.#why), this.#when.element];
    return make("details", { class: "how" }, make("summary", {}, say("switches.how")), ...fields);
  }

  /**
   * @param {Setting} setting
   * @param {Record<string, Named>} named
   */
  #drawFlows(setting, named) {
    const { flows } = read(setting);
    const rows = Object.entries(named).map(([task, name]) =>
      this.#switch(named_(name), flows[task] ?? null, (off) => this.#save(setting, { flows: changed(read(setting).flows, task, off) })),
    );
    return make("fieldset", {}, make("legend", {}, say("switches.flows")), make("div", { class: "switches" }, ...rows));
  }

  /**
   * @param {Setting} setting
   * @param {Record<string, Named>} named
   */
  #drawAnswers(setting, named) {
    const { answers } = read(setting);
    const key = make("input", { list: "answers", autocomplete: "off", spellcheck: "false" });
    const known = make("datalist", { id: "answers" }, ...Object.entries(named).map(([value, name]) => make("option", { value }, named_(name))));
    const off = () => this.#save(setting, { answers: changed(read(setting).answers, key.value.trim(), this.#off()) });
    const rows = Object.entries(answers).map(([name, one]) =>
      this.#switch(named[name] ? `${name} · ${named_(named[name])}` : name, one, () => this.#save(setting, { answers: changed(read(setting).answers, name, null) })),
    );
    const add = make("div", { class: "add" }, labelled(say("switches.answer"), key, say("switches.answerHint")), known, button(say("switches.off"), off));
    return make("fieldset", {}, make("legend", {}, say("switches.answers")), make("div", { class: "switches" }, ...rows), add);
  }

  /**
   * @param {string} name
   * @param {Off|null} off
   * @param {(off: Off|null) => void} turn
   */
  #switch(name, off, turn) {
    const input = make("input", { type: "checkbox", role: "switch", checked: !off });
    input.addEventListener("change", () => turn(input.checked ? null : this.#off()));
    const state = off ? [say("switches.isOff"), tellWhen(off), off.why].filter(Boolean).join(" · ") : "";
    return make("label", { class: off ? "switch off" : "switch" }, input, make("span", {}, name), make("small", {}, state));
  }

  /** @returns {Off} */
  #off() {
    return { why: this.#why.value.trim(), ...this.#when.read() };
  }

  /**
   * @param {Setting} setting
   * @param {Partial<Switches>} change
   */
  #save(setting, change) {
    void this.#attempts.try(() => setting.save({ ...read(setting), ...change }), say("settings.counts"));
  }

  /**
   * @param {Setting} setting
   * @param {Record<string, Named>} flows
   */
  #drawNotices(setting, flows) {
    const list = make("div", { class: "notices" });
    /** @type {Map<HTMLElement, () => Notice>} */
    const readers = new Map();
    /** @param {Partial<Notice>} notice */
    const add = (notice) => {
      const { element, read: readOne } = drawNotice(notice, flows, () => (readers.delete(element), element.remove()));
      readers.set(element, readOne);
      list.append(element);
    };
    for (const notice of setting.newest.body?.notices ?? []) add(notice);
    const save = () => this.#attempts.try(() => setting.save({ notices: [...readers.values()].map((one) => one()) }), say("settings.counts"));
    return make(
      "fieldset",
      {},
      make("legend", {}, say("notices.title")),
      make("small", {}, say("notices.hint")),
      list,
      make("div", { class: "acts" }, button(say("notices.add"), () => add({})), button(say("settings.save"), save, { class: "primary" })),
      drawHistory(setting, this.#attempts, (body) => body.notices.map((/** @type {Notice} */ one) => one.text["zh-Hans"]).join(" / ")),
    );
  }
}

/**
 * @param {Partial<Notice>} notice
 * @param {Record<string, Named>} flows
 * @param {() => void} remove
 */
function drawNotice(notice, flows, remove) {
  const id = notice.id ?? `n${Date.now().toString(36)}`;
  const texts = LANGUAGES.map((each) => ({ each, input: make("textarea", { rows: 2, maxlength: 300, lang: each }, notice.text?.[each] ?? "") }));
  const when = whenFields(notice);
  const boxes = Object.entries(flows).map(([task, name]) => {
    const input = make("input", { type: "checkbox", value: task, checked: Boolean(notice.intents?.includes(task)) });
    return { input, element: make("label", { class: "tick" }, input, named_(name)) };
  });
  const which = make("details", {}, make("summary", {}, say("notices.which")), make("div", { class: "switches" }, ...boxes.map(({ element }) => element)));
  const languages = make("div", { class: "languages" }, ...texts.map(({ each, input }) => labelled(LANGUAGE_NAMES[each], input)));
  const element = make("div", { class: "box" }, languages, when.element, which, button(say("notices.remove"), remove, { class: "quiet" }));
  /** @returns {Notice} */
  const readOne = () => ({
    id,
    text: Object.fromEntries(texts.map(({ each, input }) => [each, input.value.trim()])),
    intents: boxes.filter(({ input }) => input.checked).map(({ input }) => input.value),
    ...when.read(),
  });
  return { element, read: readOne };
}

/**
 * @param {Setting} setting
 * @returns {Switches}
 */
function read(setting) {
  return { bot: null, flows: {}, answers: {}, ...setting.newest.body };
}

/**
 * @param {Record<string, Off>} offs
 * @param {string} name
 * @param {Off|null} off
 */
function changed(offs, name, off) {
  const { [name]: _, ...others } = offs;
  return off ? { ...others, [name]: off } : others;
}

/** @param {Switches} body */
function tellSwitches({ bot, flows, answers }) {
  const off = [...(bot ? [say("switches.bot")] : []), ...Object.keys(flows), ...Object.keys(answers)];
  return off.length ? off.join(", ") : say("switches.allOn");
}

/** @param {Named} name */
function named_(name) {
  return language === "zh" ? name.zh : name.en;
}
