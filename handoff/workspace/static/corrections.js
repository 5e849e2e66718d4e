/** What the bot understood of a message, as small signs under it, and the window in which an agent corrects it. */

import { Refusal } from "./api.js";
import { button, field, icon, make } from "./dom.js";
import { nameIntent, sortIntents } from "./intents.js";
import { say } from "./texts.js";

/** @typedef {"order_number"|"product"|"reason"} Slot */
/** @typedef {{intents: string[], slots: Partial<Record<Slot, string>>}} Meaning */
/** @typedef {{id: string, conversation: string, seq: number, corrected: Meaning, agent: string, agent_name: string}} Correction */
/** @typedef {import("./intents.js").Intent} Intent */
/** @typedef {import("./types.js").Entry} Entry */

/** @type {readonly Slot[]} */
const SLOTS = ["order_number", "product", "reason"];
const MEANINGS = 2;

export class Corrections {
  /** @type {Map<string, Correction>} */
  #known = new Map();
  /** @type {readonly Intent[]} */
  #intents = [];
  #conversation;
  #api;
  #me;
  #mayCorrect;
  #changed;

  /**
   * @param {string} conversation
   * @param {import("./api.js").Api} api
   * @param {string} me
   * @param {boolean} mayCorrect
   * @param {() => void} changed
   */
  constructor(conversation, api, me, mayCorrect, changed) {
    this.#conversation = conversation;
    this.#api = api;
    this.#me = me;
    this.#mayCorrect = mayCorrect;
    this.#changed = changed;
  }

  /** Reads what was corrected, and what intents are called; without an answer the signs show their names. */
  async load() {
    try {
      const answer = await this.#api.get(`/corrections?conversation=${encodeURIComponent(this.#conversation)}`);
      const { corrections, intents } = /** @type {{corrections: Correction[], intents: Intent[]}} */ (answer);
      this.#known = new Map(corrections.map((one) => [`${one.conversation}:${one.seq}`, one]));
      this.#intents = intents;
    } catch {
      return;
    }
    this.#changed();
  }

  /**
   * The signs under a shopper's message, null where nothing is known of it.
   * @param {Entry} entry
   * @param {Meaning|undefined} understood
   */
  draw(entry, understood) {
    const correction = this.#known.get(this.#keyOf(entry));
    const meaning = correction?.corrected ?? understood;
    if (!meaning) return null;
    const signs = [...meaning.intents.map((name) => this.#nameOf(name)), ...SLOTS.map((slot) => sayFact(slot, meaning)).filter(Boolean)];
    const shown = signs.length ? signs : [say("understood.nothing")];
    const element = make(
      "div",
      { class: correction ? "understood corrected" : "understood" },
      make("span", { class: "unseen" }, say("understood.label")),
      ...shown.map((text) => make("span", { class: signs.length ? "sign" : "sign unsure" }, text)),
    );
    if (correction) element.append(make("small", {}, say("understood.by", { agent: correction.agent_name })));
    if (this.#mayCorrect) element.append(this.#drawPencil(entry, meaning));
    return element;
  }

  /**
   * @param {Entry} entry
   * @param {Meaning} meaning
   */
  #drawPencil(entry, meaning) {
    const title = say("understood.correct");
    const onclick = () => this.#open(entry, meaning);
    return make("button", { type: "button", class: "pencil", title, "aria-label": title, onclick }, icon("pencil"));
  }

  /**
   * @param {Entry} entry
   * @param {Meaning} meaning
   */
  #open(entry, meaning) {
    const chosen = Array.from({ length: MEANINGS }, (_, place) => this.#drawChoice(place, meaning.intents[place] ?? ""));
    const values = SLOTS.map((slot) => ({ slot, ...field(say(`slot.${slot}`), { value: meaning.slots[slot] ?? "", maxlength: 200 }) }));
    const own = this.#known.get(this.#keyOf(entry));
    const problem = make("p", { class: "problem", role: "alert" });
    const dialog = make("dialog", { class: "correct", "aria-labelledby": "correct-title" });
    const save = () => {
      const intents = chosen.map(({ select }) => select.value).filter(Boolean);
      const slots = Object.fromEntries(values.map(({ slot, input }) => [slot, input.value.trim()]).filter(([, value]) => value));
      return this.#save(entry, { intents, slots });
    };
    const done = (/** @type {() => Promise<void>} */ work) => () => void work().then(() => dialog.close(), (error) => tell(problem, error));
    dialog.append(
      make("h1", { id: "correct-title" }, say("understood.title")),
      make("blockquote", {}, entry.content.text ?? ""),
      ...chosen.map(({ element }) => element),
      ...values.map(({ element }) => element),
      problem,
      make(
        "div",
        { class: "actions" },
        own?.agent === this.#me && button(say("understood.takeBack"), done(() => this.#remove(entry, own))),
        button(say("understood.cancel"), () => dialog.close()),
        button(say("understood.save"), done(save), { class: "primary" }),
      ),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  /**
   * @param {number} place
   * @param {string} chosen
   */
  #drawChoice(place, chosen) {
    const options = [{ value: "", text: "–" }, ...sortIntents(this.#intents)].map(({ value, text }) =>
      make("option", { value, selected: value === chosen }, text),
    );
    const select = make("select", {}, ...options);
    const label = make("span", {}, say(place ? "understood.also" : "understood.means"));
    return { select, element: make("label", { class: "field" }, label, select) };
  }

  /**
   * @param {Entry} entry
   * @param {Meaning} meaning
   */
  async #save(entry, meaning) {
    const { conversation, seq } = this.#placeOf(entry);
    const answer = await this.#api.post("/corrections", { conversation, seq, meaning });
    this.#known.set(this.#keyOf(entry), /** @type {{correction: Correction}} */ (answer).correction);
    this.#changed();
  }

  /**
   * @param {Entry} entry
   * @param {Correction} own
   */
  async #remove(entry, own) {
    await this.#api.post(`/corrections/${own.id}/remove`);
    this.#known.delete(this.#keyOf(entry));
    this.#changed();
  }

  /** @param {string} name */
  #nameOf(name) {
    return nameIntent(this.#intents.find((one) => one.name === name) ?? { name });
  }

  /** @param {Entry} entry */
  #placeOf(entry) {
    return { conversation: entry.log ?? this.#conversation, seq: entry.own ?? entry.seq };
  }

  /** @param {Entry} entry */
  #keyOf(entry) {
    const { conversation, seq } = this.#placeOf(entry);
    return `${conversation}:${seq}`;
  }
}

/**
 * @param {Slot} slot
 * @param {Meaning} meaning
 */
function sayFact(slot, meaning) {
  const value = meaning.slots[slot];
  return value ? `${say(`slot.${slot}`)}: ${value}` : "";
}

/**
 * @param {HTMLElement} problem
 * @param {unknown} error
 */
function tell(problem, error) {
  problem.textContent = error instanceof Refusal ? error.message : say("error.unreachable");
}
