/** Canned replies: which fit what is typed after a slash, and what they say in this conversation. */

/** @typedef {{id: string, scope: "desk"|"mine", language: "zh"|"en"|"", shortcut: string, text: string}} Reply */
/** @typedef {{customer: string, order: string, agent: string, shop: string}} Facts empty where it is not known */

const MOST = 8;

export class CannedReplies {
  /** @type {readonly Reply[]} */
  #replies = [];
  /** @type {Record<string, string>} */
  #shop = {};
  #api;

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    this.#api = api;
    this.refresh();
  }

  /** Reads them anew; what is here stays where that fails. */
  async refresh() {
    try {
      const { replies, shop } = /** @type {{replies: Reply[], shop: Record<string, string>}} */ (await this.#api.get("/canned"));
      this.#replies = replies;
      this.#shop = shop;
    } catch {
      return;
    }
  }

  /**
   * The shop's name in a language.
   * @param {string} language
   */
  shop(language) {
    return this.#shop[language] ?? "";
  }

  /**
   * Those that fit, best first: by shortcut before by text, in the customer's language before others, own before the desk's.
   * @param {string} typed
   * @param {string} language the customer's
   */
  find(typed, language) {
    const words = typed.toLowerCase();
    const tongue = language.slice(0, 2);
    return this.#replies
      .map((reply) => ({ reply, rank: rank(reply, words, tongue) }))
      .filter(({ rank }) => rank > 0)
      .sort((one, other) => other.rank - one.rank)
      .slice(0, MOST)
      .map(({ reply }) => reply);
  }
}

/**
 * @param {Reply} reply
 * @param {string} words
 * @param {string} tongue
 */
function rank(reply, words, tongue) {
  const shortcut = reply.shortcut.toLowerCase();
  const fits = shortcut.startsWith(words) ? 8 : shortcut.includes(words) ? 6 : reply.text.toLowerCase().includes(words) ? 4 : 0;
  if (!fits) return 0;
  return fits + (reply.language === tongue ? 1.5 : reply.language ? 0 : 1) + (reply.scope === "mine" ? 0.25 : 0);
}

/**
 * A reply's text with what is known filled in; what is not stays as it is, for the agent to fill. Nobody's name is asked for.
 * @param {string} text
 * @param {Facts} facts
 */
export function fill(text, facts) {
  const named = facts.customer ? text : text.replace(/ ?\{customer\}/g, "");
  return named.replace(/\{(customer|order|agent|shop)\}/g, (whole, name) => facts[/** @type {keyof Facts} */ (name)] || whole);
}

/**
 * Where the first thing to fill in stands, null where there is none.
 * @param {string} text
 * @returns {[number, number]|null}
 */
export function firstGap(text) {
  const found = /\{(customer|order|agent|shop)\}/.exec(text);
  return found ? [found.index, found.index + found[0].length] : null;
}
