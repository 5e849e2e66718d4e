/** What each agent can do: the part of the rules page with topics, channels, languages and how many chats at once. */

import { make } from "./dom.js";
import { drawPicker } from "./picker.js";
import { say } from "./texts.js";
import { CHANNELS, TOPICS, words } from "./triggers.js";

/** @typedef {{topics: string[], channels: string[], languages: string[], capacity: number}} AgentRules */
/** @typedef {import("./types.js").Colleague} Colleague */

const LANGUAGES = ["zh-Hans", "zh-Hant", "en"];
const SHIPPED = 8;

/**
 * One line for each colleague; who can do everything is left out of the rules.
 * @param {Record<string, AgentRules>} rules
 * @param {readonly Colleague[]} colleagues
 */
export function drawCrew(rules, colleagues) {
  const lines = colleagues.map((colleague) => drawLine(colleague, rules[colleague.id]));
  const read = () => ({ agents: { ...rules, ...Object.fromEntries(lines.map(({ id, read }) => [id, read()])) } });
  return { element: make("div", { class: "crew" }, make("small", {}, say("crew.hint")), ...lines.map(({ element }) => element)), read };
}

/**
 * @param {Colleague} colleague
 * @param {AgentRules|undefined} able
 */
function drawLine({ id, name }, able) {
  const nameOf = (/** @type {string} */ what) => `${name}: ${what}`;
  const topics = drawPicker(say("crew.topics"), words("topic", TOPICS), able?.topics ?? [], nameOf(say("crew.topics")));
  const channels = drawPicker(say("crew.channels"), words("channel", CHANNELS), able?.channels ?? [], nameOf(say("crew.channels")));
  const languages = drawPicker(say("crew.languages"), words("language", LANGUAGES), able?.languages ?? [], nameOf(say("crew.languages")));
  const capacity = make("input", { type: "number", min: 1, max: 50, required: true, value: able?.capacity ?? SHIPPED, "aria-label": nameOf(say("crew.capacity")) });
  const limit = make("label", { class: "field" }, make("span", {}, say("crew.capacity")), capacity);
  const fields = [...[topics, channels, languages].map(({ element }) => element), limit];
  const element = make("div", { class: "crew-line", role: "group", "aria-label": name }, make("b", {}, name), ...fields);
  const read = () => ({ topics: topics.read(), channels: channels.read(), languages: languages.read(), capacity: capacity.valueAsNumber });
  return { id, element, read };
}
