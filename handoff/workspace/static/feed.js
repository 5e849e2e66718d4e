/** The live connection: everything the workspace shows comes through it, and it finds its way back by itself. */

import { everySecond } from "./times.js";

/** @typedef {import("./types.js").Frame} Frame */

const PING_EVERY = 4_000;
const SILENCE = 8_000;
const SLOWEST_RETRY = 5_000;

export class Feed {
  live = false;
  #api;
  #hear;
  #changed;
  /** @type {WebSocket|null} */
  #socket = null;
  /** @type {Map<string, () => number>} */
  #watched = new Map();
  #cursor;
  #heard = Date.now();
  #opened = 0;
  #pinged = 0;
  #failures = 0;
  #connecting = false;

  /**
   * @param {import("./api.js").Api} api
   * @param {() => string|null} cursor the last feed id that was taken in
   * @param {(frame: Frame) => void} hear
   * @param {() => void} changed called when `live` or `lost` may have changed
   */
  constructor(api, cursor, hear, changed) {
    this.#api = api;
    this.#cursor = cursor;
    this.#hear = hear;
    this.#changed = changed;
  }

  start() {
    this.#open();
    everySecond(() => this.#beat());
    addEventListener("online", () => this.#comeBack());
    addEventListener("offline", () => this.#socket?.close());
  }

  /** Whether nothing was heard for so long that the agent must know. */
  get lost() {
    return Date.now() - this.#heard > SILENCE;
  }

  /**
   * Follows a conversation. `last` says the newest `seq` that is already here, whenever the feed has to ask again.
   * @param {string} conversation
   * @param {() => number} last
   */
  watch(conversation, last) {
    this.#watched.set(conversation, last);
    this.#send({ type: "watch", conversation, after: last() });
  }

  /** @param {string} conversation */
  unwatch(conversation) {
    this.#watched.delete(conversation);
    this.#send({ type: "unwatch", conversation });
  }

  /** @param {string} conversation */
  typing(conversation) {
    this.#send({ type: "typing", conversation });
  }

  /** @param {boolean} away */
  status(away) {
    this.#send({ type: "status", away });
  }

  /** I have looked at a conversation. @param {string} conversation */
  see(conversation) {
    this.#send({ type: "see", conversation });
  }

  /** @param {object} frame */
  #send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #open() {
    const url = new URL("/workspace/api/feed", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#opened = Date.now();
    socket.addEventListener("open", () => this.#greet());
    socket.addEventListener("message", (event) => this.#take(socket, event.data));
    socket.addEventListener("close", () => this.#closed(socket));
  }

  /** A resumed feed with nothing new would be silent; the ping makes the server say that it is there. */
  #greet() {
    this.#send({ type: "hello", csrf: this.#api.session?.csrf, after: this.#cursor() });
    for (const [conversation, last] of this.#watched) this.#send({ type: "watch", conversation, after: last() });
    this.#ping();
  }

  #ping() {
    this.#pinged = Date.now();
    this.#send({ type: "ping" });
  }

  /**
   * @param {WebSocket} socket
   * @param {string} data
   */
  #take(socket, data) {
    if (socket !== this.#socket) return;
    const frame = /** @type {Frame} */ (JSON.parse(data));
    if (frame.type === "error") return console.warn(frame.error.code, frame.error.message);
    this.#heard = Date.now();
    this.#failures = 0;
    const isNews = !this.live;
    this.live = true;
    this.#hear(frame);
    if (isNews) this.#changed();
  }

  #beat() {
    if (this.#socket && this.lost && Date.now() - this.#opened > SILENCE) this.#drop(this.#socket);
    else if (Date.now() - this.#pinged >= PING_EVERY) this.#ping();
    this.#changed();
  }

  /**
   * A dead network may keep a socket open for minutes; it is left behind without waiting for its end.
   * @param {WebSocket} socket
   */
  #drop(socket) {
    this.#closed(socket);
    socket.close();
  }

  /** @param {WebSocket} socket */
  #closed(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.live = false;
    this.#failures += 1;
    this.#changed();
    const pause = Math.min(SLOWEST_RETRY, 250 * 2 ** this.#failures);
    setTimeout(() => this.#comeBack(), pause * (0.5 + Math.random() / 2));
  }

  /** Asks first who is signed in: the session may have ended, and a restarted server has another CSRF token. */
  async #comeBack() {
    if (this.#socket || this.#connecting) return;
    this.#connecting = true;
    try {
      await this.#api.renew();
      this.#open();
    } catch {
      this.#failures += 1;
      setTimeout(() => this.#comeBack(), SLOWEST_RETRY * (0.5 + Math.random() / 2));
    } finally {
      this.#connecting = false;
    }
  }
}
