/** The summary on top of a conversation: what an agent reads first. */

import { make } from "./dom.js";
import { say, sayWord } from "./texts.js";
import { clockTime, fullTime } from "./times.js";
import { sayWhy } from "./why.js";

/** Windows lower than this (px) begin with the summary folded, to leave room for the conversation. */
const SHORT = 600;

/**
 * @param {import("./types.js").Brief} brief
 * @returns {HTMLElement|null} null when there is nothing to say
 */
export function drawBrief(brief) {
  const facts = [
    fact(say("brief.vip"), brief.level ? say("brief.level", { level: brief.level }) : "", "member"),
    fact(say("brief.why"), brief.why && sayWhy(brief.why), "why"),
    fact(say("brief.question"), brief.question, "question"),
    fact(say("brief.order"), brief.order, "mono"),
    fact(say("brief.product"), brief.product, "mono"),
    fact(say("brief.mood"), brief.mood && sayMood(brief), "mood"),
    brief.said?.length ? fact(say("brief.said"), brief.said.join("\n"), "said") : null,
  ];
  if (!brief.reason && facts.every((item) => !item)) return null;
  const reason = brief.reason && make("span", { class: `chip reason-${brief.reason}` }, sayWord("reason", brief.reason));
  const marks = [
    brief.topic && brief.topic !== brief.reason && make("span", { class: "chip topic" }, sayWord("topic", brief.topic)),
    brief.vip && make("span", { class: "chip vip" }, say("mark.vip")),
  ];
  const asked = brief.asked_at ? make("time", { title: fullTime(brief.asked_at) }, clockTime(brief.asked_at)) : null;
  return make(
    "details",
    { class: "brief", open: innerHeight > SHORT },
    make("summary", {}, make("span", {}, say("brief.title")), reason, ...marks, asked),
    make("dl", {}, ...facts),
  );
}

/**
 * The mood with the words that showed it.
 * @param {import("./types.js").Brief} brief
 */
function sayMood(brief) {
  const mood = sayWord("mood", brief.mood ?? "");
  return brief.mood_words?.length ? `${mood} (${brief.mood_words.join(", ")})` : mood;
}

/**
 * @param {string} name
 * @param {string|null|undefined} value
 * @param {string} kind
 */
function fact(name, value, kind) {
  if (!value) return null;
  return make("div", { class: kind }, make("dt", {}, name), make("dd", { title: kind === "said" && value }, value));
}
