/** Where the agent writes: a reply to the customer, or a note that looks different and only agents see. */

import { fill, firstGap } from "./canned.js";
import { button, icon, make, setText } from "./dom.js";
import { EmojiBoard } from "./emoji.js";
import { Menu } from "./menu.js";
import { say } from "./texts.js";
import { ACCEPT, Tray } from "./uploads.js";

const LONGEST = 4_000;
const COUNT_FROM = 3_500;
const TYPING_EVERY = 3_000;
const SLASH = /(?:^|\s)\/([^\s/]*)$/;
const AT = /(?:^|\s)@([^\s@]*)$/;

/**
 * @typedef {object} Permission who may be written to
 * @property {boolean} reply
 * @property {string} hint what the empty box says when replying
 * @property {string} [channel] where the reply goes, if that may change
 */

/**
 * @typedef {object} Help what the composer needs of the rest
 * @property {import("./api.js").Api} api
 * @property {import("./drafts.js").Drafts} drafts
 * @property {import("./canned.js").CannedReplies} canned
 * @property {() => import("./canned.js").Facts} facts what canned replies may name
 * @property {() => string} language the customer's
 * @property {() => string[]} colleagues names
 * @property {(conversation: string, command: "reply"|"note", text: string, files: import("./uploads.js").Upload[]) => void} speak
 * @property {(conversation: string) => void} typing told at most every 3 s while a reply is written
 * @property {() => void} undo takes back the reply that has not left yet
 * @property {(conversation: string) => void} release sends at once what could still be taken back
 */

export class Composer {
  #conversation = "";
  #help;
  #typedAt = 0;
  /** @type {Permission} */
  #permission = { reply: true, hint: "" };
  #note = false;
  #replyTab = button(say("compose.reply"), () => this.begin(false));
  #noteTab = button(say("compose.note"), () => this.begin(true), { icon: "note" });
  #text = make("textarea", { rows: 2, oninput: () => this.#typed() });
  #menu = new Menu(this.#text, say("compose.suggestions"));
  #count = make("span", { class: "count", role: "status" });
  #action = make("span", {});
  #send = make("button", { type: "button", class: "primary", onclick: () => this.#submit() }, icon("send"), this.#action);
  #tray;
  #files = make("input", { type: "file", multiple: true, accept: ACCEPT, hidden: true, tabindex: "-1" });
  #camera = make("input", { type: "file", accept: "image/*", capture: "environment", hidden: true, tabindex: "-1" });
  element;

