/** The open conversation: who it is and what can be done on top, the summary, the thread, and the box below. */

import { Refusal, Unreachable } from "./api.js";
import { drawMarks, showCountdown } from "./attention.js";
import { drawBrief } from "./brief.js";
import { Composer } from "./composer.js";
import { Corrections } from "./corrections.js";
import { isOfferedTo } from "./desk.js";
import { button, icon, make, setText } from "./dom.js";
import { OrderPanel } from "./orderpanel.js";
import { agentName, shopperName, stateName } from "./people.js";
import { SuggestedReplies } from "./suggested.js";
import { askSnooze } from "./snooze.js";
import { say, sayWord } from "./texts.js";
import { Thread } from "./thread.js";
import { openTransfer } from "./transfer.js";
import { TicketStrip } from "./ticketstrip.js";
import { age, now, rest, urgency } from "./times.js";
import { Whispers } from "./whisper.js";
import { askSummary } from "./wrapup.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Command} Command */
/** @typedef {import("./types.js").History} History */

const RETRY = 2_000;
/** So many messages left are too few to forget about. */
const FEW = 2;
/** After these the state is another one, and no row need come: of a chat with the bot there is none. */
const REFRESHING = ["requested", "told", "blocked", "unblocked", "followed", "unfollowed"];
const JOINS = ["linked", "signed_in", "unlinked"];

/**
 * @typedef {object} Surroundings what a conversation needs of the rest
 * @property {import("./api.js").Api} api
 * @property {import("./feed.js").Feed} feed
 * @property {import("./outbox.js").Outbox} outbox
 * @property {import("./drafts.js").Drafts} drafts
 * @property {import("./canned.js").CannedReplies} canned
 * @property {() => import("./desk.js").Desk} desk
 * @property {string} me
 * @property {import("./types.js").Session} session
 * @property {() => void} leave back to the lists
 */

export class ConversationView {
  /** @type {Row|null} */
  row = null;
  /** @type {import("./types.js").Brief} */
  #summary = {};
  #around;
  #thread;
  #composer;
  #whispers;
  #closed = false;
  #name = make("h2", {});
  #facts = make("p", { class: "facts" });
  #wait = make("span", { class: "age" });
  #countdown = make("span", { class: "chip countdown" });
  #quota = make("span", { class: "quota" });
  #limits = make("p", { class: "limits", role: "status" });
  #corrections;
  #order;
  #suggested;
  #actions = make("div", { class: "actions" });
  #transcripts;
  #brief = make("div", { class: "brief-place" });
  #tickets;
  element;

