/**
 * One conversation's entries as far as they are here: in order, once each, and aware of what is missing. Entries of joined
 * conversations stand between its own: their `seq` is no whole number, and `own` is the one they have in their own `log`.
 */

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Delivery} Delivery */

export class Log {
  /** @type {Entry[]} */
  entries = [];
  /** @type {Map<string, Delivery>} */
  #deliveries = new Map();
  /** Versions of messages, by the first. @type {Map<string, Entry[]>} */
  #versions = new Map();
  /** What the bot understood of messages. @type {Map<string, import("./corrections.js").Meaning>} */
  #understood = new Map();
  /** @type {Map<string, number>} */
  #places = new Map();
  /** @type {Set<number>} */
  #known = new Set();
  /** @type {Set<string>} */
  #made = new Set();

  /** The newest `seq` that is here, 0 if none. */
  get last() {
    return Math.floor(this.entries.at(-1)?.seq ?? 0);
  }

  /** The oldest `seq` of its own that is here, 0 if none. */
  get first() {
    return this.entries.find(isOwn)?.seq ?? 0;
  }

  /**
   * Its own entries after `seq`.
   * @param {number} seq
   */
  after(seq) {
    return this.entries.filter((entry) => isOwn(entry) && entry.seq > seq);
  }

  /**
   * @param {readonly Entry[]} entries in any order
   * @returns {Entry[]} those that are new, oldest first
   */
  add(entries) {
    const added = entries.filter((entry) => !this.#known.has(entry.seq)).sort(bySeq);
    if (!added.length) return added;
    const inOrder = added[0].seq > (this.entries.at(-1)?.seq ?? 0);
    for (const entry of added) this.#know(entry);
    this.entries.push(...added);
    if (!inOrder) this.entries.sort(bySeq);
    return added;
  }

  /** @param {Entry} entry */
  #know(entry) {
    this.#known.add(entry.seq);
    if (entry.external_id) this.#made.add(entry.external_id);
    this.#places.set(nameOf(entry, entry.own ?? entry.seq), entry.seq);
    const { of, status, reason, understood } = entry.data;
    if (understood) this.#understood.set(nameOf(entry, understood.of), understood);
    if (of === undefined) return;
    const meant = nameOf(entry, of);
    if (entry.kind === "delivery" && status) this.#deliveries.set(meant, { status, reason });
    if (entry.kind === "edit") this.#versions.set(meant, [...(this.#versions.get(meant) ?? []), entry].sort(bySeq));
  }

  /**
   * The `seq` of the message that an edit or a delivery speaks of, if that is here.
   * @param {Entry} entry
   */
  meantBy(entry) {
    return entry.data.of === undefined ? undefined : this.#places.get(nameOf(entry, entry.data.of));
  }

  /** @param {Entry} entry */
  delivery(entry) {
    return this.#deliveries.get(nameOf(entry, entry.own ?? entry.seq));
  }

  /** @param {Entry} entry */
  understood(entry) {
    return this.#understood.get(nameOf(entry, entry.own ?? entry.seq));
  }

  /**
   * The message of which an entry says what the bot understood, if that is here.
   * @param {Entry} entry
   */
  understoodBy(entry) {
    const { understood } = entry.data;
    return understood && this.#places.get(nameOf(entry, understood.of));
  }

  /**
   * The edits of a message, oldest first.
   * @param {Entry} entry
   * @returns {readonly Entry[]}
   */
  edits(entry) {
    return this.#versions.get(nameOf(entry, entry.own ?? entry.seq)) ?? [];
  }

  /**
   * Whether the entry that a command made is here.
   * @param {string} command id
   */
  holds(command) {
    return this.#made.has(command);
  }

  /** The entry above the newest hole: whoever asks for what is before it fills the hole. Null if there is none. */
  get aboveHole() {
    const own = this.entries.filter(isOwn);
    if (!own.length || this.last - this.first + 1 === own.length) return null;
    for (let index = own.length - 1; index > 0; index -= 1) {
      if (own[index].seq - own[index - 1].seq > 1) return own[index].seq;
    }
    return null;
  }

  /**
   * The place of `seq` in `entries`.
   * @param {number} seq
   */
  indexOf(seq) {
    let low = 0;
    let high = this.entries.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle].seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * @param {Entry} one
 * @param {Entry} other
 */
function bySeq(one, other) {
  return one.seq - other.seq;
}

/** @param {Entry} entry */
function isOwn(entry) {
  return entry.log === undefined;
}

/**
 * What a `seq` of the entry's own log is known by.
 * @param {Entry} entry
 * @param {number} seq
 */
function nameOf(entry, seq) {
  return `${entry.log ?? ""}:${seq}`;
}
