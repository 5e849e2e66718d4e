/** Where the agent writes: a reply to the customer, or a note that looks different and only agents see. */

import { button, icon, make, setText } from "./dom.js";
import { say } from "./texts.js";

const LONGEST = 4_000;
const COUNT_FROM = 3_500;
const TYPING_EVERY = 3_000;

/**
 * @typedef {object} Permission who may be written to
 * @property {boolean} reply
 * @property {string} hint what the empty box says when replying
 * @property {string} [channel] where the reply goes, if that may change
 */

export class Composer {
  #conversation = "";
  #drafts;
  #say;
  #typing;
  #typedAt = 0;
  /** @type {Permission} */
  #permission = { reply: true, hint: "" };
  #note = false;
  #replyTab = button(say("compose.reply"), () => this.begin(false));
  #noteTab = button(say("compose.note"), () => this.begin(true), { icon: "note" });
  #text = make("textarea", { rows: 2, oninput: () => this.#typed() });
  #count = make("span", { class: "count", role: "status" });
  #action = make("span", {});
  #send = make("button", { type: "button", class: "primary", onclick: () => this.#submit() }, icon("send"), this.#action);
  element = make(
    "form",
    { class: "composer" },
    make("div", { class: "modes", role: "group", "aria-label": say("compose.mode") }, this.#replyTab, this.#noteTab),
    this.#text,
    make("div", { class: "foot" }, make("span", { class: "hint" }, say("compose.hint")), this.#count, this.#send),
  );

  /**
   * @param {import("./drafts.js").Drafts} drafts
   * @param {(conversation: string, command: "reply"|"note", text: string) => void} speak
   * @param {(conversation: string) => void} typing told at most every 3 s while a reply is written
   */
  constructor(drafts, speak, typing) {
    this.#drafts = drafts;
    this.#say = speak;
    this.#typing = typing;
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    this.element.addEventListener("submit", (event) => event.preventDefault());
  }

  /**
   * Shows a conversation's draft.
   * @param {string} conversation
   */
  open(conversation) {
    this.#conversation = conversation;
    this.reload();
  }

  /** Shows the draft as it is kept, after something was put back into it. */
  reload() {
    const { text, note } = this.#drafts.read(this.#conversation);
    this.#text.value = text;
    this.#note = note;
    this.#show();
  }

  /** @param {Permission} permission */
  allow(permission) {
    this.#permission = permission;
    this.#show();
  }

  /**
   * Goes to the box.
   * @param {boolean} note
   */
  begin(note) {
    this.#note = note;
    this.#keep();
    this.#show();
    this.#text.focus();
  }

  focus() {
    this.#text.focus();
  }

  get #writesNote() {
    return this.#note || !this.#permission.reply;
  }

  #show() {
    const note = this.#writesNote;
    this.element.classList.toggle("note", note);
    this.#replyTab.disabled = !this.#permission.reply;
    this.#replyTab.setAttribute("aria-pressed", String(!note));
    this.#noteTab.setAttribute("aria-pressed", String(note));
    const hint = note && this.#permission.reply ? say("compose.toAgents") : this.#permission.hint;
    this.#text.placeholder = hint;
    this.#text.setAttribute("aria-label", hint);
    setText(this.#action, note ? say("compose.save") : [say("compose.send"), this.#permission.channel].filter(Boolean).join(" · "));
    this.#measure();
  }

  /** Grows with its text, and counts near the limit. Characters are counted as the server does, not as UTF-16. */
  #measure() {
    const left = LONGEST - [...this.#text.value].length;
    const key = left < 0 ? "compose.over" : "compose.left";
    setText(this.#count, left > LONGEST - COUNT_FROM ? "" : say(key, { count: Math.abs(left) }));
    this.#count.classList.toggle("over", left < 0);
    this.#send.disabled = left < 0 || !this.#text.value.trim();
    this.#text.rows = Math.min(8, Math.max(2, this.#text.value.split("\n").length));
  }

  #typed() {
    this.#keep();
    this.#measure();
    if (this.#writesNote || Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.#typing(this.#conversation);
  }

  #keep() {
    this.#drafts.write(this.#conversation, { text: this.#text.value, note: this.#note });
  }

  /**
   * Enter sends, unless an input method is using it to choose a word.
   * @param {KeyboardEvent} event
   */
  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    if (this.#send.disabled) return;
    this.#say(this.#conversation, this.#writesNote ? "note" : "reply", this.#text.value.trim());
    this.#text.value = "";
    this.#note = false;
    this.#typedAt = 0;
    this.#keep();
    this.#show();
    this.#text.focus();
  }
}
