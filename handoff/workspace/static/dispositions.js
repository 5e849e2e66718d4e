/** The desk's dispositions as leads write them: one a line, as `order = 订单与物流 / Order or delivery : Orders, Delivery`. */

import { make } from "./dom.js";
import { say, sayWord } from "./texts.js";
import { REASONS, TOPICS } from "./triggers.js";

/** @typedef {{key: string, zh: string, en: string, topics: string[]}} Disposition */

const LINE = /^([^=＝]+)[=＝]([^/／]+)[/／]([^:：]+)(?:[:：](.*))?$/;

/**
 * @param {HTMLElement} label
 * @param {readonly Disposition[]} value
 */
export function drawDispositions(label, value) {
  const text = value.map(({ key, zh, en, topics }) => `${key} = ${zh} / ${en}${topics.length ? ` : ${topics.map(nameTopic).join(", ")}` : ""}`).join("\n");
  const box = make("textarea", { rows: value.length + 1, spellcheck: "false" }, text);
  const read = () => box.value.split("\n").filter((line) => line.trim()).map(readLine);
  return { element: make("label", { class: "field" }, label, box, make("small", {}, say("rules.dispositionsHint"))), read };
}

/**
 * A topic or reason in words; what has none as it is.
 * @param {string} topic
 */
function nameTopic(topic) {
  return sayWord("topic", topic, {}, sayWord("reason", topic));
}

/** @param {string} word */
function readTopic(word) {
  return [...TOPICS, ...REASONS].find((topic) => nameTopic(topic) === word) ?? word;
}

/** @param {string} line */
function readLine(line) {
  const found = LINE.exec(line.trim());
  if (!found) throw new Error(say("rules.badDisposition", { text: line }));
  const [key, zh, en, topics = ""] = found.slice(1).map((part) => (part ?? "").trim());
  return { key, zh, en, topics: topics.split(/[,，、]/).map((topic) => readTopic(topic.trim())).filter(Boolean) };
}
