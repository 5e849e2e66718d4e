/** When the bot hands over: the part of the rules page with the ordered list of rules, each to be switched, moved and edited. */

import { button, make, setText } from "./dom.js";
import { drawPicker } from "./picker.js";
import { say, sayWord } from "./texts.js";

/**
 * @typedef {object} Trigger as `handoff/triggers.py` defines it
 * @property {string} when
 * @property {string} name
 * @property {boolean} on
 * @property {number} times
 * @property {string} mood
 * @property {number} level
 * @property {string[]} intents
 * @property {string[]} channels
 * @property {string[]} order_states
 * @property {number} order_worth
 * @property {string|null} reason
 * @property {string|null} topic
 * @property {boolean} urgent
 */

/** @typedef {{element: HTMLElement, read: () => unknown}} Input */
/** @typedef {import("./picker.js").Choice} Choice */

export const TOPICS = ["price", "logistics", "returns", "order", "payment", "product", "account", "complaint", "other"];
const WHENS = ["asked", "failure", "complaint", "not_understood", "flow", "repeated", "mood", "member", "doubt", "case"];
export const REASONS = ["asked", "not_understood", "complaint", "business", "failure"];
export const CHANNELS = ["web", "wechat", "telegram"];
const ORDER_STATES = [
  ...["unpaid", "paid", "dispatched", "in_transit", "out_for_delivery", "delivered", "completed"],
  ...["cancelled", "return_requested", "returning", "refunding", "refunded"],
];
const MOODS = ["annoyed", "angry"];
/** What only some kinds of rules look at. @type {Record<string, string>} */
const ONLY = { times: "repeated", mood: "mood", level: "member" };
/** @type {Trigger} */
const NEW = {
  ...{ when: "case", name: "", on: true, times: 3, mood: "angry", level: 1, intents: [], channels: [] },
  ...{ order_states: [], order_worth: 0, reason: null, topic: null, urgent: false },
};

/**
 * @param {readonly Trigger[]} triggers
 * @param {readonly Choice[]} intents
 */
export function drawTriggers(triggers, intents) {
  const list = make("ol", { class: "triggers" });
  /** @type {RuleLine[]} */
  let lines = [];
  const redraw = () => {
    list.replaceChildren(...lines.map(({ element }) => element));
    lines.forEach((line, index) => line.place(index, lines.length));
  };
  const add = (/** @type {Trigger} */ trigger) => {
    const line = new RuleLine(trigger, intents, {
      move: (step) => {
        const at = lines.indexOf(line);
        lines.splice(at, 1);
        lines.splice(at + step, 0, line);
        redraw();
      },
      remove: () => {
        lines = lines.filter((other) => other !== line);
        redraw();
      },
    });
    lines.push(line);
    return line;
  };
  triggers.forEach(add);
  redraw();
  const more = button(say("trigger.add"), () => {
    const line = add(NEW);
    redraw();
    line.open();
  });
  const element = make("div", {}, make("small", {}, say("trigger.hint")), list, make("div", { class: "add" }, more));
  return { element, read: () => ({ triggers: lines.map((line) => line.read()) }) };
}

/** One rule of the list. */
class RuleLine {
  #trigger;
  #on;
  #title = make("span", { class: "title" });
  #up;
  #down;
  #details;
  /** @type {Record<string, Input>} */
  #inputs;
  element;

