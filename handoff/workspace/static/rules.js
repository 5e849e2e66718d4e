/** Where leads set the desk's rules: opening hours, teams, what happens when closed, and all that the server's schema names. */

import { Refusal } from "./api.js";
import { CalendarFields, suggestions } from "./calendar.js";
import { drawCrew } from "./crew.js";
import { drawDispositions } from "./dispositions.js";
import { button, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { say, sayWord } from "./texts.js";
import { fullTime } from "./times.js";
import { drawTriggers, TOPICS } from "./triggers.js";

/** @typedef {import("./calendar.js").Calendar} Calendar */
/** @typedef {{hours: Calendar, teams: Record<string, Calendar>} & Record<string, any>} Rules */
/** @typedef {{type?: string, enum?: string[], minimum?: number, maximum?: number, items?: {type?: string}, additionalProperties?: unknown, $ref?: string}} Shape */
/** @typedef {{$defs: Record<string, {properties: Record<string, Shape>}>, properties: Record<string, Shape>}} Schema */
/** @typedef {{version: number, author: string, at: number, rules: Rules, schema: Schema}} Version */
/** @typedef {{element: HTMLElement, read: () => unknown}} Field */

export class RulesView {
  #api;
  #colleagues;
  #leave;
  #version = 0;
  #form = make("form", { class: "rules" });
  #problem = make("p", { class: "problem", role: "alert" });
  #saved = make("p", { class: "saved", role: "status" });
  element;

  /**
   * @param {import("./api.js").Api} api
   * @param {() => readonly import("./types.js").Colleague[]} colleagues
   * @param {() => void} leave
   */
  constructor(api, colleagues, leave) {
    this.#api = api;
    this.#colleagues = colleagues;
    this.#leave = leave;
    const back = button(say("act.back"), this.#leave, { class: "back", icon: "back" });
    const head = make("header", { class: "head" }, back, make("h2", {}, say("rules.title")));
    this.element = make("section", { class: "admin" }, head, this.#form, this.#problem, this.#saved);
    void this.#try(() => this.#load());
  }

  async #load() {
    const version = /** @type {Version} */ (await this.#api.get("/rules"));
    const parts = draw(version, this.#colleagues());
    const save = make("button", { class: "primary" }, say("rules.save"));
    this.#form.replaceChildren(...suggestions(), ...parts.map(({ element }) => element), save);
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      void this.#try(() => this.#save(Object.assign({}, version.rules, ...parts.map((part) => part.read()))));
    };
    this.#show(version);
  }

  /** @param {Rules} rules */
  async #save(rules) {
    this.#show(/** @type {Version} */ (await this.#api.post("/rules", { version: this.#version, rules })));
  }

  /** @param {Version} version */
  #show({ version, author, at }) {
    this.#version = version;
    setText(this.#saved, version ? say("rules.version", { version, author, time: fullTime(at) }) : "");
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    setText(this.#problem, "");
    try {
      await action();
    } catch (error) {
      setText(this.#problem, error instanceof Refusal && error.code === "bad_request" ? error.message : explainProblem(error));
    }
  }
}

/**
 * The sections of the form; each reads as the part of the rules it stands for.
 * @param {Version} version
 * @param {readonly import("./types.js").Colleague[]} colleagues
 */
function draw({ rules, schema }, colleagues) {
  const crew = drawCrew(rules.agents, colleagues);
  const hours = new CalendarFields(rules.hours);
  const general = Object.keys(schema.properties).filter((name) => !["hours", "teams", "agents", "triggers"].includes(name));
  return [
    { element: section(say("rules.hours"), hours.element, make("small", {}, say("rules.hoursHint"))), read: () => ({ hours: hours.read() }) },
    drawTeams(rules),
    { element: section(say("crew.title"), crew.element), read: crew.read },
    drawHandover(rules),
    ...general.map((name) => drawSection(name, schema, rules[name])),
  ];
}

/**
 * @param {string} title
 * @param {...Node} children
 */
function section(title, ...children) {
  return make("fieldset", {}, make("legend", {}, title), ...children);
}

/** @param {Rules} rules */
function drawHandover(rules) {
  const { element, read } = drawTriggers(rules.triggers);
  return { element: section(say("rules.triggers"), element), read };
}

/** @param {Rules} rules */
function drawTeams(rules) {
  /** @type {Map<string, CalendarFields>} */
  const teams = new Map();
  const list = make("div", { class: "teams" });
  const choice = make("select", { "aria-label": say("rules.team") }, ...TOPICS.map((value) => make("option", { value }, sayWord("topic", value))));
  /**
   * @param {string} skill
   * @param {Calendar} calendar
   */
  const add = (skill, calendar) => {
    if (teams.has(skill)) return;
    const fields = new CalendarFields(calendar);
    const remove = button(say("rules.remove"), () => (teams.delete(skill), box.remove()), { class: "quiet" });
    const box = make("details", {}, make("summary", {}, sayWord("topic", skill)), fields.element, remove);
    teams.set(skill, fields);
    list.append(box);
  };
  Object.entries(rules.teams).forEach(([skill, calendar]) => add(skill, calendar));
  const more = button(say("rules.addTeam"), () => add(choice.value, rules.hours));
  const read = () => ({ teams: Object.fromEntries([...teams].map(([skill, fields]) => [skill, fields.read()])) });
  return { element: section(say("rules.teams"), make("small", {}, say("rules.teamsHint")), list, make("div", { class: "add" }, choice, more)), read };
}

/**
 * @param {string} name
 * @param {Schema} schema
 * @param {Record<string, any>} values
 * @returns {Field}
 */
function drawSection(name, schema, values) {
  const shapes = schema.$defs[(schema.properties[name].$ref ?? "").replace("#/$defs/", "")].properties;
  const fields = Object.entries(shapes).map(([key, shape]) => ({ key, ...drawField(`${name}.${key}`, shape, values[key]) }));
  return {
    element: section(sayWord("rules", name), make("div", { class: "calendar" }, ...fields.map(({ element }) => element))),
    read: () => ({ [name]: { ...values, ...Object.fromEntries(fields.map(({ key, read }) => [key, read()])) } }),
  };
}

/**
 * @param {string} name as `service.first_reply`
 * @param {Shape} shape
 * @param {any} value
 * @returns {Field}
 */
function drawField(name, shape, value) {
  const label = make("span", {}, sayWord("rules", name));
  if (shape.enum) {
    const input = make("select", {}, ...shape.enum.map((one) => make("option", { value: one, selected: one === value }, sayWord("rules", `${name}.${one}`))));
    return { element: make("label", { class: "field" }, label, input), read: () => input.value };
  }
  if (shape.type === "boolean") {
    const input = make("input", { type: "checkbox", checked: Boolean(value) });
    return { element: make("label", { class: "check" }, input, label), read: () => input.checked };
  }
  if (shape.type === "integer") {
    const input = make("input", { type: "number", value, min: shape.minimum, max: shape.maximum, required: true });
    return { element: make("label", { class: "field" }, label, input), read: () => input.valueAsNumber };
  }
  if (name === "wrapup.dispositions") return drawDispositions(label, value);
  if (shape.type === "object") return drawNumbers(label, value);
  if (shape.type === "array" && shape.items?.type === "string") return drawWords(label, value);
  return { element: make("p", { hidden: true }), read: () => value };
}

/**
 * Numbers by name, typed as `complaint=120, failure=60`.
 * @param {HTMLElement} label
 * @param {Record<string, number>} value
 * @returns {Field}
 */
function drawNumbers(label, value) {
  const text = Object.entries(value).map(([name, number]) => `${name}=${number}`).join(", ");
  const input = make("input", { value: text, autocomplete: "off", spellcheck: "false" });
  const read = () => Object.fromEntries(input.value.split(/[,，;；]/).filter((part) => part.trim()).map(readNumber));
  return { element: make("label", { class: "field" }, label, input), read };
}

/**
 * Words, typed as `warehouse, finance`.
 * @param {HTMLElement} label
 * @param {string[]} value
 * @returns {Field}
 */
function drawWords(label, value) {
  const input = make("input", { value: value.join(", "), autocomplete: "off", spellcheck: "false" });
  const read = () => input.value.split(/[,，;；]/).map((word) => word.trim()).filter(Boolean);
  return { element: make("label", { class: "field" }, label, input), read };
}

/** @param {string} part */
function readNumber(part) {
  const [name, number] = part.split(/[=:：]/).map((each) => each.trim());
  return [name, Number(number)];
}
