/** Opening hours as they are typed: 09:00-12:00, 13:30-18:00. Nothing typed means closed. */

import { field, make } from "./dom.js";
import { language, say } from "./texts.js";

/** @typedef {{opens: string, closes: string}} Window */
/** @typedef {{zone: string, week: Window[][], region: string|null, holiday: Window[], makeup: Window[]|null, days: Record<string, Window[]>}} Calendar */

const REGIONS = ["CN", "HK", "MO", "TW", "SG", "MY", "JP", "KR", "US", "GB"];
const WINDOW = /^(\d{1,2}:\d{2})[-–—~～至](\d{1,2}:\d{2})$/;
const OWN_DAY = /^(\d{4}-\d{2}-\d{2})\s*:?\s*(.*)$/;
/** Typed where nothing typed means something else. */
const NEVER = "-";
/** A Monday. */
const FIRST_DAY = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;
const weekday = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en", { weekday: "long", timeZone: "UTC" });

/** @param {readonly Window[]} windows */
export function writeWindows(windows) {
  return windows.map(({ opens, closes }) => `${opens}-${closes}`).join(", ");
}

/**
 * @param {string} text
 * @returns {Window[]}
 * @throws {Error} in words, when it cannot be read
 */
export function readWindows(text) {
  const parts = text.replaceAll("：", ":").split(/[,，、;；\s]+/).filter(Boolean);
  return parts.map((part) => {
    const found = WINDOW.exec(part);
    if (!found) throw new Error(say("rules.badWindow", { text: part }));
    return { opens: found[1].padStart(5, "0"), closes: found[2].padStart(5, "0") };
  });
}

/** @param {Readonly<Record<string, readonly Window[]>>} days */
export function writeDays(days) {
  const dates = Object.keys(days).sort();
  return dates.map((date) => `${date}: ${writeWindows(days[date])}`.trim()).join("\n");
}

/** @param {string} text one day a line */
export function readDays(text) {
  const lines = text.replaceAll("：", ":").split("\n").map((line) => line.trim()).filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => {
      const found = OWN_DAY.exec(line);
      if (!found) throw new Error(say("rules.badDay", { text: line }));
      return [found[1], readWindows(found[2])];
    }),
  );
}

/** The fields of one calendar. */
export class CalendarFields {
  #zone;
  #region;
  #week;
  #holiday;
  #makeup;
  #days;
  element;

  /** @param {Calendar} calendar */
  constructor(calendar) {
    this.#zone = field(say("rules.zone"), { value: calendar.zone, required: true, list: "zones", autocomplete: "off" });
    this.#region = field(say("rules.region"), { value: calendar.region ?? "", list: "regions", autocomplete: "off" }, say("rules.regionHint"));
    this.#week = calendar.week.map((windows, day) => hours(weekday.format(FIRST_DAY + day * DAY), windows));
    this.#holiday = hours(say("rules.holiday"), calendar.holiday);
    const makeup = calendar.makeup && !calendar.makeup.length ? NEVER : writeWindows(calendar.makeup ?? []);
    this.#makeup = field(say("rules.makeup"), { value: makeup, autocomplete: "off", spellcheck: "false" }, say("rules.makeupHint"));
    this.#days = make("textarea", { rows: 3, placeholder: "2026-12-31: 09:00-12:00", spellcheck: "false" });
    this.#days.value = writeDays(calendar.days);
    this.element = make(
      "div",
      { class: "calendar" },
      ...[this.#zone, this.#region, ...this.#week, this.#holiday, this.#makeup].map(({ element }) => element),
      make("label", { class: "field wide" }, make("span", {}, say("rules.days")), this.#days, make("small", {}, say("rules.daysHint"))),
    );
  }

  /**
   * @returns {Calendar}
   * @throws {Error} in words, when a field cannot be read
   */
  read() {
    const makeup = this.#makeup.input.value.trim();
    return {
      zone: this.#zone.input.value.trim(),
      region: this.#region.input.value.trim().toUpperCase() || null,
      week: this.#week.map(({ input }) => readWindows(input.value)),
      holiday: readWindows(this.#holiday.input.value),
      makeup: makeup === NEVER ? [] : makeup ? readWindows(makeup) : null,
      days: readDays(this.#days.value),
    };
  }
}

/**
 * @param {string} label
 * @param {readonly Window[]} windows
 */
function hours(label, windows) {
  return field(label, { value: writeWindows(windows), placeholder: say("rules.closedDay"), autocomplete: "off", spellcheck: "false" });
}

/** What the fields of all calendars suggest. */
export function suggestions() {
  const zones = Intl.supportedValuesOf?.("timeZone") ?? ["Asia/Shanghai"];
  return [
    make("datalist", { id: "zones" }, ...zones.map((value) => make("option", { value }))),
    make("datalist", { id: "regions" }, ...REGIONS.map((value) => make("option", { value }))),
  ];
}
