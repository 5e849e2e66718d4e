/** A form made of a JSON schema: numbers, amounts in yuan, words in three languages, tables by state, lists. */

import { button, make } from "./dom.js";
import { labelled, LANGUAGE_NAMES, LANGUAGES } from "./settingskit.js";
import { policyWord } from "./policywords.js";

/** @typedef {{type?: string, $ref?: string, enum?: string[], anyOf?: Shape[], properties?: Record<string, Shape>, required?: string[], items?: Shape, prefixItems?: Shape[], additionalProperties?: Shape|boolean, propertyNames?: Shape, minimum?: number, maximum?: number, default?: unknown}} Shape */
/** @typedef {Record<string, Shape>} Definitions */
/** @typedef {{element: HTMLElement, read: () => unknown, wide?: boolean}} Field */

/**
 * @param {string} name
 * @param {Shape} shape
 * @param {any} value
 * @param {Definitions} known
 * @returns {Field}
 */
export function drawField(name, shape, value, known) {
  const { plain, optional } = plainOf(shape, known);
  const label = policyWord(name);
  if (isMoney(plain)) return drawMoney(label, value, optional);
  if (plain.enum) return drawChoice(label, plain.enum, value, optional);
  if (plain.type === "boolean") return drawYesNo(label, value, optional);
  if (plain.type === "integer" || plain.type === "number") return drawNumber(label, plain, value, optional);
  if (plain.prefixItems) return drawRange(label, value);
  if (plain.type === "array") return drawList(label, plain, value ?? [], known);
  if (plain.properties) return drawObject(label, plain, value ?? {}, known);
  if (plain.propertyNames && plain.additionalProperties) return drawTable(label, plain, value ?? {}, known, optional);
  if (plain.type === "object") return drawPairs(label, plain, value ?? {}, known);
  if (plain.type === "string") return drawText(label, value, optional);
  return drawRaw(label, value);
}

/**
 * What a shape is behind references, and whether it may be left out.
 * @param {Shape} shape
 * @param {Definitions} known
 * @returns {{plain: Shape, optional: boolean}}
 */
export function plainOf(shape, known) {
  if (shape.$ref) return plainOf(known[shape.$ref.replace("#/$defs/", "")] ?? {}, known);
  const others = shape.anyOf?.filter(({ type }) => type !== "null") ?? [];
  if (others.length === 1 && others[0]) return { plain: plainOf(others[0], known).plain, optional: true };
  return { plain: shape, optional: false };
}

/** @param {Shape} shape */
function isMoney({ properties }) {
  return Boolean(properties?.amount && properties.currency);
}

/**
 * @param {string} label
 * @param {any} value
 * @param {boolean} optional
 * @returns {Field}
 */
function drawMoney(label, value, optional) {
  const input = make("input", { type: "number", min: 0, step: 0.01, value: value ? value.amount / 100 : "", required: !optional });
  const read = () => (input.value === "" ? null : { ...value, amount: Math.round(input.valueAsNumber * 100) });
  return { element: labelled(`${label} (¥)`, input), read };
}

/**
 * @param {string} label
 * @param {readonly string[]} choices
 * @param {any} value
 * @param {boolean} optional
 * @returns {Field}
 */
function drawChoice(label, choices, value, optional) {
  const options = choices.map((one) => make("option", { value: one, selected: one === value }, policyWord(one)));
  const input = make("select", {}, optional && make("option", { value: "" }, "–"), ...options);
  return { element: labelled(label, input), read: () => input.value || null };
}

/**
 * @param {string} label
 * @param {any} value
 * @param {boolean} optional
 * @returns {Field}
 */
function drawYesNo(label, value, optional) {
  if (optional) {
    const field = drawChoice(label, ["yes", "no"], value === true ? "yes" : value === false ? "no" : null, true);
    const read = () => ({ yes: true, no: false })[String(field.read())] ?? null;
    return { element: field.element, read };
  }
  const input = make("input", { type: "checkbox", checked: Boolean(value) });
  return { element: make("label", { class: "tick" }, input, label), read: () => input.checked };
}

/**
 * @param {string} label
 * @param {Shape} shape
 * @param {any} value
 * @param {boolean} optional
 * @returns {Field}
 */
function drawNumber(label, shape, value, optional) {
  const input = make("input", { type: "number", min: shape.minimum ?? 0, max: shape.maximum, step: shape.type === "integer" ? 1 : "any", value: value ?? "", required: !optional });
  return { element: labelled(label, input), read: () => (input.value === "" ? null : input.valueAsNumber) };
}

/**
 * @param {string} label
 * @param {any} value
 * @returns {Field}
 */
function drawRange(label, value) {
  const [least, most] = [0, 1].map((place) => make("input", { type: "number", min: 0, value: value?.[place] ?? "", required: true, "aria-label": `${label} ${place + 1}` }));
  const element = make("div", { class: "field" }, make("span", {}, label), make("div", { class: "range" }, least, "–", most));
  return { element, read: () => [least, most].map((input) => (input && input.value !== "" ? input.valueAsNumber : null)) };
}

/**
 * @param {string} label
 * @param {Shape} shape
 * @param {any[]} value
 * @param {Definitions} known
 * @returns {Field}
 */
