/** Which entries this agent has had on the screen, by conversation. */

/** @typedef {import("./types.js").Row} Row */

export class Seen {
  #key;
  /** @type {Record<string, number>} */
  #seqs;

  /** @param {string} agent id */
  constructor(agent) {
    this.#key = `jieli.seen.${agent}`;
    this.#seqs = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
  }

  /**
   * Whether a shopper waits for an answer to something this agent has not seen.
   * @param {Row} row
   */
  isUnread(row) {
    return row.waiting !== null && row.seq > (this.#seqs[row.id] ?? 0);
  }

  /** @param {Row} row */
  mark(row) {
    if (row.seq <= (this.#seqs[row.id] ?? 0)) return;
    this.#seqs[row.id] = row.seq;
    sessionStorage.setItem(this.#key, JSON.stringify(this.#seqs));
  }

  /**
   * Forgets conversations that left the lists.
   * @param {ReadonlyMap<string, Row>} rows
   */
  prune(rows) {
    this.#seqs = Object.fromEntries(Object.entries(this.#seqs).filter(([id]) => rows.has(id)));
  }
}
