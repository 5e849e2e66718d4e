/** What each agent can do: the part of the rules page with topics, channels, languages and how many chats at once. */

import { make } from "./dom.js";
import { say } from "./texts.js";

/** @typedef {{topics: string[], channels: string[], languages: string[], capacity: number}} AgentRules */
/** @typedef {import("./types.js").Colleague} Colleague */

const KINDS = /** @type {const} */ (["topics", "channels", "languages"]);
const SHIPPED = 8;

/**
 * One line for each colleague; who can do everything is left out of the rules.
 * @param {Record<string, AgentRules>} rules
 * @param {readonly Colleague[]} colleagues
 */
export function drawCrew(rules, colleagues) {
  const lines = colleagues.map((colleague) => drawLine(colleague, rules[colleague.id]));
  const head = ["crew.name", ...KINDS.map((kind) => /** @type {const} */ (`crew.${kind}`)), "crew.capacity"];
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...head.map((key) => make("th", { scope: "col" }, say(/** @type {"crew.name"} */ (key)))))),
    make("tbody", {}, ...lines.map(({ element }) => element)),
  );
  const read = () => ({ agents: { ...rules, ...Object.fromEntries(lines.map(({ id, read }) => [id, read()])) } });
  return { element: make("div", {}, make("small", {}, say("crew.hint")), table), read };
}

/**
 * @param {Colleague} colleague
 * @param {AgentRules|undefined} able
 */
function drawLine({ id, name }, able) {
  const label = (/** @type {string} */ what) => `${name}: ${what}`;
  const inputs = KINDS.map((kind) =>
    make("input", { value: (able?.[kind] ?? []).join(", "), autocomplete: "off", spellcheck: "false", "aria-label": label(say(`crew.${kind}`)) }),
  );
  const capacity = make("input", { type: "number", min: 1, max: 50, required: true, value: able?.capacity ?? SHIPPED, "aria-label": label(say("crew.capacity")) });
  const element = make("tr", {}, make("th", { scope: "row" }, name), ...[...inputs, capacity].map((input) => make("td", {}, input)));
  const read = () => {
    const [topics, channels, languages] = inputs.map(({ value }) => value.split(/[\s,，;；]+/).filter(Boolean));
    return { topics, channels, languages, capacity: capacity.valueAsNumber };
  };
  return { id, element, read };
}