function drawList(label, shape, value, known) {
  const { plain } = plainOf(shape.items ?? {}, known);
  if (plain.enum) return drawChecks(label, plain.enum, value);
  const list = make("div", { class: "settings" });
  /** @type {Map<HTMLElement, () => unknown>} */
  const readers = new Map();
  /** @param {any} one */
  const add = (one) => {
    const field = drawField("", shape.items ?? {}, one, known);
    const remove = button(policyWord("remove"), () => (readers.delete(row), row.remove()), { class: "quiet" });
    const row = make("div", { class: "box" }, field.element, remove);
    readers.set(row, field.read);
    list.append(row);
  };
  value.forEach(add);
  const element = make("fieldset", { class: "wide" }, make("legend", {}, label), list, button(policyWord("add"), () => add(undefined)));
  return { element, wide: true, read: () => [...list.children].map((row) => readers.get(/** @type {HTMLElement} */ (row))?.()) };
}

/**
 * @param {string} label
 * @param {readonly string[]} choices
 * @param {readonly string[]} value
 * @returns {Field}
 */
function drawChecks(label, choices, value) {
  const ordered = [...value, ...choices.filter((one) => !value.includes(one))];
  const boxes = ordered.map((one) => make("input", { type: "checkbox", value: one, checked: value.includes(one) }));
  const rows = boxes.map((input) => make("label", { class: "tick" }, input, policyWord(input.value)));
  const read = () => boxes.filter(({ checked }) => checked).map((input) => input.value);
  return { element: make("div", { class: "field", role: "group", "aria-label": label }, make("span", {}, label), ...rows), read };
}

/**
 * @param {string} label
 * @param {Shape} shape
 * @param {Record<string, any>} value
 * @param {Definitions} known
 * @returns {Field}
 */
function drawObject(label, shape, value, known) {
  const fields = Object.entries(shape.properties ?? {}).map(([name, one]) => ({ name, one, ...drawField(name, one, value[name] ?? one.default, known) }));
  for (const { element, wide } of fields) element.classList.toggle("wide", Boolean(wide));
  const grid = make("div", { class: "grid" }, ...fields.map(({ element }) => element));
  const read = () => Object.fromEntries(fields.map(({ name, read: readOne }) => [name, readOne()]));
  if (!label) return { element: grid, read, wide: true };
  return { element: make("fieldset", {}, make("legend", {}, label), grid), read, wide: true };
}

/**
 * One row for each of the names there are, languages or states.
 * @param {string} label
 * @param {Shape} shape
 * @param {Record<string, any>} value
 * @param {Definitions} known
 * @param {boolean} optional
 * @returns {Field}
 */
function drawTable(label, shape, value, known, optional) {
  const names = plainOf(shape.propertyNames ?? {}, known).plain.enum ?? [];
  if (names.includes("zh-Hans")) return drawWords(label, value, optional);
  const rest = /** @type {Shape} */ (shape.additionalProperties);
  const fields = names.map((name) => ({ name, ...drawField(name, rest, value[name], known) }));
  const grid = make("div", { class: "grid" }, ...fields.map(({ element }) => element));
  const read = () => Object.fromEntries(fields.map(({ name, read: readOne }) => [name, readOne()]));
  return { element: make("fieldset", {}, make("legend", {}, label), grid), read, wide: true };
}

/**
 * @param {string} label
 * @param {Record<string, string>} value
 * @param {boolean} optional
 * @returns {Field}
 */
function drawWords(label, value, optional) {
  const inputs = LANGUAGES.map((each) => ({ each, input: make("textarea", { rows: 2, lang: each }, value[each] ?? "") }));
  const element = make("fieldset", {}, make("legend", {}, label), make("div", { class: "languages" }, ...inputs.map(({ each, input }) => labelled(LANGUAGE_NAMES[each] ?? each, input))));
  const read = () => {
    const words = Object.fromEntries(inputs.map(({ each, input }) => [each, input.value.trim()]));
    return optional && Object.values(words).every((word) => !word) ? null : words;
  };
  return { element, read, wide: true };
}

/**
 * Anything by a name that is typed.
 * @param {string} label
 * @param {Shape} shape
 * @param {Record<string, any>} value
 * @param {Definitions} known
 * @returns {Field}
 */
function drawPairs(label, shape, value, known) {
  const pairs = Object.entries(value).map(([name, one]) => ({ name, value: one }));
  const rest = typeof shape.additionalProperties === "object" ? shape.additionalProperties : { type: "string" };
  const items = { properties: { name: { type: "string" }, value: rest } };
  const list = drawList(label, { items }, pairs, known);
  const read = () => Object.fromEntries(/** @type {{name: string, value: unknown}[]} */ (list.read()).map((pair) => [pair.name, pair.value]));
  return { ...list, read };
}

/**
 * @param {string} label
 * @param {any} value
 * @param {boolean} optional
 * @returns {Field}
 */
function drawText(label, value, optional) {
  const input = make("input", { value: value ?? "", autocomplete: "off" });
  return { element: labelled(label, input), read: () => input.value.trim() || (optional ? null : "") };
}

/**
 * What has no form yet, as JSON.
 * @param {string} label
 * @param {any} value
 * @returns {Field}
 */
function drawRaw(label, value) {
  const input = make("textarea", { rows: 4, spellcheck: "false" }, JSON.stringify(value ?? null, null, 1));
  return { element: labelled(label, input), read: () => JSON.parse(input.value), wide: true };
}
