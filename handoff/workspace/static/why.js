/** Why the bot handed over, in words: the rule that fired, and what it saw. */

import { say, sayWord } from "./texts.js";

/** @typedef {{when: string, name?: string, number: number, facts?: Record<string, any>}} Why */

/** @param {Why} why */
export function sayWhy({ when, name, number, facts = {} }) {
  const rule = name ? `${name} (${sayWord("trigger", when)})` : sayWord("trigger", when);
  return [say("fired.rule", { number, rule }), ...sayFacts(when, facts)].join(" · ");
}

/**
 * What the rule looked at, as far as it says more than the rule itself.
 * @param {string} when
 * @param {Record<string, any>} facts
 */
function sayFacts(when, facts) {
  const said = [];
  if (facts.again > 1) said.push(say("fired.again", { count: facts.again }));
  if (facts.mood && when === "mood") said.push(sayWord("mood", facts.mood));
  if (facts.level) said.push(say("fired.level", { level: facts.level }));
  if (facts.worth) said.push(say("fired.worth", { worth: (facts.worth / 100).toFixed(2) }));
  if (facts.order_state) said.push(say("fired.orderState", { state: facts.order_state }));
  if (facts.channel && when === "case") said.push(sayWord("channel", facts.channel));
  return said;
}
