/** Where leads set the desk's rules: opening hours, teams, what happens when closed, and all that the server's schema names. */

import { Refusal } from "./api.js";
import { CalendarFields, suggestions } from "./calendar.js";
import { drawCrew } from "./crew.js";
import { drawDispositions } from "./dispositions.js";
import { button, make, setText } from "./dom.js";
import { sortIntents } from "./intents.js";
import { explainProblem } from "./people.js";
import { say, sayWord } from "./texts.js";
import { fullTime } from "./times.js";
import { drawTriggers, REASONS, TOPICS, words } from "./triggers.js";

/** @typedef {import("./calendar.js").Calendar} Calendar */
/** @typedef {{hours: Calendar, teams: Record<string, Calendar>} & Record<string, any>} Rules */
/** @typedef {{type?: string, enum?: string[], minimum?: number, maximum?: number, items?: {type?: string}, additionalProperties?: unknown, $ref?: string}} Shape */
/** @typedef {{$defs: Record<string, {properties: Record<string, Shape>}>, properties: Record<string, Shape>}} Schema */
/** @typedef {{version: number, author: string, at: number, rules: Rules, schema: Schema, intents: import("./intents.js").Intent[]}} Version */
/** @typedef {{element: HTMLElement, read: () => unknown}} Field */

const KINDS = ["complaint", "bad_rating", "feedback", "task"];
const PARTIES = ["warehouse", "finance", "supplier", "agent"];
/** Numbers by name: what the names are. @type {Record<string, ["reason"|"ticketKind", readonly string[]]>} */
const NUMBERS = {
  "routing.head_starts": ["reason", REASONS],
  "tickets.first_answer": ["ticketKind", KINDS],
  "tickets.solution": ["ticketKind", KINDS],
};

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
function draw({ rules, schema, intents }, colleagues) {
  const crew = drawCrew(rules.agents, colleagues);
  const hours = new CalendarFields(rules.hours);
  const general = Object.keys(schema.properties).filter((name) => !["hours", "teams", "agents", "triggers"].includes(name));
  return [
    { element: section(say("rules.hours"), hours.element, make("small", {}, say("rules.hoursHint"))), read: () => ({ hours: hours.read() }) },
    drawTeams(rules),
    { element: section(say("crew.title"), crew.element), read: crew.read },
    drawHandover(rules, sortIntents(intents)),
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

/**
 * @param {Rules} rules
 * @param {readonly import("./picker.js").Choice[]} intents
 */
function drawHandover(rules, intents) {
  const { element, read } = drawTriggers(rules.triggers, intents);
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
  if (name in NUMBERS) return drawNumbers(name, value);
  if (name === "tickets.parties") return drawParties(label, value);
  return { element: make("p", { hidden: true }), read: () => value };
}

/**
 * A number for each of several names; one that is left empty is not set.
 * @param {string} name of the field
 * @param {Record<string, number>} value
 * @returns {Field}
 */
function drawNumbers(name, value) {
  const [family, names] = NUMBERS[name];
  const fields = [...new Set([...names, ...Object.keys(value)])].map((key) => {
    const input = make("input", { type: "number", value: value[key] });
    return { key, input, element: make("label", { class: "field" }, make("span", {}, sayWord(family, key)), input) };
  });
  const title = sayWord("rules", name);
  const element = make("div", { class: "wide", role: "group", "aria-label": title }, make("b", {}, title), make("div", { class: "calendar" }, ...fields.map(({ element }) => element)));
  const set = () => fields.filter(({ input }) => input.value).map(({ key, input }) => [key, input.valueAsNumber]);
  return { element, read: () => Object.fromEntries(set()) };
}

/**
 * Whom a step of a ticket may be for: those we have words for are typed as these, others by their names.
 * @param {HTMLElement} label
 * @param {string[]} value
 * @returns {Field}
 */
function drawParties(label, value) {
  const known = words("ticketParty", PARTIES);
  const input = make("input", { value: value.map((party) => sayWord("ticketParty", party)).join(", "), autocomplete: "off", spellcheck: "false" });
  const typed = () => input.value.split(/[,，;；、]/).map((word) => word.trim()).filter(Boolean);
  return {
    element: make("label", { class: "field wide" }, label, input),
    read: () => typed().map((word) => known.find(({ text }) => text === word)?.value ?? word),
  };
}
