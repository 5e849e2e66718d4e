/** Where leads write the shop's policies, a table at a time: as a form, planned, read back plainly, undone. */

import { button, make } from "./dom.js";
import { drawField, plainOf } from "./schemaform.js";
import { policyWord } from "./policywords.js";
import { Attempts, drawHead, drawHistory, LANGUAGE_NAMES, Setting, tellWhen, whenFields } from "./settingskit.js";
import { locale, say } from "./texts.js";
import { withChange } from "./textspage.js";

/** @typedef {{shipped: Record<string, any>, now: Record<string, any>, example: Record<string, any>, edited: Record<string, import("./settingskit.js").Version>, schema: {properties: Record<string, import("./schemaform.js").Shape>, $defs: import("./schemaform.js").Definitions}}} Told */
/** @typedef {{value: any, plans: {value: any, start: string|null, end: string|null}[]}} Own */

export class PoliciesView {
  #api;
  #attempts = new Attempts();
  #body = make("div", { class: "settings" });
  element;

  /**
   * @param {import("./api.js").Api} api
   * @param {() => void} leave
   */
  constructor(api, leave) {
    this.#api = api;
    const head = drawHead(say("header.policies"), say("policies.hint"), leave);
    this.element = make("section", { class: "admin" }, ...head, this.#attempts.element, this.#body);
    void this.#attempts.try(() => this.#load());
  }

  async #load() {
    const told = /** @type {Told} */ (await this.#api.get("/policies"));
    this.#body.replaceChildren(...Object.keys(told.schema.properties).map((name) => this.#drawTable(name, told)));
  }

  /**
   * @param {string} name
   * @param {Told} told
   */
  #drawTable(name, told) {
    const attempts = new Attempts();
    const setting = new Setting(this.#api, `policies/${name}`, told.edited[name], () => draw());
    const state = make("span", { class: "chip" });
    const box = make("div", { class: "settings" });
    const element = make("details", { class: "policy" }, make("summary", {}, make("b", {}, policyWord(name)), " ", state), box, attempts.element, attempts.done, drawHistory(setting, attempts, tellOwn));
    const draw = (/** @type {any} */ start = undefined) => {
      const own = /** @type {Own} */ (setting.newest.body ?? { value: null, plans: [] });
      const value = start ?? own.value ?? told.shipped[name];
      state.textContent = say(own.value ? "policies.own" : told.shipped[name] ? "policies.shipped" : "policies.unknown");
      if (element.open) box.replaceChildren(...this.#drawEditor({ name, told, own, value, setting, attempts, draw }));
    };
    element.addEventListener("toggle", () => element.open && !box.childElementCount && draw());
    draw();
    return element;
  }

  /** @param {{name: string, told: Told, own: Own, value: any, setting: Setting, attempts: Attempts, draw: (start?: any) => void}} table */
  #drawEditor({ name, told, own, value, setting, attempts, draw }) {
    const example = button(say("policies.example"), () => draw(told.example[name]), { class: value ? "quiet" : "primary" });
    if (!value) return [make("p", {}, say("policies.unknownHint")), make("div", { class: "acts" }, example)];
    const field = drawField("", plainOf(told.schema.properties[name] ?? {}, told.schema.$defs).plain, value, told.schema.$defs);
    const when = whenFields();
    const reading = make("div", {});
    const preview = () => reading.replaceChildren(read(field.read()));
    const save = () => attempts.try(() => setting.save(withChange(own, field.read(), when.read())), say("settings.counts"));
    const form = make("form", {}, field.element, make("button", { hidden: true }));
    form.addEventListener("submit", (event) => (event.preventDefault(), void save()));
    form.addEventListener("input", preview);
    const submit = button(say("settings.save"), () => form.requestSubmit(), { class: "primary" });
    const reset = button(say("settings.reset"), () => attempts.try(() => setting.save(null), say("settings.counts")));
    const plans = own.plans.map((plan, place) => {
      const remove = () => attempts.try(() => setting.save({ ...own, plans: own.plans.filter((_, other) => other !== place) }));
      return make("details", { class: "box" }, make("summary", {}, tellWhen(plan)), read(plan.value), button(say("settings.unplan"), remove, { class: "quiet" }));
    });
    preview();
    return [
      form,
      make("details", {}, make("summary", {}, say("settings.plan")), when.element),
      ...plans,
      make("div", { class: "acts" }, submit, reset, example),
      make("details", {}, make("summary", {}, say("policies.reading")), reading),
    ];
  }
}

/**
 * A value read back plainly.
 * @param {any} value
 * @returns {Node}
 */
function read(value) {
  if (value === null || value === undefined) return document.createTextNode("–");
  if (typeof value === "boolean") return document.createTextNode(policyWord(value ? "yes" : "no"));
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return document.createTextNode(value.map((one) => (typeof one === "string" ? policyWord(one) : one)).join(typeof value[0] === "number" ? "–" : ", "));
  if (Array.isArray(value)) return make("ol", {}, ...value.map((one) => make("li", {}, read(one))));
  if (typeof value !== "object") return document.createTextNode(typeof value === "string" ? policyWord(value) : String(value));
  if ("amount" in value) return document.createTextNode(`¥${(value.amount / 100).toFixed(2)}`);
  if (locale in value) return document.createTextNode(value[locale]);
  const rows = Object.entries(value).flatMap(([name, one]) => [make("dt", {}, LANGUAGE_NAMES[name] ?? policyWord(name)), make("dd", {}, read(one))]);
  return make("dl", {}, ...rows);
}

/** @param {Own} body */
function tellOwn({ value, plans }) {
  return JSON.stringify(value ?? plans[0]?.value).slice(0, 120);
}
