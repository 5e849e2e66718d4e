/** One conversation's entries as far as they are here: in order, once each, and aware of what is missing. */

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Delivery} Delivery */

export class Log {
  /** @type {Entry[]} */
  entries = [];
  /** @type {Map<number, Delivery>} */
  deliveries = new Map();
  /** Versions of messages, by the `seq` of the first. @type {Map<number, Entry[]>} */
  #versions = new Map();
  /** @type {Set<number>} */
  #known = new Set();
  /** @type {Set<string>} */
  #made = new Set();

  /** The newest `seq` that is here, 0 if none. */
  get last() {
    return this.entries.at(-1)?.seq ?? 0;
  }

  /** The oldest `seq` that is here, 0 if none. */
  get first() {
    return this.entries[0]?.seq ?? 0;
  }

  /**
   * @param {readonly Entry[]} entries in any order
   * @returns {Entry[]} those that are new, oldest first
   */
  add(entries) {
    const added = entries.filter((entry) => !this.#known.has(entry.seq)).sort(bySeq);
    if (!added.length) return added;
    const inOrder = added[0].seq > this.last;
    for (const entry of added) this.#know(entry);
    this.entries.push(...added);
    if (!inOrder) this.entries.sort(bySeq);
    return added;
  }

  /** @param {Entry} entry */
  #know(entry) {
    this.#known.add(entry.seq);
    if (entry.external_id) this.#made.add(entry.external_id);
    const { of, status, reason } = entry.data;
    if (of === undefined) return;
    if (entry.kind === "delivery" && status) this.deliveries.set(of, { status, reason });
    if (entry.kind === "edit") this.#versions.set(of, [...(this.#versions.get(of) ?? []), entry].sort(bySeq));
  }

  /**
   * The edits of a message, oldest first.
   * @param {number} seq
   * @returns {readonly Entry[]}
   */
  edits(seq) {
    return this.#versions.get(seq) ?? [];
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
    if (this.last - this.first + 1 === this.entries.length) return null;
    for (let index = this.entries.length - 1; index > 0; index -= 1) {
      if (this.entries[index].seq - this.entries[index - 1].seq > 1) return this.entries[index].seq;
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
