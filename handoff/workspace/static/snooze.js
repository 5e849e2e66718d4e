/** Asks until when a chat is put aside, and why. */

import { button, make, setText } from "./dom.js";
import { say } from "./texts.js";
import { fullTime, now } from "./times.js";

/** @typedef {{until: number, text: string}} Snooze */

const MINUTE = 60_000;
const LONGEST = 7 * 24 * 60 * MINUTE;
const MORNING = 9;

/**
 * Resolves with undefined where the chat stays at hand.
 * @returns {Promise<Snooze|undefined>}
 */
export function askSnooze() {
  return new Promise((resolve) => {
    /** @type {Snooze|undefined} */
    let answer;
    const why = make("input", { autocomplete: "off", maxlength: 300 });
    const problem = make("p", { class: "problem", role: "alert" });
    const when = make("input", { type: "datetime-local", value: localTime(now() + 60 * MINUTE), min: localTime(now()), max: localTime(now() + LONGEST) });
    const finish = (/** @type {number} */ until) => {
      if (!(until > now() && until <= now() + LONGEST)) return setText(problem, say("snooze.bad"));
      answer = { until, text: why.value.trim() };
      dialog.close();
    };
    const quick = choices().map(({ label, until }) => button(label, () => finish(until), { title: fullTime(until) }));
    const form = make(
      "form",
      { class: "snooze" },
      make("h1", { id: "snooze-title" }, say("snooze.title")),
      make("p", { class: "hint" }, say("snooze.hint")),
      make("label", { class: "field" }, make("span", {}, say("snooze.why")), why),
      make("div", { class: "quick" }, ...quick),
      make("label", { class: "field" }, make("span", {}, say("snooze.until")), when),
      problem,
      make("div", { class: "buttons" }, button(say("wrapup.goOn"), () => dialog.close(), { class: "quiet" }), make("button", { class: "primary" }, say("act.snooze"))),
    );
    const dialog = make("dialog", { class: "aftercare", "aria-labelledby": "snooze-title" }, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      finish(new Date(when.value).getTime());
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** What is chosen most: soon, later today, tomorrow morning, and in a few days. */
function choices() {
  const morning = (/** @type {number} */ days) => {
    const day = new Date(now());
    day.setDate(day.getDate() + days);
    return day.setHours(MORNING, 0, 0, 0);
  };
  return [
    { label: say("snooze.minutes", { count: 30 }), until: now() + 30 * MINUTE },
    { label: say("snooze.hours", { count: 2 }), until: now() + 120 * MINUTE },
    { label: say("snooze.tomorrow"), until: morning(1) },
    { label: say("snooze.days", { count: 3 }), until: morning(3) },
  ];
}

/**
 * As `datetime-local` writes it: the reader's own time, to the minute.
 * @param {number} at
 */
function localTime(at) {
  return new Date(at - new Date(at).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}
