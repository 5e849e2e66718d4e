/** The order and the product that a conversation is about, beside it, as the shop tells of them. */

import { Refusal } from "./api.js";
import { button, make } from "./dom.js";
import { language, locale, say, sayWord } from "./texts.js";
import { clockTime, dayName, fullTime } from "./times.js";

/** @typedef {{amount: number, currency: string}} Money in the smallest coin */
/** @typedef {Record<string, string>} Words by language */
/** @typedef {{at: number, state?: string, words?: Words}} Moment */

/**
 * @typedef {object} Order
 * @property {string} number
 * @property {string} state
 * @property {{names: Words, quantity: number, price: Money}[]} items
 * @property {Money} total
 * @property {Money} postage
 * @property {string} phone masked
 * @property {string} address masked
 * @property {Moment[]} timeline
 * @property {{courier: Words, tracking_number: string, events: Moment[]}|null} shipment
 */

/** @typedef {{id: string, names: Words, price: Money, was: Money|null, stock: number, image: string|null}} Product */

/** Windows narrower than this (px) begin with the panel folded: it stands above the conversation there. */
const WIDE = 1_150;
const READ = language === "zh" ? "zh-Hans" : "en";
const NAMES_ORDER = /\d{4}/;

export class OrderPanel {
  #path;
  #api;
  #mayReveal;
  #changed;
  #asked = 0;
  /** The number of the order under discussion, empty where there is none. */
  number = "";
  #body = make("div", { class: "order-body" });
  element = make("details", { class: "order-panel", open: innerWidth >= WIDE, hidden: true });

  /**
   * @param {string} conversation
   * @param {import("./api.js").Api} api
   * @param {boolean} mayReveal
   * @param {() => void} changed
   */
  constructor(conversation, api, mayReveal, changed) {
    this.#changed = changed;
    this.#path = `/conversations/${encodeURIComponent(conversation)}/order`;
    this.#api = api;
    this.#mayReveal = mayReveal;
    this.element.append(make("summary", {}, say("order.title")), this.#body);
  }

  /**
   * Looks again where an entry may name another order or product.
   * @param {import("./types.js").Entry} entry
   */
  hear(entry) {
    const { understood, event } = entry.data;
    const names = entry.author === "shopper" && (entry.content.card || NAMES_ORDER.test(entry.content.text ?? ""));
    if (names || event === "told" || event === "requested" || Object.keys(understood?.slots ?? {}).length) void this.refresh();
  }

  /** Asks the shop; what is here stays until it answers. */
  async refresh() {
    const asked = ++this.#asked;
    try {
      const found = /** @type {{order: Order|null, product: Product|null}} */ (await this.#api.get(this.#path));
      if (asked === this.#asked) this.#show(found.order, found.product);
    } catch (error) {
      if (asked === this.#asked) this.#fail(error instanceof Refusal);
    }
  }

  /**
   * @param {Order|null} order
   * @param {Product|null} product
   */
  #show(order, product) {
    this.element.hidden = !order && !product;
    this.number = order?.number ?? "";
    this.#changed();
    this.#body.replaceChildren(...(order ? [this.#drawOrder(order)] : []), ...(product ? [drawProduct(product)] : []));
  }

  /** @param {boolean} refused there is no such conversation, or it is not ours to see */
  #fail(refused) {
    this.element.hidden = refused;
    const again = button(say("order.retry"), () => void this.refresh());
    this.#body.replaceChildren(make("p", { role: "status" }, say("order.failed")), again);
  }

  /** @param {Order} order */
  #drawOrder(order) {
    const { number, state, items, total, postage, shipment } = order;
    return make(
      "section",
      { "aria-label": say("order.order") },
      make("h3", {}, make("span", { class: "mono" }, number), make("span", { class: `chip order-${state}` }, sayWord("order", state))),
      make("ul", { class: "items" }, ...items.map(drawItem)),
      drawFacts([
        [say("order.total"), money(total)],
        [say("order.postage"), money(postage)],
      ]),
      this.#drawReceiver(order),
      shipment && drawShipment(shipment),
      drawMoments(say("order.timeline"), order.timeline),
    );
  }

  /** @param {Order} order */
  #drawReceiver({ phone, address }) {
    const place = make("div", { class: "receiver", "aria-live": "polite" }, drawReceiver(phone, address));
    const reveal = button(say("order.reveal"), () => void this.#reveal(place, reveal), { title: say("order.revealHint") });
    if (this.#mayReveal) place.append(reveal);
    return place;
  }

  /**
   * @param {HTMLElement} place
   * @param {HTMLButtonElement} reveal
   */
  async #reveal(place, reveal) {
    reveal.disabled = true;
    try {
      const { phone, address } = /** @type {{phone: string, address: string}} */ (await this.#api.post(`${this.#path}/reveal`));
      place.replaceChildren(drawReceiver(phone, address));
    } catch {
      reveal.disabled = false;
    }
  }
}

/**
 * @param {string} phone
 * @param {string} address
 */
function drawReceiver(phone, address) {
  return drawFacts([
    [say("order.phone"), phone],
    [say("order.address"), address],
  ]);
}

/** @param {[string, string][]} facts */
function drawFacts(facts) {
  return make("dl", {}, ...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
}

/** @param {Order["items"][number]} item */
function drawItem({ names, quantity, price }) {
  return make("li", {}, make("span", {}, `${names[READ]} × ${quantity}`), make("span", {}, money(price)));
}

/** @param {NonNullable<Order["shipment"]>} shipment */
function drawShipment({ courier, tracking_number: number, events }) {
  const facts = drawFacts([
    [say("order.courier"), courier[READ]],
    [say("order.tracking"), number],
  ]);
  return make("div", { class: "shipment" }, facts, drawMoments(say("order.events"), events));
}

/**
 * What has happened, the newest first; only that is unfolded.
 * @param {string} title
 * @param {readonly Moment[]} moments
 */
function drawMoments(title, moments) {
  const lines = [...moments].reverse().map(({ at, state, words }) =>
    make("li", {}, make("time", { title: fullTime(at) }, `${dayName(at)} ${clockTime(at)}`), " ", words ? words[READ] : sayWord("order", state ?? "")),
  );
  if (!lines.length) return null;
  const rest = lines.length > 1 && make("details", {}, make("summary", {}, say("order.before", { count: lines.length - 1 })), make("ol", {}, ...lines.slice(1)));
  return make("div", { class: "moments" }, make("b", {}, title), make("ol", {}, lines[0]), rest);
}

/** @param {Product} product */
function drawProduct({ id, names, price, was, stock, image }) {
  const cost = make("span", {}, money(price), " ", was && make("s", {}, money(was)));
  return make(
    "section",
    { class: "product", "aria-label": say("order.product") },
    image && make("img", { src: image, alt: "" }),
    make("div", {}, make("strong", {}, names[READ]), cost, make("span", {}, say("order.stock", { count: stock })), make("small", { class: "mono" }, id)),
  );
}

/** @param {Money} value */
function money({ amount, currency }) {
  return new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(amount / 100);
}