  /**
   * @param {string} id
   * @param {Surroundings} around
   */
  constructor(id, around) {
    this.id = id;
    this.#around = around;
    this.#transcripts = drawTranscripts(id);
    this.#tickets = new TicketStrip(id, around, () => this.#summary.order ?? "");
    const works = this.#may("work");
    this.#corrections = new Corrections(id, around.api, around.me, works, () => this.#thread.signAll());
    this.#thread = new Thread((before) => this.#page(before), () => this.undo(), (...said) => this.#corrections.draw(...said));
    this.#order = new OrderPanel(id, around.api, works, () => this.#suggested.show());
    this.#composer = new Composer({
      ...around,
      facts: () => this.#known(),
      language: () => this.row?.language ?? "",
      colleagues: () => around.desk().agents.filter(({ id }) => id !== around.me).map(({ name }) => name),
      speak: (...said) => around.outbox.put(...said),
      typing: (to) => around.feed.typing(to),
      undo: () => this.undo(),
      release: (to) => around.outbox.release(to),
    });
    this.#whispers = new Whispers((text) => around.outbox.put(id, "whisper", text));
    this.#suggested = new SuggestedReplies(id, { api: around.api, facts: () => this.#known(), insert: (text) => this.#composer.insertReply(text) });
    const middle = make("div", { class: "middle" }, this.#thread.element, this.#order.element);
    this.element = make("section", { class: "conversation", "aria-busy": "true" }, this.#drawHead(), this.#tickets.element, this.#brief, middle);
    this.#acceptDrops();
    this.#load();
  }

  /** Files may be dropped anywhere on the conversation. */
  #acceptDrops() {
    const { element } = this;
    const show = (/** @type {boolean} */ over) => element.classList.toggle("dropping", over);
    element.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      show(true);
    });
    element.addEventListener("dragleave", (event) => show(element.contains(/** @type {Node|null} */ (event.relatedTarget))));
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      show(false);
      this.#composer.attach(event.dataTransfer?.files ?? []);
    });
  }

  /** What canned replies may name. */
  #known() {
    const { session, canned } = this.#around;
    const shop = canned.shop(this.row?.language ?? "");
    return { customer: this.row?.name ?? "", order: this.#order.number || (this.#summary.order ?? ""), agent: session.agent.name, shop };
  }

  close() {
    this.#closed = true;
    this.#around.feed.unwatch(this.id);
  }

  /**
   * Takes in the row as the feed has it; an older one that comes late is left out.
   * @param {Row} row
   */
  see(row) {
    if (row.id !== this.id || (this.row && (row.epoch < this.row.epoch || row.seq < this.row.seq))) return;
    this.row = row;
    this.show();
  }

  /** @param {import("./types.js").Entry} entry */
  hear(entry) {
    this.#thread.hear(entry);
    if (entry.external_id) this.showPending();
    this.#showWhisper();
    this.#order.hear(entry);
    if (entry.kind === "message") this.#suggest(entry.author);
    if (REFRESHING.includes(entry.data.event ?? "")) void this.refresh();
    if (JOINS.includes(entry.data.event ?? "")) void this.#startOver(); // other logs belong to the history from now on
  }

  /**
   * Replies are suggested to what the customer says, until an agent has answered.
   * @param {import("./types.js").Author} author of the newest message
   */
  #suggest(author) {
    if (!this.#may("work")) return;
    if (author === "agent") this.#suggested.clear();
    else if (author === "shopper") void this.#suggested.refresh();
  }

  /** Takes a suggested reply into the box. @param {number} place counted from 0 */
  takeSuggested(place) {
    if (this.row && this.#permission(this.row).reply) this.#suggested.choose(place);
  }

  /** Reads state and summary anew. */
  async refresh() {
    if (!this.row) return;
    const history = await this.#read("");
    this.see(history.conversation);
    this.#showBrief(history);
  }

  typing() {
    this.#thread.showTyping();
  }

  tick() {
    this.#thread.tick();
    this.#showWait();
  }

  /** Goes to the box, for a reply or for a note. @param {boolean} note */
  write(note) {
    this.#composer.begin(note);
  }

  focus() {
    this.#composer.focus();
  }

  /** The draft was changed from outside. */
  reloadDraft() {
    this.#composer.reload();
  }

  /** Takes back the reply that has not left yet. */
  undo() {
    const item = this.#around.outbox.undo(this.id);
    if (!item) return;
    this.#around.drafts.restore(this.id, { text: item.text, note: false, files: item.files });
    this.#composer.reload();
    this.#composer.focus();
  }

  attach() {
    this.#composer.choose();
  }

  newTicket() {
    this.#tickets.open();
  }

  /**
   * Does what a key asks for, where a button would do it too.
   * @param {"claim"|"decline"|"hand_back"|"requeue"|"close"|"snooze"} command
   */
  actIf(command) {
    const may = { claim: this.canClaim, decline: this.isOffered, hand_back: this.isMine, requeue: this.isMine, close: this.isMine, snooze: this.isMine };
    if (may[command]) this.act(command);
  }

  /** @param {Command} command */
  act(command) {
    if (document.querySelector("dialog[open]")) return;
    if (command === "close" || command === "hand_back") void this.#end(command);
    else if (command === "snooze") void this.#snooze();
    else this.#put(command);
  }

  /**
   * @param {Command} command
   * @param {Record<string, unknown>} [more]
   */
  #put(command, more) {
    this.#around.outbox.put(this.id, command, "", [], more);
    this.show();
  }

  /**
   * Asks how it came out, if the desk wants to know; where that cannot be found out, the server says what is missing.
   * @param {"close"|"hand_back"} command
   */
  async #end(command) {
    const choices = await this.#choices();
    const summary = choices?.dispositions.length ? await askSummary(choices, command) : null;
    if (summary !== undefined) this.#put(command, summary ? { summary } : {});
  }

  /** @returns {Promise<import("./wrapup.js").Choices|null>} */
  async #choices() {
    try {
      return /** @type {import("./wrapup.js").Choices} */ (await this.#around.api.get(`/conversations/${encodeURIComponent(this.id)}/wrapup`));
    } catch {
      return null;
    }
  }

  async #snooze() {
    const snooze = await askSnooze();
    if (snooze) this.#put("snooze", snooze);
  }

  get canClaim() {
    return this.#may("work") && (this.row?.state === "queued" || this.isOffered);
  }

  /** I am asked to take it. */
  get isOffered() {
    return this.row !== null && isOfferedTo(this.row, this.#around.me);
  }

  get isMine() {
    return this.row?.state === "assigned" && this.row.agent === this.#around.me;
  }

  /** A supervisor may have it at once: a colleague holds it, or is asked to. */
  get canTakeOver() {
    return this.#may("intervene") && !this.isMine && !this.isOffered && (this.row?.state === "assigned" || this.row?.state === "offered");
  }

  /** @param {import("./types.js").May} act */
  #may(act) {
    return this.#around.session.agent.may.includes(act);
  }

  /** Draws everything but the thread anew. */
  show() {
    const { row } = this;
    if (!row) return;
    this.#tickets.show();
    const { desk, me } = this.#around;
    setText(this.#name, shopperName(row));
    this.#facts.replaceChildren(
      make("span", { class: "channel" }, icon(row.channel), sayWord("channel", row.channel)),
      make("span", { class: `state ${row.state}` }, stateName(desk(), row, me)),
      ...(row.reachable ? [] : [make("span", { class: "chip blocked" }, say("shopper.blocked"))]),
      this.#countdown,
      ...drawMarks(row),
      this.#wait,
      this.#transcripts,
    );
    this.#actions.replaceChildren(...this.#drawActions());
    this.#composer.allow(this.#permission(row));
    this.#whispers.allow(this.canTakeOver && row.state === "assigned" ? agentName(desk(), row.agent) : "");
    this.#showWhisper();
    this.#showWait();
  }

  /** The agent who has it reads what a supervisor whispered, beside the box. */
  #showWhisper() {
    this.#whispers.show(this.isMine ? this.#thread.log.entries : [], this.#around.session.agent.name);
  }

  /** What was said and is not in the log yet: the entry may come before the command's answer, or after it. */
  showPending() {
    const { log } = this.#thread;
    this.#around.outbox.settle((id) => log.holds(id));
    this.#thread.showPending(this.#around.outbox.said(this.id).filter((item) => !log.holds(item.id)));
  }

  /** @param {Row} row */
  #permission(row) {
    const channel = sayWord("channel", row.channel);
    if (row.state !== "assigned") return { reply: true, hint: say("compose.takeover", { channel }) };
    if (this.isMine) return { reply: true, hint: say("compose.toShopper", { channel }), channel: row.members ? channel : "" };
    return { reply: false, hint: say("compose.notYours", { agent: agentName(this.#around.desk(), row.agent) }) };
  }

  #drawHead() {
    const back = button(say("act.back"), this.#around.leave, { class: "back", icon: "back" });
    return make("header", { class: "head" }, back, make("div", { class: "who" }, this.#name, this.#facts), this.#actions);
  }

  #drawActions() {
    if (this.isOffered) return [this.#action("decline", ""), this.#action("claim", "primary")];
    if (this.canClaim) return [this.#action("claim", "primary")];
    if (this.canTakeOver) return [this.#action("take_over", "")];
    if (!this.isMine) return [];
    const unjoin = this.row?.members ? [this.#action("unjoin", "")] : [];
    return [...unjoin, this.#action("hand_back", ""), this.#transfer(), this.#action("requeue", ""), this.#action(this.row?.snoozed_until ? "wake" : "snooze", ""), this.#action("close", "")];
  }

  /**
   * @param {"claim"|"decline"|"hand_back"|"requeue"|"close"|"unjoin"|"take_over"|"snooze"|"wake"} command
   * @param {string} style
   */
  #action(command, style) {
    const element = button(say(`act.${command}`), () => this.act(command), { class: style });
    element.disabled = this.#around.outbox.isUnderway(this.id, command);
    return element;
  }

  #transfer() {
    return button(say("act.transfer"), () => this.transfer());
  }

  /** Asks to whom it should go. */
  transfer() {
    if (this.isMine) void openTransfer(this.#around.api, this.id);
  }

  #showWait() {
    const { row } = this;
    const waiting = row?.waiting ?? null;
    this.#wait.className = row && waiting !== null ? `age ${urgency(row)}` : "age";
    setText(this.#wait, waiting === null ? "" : say("list.waits", { age: age(waiting) }));
    showCountdown(this.#countdown, row);
    this.#showLimits();
  }

  /** What the channel allows, where one writes. */
  #showLimits() {
    const { row } = this;
    const quota = row ? sayQuota(row) : "";
    setText(this.#quota, row && !row.reachable ? [say("quota.blocked"), quota].filter(Boolean).join(" ") : quota);
    this.#quota.classList.toggle("low", row !== null && (!row.reachable || (row.left ?? FEW) < FEW));
    if (this.#quota.textContent) this.#limits.append(this.#quota);
    else this.#quota.remove();
  }

  /** What was answered by now is on the page that is read. */
  async #load() {
    this.#around.outbox.settle(() => true);
    this.#suggest("shopper");
    void this.#order.refresh();
    void this.#corrections.load();
    const history = await this.#insist();
    if (!history || this.#closed) return;
    this.element.removeAttribute("aria-busy");
    this.#composer.open(this.id);
    this.element.append(this.#whispers.element);
    if (this.#may("work")) this.element.append(this.#suggested.element, this.#limits, this.#composer.element);
    this.#open(history);
    this.#around.feed.watch(this.id, () => this.#thread.log.last);
    if (this.isMine) this.focus();
  }

  async #startOver() {
    const history = await this.#insist();
    if (history && !this.#closed) this.#open(history);
  }

  /** @param {History} history its newest page */
  #open(history) {
    this.see(history.conversation);
    this.#showBrief(history);
    this.#thread.open(history.entries, history.before);
    this.showPending();
  }

  /** Reads the newest page, again and again while the server does not answer; null where it is not, or not here. */
  async #insist() {
    while (!this.#closed) {
      try {
        const history = await this.#read("");
        if (history.conversation.id === this.id) return history;
        location.replace(`#c=${history.conversation.id}`); // it is joined to that
        return null;
      } catch (error) {
        if (error instanceof Refusal) return this.#missing();
        await new Promise((resolve) => setTimeout(resolve, RETRY));
      }
    }
    return null;
  }

  #missing() {
    this.element.removeAttribute("aria-busy");
    this.#thread.element.replaceChildren(make("p", { class: "empty" }, say("thread.missing")));
    return null;
  }

  /**
   * @param {string} before a cursor
   * @returns {Promise<History|null>}
   */
  async #page(before) {
    try {
      return await this.#read(`?before=${encodeURIComponent(before)}`);
    } catch (error) {
      if (error instanceof Unreachable) return null;
      throw error;
    }
  }

  /** @param {string} query */
  async #read(query) {
    return /** @type {History} */ (await this.#around.api.get(`/conversations/${encodeURIComponent(this.id)}${query}`));
  }


  /** @param {History} history */
  #showBrief(history) {
    this.#summary = history.brief;
    const brief = drawBrief(history.brief);
    this.#brief.replaceChildren(...(brief ? [brief] : []));
  }
}

/**
 * What the channel still lets us send, where it counts.
 * @param {Row} row
 */
function sayQuota({ left, left_until: until }) {
  if (left === null || left === undefined || !until) return "";
  if (left <= 0 || until <= now()) return say("quota.none");
  return say("quota.left", { count: left, time: rest(until) });
}

/**
 * The whole conversation as the customer saw it, to be saved.
 * @param {string} id
 */
function drawTranscripts(id) {
  const path = `/workspace/api/conversations/${encodeURIComponent(id)}/transcript?form=`;
  const links = ["html", "json"].map((form) => make("a", { href: path + form, download: `${id}.${form}` }, form.toUpperCase()));
  return make("span", { class: "transcripts" }, `${say("thread.transcript")} `, links[0], " · ", links[1]);
}
