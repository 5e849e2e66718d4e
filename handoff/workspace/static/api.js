/** Speaks HTTP with the server: one session, its CSRF token in memory, and errors that say what to do next. */

import { learnClock } from "./times.js";

/** @typedef {import("./types.js").Session} Session */

const DEADLINE = 15_000;
const UPLOAD_DEADLINE = 180_000;

/** The server said no; asking again would not help. `reason`, `state` and `agent` come with refused commands. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, message?: string, reason?: string, state?: string, agent?: string|null}} error
   * @param {boolean} demo
   */
  constructor(status, error, demo) {
    super(error.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = error.code ?? "";
    this.reason = error.reason ?? "";
    this.state = error.state ?? "";
    this.agent = error.agent ?? null;
    this.demo = demo;
  }
}

/** No answer came, or one that may differ next time: the same request may be sent again. */
export class Unreachable extends Error {}

export class Api {
  /** @type {Session|null} */
  session = null;
  #signIn;
  /** @type {Promise<void>|null} */
  #signingIn = null;

  /** @param {(refusal: Refusal) => Promise<Session>} signIn asks the agent to sign in; called once for all waiting requests */
  constructor(signIn) {
    this.#signIn = signIn;
  }

  /** Finds out who is signed in, and the current CSRF token. Asks to sign in if nobody is. */
  async renew() {
    this.session = /** @type {Session} */ (await this.get("/me"));
    return this.session;
  }

  /** @param {string} path */
  get(path) {
    return this.#insist(() => request("GET", path));
  }

  /**
   * Waits for a sign-in when the session has ended, then goes on: callers never see that.
   * @param {string} path
   * @param {unknown} [body]
   */
  post(path, body = {}) {
    return this.#insist(() => this.#postFresh(path, body));
  }

  /**
   * As `post`, with a file as the body.
   * @param {string} path
   * @param {File} file
   */
  upload(path, file) {
    return this.#insist(() => this.#postFresh(path, file));
  }

  /**
   * Sends once more while the page is going away; no answer is waited for.
   * @param {string} path
   * @param {unknown} body
   */
  farewell(path, body) {
    void send("POST", path, body, this.session?.csrf, true).catch(() => {});
  }

  /**
   * Another tab may have signed in anew, which changes the CSRF token: a 403 gets one more try with the current one.
   * @param {string} path
   * @param {unknown} body
   */
  async #postFresh(path, body) {
    try {
      return await request("POST", path, body, this.session?.csrf);
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 403)) throw error;
      this.session = /** @type {Session} */ (await request("GET", "/me"));
      return request("POST", path, body, this.session.csrf);
    }
  }

  /**
   * @param {() => Promise<unknown>} attempt
   * @returns {Promise<unknown>}
   */
  async #insist(attempt) {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Refusal && error.status === 401)) throw error;
        this.#signingIn ??= this.#signInOnce(error);
        await this.#signingIn;
      }
    }
  }

  /** @param {Refusal} refusal */
  async #signInOnce(refusal) {
    try {
      const before = this.session?.agent.id;
      this.session = await this.#signIn(refusal);
      if (before && before !== this.session.agent.id) location.reload();
    } finally {
      this.#signingIn = null;
    }
  }
}

/**
 * @param {"GET"|"POST"} method
 * @param {string} path below /workspace/api
 * @param {unknown} [body]
 * @param {string} [csrf]
 * @returns {Promise<unknown>} throws Refusal or Unreachable
 */
export async function request(method, path, body, csrf) {
  const response = await send(method, path, body, csrf);
  learnClock(response);
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status >= 500) throw new Unreachable(answer.error?.message ?? "");
  throw new Refusal(response.status, answer.error ?? {}, Boolean(answer.demo));
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body a file, or what becomes JSON
 * @param {string} [csrf]
 * @param {boolean} [keepalive] whether it outlives the page
 */
async function send(method, path, body, csrf, keepalive = false) {
  const file = body instanceof Blob ? body : null;
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = file ? "application/octet-stream" : "application/json";
  if (csrf) headers["X-CSRF-Token"] = csrf;
  try {
    return await fetch(`/workspace/api${path}`, {
      method,
      headers,
      body: file ?? (body === undefined ? undefined : JSON.stringify(body)),
      credentials: "same-origin",
      cache: "no-store",
      keepalive,
      signal: AbortSignal.timeout(file ? UPLOAD_DEADLINE : DEADLINE),
    });
  } catch (error) {
    throw new Unreachable(String(error));
  }
}
