/** The live wall: who waits, who works on what, what is late, and the day so far. All but the day comes through the feed. */

import { drawMarks } from "./attention.js";
import { isInLine, lists } from "./desk.js";
import { button, make, setText } from "./dom.js";
import { agentName, explainProblem, shopperName } from "./people.js";
import { say, sayWord } from "./texts.js";
import { age, duration, now, urgency } from "./times.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Colleague} Colleague */

/**
 * @typedef {object} Today the day so far
 * @property {number} came
 * @property {number} asked
 * @property {number} answered first replies
 * @property {number} within those in time
 * @property {number} level ms a first reply may take
 * @property {{median: number|null}} waits
 * @property {Record<string, number>} capacity chats at once, by agent
 */

const LOOK_EVERY = 10_000;
const TILES = /** @type {const} */ (["waiting", "longest", "held", "late", "here", "came", "asked", "within", "waits"]);

export class WallView {
  #around;
  /** @type {Today|null} */
  #today = null;
  #lookedAt = 0;
  #closed = false;
  #tiles = new Map(TILES.map((name) => [name, new Tile(say(`wall.${name}`))]));
  #skills = make("tbody", {});
  #late = make("ul", { class: "wall-rows" });
  #crew = make("div", { class: "wall-crew" });
  #problem = make("p", { class: "problem", role: "status" });
  element;

