/** The bar on top: who is here, whether the connection lives, and the few things that concern the whole page. */

import { button, make, setText } from "./dom.js";
import { pagesFor } from "./pages.js";
import { mayAskToNotify } from "./ring.js";
import { demoStrip } from "./signin.js";
import { StatusSwitch } from "./status.js";
import { say, switchLanguage } from "./texts.js";

/** @typedef {{keys: () => void, open: (page: string) => void, rest: (away: boolean) => void, signOut: () => void}} Actions */

export class Header {
  #connection = make("span", { class: "connection", role: "status" });
  #online = make("span", { class: "online" });
  #status;
  #banner = make("div", { class: "banner", role: "alert" });
  #counts;
  element;

  /**
   * @param {import("./types.js").Session} session
   * @param {Actions} actions
   */
  constructor(session, actions) {
    this.#status = new StatusSwitch(session.agent.id, actions.rest);
    this.#status.element.hidden = !session.agent.may.includes("work");
    this.#counts = pagesFor(session).map((page) => ({ page, badge: make("b", { class: "badge", hidden: true }) }));
    const bar = make(
      "div",
      { class: "bar" },
      make("img", { src: "/workspace/static/icons/jieli.svg", alt: "" }),
      make("h1", {}, say("product")),
      this.#connection,
      this.#online,
      this.#status.element,
      make("span", { class: "space" }),
      ...drawActions(session, actions, this.#counts),
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

  /** Shows how much there is to see on the pages that count it. @param {import("./desk.js").Desk} desk */
  count(desk) {
    for (const { page, badge } of this.#counts) {
      if (!page.count) continue;
      const { count, text } = page.count(desk);
      badge.hidden = !count;
      badge.title = text;
      setText(badge, String(count));
    }
  }
}

/**
 * @param {import("./types.js").Session} session
 * @param {Actions} actions
 * @param {readonly {page: import("./pages.js").Page, badge: HTMLElement}[]} pages
 */
function drawActions(session, actions, pages) {
  return [
    ...(mayAskToNotify() ? [drawNotifyButton()] : []),
    ...pages.map(({ page, badge }) => drawPage(page, badge, actions)),
    button(say("header.keys"), actions.keys, { class: "quiet keys", icon: "keys", title: "?" }),
    button(say("language"), switchLanguage, { class: "quiet" }),
    make("span", { class: "me" }, session.agent.name),
    button(say("sign.out"), actions.signOut, { class: "quiet" }),
  ];
}

/**
 * @param {import("./pages.js").Page} page
 * @param {HTMLElement} badge
 * @param {Actions} actions
 */
function drawPage({ name, title, icon, count }, badge, actions) {
  const element = button(title(), () => actions.open(name), { class: "quiet", icon });
  if (count) element.append(badge);
  return element;
}

function drawNotifyButton() {
  const ask = async () => {
    await Notification.requestPermission();
    element.hidden = !mayAskToNotify();
  };
  const element = button(say("header.notify"), ask, { class: "quiet", icon: "bell" });
  return element;
}