  /**
   * @param {Trigger} trigger
   * @param {readonly Choice[]} intents
   * @param {{move: (step: 1|-1) => void, remove: () => void}} acts
   */
  constructor(trigger, intents, { move, remove }) {
    this.#trigger = trigger;
    this.#on = make("input", { type: "checkbox", checked: trigger.on, "aria-label": say("trigger.on") });
    this.#up = button("↑", () => this.#moved(move, -1), { class: "quiet", title: say("trigger.up") });
    this.#down = button("↓", () => this.#moved(move, 1), { class: "quiet", title: say("trigger.down") });
    this.#up.setAttribute("aria-label", say("trigger.up"));
    this.#down.setAttribute("aria-label", say("trigger.down"));
    this.#inputs = drawInputs(trigger, intents);
    const fields = make("div", { class: "fields" }, ...Object.values(this.#inputs).map(({ element }) => element));
    fields.addEventListener("input", () => this.#show());
    const drop = button(say("rules.remove"), remove, { class: "quiet" });
    this.#details = make("details", {}, make("summary", {}, this.#title), fields, drop);
    this.element = make("li", {}, this.#on, this.#details, this.#up, this.#down);
    this.#show();
  }

  open() {
    this.#details.open = true;
    this.#details.querySelector("select")?.focus();
  }

  /**
   * @param {number} index
   * @param {number} count
   */
  place(index, count) {
    this.#up.disabled = index === 0;
    this.#down.disabled = index === count - 1;
  }

  /** @returns {Trigger} */
  read() {
    const read = Object.fromEntries(Object.entries(this.#inputs).map(([key, input]) => [key, input.read()]));
    return { ...this.#trigger, ...read, on: this.#on.checked };
  }

  /**
   * @param {(step: 1|-1) => void} move
   * @param {1|-1} step
   */
  #moved(move, step) {
    move(step);
    const same = step < 0 ? this.#up : this.#down;
    (same.disabled ? (step < 0 ? this.#down : this.#up) : same).focus();
  }

  #show() {
    const trigger = this.read();
    const what = sayWord("trigger", trigger.when);
    setText(this.#title, trigger.name ? `${trigger.name} · ${what}` : what);
    for (const [key, when] of Object.entries(ONLY)) this.#inputs[key].element.hidden = trigger.when !== when;
  }
}

/**
 * @param {Trigger} trigger
 * @param {readonly Choice[]} intents
 * @returns {Record<string, Input>}
 */
function drawInputs(trigger, intents) {
  return {
    when: drawChoice("when", WHENS, trigger.when, "trigger"),
    name: drawText("name", trigger.name),
    times: drawNumber("times", trigger.times, 2, 5),
    mood: drawChoice("mood", MOODS, trigger.mood, "mood"),
    level: drawNumber("level", trigger.level, 1, 99),
    intents: drawPicker(say("trigger.field.intents"), intents, trigger.intents),
    channels: drawPicker(say("trigger.field.channels"), words("channel", CHANNELS), trigger.channels),
    order_states: drawPicker(say("trigger.field.order_states"), words("order", ORDER_STATES), trigger.order_states),
    order_worth: drawNumber("order_worth", trigger.order_worth, 0, 10_000_000),
    reason: drawOptional("reason", REASONS, trigger.reason, "reason"),
    topic: drawOptional("topic", TOPICS, trigger.topic, "topic"),
    urgent: drawCheck("urgent", trigger.urgent),
  };
}

/**
 * Names with what they are called.
 * @param {"channel"|"order"|"topic"|"language"|"ticketParty"} family
 * @param {readonly string[]} names
 * @returns {Choice[]}
 */
export function words(family, names) {
  return names.map((value) => ({ value, text: sayWord(family, value) }));
}

/**
 * @param {string} key
 * @param {HTMLElement} input
 */
function labelled(key, input) {
  return make("label", { class: "field" }, make("span", {}, sayWord("trigger", `field.${key}`)), input);
}

/**
 * @param {string} key
 * @param {readonly string[]} values
 * @param {string|null} value
 * @param {"trigger"|"mood"|"reason"|"topic"} family
 */
function drawSelect(key, values, value, family) {
  const options = values.map((one) => make("option", { value: one, selected: one === value }, one ? sayWord(family, one) : say("trigger.byItself")));
  const input = make("select", {}, ...options);
  return { element: labelled(key, input), input };
}

/** @type {(key: string, values: readonly string[], value: string, family: "trigger"|"mood") => Input} */
function drawChoice(key, values, value, family) {
  const { element, input } = drawSelect(key, values, value, family);
  return { element, read: () => input.value };
}

/** @type {(key: string, values: readonly string[], value: string|null, family: "reason"|"topic") => Input} */
function drawOptional(key, values, value, family) {
  const { element, input } = drawSelect(key, ["", ...values], value, family);
  return { element, read: () => input.value || null };
}

/** @type {(key: string, value: string) => Input} */
function drawText(key, value) {
  const input = make("input", { value, maxlength: 40, autocomplete: "off" });
  return { element: labelled(key, input), read: () => input.value.trim() };
}

/** @type {(key: string, value: number, min: number, max: number) => Input} */
function drawNumber(key, value, min, max) {
  const input = make("input", { type: "number", value, min, max });
  return { element: labelled(key, input), read: () => (Number.isNaN(input.valueAsNumber) ? value : input.valueAsNumber) };
}

/** @type {(key: string, value: boolean) => Input} */
function drawCheck(key, value) {
  const input = make("input", { type: "checkbox", checked: value });
  return { element: make("label", { class: "check" }, input, make("span", {}, sayWord("trigger", `field.${key}`))), read: () => input.checked };
}
