/** Puts the workspace together: lists, open conversation, header; what the feed says goes to each of them. */

import { Calls } from "./calls.js";
import { CannedReplies } from "./canned.js";
import { ConversationView } from "./conversation.js";
import { apply, EMPTY, lists } from "./desk.js";
import { make } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Feed } from "./feed.js";
import { Header } from "./header.js";
import { listenToKeys, showKeys } from "./keys.js";
import { ListView } from "./list.js";
import { Notice } from "./notice.js";
import { OffBanner } from "./offbanner.js";
import { isSpeech, Outbox } from "./outbox.js";
import { pagesFor } from "./pages.js";
import { agentName, explainRefusal, shopperName } from "./people.js";
import { badge, prepareRing } from "./ring.js";
import { Seen } from "./seen.js";
import { say } from "./texts.js";
import { tellAlarms } from "./ticketalarms.js";
import { everySecond } from "./times.js";

/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./api.js").Api} Api */

export class Workspace {
  /** @type {import("./desk.js").Desk} */
  #desk = EMPTY;
  /** @type {ConversationView|null} */
  #open = null;
  /** @type {import("./pages.js").View|null} */
  #page = null;
  #drawing = 0;
  #notice = new Notice();
  #off = new OffBanner();
  #main = make("main", {});
  #api;
  #me;
  #feed;
  #outbox;
  #drafts;
  #canned;
  #session;
  #seen;
  #list;
  #calls;
  #header;

