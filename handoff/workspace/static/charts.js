/** Charts of a few lines: bars drawn in SVG by their classes, each with a table that says the same to everybody. */

import { make } from "./dom.js";
import { say } from "./texts.js";

/** @typedef {{name: string, values: readonly number[], look: string}} Series `look` is a class */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 34;
const FOOT = 20;
const TOP = 8;
const LINES = 4;

/**
 * @param {string} tag
 * @param {Record<string, string|number>} attributes
 * @param {...(Node|string)} children
 */
function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * Bars side by side for each label: what is stacked, and beside it what is single.
 * @param {string} title
 * @param {readonly string[]} labels
 * @param {readonly Series[]} stacked
 * @param {Series} single
 */
export function drawColumns(title, labels, stacked, single) {
  const sums = labels.map((_, at) => stacked.reduce((sum, { values }) => sum + values[at], 0));
  const most = roundUp(Math.max(1, ...sums, ...single.values));
  const step = (WIDTH - LEFT) / labels.length;
  const height = (/** @type {number} */ value) => (value / most) * (HEIGHT - FOOT - TOP);
  const bar = (/** @type {number} */ x, /** @type {number} */ width, /** @type {number} */ above, /** @type {number} */ value, /** @type {string} */ look) =>
    shape("rect", { class: look, x, width, y: HEIGHT - FOOT - height(above + value), height: height(value) });
  const picture = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title, class: "chart" });
  picture.append(...drawLines(most, height));
  labels.forEach((label, at) => {
    const x = LEFT + at * step;
    let above = 0;
    for (const { values, look } of stacked) {
      if (values[at]) picture.append(bar(x + step * 0.1, step * 0.45, above, values[at], look));
      above += values[at];
    }
    if (single.values[at]) picture.append(bar(x + step * 0.6, step * 0.28, 0, single.values[at], single.look));
    if (labels.length <= 12 || at % 2 === 0) picture.append(shape("text", { x: x + step / 2, y: HEIGHT - 5, class: "label" }, label));
  });
  return picture;
}

/**
 * @param {number} most
 * @param {(value: number) => number} height
 */
function drawLines(most, height) {
  return Array.from({ length: LINES + 1 }, (_, at) => {
    const value = (most / LINES) * at;
    const y = HEIGHT - FOOT - height(value);
    const line = shape("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y, class: "line" });
    return shape("g", {}, line, shape("text", { x: LEFT - 5, y: y + 4, class: "number" }, Number.isInteger(value) ? String(value) : ""));
  });
}

/** The next number that four lines divide well. @param {number} value */
function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  const good = [4, 8, 12, 20, 40].map((each) => (each * unit) / (unit > 1 ? 10 : 1)).find((each) => each >= value);
  return good ?? 10 * unit;
}

/**
 * How large a number is beside the others: for a cell of a table that says it.
 * @param {number} value
 * @param {number} most
 * @param {string} look
 */
export function drawBar(value, most, look) {
  const bar = shape("rect", { class: look, x: 0, y: 1, width: most ? (value / most) * 100 : 0, height: 8, rx: 1 });
  return shape("svg", { viewBox: "0 0 100 10", class: "share", "aria-hidden": "true", preserveAspectRatio: "none" }, bar);
}

/** @param {readonly Series[]} series */
export function drawLegend(series) {
  const items = series.map(({ name, look }) => make("li", {}, shape("svg", { viewBox: "0 0 10 10", class: "key", "aria-hidden": "true" }, shape("rect", { class: look, width: 10, height: 10, rx: 2 })), name));
  return make("ul", { class: "legend" }, ...items);
}

/** @typedef {string|number|Node} Cell */

/**
 * @param {string} caption
 * @param {readonly string[]} head
 * @param {readonly (readonly Cell[])[]} rows the first cell of each is its head
 */
export function drawTable(caption, head, rows) {
  const body = rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, text(first)), ...rest.map((cell) => make("td", {}, text(cell)))));
  return make(
    "div",
    { class: "scroll table", tabindex: 0, role: "region", "aria-label": caption },
    make("table", {}, make("caption", { class: "unseen" }, caption), make("thead", {}, make("tr", {}, ...head.map((one) => make("th", { scope: "col" }, one)))), make("tbody", {}, ...body)),
  );
}

/** @param {Cell} cell */
const text = (cell) => (typeof cell === "number" ? String(cell) : cell);

/** @param {HTMLElement} table */
export const unfold = (table) => make("details", {}, make("summary", {}, say("day.table")), table);
