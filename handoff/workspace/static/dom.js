/** Makes elements. Data only ever becomes text or attributes, never markup. */

/** @typedef {Node|string|null|undefined|false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string|number|boolean|null|undefined|((event: any) => void)>} attributes names as in HTML;
 *   `onclick` and the like take a function; null, undefined and false are left out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string|number|boolean|null|undefined|((event: any) => void)} value
 */
function set(element, name, value) {
  if (typeof value === "function") element.addEventListener(name.slice(2), value);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
}

/**
 * An icon drawn in the colour of the text around it.
 * @param {string} name
 */
export function icon(name) {
  return make("span", { class: `icon icon-${name}`, "aria-hidden": "true" });
}

/**
 * @param {string} text
 * @param {() => void} onclick
 * @param {{class?: string, icon?: string, title?: string}} [options]
 */
export function button(text, onclick, options = {}) {
  const { icon: name, ...attributes } = options;
  return make("button", { type: "button", onclick, ...attributes }, name && icon(name), make("span", {}, text));
}

/**
 * Sets text only where it differs, so that a tick does not disturb selections or screen readers.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A labelled field of a form.
 * @param {string} label
 * @param {Record<string, string|number|boolean>} attributes
 * @param {string} [hint]
 */
export function field(label, attributes, hint) {
  const input = make("input", attributes);
  const element = make("label", { class: "field" }, make("span", {}, label), input, hint && make("small", {}, hint));
  return { input, element };
}