  /** @param {Help} help */
  constructor(help) {
    this.#help = help;
    this.#tray = new Tray(help.api, () => this.#changed());
    this.element = make(
      "form",
      { class: "composer" },
      make("div", { class: "modes", role: "group", "aria-label": say("compose.mode") }, this.#replyTab, this.#noteTab),
      this.#tray.element,
      make("div", { class: "box" }, this.#menu.element, this.#text),
      make("div", { class: "foot" }, this.#drawTools(), make("span", { class: "hint" }, say("compose.hint")), this.#count, this.#send),
    );
    this.#listen();
  }

  #listen() {
    this.#text.addEventListener("keydown", (event) => this.#pressed(event));
    this.#text.addEventListener("paste", (event) => this.#pasted(event));
    this.#text.addEventListener("blur", () => this.#menu.close());
    this.element.addEventListener("submit", (event) => event.preventDefault());
    for (const input of [this.#files, this.#camera]) {
      input.addEventListener("change", () => {
        this.attach(input.files ?? []);
        input.value = "";
      });
    }
  }

  #drawTools() {
    const emoji = new EmojiBoard((sign) => this.#insert(sign));
    return make(
      "span",
      { class: "tools" },
      tool("attach", say("compose.attach"), () => this.choose()),
      tool("camera", say("compose.camera"), () => this.#camera.click()),
      emoji.element,
      tool("canned", say("compose.canned"), () => this.#openCanned()),
      tool("answers", say("compose.answers"), () => this.#insertAnswers()),
      this.#files,
      this.#camera,
    );
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
    const { text, note, files = [] } = this.#help.drafts.read(this.#conversation);
    this.#text.value = text;
    this.#note = note;
    this.#tray.show(files);
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

  /**
   * Puts a reply into the box, at its cursor, and selects what is still to be filled in.
   * @param {string} text
   */
  insertReply(text) {
    this.#note = false;
    const start = this.#text.selectionStart;
    this.#insert(text);
    const gap = firstGap(text);
    if (gap) this.#text.setSelectionRange(start + gap[0], start + gap[1]);
    this.#show();
  }

  /** Opens the browser's choice of files. */
  choose() {
    this.#files.click();
  }

  /** @param {Iterable<File>} files */
  attach(files) {
    this.#tray.add(files);
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
    this.#send.disabled = left < 0 || this.#tray.isBusy || !(this.#text.value.trim() || this.#tray.ready.length);
    this.#text.rows = Math.min(8, Math.max(2, this.#text.value.split("\n").length));
  }

  #typed() {
    this.#changed();
    this.#suggest();
    if (this.#writesNote || Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.#help.typing(this.#conversation);
  }

  #changed() {
    this.#keep();
    this.#measure();
  }

  #keep() {
    this.#help.drafts.write(this.#conversation, { text: this.#text.value, note: this.#note, files: this.#tray.ready });
  }

  /** After a slash the canned replies that fit, after an @ in a note the colleagues. */
  #suggest() {
    const before = this.#text.value.slice(0, this.#text.selectionStart);
    const slash = SLASH.exec(before);
    const at = this.#writesNote ? AT.exec(before) : null;
    if (slash) this.#menu.show(this.#cannedOptions(slash[1]));
    else if (at) this.#menu.show(this.#nameOptions(at[1]));
    else this.#menu.close();
  }

  /** @param {string} typed */
  #cannedOptions(typed) {
    const { canned, facts, language } = this.#help;
    return canned.find(typed, language()).map(({ shortcut, text }) => {
      const filled = fill(text, facts());
      return { title: `/${shortcut}`, detail: filled, choose: () => this.#replaceTyped(typed.length + 1, filled) };
    });
  }

  /** @param {string} typed */
  #nameOptions(typed) {
    const names = this.#help.colleagues().filter((name) => name.toLowerCase().startsWith(typed.toLowerCase()));
    return names.map((name) => ({ title: `@${name}`, choose: () => this.#replaceTyped(typed.length + 1, `@${name} `) }));
  }

  /**
   * Puts `text` in place of what was typed to find it, and selects what is still to be filled in.
   * @param {number} length of what was typed
   * @param {string} text
   */
  #replaceTyped(length, text) {
    const end = this.#text.selectionStart;
    this.#text.setRangeText(text, end - length, end, "end");
    const gap = firstGap(text);
    if (gap) this.#text.setSelectionRange(end - length + gap[0], end - length + gap[1]);
    this.#menu.close();
    this.#changed();
  }

  #openCanned() {
    const before = this.#text.value.slice(0, this.#text.selectionStart);
    this.#insert(/\S$/.test(before) ? " /" : "/");
    this.#suggest();
  }

  /** Answers to press are a last line of brackets (handoff/quick.py); the first one is selected to be written. */
  #insertAnswers() {
    const answers = `[${say("compose.yes")}] [${say("compose.no")}]`;
    this.#note = false;
    this.#text.setSelectionRange(this.#text.value.length, this.#text.value.length);
    this.#insert(`${this.#text.value ? "\n" : ""}${answers}`);
    const begin = this.#text.value.length - answers.length + 1;
    this.#text.setSelectionRange(begin, begin + say("compose.yes").length);
    this.#show();
  }

  /** @param {string} text */
  #insert(text) {
    this.#text.focus();
    this.#text.setRangeText(text, this.#text.selectionStart, this.#text.selectionEnd, "end");
    this.#changed();
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    this.attach(files);
  }

  /**
   * Enter sends, unless an input method is using it to choose a word; in an empty box it sends what could still be
   * taken back. There Ctrl+Z takes it back.
   * @param {KeyboardEvent} event
   */
  #pressed(event) {
    if (event.isComposing || event.keyCode === 229 || this.#menu.take(event)) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !this.#text.value) this.#help.undo();
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    if (!this.#text.value.trim() && !this.#tray.isBusy && !this.#tray.ready.length) this.#help.release(this.#conversation);
    else this.#submit();
  }

  #submit() {
    if (this.#send.disabled) return;
    this.#help.speak(this.#conversation, this.#writesNote ? "note" : "reply", this.#text.value.trim(), this.#tray.ready);
    this.#text.value = "";
    this.#note = false;
    this.#typedAt = 0;
    this.#tray.show([]);
    this.#keep();
    this.#show();
    this.#text.focus();
  }
}

/**
 * @param {string} name of its icon
 * @param {string} title
 * @param {() => void} onclick
 */
function tool(name, title, onclick) {
  return make("button", { type: "button", class: `tool ${name}`, title, "aria-label": title, onclick }, icon(name));
}
