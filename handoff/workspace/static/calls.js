/** What an agent who looks elsewhere is called for: told once each, by a sound, a notification, and the number in the title. */

import { newcomers } from "./desk.js";
import { shopperName } from "./people.js";
import { chime, notify, ring } from "./ring.js";
import { say } from "./texts.js";
import { now } from "./times.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./desk.js").Desk} Desk */

export class Calls {
  #me;
  #choose;
  #isMine;
  /** What I was told of before it runs out, by conversation: when the answer is due. @type {Map<string, number>} */
  #warned = new Map();

  /**
   * @param {string} me
   * @param {(conversation: string) => void} choose
   * @param {(conversation: string) => boolean} isMine whether I am just taking it myself
   */
  constructor(me, choose, isMine) {
    this.#me = me;
    this.#choose = choose;
    this.#isMine = isMine;
  }

  /**
   * @param {Desk} before
   * @param {Desk} after
   */
  hear(before, after) {
    const fresh = newcomers(before, after, this.#me).filter(({ id }) => !this.#isMine(id));
    const named = after.mentions.filter(({ conversation, at }) => !before.mentions.some((one) => one.conversation === conversation && one.at === at));
    const replied = before.at === null ? [] : replies(before, after, this.#me);
    if (fresh.length || named.length) ring();
    else if (replied.length) chime();
    for (const row of fresh) this.#tell(row, this.#why(row, before), row.preview);
    for (const { row, by, text } of named) this.#tell(row, "call.mention", `${by}: ${text}`);
    for (const row of replied) this.#tell(row, "call.reply", row.preview);
  }

  /**
   * Warns, once, of an answer that should be given now.
   * @param {Desk} desk
   */
  tick(desk) {
    for (const row of desk.rows.values()) {
      if (row.agent !== this.#me || !row.soon || row.soon > now() || this.#warned.get(row.id) === row.soon) continue;
      this.#warned.set(row.id, row.soon);
      if (row.sound) chime();
      this.#tell(row, "call.soon", row.preview);
    }
  }

  /**
   * @param {Row} row
   * @param {Desk} before
   */
  #why(row, before) {
    if (row.agent !== this.#me || row.state !== "assigned") return "list.ring";
    return before.rows.get(row.id)?.snoozed_until ? "call.woken" : "call.given";
  }

  /**
   * @param {Row} row
   * @param {"list.ring"|"call.given"|"call.woken"|"call.mention"|"call.reply"|"call.soon"} key
   * @param {string|null} body
   */
  #tell(row, key, body) {
    notify(say(key, { name: shopperName(row) }), body ?? "", row.id, () => this.#choose(row.id));
  }
}

/**
 * Conversations of mine in which the customer has written since.
 * @param {Desk} before
 * @param {Desk} after
 * @param {string} me
 */
function replies(before, after, me) {
  return [...after.rows.values()].filter((row) => {
    const known = before.rows.get(row.id);
    return row.agent === me && row.state === "assigned" && known?.state === "assigned" && row.waiting !== null && row.seq > known.seq;
  });
}
