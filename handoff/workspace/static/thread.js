/** The conversation as one reads it: newest at the bottom, older entries on the way up, nothing missing in between. */

import { button, make } from "./dom.js";
import { drawDelivery, drawEntry, drawText, endsEpisode, isDrawn } from "./entry.js";
import { isHeld } from "./outbox.js";
import { drawAttachments } from "./parts.js";
import { Log } from "./log.js";
import { say } from "./texts.js";
import { now } from "./times.js";

/** @typedef {import("./types.js").Entry} Entry */

const NEAR_TOP = 1_200;
const NEAR_END = 120;
const TYPING_LASTS = 5_000;
const LOOK_BACK = 20;
const INSIDE = ["requested", "joined", "requeued", "taken_over"];

export class Thread {
  log = new Log();
  #load;
  #undo;
  #signs;
  /** @type {string|null} */
  #older = null;
  #loading = false;
  #typingUntil = 0;
  /** Whether the newest was in sight when the place was last changed: then it stays so when there is less room. */
  #follows = true;
  /** @type {Map<number, HTMLElement>} */
  #drawn = new Map();
  #beginning = make("div", { class: "event" }, say("thread.loading"));
  #list = make("div", { role: "log", "aria-label": say("thread.label"), "aria-live": "polite" });
  #pending = make("div", { class: "pending" });
  #typing = make("div", { class: "typing", role: "status" });
  #box = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("thread.label") });
  #newest = button(say("thread.newest"), () => this.scrollToEnd(), { class: "newest", icon: "down" });
  element = make("div", { class: "thread" }, this.#box, this.#newest);

  /**
   * @param {(before: string) => Promise<{entries: Entry[], before: string|null}|null>} load reads what is before a cursor; null: not now
   * @param {() => void} undo takes back what has not left yet
   * @param {(entry: Entry, understood: import("./corrections.js").Meaning|undefined) => HTMLElement|null} signs draws what was understood
   */
  constructor(load, undo, signs) {
    this.#signs = signs;
    this.#load = load;
    this.#undo = undo;
    this.#newest.hidden = true;
    this.#box.append(this.#beginning, this.#list, this.#pending, this.#typing);
    this.#box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#follows && this.scrollToEnd()).observe(this.#box);
  }

  /**
   * The newest page, in place of what is here; what was heard since it was read stays.
   * @param {Entry[]} entries
   * @param {string|null} before the cursor of what is older
   */
  open(entries, before) {
    const heard = this.log.after(Math.floor(entries.at(-1)?.seq ?? 0));
    this.log = new Log();
    this.#drawn.clear();
    this.#list.replaceChildren();
    this.#older = before;
    this.#take([...entries, ...heard]);
    this.#showBeginning();
    this.scrollToEnd();
  }

  /**
   * An entry from the feed; what was missed before it is fetched.
   * @param {Entry} entry
   */
  hear(entry) {
    const follows = this.#isAtEnd();
    if (!this.#take([entry]).length) return;
    if (entry.author === "shopper") this.#typingUntil = 0;
    this.tick();
    if (follows) this.scrollToEnd();
    else this.#newest.hidden = false;
  }

  showTyping() {
    this.#typingUntil = now() + TYPING_LASTS;
    this.tick();
  }

  /** Ends the typing sign when its time is over, and looks for what is still missing. */
  tick() {
    this.#fill();
    const text = this.#typingUntil > now() ? say("thread.typing") : "";
    if (this.#typing.textContent === text) return;
    const follows = this.#isAtEnd();
    this.#typing.textContent = text;
    if (follows) this.scrollToEnd();
  }

  /**
   * What the agent said and the log does not have yet.
   * @param {import("./outbox.js").Item[]} items
   */
  showPending(items) {
    const follows = this.#isAtEnd() || items.length > this.#pending.childElementCount;
    this.#pending.replaceChildren(...items.map((item) => drawPending(item, this.#undo)));
    if (follows) this.scrollToEnd();
  }

  scrollToEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#newest.hidden = true;
  }

  #isAtEnd() {
    return this.#box.scrollHeight - this.#box.scrollTop - this.#box.clientHeight < NEAR_END;
  }

  #scrolled() {
    this.#follows = this.#isAtEnd();
    if (this.#follows) this.#newest.hidden = true;
    if (this.#box.scrollTop < NEAR_TOP) this.#loadOlder();
  }

  async #loadOlder() {
    if (!this.#older || this.#loading) return;
    const { log } = this;
    const page = await this.#read(this.#older);
    if (!page || log !== this.log) return;
    this.#older = page.before;
    this.#keepingPlace(() => {
      this.#take(page.entries);
      this.#showBeginning();
    });
    this.#scrolled();
  }

