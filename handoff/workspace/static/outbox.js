/**
 * Commands on their way: each is sent with one id until an answer comes, in order per conversation, over reloads and
 * lost connections.
 */

import { Refusal, Unreachable } from "./api.js";

/** @typedef {import("./types.js").Command} Command */
/** @typedef {import("./types.js").Moved} Moved */

/**
 * @typedef {object} Item
 * @property {string} id the command id, also the `external_id` of the entry it makes
 * @property {string} conversation
 * @property {Command} command
 * @property {string} text empty where the command has none
 * @property {boolean} late whether a try has failed
 * @property {boolean} answered carried out; kept until its entry is seen
 */

const SLOWEST_RETRY = 5_000;

export class Outbox {
  #api;
  #key;
  #changed;
  #refused;
  /** @type {Item[]} */
  #items;
  /** @type {Set<string>} */
  #working = new Set();
  /** @type {Set<() => void>} */
  #pauses = new Set();

  /**
   * @param {import("./api.js").Api} api
   * @param {string} agent id of the agent whose commands these are
   * @param {(conversation: string) => void} changed
   * @param {(item: Item, refusal: Refusal) => void} refused the item is gone by then
   */
  constructor(api, agent, changed, refused) {
    this.#api = api;
    this.#key = `jieli.outbox.${agent}`;
    this.#changed = changed;
    this.#refused = refused;
    this.#items = /** @type {Item[]} */ (JSON.parse(sessionStorage.getItem(this.#key) ?? "[]"));
  }

  /** Takes up what an earlier page left unanswered, and shortens every pause. */
  hurry() {
    for (const resume of this.#pauses) resume();
    for (const { conversation } of this.#items) this.#work(conversation);
  }

  /**
   * Sends a command. A move that is already on its way is not sent twice.
   * @param {string} conversation
   * @param {Command} command
   * @param {string} [text]
   */
  put(conversation, command, text = "") {
    if (!text && this.isUnderway(conversation, command)) return;
    const id = commandId();
    this.#items.push({ id, conversation, command, text, late: false, answered: false });
    this.#keep(conversation);
    this.#work(conversation);
  }

  /**
   * @param {string} conversation
   * @param {Command} command
   */
  isUnderway(conversation, command) {
    return this.#items.some((item) => item.conversation === conversation && item.command === command && !item.answered);
  }

  /**
   * What was said in a conversation and is not seen in its log yet.
   * @param {string} conversation
   */
  said(conversation) {
    return this.#items.filter((item) => item.conversation === conversation && item.text);
  }

  /**
   * Forgets answered commands whose entries are on the screen.
   * @param {(id: string) => boolean} isThere
   */
  settle(isThere) {
    this.#items = this.#items.filter((item) => !(item.answered && isThere(item.id)));
  }

  /** @param {string} conversation */
  #keep(conversation) {
    sessionStorage.setItem(this.#key, JSON.stringify(this.#items.filter((item) => !item.answered)));
    this.#changed(conversation);
  }

  /** @param {string} conversation */
  async #work(conversation) {
    if (this.#working.has(conversation)) return;
    this.#working.add(conversation);
    try {
      for (let item = this.#next(conversation); item; item = this.#next(conversation)) await this.#deliver(item);
    } finally {
      this.#working.delete(conversation);
    }
  }

  /** @param {string} conversation */
  #next(conversation) {
    return this.#items.find((item) => item.conversation === conversation && !item.answered);
  }

  /** @param {Item} item */
  async #deliver(item) {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#api.post(`/conversations/${encodeURIComponent(item.conversation)}/${item.command}`, {
          command: item.id,
          ...(item.text && { text: item.text }),
        });
        return this.#finish(item);
      } catch (error) {
        if (error instanceof Refusal && error.code !== "too_many") return this.#giveUp(item, error);
        if (!(error instanceof Refusal || error instanceof Unreachable)) throw error;
        item.late = true;
        this.#changed(item.conversation);
        await this.#pause(Math.min(SLOWEST_RETRY, 500 * 2 ** tries));
      }
    }
  }

  /** @param {Item} item */
  #finish(item) {
    item.answered = true;
    if (!item.text) this.#items = this.#items.filter((other) => other !== item);
    this.#keep(item.conversation);
  }

  /**
   * @param {Item} item
   * @param {Refusal} refusal
   */
  #giveUp(item, refusal) {
    this.#items = this.#items.filter((other) => other !== item);
    this.#keep(item.conversation);
    this.#refused(item, refusal);
  }

  /** @param {number} time in ms */
  #pause(time) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const resume = () => {
          this.#pauses.delete(resume);
          resolve();
        };
        this.#pauses.add(resume);
        setTimeout(resume, time);
      })
    );
  }
}

/** 128 random bits; `crypto.randomUUID` would need HTTPS, which a shop's own network may not have. */
function commandId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
