/** What the history tells of the end of a chat and of what came after: summary, ratings, and being put aside. */

import { language, say, sayWord } from "./texts.js";
import { fullTime } from "./times.js";

const STARS = 5;

/**
 * What the texts of these events name, beside the agent.
 * @param {import("./types.js").Entry} entry
 * @returns {Record<string, string>}
 */
export function aftercareFields({ data, content }) {
  if (data.event === "rated") return { of: sayWord("rated", String(data.of)), result: drawValue(data) };
  if (data.event === "wrapped") return { result: [data[language], ...(data.tags ?? [])].filter(Boolean).join(" · ") };
  if (data.event === "snoozed") return { until: fullTime(data.until ?? 0), why: content.text ? ` · ${content.text}` : "" };
  if (data.event === "notice") return { why: content.text ?? "" };
  if (data.event === "woken") return { why: sayWord("woken", data.why ?? "") };
  return {};
}

/** @param {import("./types.js").EntryData} data */
function drawValue({ stars, score }) {
  if (stars === undefined) return say("rated.score", { score: score ?? 0 });
  return `${"★".repeat(stars)}${"☆".repeat(STARS - stars)} ${stars}`;
}
