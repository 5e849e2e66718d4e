/**
 * Commands on their way: each is sent with one id until an answer comes, in order per conversation, over reloads and
 * lost connections.
 */

import { Refusal, Unreachable } from "./api.js";
import { randomId } from "./uploads.js";

/** @typedef {import("./types.js").Command} Command */
/** @typedef {import("./types.js").Moved} Moved */

/**
 * @typedef {object} Item
 * @property {string} id the command id, also the `external_id` of the entry it makes
 * @property {string} conversation
 * @property {Command} command
 * @property {string} text empty where the command has none
 * @property {import("./uploads.js").Upload[]} files
 * @property {number} until it is not sent before, so that it can be taken back
 * @property {Record<string, unknown>} [more] what else the command needs
 * @property {boolean} late whether a try has failed
 * @property {boolean} answered carried out; kept until its entry is seen
 */

const SLOWEST_RETRY = 5_000;
const UNDO = 4_000;

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
    addEventListener("pagehide", () => this.#leave());
  }

  /** Takes up what an earlier page left unanswered, and shortens every pause. */
  hurry() {
    for (const resume of this.#pauses) resume();
    for (const { conversation } of this.#items) this.#work(conversation);
  }

  /**
   * Sends a command. A move that is already on its way is not sent twice; a reply can be taken back for a while, until
   * something else is done.
   * @param {string} conversation
   * @param {Command} command
   * @param {string} [text]
   * @param {import("./uploads.js").Upload[]} [files]
   * @param {Record<string, unknown>} [more]
   */
  put(conversation, command, text = "", files = [], more = {}) {
    const speaks = Boolean(text || files.length);
    if (!speaks && this.isUnderway(conversation, command)) return;
    this.release(conversation);
    const until = command === "reply" ? Date.now() + UNDO : 0;
    this.#items.push({ id: randomId(), conversation, command, text, files, more, until, late: false, answered: false });
    this.#keep(conversation);
    this.#work(conversation);
  }

  /**
   * Lets go at once what could still be taken back.
   * @param {string} conversation
   */
  release(conversation) {
    for (const item of this.#items) if (item.conversation === conversation) item.until = 0;
    for (const resume of this.#pauses) resume();
  }

  /**
   * Takes back the newest reply of a conversation, if it has not left yet.
   * @param {string} conversation
   * @returns {Item|undefined}
   */
  undo(conversation) {
    const item = this.#items.findLast((one) => one.conversation === conversation && isHeld(one));
    if (!item) return undefined;
    this.#items = this.#items.filter((other) => other !== item);
    this.#keep(conversation);
    return item;
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
    return this.#items.filter((item) => item.conversation === conversation && isSpeech(item));
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
    this.#store();
    this.#changed(conversation);
  }

  #store() {
    sessionStorage.setItem(this.#key, JSON.stringify(this.#items.filter((item) => !item.answered)));
  }

  /** @param {string} conversation */
  async #work(conversation) {
    if (this.#working.has(conversation)) return;
    this.#working.add(conversation);
    try {
      for (let item = this.#next(conversation); item; item = this.#next(conversation)) {
        if (isHeld(item)) await this.#hold(item);
        else await this.#deliver(item);
      }
    } finally {
      this.#working.delete(conversation);
    }
  }

  /** @param {string} conversation */
  #next(conversation) {
    return this.#items.find((item) => item.conversation === conversation && !item.answered);
  }

  /** @param {Item} item */
  async #hold(item) {
    await this.#pause(item.until - Date.now());
    this.#changed(item.conversation);
  }

  /** The page goes away: what waits to be taken back is sent. Should the page come back, it is known by its id. */
  #leave() {
    for (const item of this.#items.filter(isHeld)) {
      item.until = 0;
      this.#api.farewell(pathOf(item), bodyOf(item));
    }
    this.#store();
  }

  /** @param {Item} item */
  async #deliver(item) {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#api.post(pathOf(item), bodyOf(item));
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
    if (!isSpeech(item)) this.#items = this.#items.filter((other) => other !== item);
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

/** @param {Item} item */
export function isSpeech(item) {
  return Boolean(item.text || item.files?.length);
}

/** @param {Item} item */
export function isHeld(item) {
  return item.until > Date.now();
}

/** @param {Item} item */
function pathOf(item) {
  return `/conversations/${encodeURIComponent(item.conversation)}/${item.command}`;
}

/** @param {Item} item */
function bodyOf({ id, text, files, more }) {
  return { ...more, command: id, ...(text && { text }), ...(files?.length && { attachments: files.map((file) => file.id) }) };
}