  /** @param {import("./pages.js").Around} around */
  constructor(around) {
    this.#around = around;
    const back = button(say("act.back"), around.leave, { class: "back", icon: "back" });
    const heads = [say("wall.skill"), say("wall.count"), say("wall.longest")].map((title) => make("th", { scope: "col" }, title));
    const skills = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), this.#skills);
    this.element = make(
      "section",
      { class: "admin wall" },
      make("header", { class: "head" }, back, make("h2", {}, say("wall.title"))),
      this.#problem,
      make("div", { class: "tiles" }, ...[...this.#tiles.values()].map(({ element }) => element)),
      make("div", { class: "wall-parts" }, part(say("wall.bySkill"), skills), part(say("wall.attention"), this.#late)),
      part(say("wall.crew"), this.#crew),
    );
    this.show();
    this.tick();
  }

  close() {
    this.#closed = true;
  }

  /** The desk has changed. */
  show() {
    const rows = [...this.#around.desk().rows.values()];
    this.#skills.replaceChildren(...drawSkills(rows.filter(isInLine)));
    this.#showLate();
    this.#crew.replaceChildren(...this.#drawCrew(rows));
    this.#showTiles(rows);
  }

  /** Waits grow by the second; the day's figures are asked for now and then. */
  tick() {
    this.#showTiles([...this.#around.desk().rows.values()]);
    for (const element of this.element.querySelectorAll("[data-since]")) setText(element, age(Number(/** @type {HTMLElement} */ (element).dataset.since)));
    if (Date.now() - this.#lookedAt >= LOOK_EVERY) void this.#look();
  }

  async #look() {
    this.#lookedAt = Date.now();
    try {
      this.#today = /** @type {Today} */ (await this.#around.api.get("/wall"));
      setText(this.#problem, "");
    } catch (error) {
      setText(this.#problem, explainProblem(error));
    }
    if (!this.#closed) this.show();
  }

  /** @param {Row[]} rows */
  #showTiles(rows) {
    const line = rows.filter(isInLine);
    const oldest = Math.min(...line.map(waitsSince));
    const agents = this.#around.desk().agents;
    const here = agents.filter(({ status }) => status === "available").length;
    const away = agents.filter(({ status }) => status === "away").length;
    const late = rows.filter(isLate).length;
    const { came, asked, answered, within, waits } = this.#today ?? { came: null, asked: null, answered: 0, within: 0, waits: { median: null } };
    this.#tile("waiting", String(line.length));
    this.#tile("longest", line.length ? age(oldest) : "–", line.some((row) => urgency(row) === "late") ? "late" : "");
    this.#tile("held", String(rows.filter(({ state }) => state === "assigned").length));
    this.#tile("late", String(late), late ? "late" : "");
    this.#tile("here", away ? say("wall.hereAway", { here, away }) : String(here));
    this.#tile("came", came === null ? "–" : String(came));
    this.#tile("asked", asked === null ? "–" : share(asked, came));
    this.#tile("within", answered ? `${Math.round((100 * within) / answered)} %` : "–");
    this.#tile("waits", waits.median === null ? "–" : duration(waits.median));
  }

  /**
   * @param {typeof TILES[number]} name
   * @param {string} value
   * @param {string} [mood]
   */
  #tile(name, value, mood = "") {
    this.#tiles.get(name)?.show(value, mood);
  }

  #showLate() {
    const desk = this.#around.desk();
    const { attention } = lists(desk, this.#around.session.agent.id);
    const known = new Set(attention.map(({ id }) => id));
    const late = [...desk.rows.values()].filter((row) => isLate(row) && !known.has(row.id)).sort((one, other) => waitsSince(one) - waitsSince(other));
    const rows = [...attention, ...late].map((row) => make("li", {}, this.#drawChat(row, row.agent ? agentName(desk, row.agent) : "")));
    this.#late.replaceChildren(...(rows.length ? rows : [make("li", { class: "empty" }, say("wall.nothingLate"))]));
  }

  /** @param {Row[]} rows */
  #drawCrew(rows) {
    const rank = { available: 0, away: 1, gone: 2 };
    const agents = [...this.#around.desk().agents].sort((one, other) => rank[one.status] - rank[other.status] || one.name.localeCompare(other.name));
    return agents.map((agent) => this.#drawAgent(agent, rows.filter((row) => row.state === "assigned" && row.agent === agent.id)));
  }

  /**
   * @param {Colleague} agent
   * @param {Row[]} held
   */
  #drawAgent(agent, held) {
    const capacity = this.#today?.capacity[agent.id];
    const load = capacity === undefined ? String(held.length) : `${held.length} / ${capacity}`;
    const chats = held.sort((one, other) => one.since - other.since).map((row) => make("li", {}, this.#drawChat(row, "")));
    return make(
      "section",
      { class: `wall-agent ${agent.status}` },
      make("h3", {}, make("span", { class: "label" }, agent.name), make("span", { class: `chip status-${agent.status}` }, say(`wall.${agent.status}`))),
      make("p", { class: "load" }, say("wall.load", { load }), capacity !== undefined && make("meter", { min: 0, max: capacity, value: held.length, "aria-label": say("wall.load", { load }) })),
      make("ul", { class: "wall-rows" }, ...chats),
    );
  }

  /**
   * A chat, which opens to be watched.
   * @param {Row} row
   * @param {string} owner
   */
  #drawChat(row, owner) {
    const since = row.waiting ?? null;
    const waits = since !== null && make("span", { class: `age ${urgency(row)}`, "data-since": since }, age(since));
    const name = make("span", { class: "label" }, shopperName(row));
    return make("button", { type: "button", class: "wall-chat", title: say("wall.watch"), onclick: () => this.#around.open(row.id) }, name, owner && make("span", { class: "chip owner" }, owner), ...drawMarks(row), waits);
  }
}

class Tile {
  #value = make("dd", {}, "–");

  /** @param {string} title */
  constructor(title) {
    this.element = make("dl", { class: "tile" }, make("dt", {}, title), this.#value);
  }

  /**
   * @param {string} value
   * @param {string} mood `late` stands out
   */
  show(value, mood) {
    setText(this.#value, value);
    this.element.className = `tile ${mood}`;
  }
}

/**
 * @param {string} title
 * @param {Node} content
 */
function part(title, content) {
  return make("section", { class: "wall-part" }, make("h3", {}, title), content);
}

/** @param {Row[]} line those who wait */
function drawSkills(line) {
  /** @type {Map<string, Row[]>} */
  const skills = new Map();
  for (const row of line) {
    const skill = row.topic || row.reason || "";
    skills.set(skill, [...(skills.get(skill) ?? []), row]);
  }
  const found = [...skills].map(([skill, rows]) => ({ skill, count: rows.length, since: Math.min(...rows.map(waitsSince)) }));
  if (!found.length) return [make("tr", {}, make("td", { colspan: 3, class: "empty" }, say("list.waitingEmpty")))];
  return found.sort((one, other) => one.since - other.since).map(({ skill, count, since }) =>
    make("tr", {}, make("th", { scope: "row" }, nameOfSkill(skill)), make("td", {}, String(count)), make("td", { class: "number", "data-since": since }, age(since))),
  );
}

/** @param {string} skill a topic, or the reason of the handoff */
function nameOfSkill(skill) {
  if (!skill) return say("wall.anySkill");
  const topic = sayWord("topic", skill);
  return topic === skill ? sayWord("reason", skill) : topic;
}

/** @param {Row} row */
function isLate(row) {
  return row.overdue || (row.due !== null && now() >= row.due);
}

/** @param {Row} row */
function waitsSince(row) {
  return row.waiting ?? row.since;
}

/**
 * @param {number} part
 * @param {number|null} all
 */
function share(part, all) {
  return all ? `${part} · ${Math.round((100 * part) / all)} %` : String(part);
}
