/** The dialog in which a chat is passed on: to a colleague or to a skill, with a note that only agents read. */

import { explainProblem } from "./people.js";
import { button, make, setText } from "./dom.js";
import { Refusal } from "./api.js";
import { say, sayWord } from "./texts.js";
import { randomId } from "./uploads.js";

/** @typedef {{id: string, name: string, status: "available"|"away"|"gone", load: number, capacity: number, topics: string[]}} Target */
/** @typedef {{agents: Target[], topics: string[], languages: string[]}} Targets */

const LONGEST_NOTE = 2_000;

/**
 * Opens it; it closes itself when the chat is passed on.
 * @param {import("./api.js").Api} api
 * @param {string} conversation
 */
export async function openTransfer(api, conversation) {
  if (document.querySelector("dialog[open]")) return;
  const dialog = make("dialog", { class: "transfer", "aria-labelledby": "transfer-title" });
  const problem = make("p", { class: "problem", role: "alert" });
  dialog.append(make("h1", { id: "transfer-title" }, say("transfer.title")), problem);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  try {
    problem.before(drawForm(api, conversation, /** @type {Targets} */ (await api.get("/transfers")), dialog, problem));
    dialog.querySelector("input")?.focus();
  } catch (error) {
    setText(problem, explainProblem(error));
    dialog.append(button(say("transfer.cancel"), () => dialog.close()));
  }
}

/**
 * @param {import("./api.js").Api} api
 * @param {string} conversation
 * @param {Targets} targets
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement} problem
 */
function drawForm(api, conversation, targets, dialog, problem) {
  const { agents, topics, languages } = targets;
  const topic = drawSelect("transfer.topic", topics, "topic");
  const language = drawSelect("transfer.language", languages, "language");
  const skill = make("div", { class: "skill" }, topic.element, language.element);
  const note = make("textarea", { required: true, maxlength: LONGEST_NOTE, rows: 3 });
  const send = make("button", { class: "primary" }, say("act.transfer"));
  const form = make(
    "form",
    {},
    make("fieldset", {}, make("legend", {}, say("transfer.to")), ...agents.map(drawAgent), drawTarget("", say("transfer.skill"), "", false), skill),
    make("label", { class: "field" }, make("span", {}, say("transfer.note")), note, make("small", {}, say("transfer.noteHint"))),
    make("div", { class: "buttons" }, button(say("transfer.cancel"), () => dialog.close()), send),
  );
  const chosen = () => new FormData(form).get("to");
  const show = () => {
    skill.hidden = chosen() !== "";
    send.disabled = chosen() === null;
  };
  show();
  form.addEventListener("change", show);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  let command = randomId();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    setText(problem, "");
    const to = chosen() ? { agent: chosen() } : { skill: { topic: topic.read(), language: language.read() } };
    try {
      await api.post(`/conversations/${encodeURIComponent(conversation)}/transfer`, { command, text: note.value, ...to });
      dialog.close();
    } catch (error) {
      setText(problem, explain(error));
      if (error instanceof Refusal) command = randomId(); // refused for good; an answer that was lost is asked for again
      send.disabled = false;
    }
  });
  return form;
}

/** @param {Target} target */
function drawAgent({ id, name, status, load, capacity }) {
  const state = sayWord("presence", status);
  return drawTarget(id, name, `${state} · ${say("transfer.load", { load, capacity })}`, status !== "available" || load >= capacity);
}

/**
 * @param {string} value
 * @param {string} name
 * @param {string} detail
 * @param {boolean} disabled
 */
function drawTarget(value, name, detail, disabled) {
  const input = make("input", { type: "radio", name: "to", value, disabled });
  return make("label", { class: "target" }, input, make("b", {}, name), make("span", { class: "detail" }, detail));
}

/**
 * @param {"transfer.topic"|"transfer.language"} label
 * @param {readonly string[]} values
 * @param {"topic"|"language"} family
 */
function drawSelect(label, values, family) {
  const options = ["", ...values].map((value) => make("option", { value }, value ? sayWord(family, value) : say("transfer.same")));
  const input = make("select", {}, ...options);
  return { element: make("label", { class: "field" }, make("span", {}, say(label)), input), read: () => input.value || null };
}

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof Refusal)) return explainProblem(error);
  const word = error.reason || error.code;
  const known = sayWord("refused", word);
  return known === word ? error.message : known;
}
