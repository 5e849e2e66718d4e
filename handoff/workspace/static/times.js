/** Time: the server's clock as this page knows it, one tick a second, and how times are read. */

import { language, locale } from "./texts.js";

const TOLERANCE = 2_000;
let ahead = 0;

/**
 * Learns from an answer's `Date` header how far this machine's clock is off; small differences are the header's rounding.
 * @param {Response} response
 */
export function learnClock(response) {
  const date = Date.parse(response.headers.get("date") ?? "");
  const difference = Date.now() - date;
  if (!Number.isNaN(date)) ahead = Math.abs(difference) > TOLERANCE ? difference : 0;
}

/** Now by the server's clock, in ms. */
export function now() {
  return Date.now() - ahead;
}

/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * Calls `listener` every second, also while the page is hidden: browsers slow the timers of hidden pages to one a minute,
 * but not those of workers, and a heartbeat must not stop because the agent looks something up elsewhere.
 * @param {() => void} listener
 */
export function everySecond(listener) {
  if (!listeners.size) startTicking();
  listeners.add(listener);
}

function startTicking() {
  const worker = new Worker("/workspace/static/ticker.js");
  worker.addEventListener("message", () => listeners.forEach((listener) => listener()));
}

const clockFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat(locale, { month: "long", day: "numeric", weekday: "short" });
const fullFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });

/** @param {number} at */
export const clockTime = (at) => clockFormat.format(at);
/** @param {number} at */
export const dayName = (at) => dayFormat.format(at);
/** @param {number} at */
export const fullTime = (at) => fullFormat.format(at);

/**
 * @param {number} one
 * @param {number} other
 */
export function sameDay(one, other) {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/**
 * How long ago `since` was, short: 0:42, 12:05, 3 h, 2 d.
 * @param {number} since
 */
export function age(since) {
  return duration(now() - since);
}

/**
 * How long it is until `then`.
 * @param {number} then
 */
export function rest(then) {
  return duration(then - now());
}

/** @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const hours = Math.floor(seconds / 3_600);
  if (hours < 48) return language === "zh" ? `${hours} 小时` : `${hours} h`;
  return language === "zh" ? `${Math.floor(hours / 24)} 天` : `${Math.floor(hours / 24)} d`;
}

/**
 * How urgent an answer is, by the levels that the desk has set.
 * @param {import("./types.js").Row} row
 * @returns {"fresh"|"warm"|"late"}
 */
export function urgency(row) {
  if (row.due !== null && now() >= row.due) return "late";
  return row.soon !== null && now() >= row.soon ? "warm" : "fresh";
}
