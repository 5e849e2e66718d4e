/** Asks how a chat came out before it ends: a disposition, the likely one chosen already, and tags. Enter is enough. */

import { button, make } from "./dom.js";
import { language, say } from "./texts.js";

/** @typedef {{key: string, zh: string, en: string}} Disposition */
/** @typedef {{required: boolean, dispositions: Disposition[], suggested: string|null}} Choices */
/** @typedef {{disposition: string, tags: string[]}} Summary */

const TAGS = 10;
const TAG_LENGTH = 30;

/** @param {Disposition} disposition */
export const nameOf = (disposition) => disposition[language];

/**
 * Resolves with the summary, with null where the agent ends the chat without one, and with undefined where it goes on.
 * @param {Choices} choices
 * @param {"close"|"hand_back"} command
 * @returns {Promise<Summary|null|undefined>}
 */
export function askSummary(choices, command) {
  return new Promise((resolve) => {
    /** @type {Summary|null|undefined} */
    let answer;
    const tags = make("input", { autocomplete: "off", maxlength: TAGS * (TAG_LENGTH + 1) });
    const options = choices.dispositions.map((one, index) => drawOption(one, index, one.key === choices.suggested));
    const done = make("button", { class: "primary" }, say(`act.${command}`));
    const skip = button(say("wrapup.skip"), () => finish(null), { class: "quiet" });
    const form = make(
      "form",
      { class: "wrapup" },
      make("h1", { id: "wrapup-title" }, say("wrapup.title")),
      make("fieldset", {}, make("legend", {}, say("wrapup.disposition")), ...options),
      make("label", { class: "field" }, make("span", {}, say("wrapup.tags")), tags, make("small", {}, say("wrapup.tagsHint"))),
      make("div", { class: "buttons" }, button(say("wrapup.goOn"), () => dialog.close(), { class: "quiet" }), !choices.required && skip, done),
    );
    const dialog = make("dialog", { class: "aftercare", "aria-labelledby": "wrapup-title" }, form);
    const finish = (/** @type {Summary|null} */ summary) => {
      answer = summary;
      dialog.close();
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const disposition = new FormData(form).get("disposition");
      if (typeof disposition === "string") finish({ disposition, tags: readTags(tags.value) });
    });
    form.addEventListener("keydown", (event) => chooseByNumber(event, form));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    const chosen = /** @type {HTMLElement|null} */ (form.querySelector("input:checked") ?? form.querySelector("input"));
    chosen?.focus();
  });
}

/**
 * @param {Disposition} disposition
 * @param {number} index
 * @param {boolean} isLikely
 */
function drawOption(disposition, index, isLikely) {
  const input = make("input", { type: "radio", name: "disposition", value: disposition.key, checked: isLikely, required: true });
  const number = index < 9 && make("kbd", {}, String(index + 1));
  const likely = isLikely && make("small", { class: "likely" }, say("wrapup.suggested"));
  return make("label", { class: "check" }, input, number, make("span", {}, nameOf(disposition)), likely);
}

/**
 * Digits choose; in the box for tags they are digits. Enter sends the form, as everywhere.
 * @param {KeyboardEvent} event
 * @param {HTMLFormElement} form
 */
function chooseByNumber(event, form) {
  const inRadios = event.target instanceof HTMLInputElement && event.target.type === "radio";
  if (!inRadios || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") {
    event.preventDefault();
    return form.requestSubmit();
  }
  const chosen = /^[1-9]$/.test(event.key) && form.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
  if (!(chosen instanceof HTMLInputElement)) return;
  event.preventDefault();
  chosen.checked = true;
  chosen.focus();
}

/** @param {string} text */
function readTags(text) {
  const tags = text.split(/[,，;；、]/).map((tag) => tag.trim().slice(0, TAG_LENGTH));
  return [...new Set(tags.filter(Boolean))].slice(0, TAGS);
}
