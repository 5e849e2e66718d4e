/** What a line of the ledger tells besides who and when, in words. What has no words yet is shown as it came. */

import { say, sayWord } from "./texts.js";
import { duration, fullTime } from "./times.js";

/** @typedef {(value: any, agents: Record<string, string>) => string} Teller */

/** What `left` and `state` say together, and marks for reports. */
const HIDDEN = ["left", "state", "by_hand", "of", "reply", "agent"];

const name = (/** @type {any} */ id, /** @type {Record<string, string>} */ agents) => agents[id] ?? String(id);

/** @type {Record<string, Teller>} */
const TELLERS = {
  channel: (value) => sayWord("channel", value),
  language: (value) => sayWord("language", value),
  reason: (value) => sayWord("reason", value),
  topic: (value) => sayWord("topic", value),
  role: (value) => sayWord("role", value),
  waited: (value) => say("fact.waited", { time: duration(value) }),
  owed: (value) => say("fact.owed", { time: duration(value) }),
  lost: (value, agents) => say("fact.lost", { agent: name(value, agents) }),
  to: (value, agents) => say("fact.to", { agent: name(value, agents) }),
  from: (value, agents) => say("fact.from", { agent: name(value, agents) }),
  skill: (value) => say("fact.skill", { what: Object.entries(value).map(([kind, word]) => sayWord(/** @type {"topic"} */ (kind), word)).join(", ") }),
  ticket: (value) => say("fact.ticket", { number: value }),
  version: (value) => say("fact.version", { number: value }),
  order: (value) => say("fact.order", { number: value }),
  of_name: (value) => String(value),
  first: (value) => String(value),
  last: (value) => String(value),
  stars: (value) => "★".repeat(value),
  score: (value) => say("rated.score", { score: value }),
  tags: (value) => value.join(", "),
  form: (value) => String(value).toUpperCase(),
  until: (value) => say("fact.until", { time: fullTime(value) }),
};

/**
 * @param {Record<string, unknown>} data
 * @param {Record<string, string>} agents names by id
 */
export function sayData(data, agents) {
  const moved = data.left && data.left !== data.state ? [`${sayWord("at", String(data.left))} → ${sayWord("at", String(data.state))}`] : [];
  const facts = Object.entries(data).filter(([key, value]) => !HIDDEN.includes(key) && value !== null && value !== "" && !(Array.isArray(value) && !value.length));
  return [...moved, ...facts.map(([key, value]) => (TELLERS[key] ? TELLERS[key](value, agents) : sayPlainly(key, value)))].join(" · ");
}

/**
 * @param {string} key
 * @param {unknown} value
 */
function sayPlainly(key, value) {
  return `${sayWord("fact", key)}: ${typeof value === "object" ? JSON.stringify(value) : value}`;
}
