/** What asks for attention in a row: an answer that is overdue, a chat taken from somebody silent, an offer that runs out. */

import { make, setText } from "./dom.js";
import { say } from "./texts.js";
import { fullTime, rest } from "./times.js";

/** @typedef {import("./types.js").Row} Row */

/** @param {Row} row */
export function drawMarks(row) {
  const marks = [];
  if (row.vip) marks.push(make("span", { class: "chip vip" }, say("mark.vip")));
  if (row.overdue) marks.push(make("span", { class: "chip overdue" }, say("mark.overdue")));
  if (row.snoozed_until) marks.push(make("span", { class: "chip" }, say("mark.snoozed", { time: fullTime(row.snoozed_until) })));
  if (row.lost) marks.push(make("span", { class: "chip overdue" }, say("mark.lost")));
  if (row.taken_from) marks.push(make("span", { class: "chip" }, say("mark.taken")));
  return marks;
}

/**
 * @param {HTMLElement} element
 * @param {Row|null} row
 */
export function showCountdown(element, row) {
  const until = row?.state === "offered" ? row.offered_until : null;
  element.hidden = until === null;
  setText(element, until === null ? "" : say("mark.countdown", { time: rest(until) }));
}
