/** The day page: the figures of one day or some, with charts, what they mean, and a table for spreadsheets. */

import { drawBar, drawColumns, drawLegend, drawTable, unfold } from "./charts.js";
import { button, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { language, say, sayWord } from "./texts.js";
import { duration as sayTime, now } from "./times.js";

/** @typedef {{count: number, median: number|null, p90: number|null}} Times */
/** @typedef {{of: string, given: Record<string, number>, count: number, mean: number|null, nps: number|null}} Stars */
/** @typedef {{hour: number, channel: string, came: number, asked: number}} Hour */
/** @typedef {{reason: string, topic: string|null, count: number}} Why */
/** @typedef {{id: string, name: string, chats: number, first_reply: Times, handling: Times, ratings: number, stars: number|null, checks: number, score: number|null}} AgentFigures */
/**
 * @typedef {object} Report
 * @property {string} first
 * @property {string} last
 * @property {string} zone
 * @property {number} level
 * @property {number} came
 * @property {number} asked
 * @property {Hour[]} hours
 * @property {Why[]} whys
 * @property {Times} first_reply
 * @property {number} answered
 * @property {number} within
 * @property {Times} waits
 * @property {number} left
 * @property {Stars} human
 * @property {Stars} bot
 * @property {Stars} nps
 * @property {Record<string, number>} outcomes
 * @property {Record<string, number>} tickets
 * @property {AgentFigures[]} agents
 */
/** @typedef {{report: Report, dispositions: import("./wrapup.js").Disposition[]}} Answer */

const DAY = 86_400_000;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const NONE = "–";

export class DayView {
  #api;
  #first = make("input", { type: "date", required: true, "aria-label": say("day.first") });
  #last = make("input", { type: "date", required: true, "aria-label": say("day.last") });
  #figures = make("div", { class: "figures", "aria-live": "polite" });
  #problem = make("p", { class: "problem", role: "alert" });
  #csv = make("a", { class: "button", download: "" }, "CSV");
  #asked = 0;
  element;

  /**
   * @param {import("./api.js").Api} api
   * @param {() => void} leave
   */
  constructor(api, leave) {
    this.#api = api;
    const back = button(say("act.back"), leave, { class: "back", icon: "back" });
    const choose = make("form", { class: "days" }, this.#first, make("span", {}, "–"), this.#last, make("button", {}, say("day.show")), ...this.#drawQuick(), this.#csv);
    choose.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#load(this.#first.value, this.#last.value);
    });
    this.element = make("section", { class: "admin day-page" }, make("header", { class: "head" }, back, make("h2", {}, say("day.title"))), choose, this.#problem, this.#figures);
    void this.#load("", "");
  }

  #drawQuick() {
    const days = (/** @type {string} */ text, /** @type {number} */ from, /** @type {number} */ to) => button(text, () => this.#show(from, to), { class: "quiet" });
    return [days(say("day.today"), 0, 0), days(say("day.yesterday"), 1, 1), days(say("day.week"), 6, 0), days(say("day.month"), 30, 0)];
  }

  /**
   * @param {number} from days ago
   * @param {number} to
   */
  #show(from, to) {
    const day = (/** @type {number} */ ago) => new Date(now() - new Date().getTimezoneOffset() * 60_000 - ago * DAY).toISOString().slice(0, 10);
    void this.#load(day(from), day(to));
  }

  /**
   * @param {string} first as 2026-11-22; empty: today, where the desk is
   * @param {string} last
   */
  async #load(first, last) {
    const turn = ++this.#asked;
    const query = first && last ? `?first=${first}&last=${last}` : "";
    setText(this.#problem, "");
    try {
      const answer = /** @type {Answer} */ (await this.#api.get(`/day${query}`));
      if (turn === this.#asked) this.#draw(answer);
    } catch (error) {
      setText(this.#problem, explainProblem(error));
    }
  }

  /** @param {Answer} answer */
  #draw({ report, dispositions }) {
    this.#first.value = report.first;
    this.#last.value = report.last;
    this.#csv.href = `/workspace/api/day.csv?first=${report.first}&last=${report.last}&language=${language}`;
    this.#figures.replaceChildren(
      drawNumbers(report),
      drawHours(report),
      make("div", { class: "side-by-side" }, drawWhys(report.whys), drawOutcomes(report, dispositions)),
      make("div", { class: "side-by-side" }, drawStars("human", report.human), drawStars("bot", report.bot), drawStars("nps", report.nps)),
      drawAgents(report.agents),
      drawMeanings(report),
    );
  }
}

/** @param {Report} report */
function drawNumbers(report) {
  const alone = Math.max(0, report.came - report.asked);
  const numbers = [
    [say("day.came"), report.came, say("day.alone", { share: percent(alone, report.came) })],
    [say("day.asked"), report.asked, say("day.askedShare", { share: percent(report.asked, report.came) })],
    [say("day.firstReply"), time(report.first_reply.median), say("day.p90", { time: time(report.first_reply.p90) })],
    [say("day.within", { level: report.level / 1_000 }), percent(report.within, report.answered), say("day.of", { count: report.answered })],
    [say("day.waits"), time(report.waits.median), say("day.p90", { time: time(report.waits.p90) })],
    [say("day.left"), report.left, say("day.leftShare", { share: percent(report.left, report.asked) })],
    [say("day.human"), mean(report.human.mean), say("day.of", { count: report.human.count })],
    [say("day.bot"), mean(report.bot.mean), say("day.of", { count: report.bot.count })],
    [say("day.nps"), report.nps.nps ?? NONE, say("day.of", { count: report.nps.count })],
  ];
  return make("dl", { class: "numbers" }, ...numbers.map(([name, value, more]) => make("div", {}, make("dt", {}, String(name)), make("dd", {}, make("b", {}, String(value)), make("small", {}, String(more))))));
}

/** @param {Report} report */
function drawHours({ hours }) {
  const channels = [...new Set(hours.map(({ channel }) => channel))].sort();
  const sum = (/** @type {number} */ hour, /** @type {"came"|"asked"} */ what, /** @type {string} */ channel) =>
    hours.filter((one) => one.hour === hour && (!channel || one.channel === channel)).reduce((total, one) => total + one[what], 0);
  const came = channels.map((channel) => ({ name: sayWord("channel", channel), values: HOURS.map((hour) => sum(hour, "came", channel)), look: `look channel-${channel}` }));
  const asked = { name: say("day.asked"), values: HOURS.map((hour) => sum(hour, "asked", "")), look: "look asked" };
  const rows = HOURS.filter((hour) => hours.some((one) => one.hour === hour)).map((hour) => [`${hour}:00`, ...came.map(({ values }) => values[hour]), asked.values[hour]]);
  const table = drawTable(say("day.hours"), [say("day.hour"), ...came.map(({ name }) => name), asked.name], rows);
  return part(say("day.hours"), drawColumns(say("day.hours"), HOURS.map(String), came, asked), drawLegend([...came, asked]), unfold(table));
}

/** @param {readonly Why[]} whys */
function drawWhys(whys) {
  const most = Math.max(1, ...whys.map(({ count }) => count));
  const rows = whys.map(({ reason, topic, count }) => [sayWord("reason", reason), topic ? sayWord("topic", topic) : NONE, count, drawBar(count, most, "look asked")]);
  return part(say("day.whys"), drawOrNothing(say("day.whys"), [say("brief.reason"), say("day.topic"), say("day.count"), ""], rows));
}

/**
 * @param {Report} report
 * @param {readonly import("./wrapup.js").Disposition[]} dispositions
 */
function drawOutcomes({ outcomes, tickets }, dispositions) {
  const name = (/** @type {string} */ key) => dispositions.find((one) => one.key === key)?.[language] ?? key;
  const most = Math.max(1, ...Object.values(outcomes));
  const rows = Object.entries(outcomes).sort(([, one], [, other]) => other - one).map(([key, count]) => [name(key), count, drawBar(count, most, "look channel-web")]);
  const acts = Object.entries(tickets).map(([kind, count]) => [sayWord("dayTicket", kind), count]);
  return part(
    say("wrapup.title"),
    drawOrNothing(say("wrapup.title"), [say("day.outcome"), say("day.count"), ""], rows),
    ...(acts.length ? [make("h3", {}, say("day.tickets")), drawTable(say("day.tickets"), [say("day.tickets"), say("day.count")], acts)] : []),
  );
}

/**
 * @param {"human"|"bot"|"nps"} of
 * @param {Stars} stars
 */
function drawStars(of, stars) {
  const values = of === "nps" ? Array.from({ length: 11 }, (_, score) => 10 - score) : [5, 4, 3, 2, 1];
  const most = Math.max(1, ...Object.values(stars.given));
  const rows = values.map((value) => [of === "nps" ? value : "★".repeat(value), stars.given[value] ?? 0, drawBar(stars.given[value] ?? 0, most, "look star")]);
  const title = say(`day.${of}`);
  return part(title, stars.count ? drawTable(title, [say("day.value"), say("day.count"), ""], rows) : nothing());
}

/** @param {readonly AgentFigures[]} agents */
function drawAgents(agents) {
  const head = [say("crew.name"), say("day.chats"), say("day.firstReply"), say("day.handling"), say("day.rating"), say("day.checks")];
  const rows = agents.map((one) => [
    one.name,
    one.chats,
    both(one.first_reply),
    both(one.handling),
    one.ratings ? say("day.meanOf", { mean: mean(one.stars), count: one.ratings }) : NONE,
    one.checks ? say("day.meanOf", { mean: mean(one.score), count: one.checks }) : NONE,
  ]);
  return part(say("day.agents"), drawOrNothing(say("day.agents"), head, rows));
}

/** @param {Report} report */
function drawMeanings({ level, zone }) {
  const seconds = level / 1_000;
  const terms = /** @type {const} */ (["came", "asked", "firstReply", "within", "waits", "left", "handling", "rating", "nps", "days"]);
  const lines = terms.map((term) => [make("dt", {}, say(`day.${term}`, { level: seconds })), make("dd", {}, say(`dayMeans.${term}`, { level: seconds, zone }))]);
  return make("details", { class: "meanings", open: true }, make("summary", {}, say("day.meanings")), make("dl", {}, ...lines.flat()));
}

/**
 * @param {string} title
 * @param {...Node} children
 */
function part(title, ...children) {
  return make("section", { class: "part" }, make("h3", {}, title), ...children);
}

/**
 * @param {string} title
 * @param {readonly string[]} head
 * @param {readonly (readonly import("./charts.js").Cell[])[]} rows
 */
const drawOrNothing = (title, head, rows) => (rows.length ? drawTable(title, head, rows) : nothing());
const nothing = () => make("p", { class: "empty" }, say("day.nothing"));

/** @param {Times} times */
const both = ({ median, p90 }) => (median === null ? NONE : say("day.both", { median: time(median), p90: time(p90) }));

/** @param {number|null} ms */
const time = (ms) => (ms === null ? NONE : sayTime(ms));

/** @param {number|null} value */
const mean = (value) => (value === null ? NONE : value.toFixed(1));

/**
 * @param {number} some
 * @param {number} all
 */
const percent = (some, all) => (all ? `${Math.round((100 * some) / all)} %` : NONE);
