/** Where leads rewrite what the bot says: every text in three languages, checked as they type, planned and undone. */

import { button, make, setText } from "./dom.js";
import { Attempts, drawHead, drawHistory, labelled, LANGUAGE_NAMES, LANGUAGES, Setting, whenFields } from "./settingskit.js";
import { say } from "./texts.js";

/** @typedef {Record<string, Record<string, string>>} ByLanguage a text by language and key */
/** @typedef {Record<string, string>} Lines a text by language */
/** @typedef {{value: Lines|null, start: string|null, end: string|null}} Plan */
/** @typedef {{value: Lines|null, plans: Plan[]}} Rewritten */
/** @typedef {{shipped: ByLanguage, edited: Record<string, import("./settingskit.js").Version>, labels: string[], longest: number, longest_label: number}} Told */

const SHOWN = 80;
const FIELD = /\{(\w+)\}/g;
/** What stands for a field in the preview. @type {Record<string, string>} */
const SAMPLES = {
  ...{ order: "JL2611200001", product: "LED 台灯", price: "¥129.00", was: "¥149.00", amount: "¥58.00", total: "¥258.00", fee: "¥8.00" },
  ...{ shop: "接力小店", day: "11月24日", date: "11月24日", when: "11月24日", time: "18:00", days: "3", hours: "48", minutes: "5", place: "2" },
  ...{ courier: "云雀速运", number: "YQ1234567890", phone: "400-000-0101", where: "138****0000", topic: "退货", name: "王女士", reason: "尺码不合适" },
};

export class TextsView {
  #api;
  /** @type {Told|null} */
  #told = null;
  /** @type {Map<string, Setting>} */
  #settings = new Map();
  #attempts = new Attempts();
  #search = make("input", { type: "search", autocomplete: "off", placeholder: say("texts.find") });
  #mine = make("input", { type: "checkbox" });
  #count = make("small", { role: "status" });
  #list = make("div", {});
  element;