  /** Reads until there is no hole. */
  async #fill() {
    while (!this.#loading && this.log.aboveHole !== null) {
      const page = await this.#read(String(this.log.aboveHole));
      if (!page?.entries.length) return;
      this.#keepingPlace(() => this.#take(page.entries));
    }
  }

  /** @param {string} before */
  async #read(before) {
    this.#loading = true;
    try {
      return await this.#load(before);
    } finally {
      this.#loading = false;
    }
  }

  /**
   * Adds above without moving what is read, and without reading it out.
   * @param {() => void} change
   */
  #keepingPlace(change) {
    const below = this.#box.scrollHeight - this.#box.scrollTop;
    this.#list.setAttribute("aria-busy", "true");
    change();
    this.#box.scrollTop = this.#box.scrollHeight - below;
    this.#list.removeAttribute("aria-busy");
  }

  #showBeginning() {
    this.#beginning.textContent = this.#older ? say("thread.loading") : say("thread.beginning");
  }

  /**
   * Draws what is new, and again the entry after it, whose look depends on the one before.
   * @param {Entry[]} entries
   * @returns {Entry[]} what was new
   */
  #take(entries) {
    const added = this.log.add(entries);
    for (const entry of [...added].reverse()) this.#place(this.log.indexOf(entry.seq));
    const last = added.at(-1);
    if (last) this.#redrawAfter(this.log.indexOf(last.seq));
    for (const entry of added) this.#mark(entry);
    return added;
  }

  /**
   * Puts an entry before the one that follows it, which is on the page already.
   * @param {number} index
   */
  #place(index) {
    const entry = this.log.entries[index];
    const element = this.#draw(index);
    const next = this.log.entries[index + 1];
    this.#list.insertBefore(element, (next && this.#drawn.get(next.seq)) ?? null);
    this.#drawn.set(entry.seq, element);
  }

  /** @param {number} index */
  #redrawAfter(index) {
    let next = index + 1;
    while (next < this.log.entries.length && !isDrawn(this.log.entries[next])) next += 1;
    if (next < this.log.entries.length) this.#redraw(next);
  }

  /** @param {number} index */
  #redraw(index) {
    const { seq } = this.log.entries[index];
    const element = this.#draw(index);
    this.#drawn.get(seq)?.replaceWith(element);
    this.#drawn.set(seq, element);
  }

  /** @param {number} index */
  #draw(index) {
    const entry = this.log.entries[index];
    const previous = this.log.entries.slice(Math.max(0, index - LOOK_BACK), index).filter(isDrawn).pop() ?? null;
    const element = drawEntry(entry, previous, this.#begins(index), this.log.delivery(entry), this.log.edits(entry));
    this.#sign(entry, element);
    return element;
  }

  /** Draws anew what was understood of every message. */
  signAll() {
    this.#keepingPlace(() => {
      for (const entry of this.log.entries) this.#sign(entry, this.#drawn.get(entry.seq));
    });
  }

  /**
   * @param {Entry} entry
   * @param {HTMLElement|undefined} element
   */
  #sign(entry, element) {
    if (entry.author !== "shopper") return;
    const speech = element?.querySelector(".speech");
    speech?.querySelector(".understood")?.remove();
    const signs = speech && this.#signs(entry, this.log.understood(entry));
    if (signs) speech.append(signs);
  }

  /**
   * A human stretch begins with a request, or with an agent who joins unasked.
   * @param {number} index
   */
  #begins(index) {
    const event = eventOf(this.log.entries[index]);
    if (event !== "joined" && event !== "taken_over") return event === "requested";
    for (let at = index - 1; at >= 0; at -= 1) {
      if (endsEpisode(this.log.entries[at])) return true;
      if (INSIDE.includes(eventOf(this.log.entries[at]))) return false;
    }
    return this.log.first === 1;
  }

  /**
   * Shows an edit or a delivery state at its message, if that is on the page.
   * @param {Entry} entry
   */
  #mark(entry) {
    const { status, reason } = entry.data;
    const heard = this.log.understoodBy(entry);
    if (heard !== undefined) this.#sign(this.log.entries[this.log.indexOf(heard)], this.#drawn.get(heard));
    const meant = this.log.meantBy(entry);
    if (meant === undefined) return;
    if (entry.kind === "edit") this.#redraw(this.log.indexOf(meant));
    if (entry.kind !== "delivery" || !status) return;
    const speech = this.#drawn.get(meant)?.querySelector(".speech");
    speech?.querySelector(".delivery")?.remove();
    speech?.append(drawDelivery({ status, reason }));
  }
}

/** @param {Entry} entry */
function eventOf(entry) {
  return entry.kind === "event" ? (entry.data.event ?? "") : "";
}

/**
 * @param {import("./outbox.js").Item} item
 * @param {() => void} undo
 */
function drawPending(item, undo) {
  const kind = item.command === "reply" ? "agent" : "note";
  const state = item.late ? say("entry.late") : say("entry.sending");
  return make(
    "article",
    { class: `speech sending ${kind}` },
    item.files?.length > 0 && drawAttachments(item.files),
    item.text && drawText(item.text),
    isHeld(item) ? button(say("entry.undo"), undo, { class: "undo", title: "U" }) : make("small", {}, state),
  );
}