  /**
   * @param {Api} api
   * @param {import("./types.js").Session} session
   */
  constructor(api, session) {
    this.#api = api;
    this.#me = session.agent.id;
    this.#session = session;
    this.#drafts = new Drafts(this.#me);
    this.#canned = new CannedReplies(api);
    this.#seen = new Seen(this.#me);
    this.#feed = new Feed(api, () => this.#desk.at, (frame) => this.#hear(frame), () => this.#connectionChanged());
    this.#outbox = new Outbox(api, this.#me, (id) => this.#outboxChanged(id), (item, refusal) => this.#refused(item, refusal));
    this.#list = new ListView(this.#me, this.#seen, (id, byKey) => this.#choose(id, byKey), api);
    const takes = (/** @type {string} */ id) => this.#outbox.isUnderway(id, "claim") || this.#outbox.said(id).length > 0;
    this.#calls = new Calls(this.#me, (id) => this.#choose(id, false), takes);
    this.#header = new Header(session, {
      keys: showKeys,
      rest: (away) => this.#feed.status(away),
      signOut: () => this.#signOut(),
    });
  }

  start() {
    document.body.append(this.#header.element, this.#off.element, make("div", { class: "desk" }, this.#list.element, this.#main), this.#notice.element);
    prepareRing();
    listenToKeys({
      move: (step) => this.#list.move(step),
      reply: () => this.#open?.write(false),
      note: () => this.#open?.write(true),
      escape: () => this.#escape(),
      search: () => this.#list.search(),
      tickets: () => go("tickets"),
      newTicket: () => this.#open?.newTicket(),
      list: (tab) => this.#list.choose(tab),
      suggested: (place) => this.#open?.takeSuggested(place),
      attach: () => this.#open?.attach(),
      undo: () => this.#open?.undo(),
      away: () => this.#header.switchStatus(),
      transfer: () => this.#open?.transfer(),
      act: (command) => this.#open?.actIf(command),
    });
    addEventListener("hashchange", () => this.#route());
    addEventListener("focus", () => this.#draw());
    this.#feed.start();
    this.#outbox.hurry();
    this.#route();
    everySecond(() => this.#tick());
  }

  /** @param {Frame} frame */
  #hear(frame) {
    if (frame.type === "entry" && frame.conversation === this.#open?.id) return this.#open.hear(frame.entry);
    if (frame.type === "typing" && frame.conversation === this.#open?.id) return this.#open.typing();
    if (frame.type === "switches") return this.#off.show(frame.off);
    const before = this.#desk;
    this.#desk = apply(before, frame);
    if (this.#desk === before) return;
    if (frame.type === "snapshot") this.#begin();
    if (frame.type === "row") this.#open?.see(frame.row);
    if (frame.type === "row") this.#tellTaken(before.rows.get(frame.row.id), frame.row);
    this.#calls.hear(before, this.#desk);
    tellAlarms(before, this.#desk);
    this.#draw();
  }

  /**
   * Who had it until now reads who has it; what they were typing is still there.
   * @param {import("./types.js").Row|undefined} before
   * @param {import("./types.js").Row} row
   */
  #tellTaken(before, row) {
    if (before?.agent !== this.#me || before.state !== "assigned" || row.agent === this.#me || row.taken_from !== this.#me) return;
    this.#notice.tell(say("taken.notice", { agent: agentName(this.#desk, row.agent), name: shopperName(row) }));
  }

  /** After a snapshot: a conversation that is open and in no list any more has changed in a way we did not hear of. */
  #begin() {
    this.#seen.prune(this.#desk.rows);
    const row = this.#open && this.#desk.rows.get(this.#open.id);
    if (row) this.#open?.see(row);
    else void this.#open?.refresh();
  }

  /** Draws at most once a frame; the title also changes while the page is hidden and no frame comes. */
  #draw() {
    const current = this.#open && this.#desk.rows.get(this.#open.id);
    if (current && document.hasFocus()) this.#seen.mark(current);
    this.#see();
    const { mine, offered, attention, waiting } = lists(this.#desk, this.#me);
    badge(offered.length + attention.length + waiting.length + mine.filter((row) => this.#seen.isUnread(row)).length);
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => {
      this.#list.show(this.#desk, this.#open?.id ?? null);
      this.#header.show(this.#feed, this.#desk.agents);
      this.#header.count(this.#desk);
      this.#open?.show();
      this.#page?.show?.();
    });
  }

  /** Where I am mentioned and am looking now, the mention is known. */
  #see() {
    const id = this.#open?.id;
    if (id && document.hasFocus() && this.#desk.mentions.some(({ conversation }) => conversation === id)) this.#feed.see(id);
  }

  #tick() {
    this.#calls.tick(this.#desk);
    this.#list.tick();
    this.#open?.tick();
    this.#page?.tick?.();
  }

  #connectionChanged() {
    this.#header.show(this.#feed, this.#desk.agents);
    if (this.#feed.live) this.#outbox.hurry();
  }

  /** @param {string} id */
  #outboxChanged(id) {
    if (id !== this.#open?.id) return;
    this.#open.showPending();
    this.#open.show();
  }

  /**
   * @param {import("./outbox.js").Item} item
   * @param {import("./api.js").Refusal} refusal
   */
  #refused(item, refusal) {
    const why = explainRefusal(this.#desk, item.command, refusal);
    if (!isSpeech(item)) return this.#notice.tell(why);
    this.#drafts.restore(item.conversation, { text: item.text, note: item.command !== "reply", files: item.files });
    if (item.conversation === this.#open?.id) this.#open.reloadDraft();
    this.#notice.tell(say("refused.kept", { why }));
  }

  /**
   * Opens a conversation. Enter claims one that is open already and waits; a second click must not, it may be a slip.
   * @param {string} id
   * @param {boolean} byKey
   */
  #choose(id, byKey) {
    if (this.#open?.id !== id) return go(`c=${encodeURIComponent(id)}`);
    if (byKey && this.#open.canClaim) this.#open.act("claim");
    else this.#open.focus();
  }

  /** The address says what is open, so that reload and the back button do what they should. */
  #route() {
    const place = new URLSearchParams(location.hash.slice(1));
    this.#open?.close();
    this.#page?.close?.();
    this.#open = this.#page = null;
    this.#main.replaceChildren(this.#drawPlace(place));
    this.#header.mark(place);
    document.body.dataset.pane = location.hash.length > 1 ? "main" : "lists";
    this.#draw();
  }

  /** @param {URLSearchParams} place */
  #drawPlace(place) {
    const page = pagesFor(this.#session).find(({ name }) => place.has(name));
    if (page) return (this.#page = page.draw(this.#around())).element;
    const id = place.get("c");
    if (!id) return make("p", { class: "empty" }, say("thread.none"));
    this.#open = new ConversationView(id, {
      api: this.#api,
      feed: this.#feed,
      outbox: this.#outbox,
      drafts: this.#drafts,
      canned: this.#canned,
      session: this.#session,
      desk: () => this.#desk,
      me: this.#me,
      leave: () => go(""),
    });
    return this.#open.element;
  }

  /** What pages need. */
  #around() {
    const open = (/** @type {string} */ id) => go(`c=${encodeURIComponent(id)}`);
    return { api: this.#api, canned: this.#canned, session: this.#session, desk: () => this.#desk, open, leave: () => go("") };
  }

  #escape() {
    if (getComputedStyle(this.#list.element).display === "none") go("");
    this.#list.focus();
  }

  async #signOut() {
    await this.#api.post("/logout");
    location.replace(location.pathname);
  }
}

/** @param {string} place */
function go(place) {
  location.hash = place;
}
