/** The bar on top: who is here, whether the connection lives, the way to the pages, and what concerns the whole workspace. */

import { button, icon, make, setText } from "./dom.js";
import { Dropdown } from "./dropdown.js";
import { pagesFor } from "./pages.js";
import { mayAskToNotify } from "./ring.js";
import { demoStrip } from "./signin.js";
import { StatusSwitch } from "./status.js";
import { say, switchLanguage } from "./texts.js";

/** @typedef {{keys: () => void, rest: (away: boolean) => void, signOut: () => void}} Actions */

export class Header {
  #connection = make("span", { class: "connection", role: "status" });
  #online = make("span", { class: "online" });
  #banner = make("div", { class: "banner", role: "alert" });
  /** How much waits on all pages together. */
  #badge = make("b", { class: "badge", hidden: true });
  #links;
  #status;
  element;

  /**
   * @param {import("./types.js").Session} session
   * @param {Actions} actions
   */
  constructor(session, actions) {
    this.#status = new StatusSwitch(session.agent.id, actions.rest);
    this.#status.element.hidden = !session.agent.may.includes("work");
    this.#links = pagesFor(session).map((page) => ({ page, ...drawLink(page) }));
    const label = [icon("pages"), make("span", { class: "words" }, say("header.pages")), this.#badge];
    const bar = make(
      "div",
      { class: "bar" },
      make("img", { src: "/workspace/static/icons/jieli.svg", alt: "" }),
      make("h1", {}, say("product")),
      new Dropdown("pages", label, "nav", say("header.pages"), this.#links.map(({ link }) => link)).element,
      this.#connection,
      this.#online,
      this.#status.element,
      make("span", { class: "space" }),
      mayAskToNotify() && drawNotifyButton(),
      drawMe(session, actions),
    );
    this.element = make("header", { class: "top" }, session.demo && demoStrip(), this.#banner, bar);
  }

  /** Goes away, or takes chats again. */
  switchStatus() {
    this.#status.element.querySelector("button")?.click();
  }

  /**
   * @param {import("./feed.js").Feed} feed
   * @param {readonly import("./types.js").Colleague[]} agents
   */
  show(feed, agents) {
    const online = agents.filter((agent) => agent.online);
    setText(this.#online, say("header.online", { count: online.length }));
    this.#online.title = online.map(({ name }) => name).join(", ");
    setText(this.#connection, feed.live ? say("connection.live") : say("connection.connecting"));
    this.#connection.classList.toggle("live", feed.live);
    this.#status.show(agents);
    setText(this.#banner, feed.lost ? say("connection.lost") : "");
  }

  /** Marks the page that is open. @param {URLSearchParams} place */
  mark(place) {
    for (const { page, link } of this.#links) {
      if (place.has(page.name)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  /** Shows how much there is to see on the pages that count it. @param {import("./desk.js").Desk} desk */
  count(desk) {
    const found = this.#links.map(({ page, number }) => ({ number, ...(page.count?.(desk) ?? { count: 0, text: "" }) }));
    for (const { number, count, text } of found) showCount(number, count, text);
    const waiting = found.filter(({ count }) => count);
    showCount(this.#badge, waiting.reduce((sum, { count }) => sum + count, 0), waiting.map(({ text }) => text).join(", "));
  }
}

/**
 * @param {HTMLElement} element
 * @param {number} count
 * @param {string} text what it counts
 */
function showCount(element, count, text) {
  element.hidden = !count;
  element.title = text;
  setText(element, String(count));
}

/** @param {import("./pages.js").Page} page */
function drawLink({ name, title }) {
  const number = make("b", { class: "badge-part", hidden: true });
  return { number, link: make("a", { href: `#${name}` }, make("span", {}, title()), number) };
}

/**
 * What concerns me alone.
 * @param {import("./types.js").Session} session
 * @param {Actions} actions
 */
function drawMe({ agent }, actions) {
  const items = [
    button(say("header.keys"), actions.keys, { class: "quiet", icon: "keys" }),
    button(say("language"), switchLanguage, { class: "quiet", icon: "web" }),
    button(say("sign.out"), actions.signOut, { class: "quiet", icon: "back" }),
  ];
  return new Dropdown("me", [make("span", { class: "name" }, agent.name)], "div", agent.name, items).element;
}

function drawNotifyButton() {
  const ask = async () => {
    await Notification.requestPermission();
    element.hidden = !mayAskToNotify();
  };
  const element = button(say("header.notify"), ask, { class: "quiet notify", icon: "bell", title: say("header.notify") });
  return element;
}