  /**
   * @param {import("./api.js").Api} api
   * @param {() => void} leave
   */
  constructor(api, leave) {
    this.#api = api;
    const head = drawHead(say("header.texts"), say("texts.hint"), leave);
    const search = make("div", { class: "search" }, labelled(say("texts.search"), this.#search), make("label", { class: "tick" }, this.#mine, say("texts.mine")), this.#count);
    const body = make("div", { class: "settings" }, search, this.#list);
    this.element = make("section", { class: "admin" }, ...head, this.#attempts.element, body);
    this.#search.addEventListener("input", () => this.#draw());
    this.#mine.addEventListener("change", () => this.#draw());
    void this.#attempts.try(() => this.#load());
  }

  async #load() {
    this.#told = /** @type {Told} */ (await this.#api.get("/texts"));
    this.#draw();
  }

  #draw() {
    if (!this.#told) return;
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const keys = Object.keys(this.#told.shipped["zh-Hans"] ?? {}).filter((key) => this.#matches(key, words));
    setText(this.#count, say("texts.count", { count: keys.length }));
    this.#list.replaceChildren(...keys.slice(0, SHOWN).map((key) => this.#drawLine(key)));
    if (keys.length > SHOWN) this.#list.append(make("p", {}, say("texts.more", { count: keys.length - SHOWN })));
  }

  /**
   * @param {string} key
   * @param {readonly string[]} words
   */
  #matches(key, words) {
    if (this.#mine.checked && !this.#own(key)) return false;
    const all = [key, ...LANGUAGES.map((each) => this.#line(key, each))].join("\n").toLowerCase();
    return words.every((word) => all.includes(word));
  }

  /** @param {string} key @returns {Rewritten|null} */
  #own(key) {
    return (this.#settings.get(key)?.newest ?? this.#told?.edited[key])?.body ?? null;
  }

  /**
   * @param {string} key
   * @param {string} each
   */
  #line(key, each) {
    return this.#own(key)?.value?.[each] ?? this.#told?.shipped[each]?.[key] ?? "";
  }

  /** @param {string} key */
  #drawLine(key) {
    const shown = make("span", {});
    const summary = make("summary", {}, make("code", {}, key), shown);
    const element = make("details", { class: "text-line" }, summary);
    const refresh = () => {
      element.classList.toggle("edited", this.#own(key) !== null);
      setText(shown, this.#line(key, "zh-Hans"));
    };
    const open = () => {
      if (element.open && element.childElementCount === 1) element.append(this.#drawEditor(key, refresh));
    };
    element.addEventListener("toggle", open);
    refresh();
    return element;
  }

  /**
   * @param {string} key
   * @param {() => void} refresh
   */
  #drawEditor(key, refresh) {
    const attempts = new Attempts();
    const redraw = () => (refresh(), box.replaceWith((box = draw())));
    const setting = this.#settings.get(key) ?? new Setting(this.#api, `texts/${key}`, this.#told?.edited[key], () => redraw());
    this.#settings.set(key, setting);
    const draw = () => this.#drawFields(key, setting, attempts);
    let box = draw();
    return make("div", { class: "box" }, box, attempts.element, attempts.done, drawHistory(setting, attempts, tellLines));
  }

  /**
   * @param {string} key
   * @param {Setting} setting
   * @param {Attempts} attempts
   */
  #drawFields(key, setting, attempts) {
    const told = /** @type {Told} */ (this.#told);
    const label = told.labels.includes(key.split(".")[0] ?? "");
    const fields = LANGUAGES.map((each) => drawLanguage(each, told.shipped[each]?.[key] ?? "", this.#line(key, each), label ? told.longest_label : told.longest));
    const when = whenFields();
    /** Only what differs from what was shipped is kept. */
    const lines = () => Object.fromEntries(fields.map((one) => [one.language, one.read()]).filter(([, line]) => line !== null));
    const own = /** @type {Rewritten} */ (setting.newest.body ?? { value: null, plans: [] });
    const save = () => attempts.try(() => setting.save(withChange(own, lines(), when.read())), say("settings.counts"));
    const plans = own.plans.map((plan, place) => drawPlan(plan, () => attempts.try(() => setting.save({ ...own, plans: own.plans.filter((_, other) => other !== place) }))));
    return make(
      "div",
      { class: "settings" },
      make("div", { class: "languages" }, ...fields.map(({ element }) => element)),
      ...plans,
      make("details", {}, make("summary", {}, say("settings.plan")), when.element),
      make("div", { class: "acts" }, button(say("settings.save"), save, { class: "primary" }), button(say("settings.reset"), () => attempts.try(() => setting.save(null), say("settings.counts")))),
    );
  }
}

/**
 * @param {string} language
 * @param {string} shipped
 * @param {string} line
 * @param {number} longest
 */
function drawLanguage(language, shipped, line, longest) {
  const input = make("textarea", { rows: 3, maxlength: longest, lang: language }, line);
  const preview = make("div", { class: "preview", lang: language });
  const problem = make("small", { class: "bad", role: "status" });
  const check = () => {
    setText(problem, wrong(input.value, shipped));
    setText(preview, input.value.replace(/\[\[(.*?)\]\]/gs, "$1").replace(FIELD, (whole, name) => SAMPLES[name] ?? whole));
  };
  input.addEventListener("input", check);
  check();
  const needed = [...fieldsOf(shipped)].map((name) => make("code", {}, `{${name}}`));
  const element = make(
    "div",
    {},
    labelled(LANGUAGE_NAMES[language] ?? language, input),
    make("div", { class: "fields" }, ...needed, problem),
    preview,
    line === shipped ? null : make("small", { lang: language }, say("texts.shipped", { line: shipped })),
  );
  return { language, element, read: () => (input.value === shipped ? null : input.value) };
}

/**
 * @param {Plan} plan
 * @param {() => void} remove
 */
function drawPlan(plan, remove) {
  const words = plan.value ? tellLines({ value: plan.value, plans: [] }) : say("settings.shipped");
  const when = whenFields(plan).element;
  when.querySelectorAll("input").forEach((input) => (input.disabled = true));
  return make("div", { class: "box" }, make("span", {}, words), when, button(say("settings.unplan"), remove, { class: "quiet" }));
}

/**
 * A change at once, or one that is planned.
 * @template T
 * @param {{value: T|null, plans: {value: T|null, start: string|null, end: string|null}[]}} own
 * @param {T} value
 * @param {import("./settingskit.js").When} when
 */
export function withChange(own, value, when) {
  if (when.start || when.end) return { value: own.value, plans: [...own.plans, { value, ...when }] };
  return { value, plans: own.plans };
}

/**
 * @param {string} line
 * @param {string} shipped
 */
function wrong(line, shipped) {
  const [has, needs] = [fieldsOf(line), fieldsOf(shipped)];
  const lost = [...needs].find((name) => !has.has(name));
  const unknown = [...has].find((name) => !needs.has(name));
  if (lost) return say("texts.lost", { name: `{${lost}}` });
  return unknown ? say("texts.unknown", { name: `{${unknown}}` }) : "";
}

/** @param {string} line */
function fieldsOf(line) {
  return new Set([...line.matchAll(FIELD)].map((match) => match[1] ?? ""));
}

/** @param {Rewritten} body */
function tellLines({ value, plans }) {
  return Object.values(value ?? plans[0]?.value ?? {}).join(" / ");
}
