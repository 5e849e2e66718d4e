/** A choice of several from a known list: closed it shows their words, open it is boxes to tick. The values stay names. */

import { make, setText } from "./dom.js";
import { say } from "./texts.js";

/** @typedef {{value: string, text: string}} Choice */

/**
 * @param {string} label
 * @param {readonly Choice[]} choices
 * @param {readonly string[]} chosen names that are not among the choices are kept
 * @param {string} [name] what it is called where `label` alone is not enough
 */
export function drawPicker(label, choices, chosen, name = label) {
  const unknown = chosen.filter((value) => !choices.some((choice) => choice.value === value)).map((value) => ({ value, text: value }));
  const boxes = [...choices, ...unknown].map((choice) => ({ ...choice, box: make("input", { type: "checkbox", checked: chosen.includes(choice.value) }) }));
  const words = make("span", { class: "chosen" });
  const ticked = () => boxes.filter(({ box }) => box.checked);
  const show = () => setText(words, ticked().map(({ text }) => text).join(", ") || say("picker.any"));
  const list = make("div", { class: "boxes", role: "group", "aria-label": name }, ...boxes.map(({ text, box }) => make("label", { class: "check" }, box, make("span", {}, text))));
  const details = make("details", { class: "picker" }, make("summary", { "aria-label": name }, words), list);
  list.addEventListener("change", show);
  show();
  return { element: make("div", { class: "field" }, make("span", {}, label), details), read: () => ticked().map(({ value }) => value) };
}
