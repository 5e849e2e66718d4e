/** What the pages of settings share: a setting with its versions, times something holds, and how a change may fail. */

import { Refusal } from "./api.js";
import { button, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { say } from "./texts.js";
import { fullTime } from "./times.js";

/** @typedef {{version: number, author: string, at: number, body: any}} Version `body` null: as shipped */
/** @typedef {{start: string|null, end: string|null}} When */

/** @type {readonly ["zh-Hans", "zh-Hant", "en"]} */
export const LANGUAGES = ["zh-Hans", "zh-Hant", "en"];
/** @type {Record<string, string>} */
export const LANGUAGE_NAMES = { "zh-Hans": "简体中文", "zh-Hant": "繁體中文", en: "English" };

/** One setting: its newest version as far as we know, and the ways to another one. */
export class Setting {
  #api;
  #changed;
  name;
  /** @type {Version} */
  newest;

  /**
   * @param {import("./api.js").Api} api
   * @param {string} name
   * @param {Version|undefined} newest
   * @param {() => void} changed is called after each change
   */
  constructor(api, name, newest, changed) {
    this.#api = api;
    this.#changed = changed;
    this.name = name;
    this.newest = newest ?? { version: 0, author: "", at: 0, body: null };
  }

  /** @param {unknown} body null: as shipped */
  async save(body) {
    await this.#post("/settings", { body });
  }

  /** @param {number} to */
  async undo(to) {
    await this.#post("/settings/undo", { to });
  }

  /** @returns {Promise<Version[]>} the newest first */
  async versions() {
    const { versions } = /** @type {{versions: Version[]}} */ (await this.#api.get(`/settings?name=${encodeURIComponent(this.name)}`));
    if (versions[0]) this.newest = versions[0];
    return versions;
  }

  /**
   * @param {string} path
   * @param {object} change
   */
  async #post(path, change) {
    const known = this.newest.version;
    this.newest = /** @type {Version} */ (await this.#api.post(path, { name: this.name, version: known, ...change }));
    this.#changed();
  }
}

/** Does what may fail, and says what went wrong. */
export class Attempts {
  element = make("p", { class: "problem", role: "alert" });
  done = make("p", { class: "saved", role: "status" });

  /**
   * @param {() => Promise<void>} action
   * @param {string} [done] said where it went well
   */
  async try(action, done = "") {
    setText(this.element, "");
    setText(this.done, "");
    try {
      await action();
      setText(this.done, done);
    } catch (error) {
      setText(this.element, error instanceof Refusal && error.code === "bad_request" ? error.message : explainProblem(error));
    }
  }
}

/**
 * The versions of a setting, read when it is opened, each to be made the newest again.
 * @param {Setting} setting
 * @param {Attempts} attempts
 * @param {(body: any) => string} tell a version in one line
 */
export function drawHistory(setting, attempts, tell) {
  const rows = make("ol", { class: "versions" });
  const draw = async () => {
    const versions = await setting.versions();
    rows.replaceChildren(...[...versions, { version: 0, author: "", at: 0, body: null }].map(drawVersion));
  };
  /** @param {Version} one */
  const drawVersion = (one) => {
    const when = one.version ? say("settings.version", { version: one.version, author: one.author, time: fullTime(one.at) }) : say("settings.shipped");
    const back = () => void attempts.try(async () => (await setting.undo(one.version), await draw()), say("settings.undone"));
    const newest = one.version === setting.newest.version;
    const words = one.version ? (one.body === null ? say("settings.shipped") : tell(one.body)) : "";
    return make("li", {}, make("span", { class: "when" }, when), make("span", { class: "words" }, words), newest ? make("span", { class: "chip" }, say("settings.newest")) : button(say("settings.undo"), back, { class: "quiet" }));
  };
  const element = make("details", { class: "history" }, make("summary", {}, say("settings.history")), rows);
  element.addEventListener("toggle", () => element.open && void attempts.try(draw));
  return element;
}

/**
 * From when until when something holds, in the reader's own time.
 * @param {Partial<When>} [when]
 */
export function whenFields(when = {}) {
  const start = make("input", { type: "datetime-local", value: toLocal(when.start) });
  const end = make("input", { type: "datetime-local", value: toLocal(when.end) });
  const element = make("div", { class: "span" }, labelled(say("settings.start"), start), labelled(say("settings.end"), end));
  /** @returns {When} */
  const read = () => ({ start: toWire(start.value), end: toWire(end.value) });
  return { element, read };
}

/**
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function labelled(label, control, hint) {
  return make("label", { class: "field" }, make("span", {}, label), control, hint && make("small", {}, hint));
}

/**
 * The head of a page, with the way back.
 * @param {string} title
 * @param {string} hint
 * @param {() => void} leave
 */
export function drawHead(title, hint, leave) {
  const back = button(say("act.back"), leave, { class: "back", icon: "back" });
  return [make("header", { class: "head" }, back, make("h2", {}, title)), make("p", { class: "hint" }, hint)];
}

/**
 * @param {Partial<When>} when
 * @returns {string} as people read it, empty for what always holds
 */
export function tellWhen({ start, end }) {
  const from = start && say("settings.from", { time: fullTime(Date.parse(start)) });
  const until = end && say("settings.until", { time: fullTime(Date.parse(end)) });
  return [from, until].filter(Boolean).join(" ");
}

/** @param {string|null|undefined} iso */
function toLocal(iso) {
  if (!iso) return "";
  const then = new Date(iso);
  return new Date(then.getTime() - then.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** @param {string} local */
function toWire(local) {
  return local ? new Date(local).toISOString() : null;
}
