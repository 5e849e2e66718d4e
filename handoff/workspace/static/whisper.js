/** Whispers: where a supervisor writes to the agent who has the chat, and where that agent reads it beside the box. */

import { button, make, setText } from "./dom.js";
import { say } from "./texts.js";
import { clockTime } from "./times.js";

/** @typedef {import("./types.js").Entry} Entry */

const LONGEST = 4_000;

export class Whispers {
  #text = make("input", { maxlength: LONGEST, autocomplete: "off" });
  #send = make("button", { class: "primary" }, say("whisper.send"));
  #form = make("form", { class: "whisper-form", hidden: true }, this.#text, this.#send);
  #heard = make("p", {});
  #shown = make("div", { class: "whispered", role: "status", hidden: true }, this.#heard, button(say("whisper.read"), () => this.#hide(), { class: "quiet" }));
  /** What was read already. */
  #upTo = 0;
  #last = 0;
  element = make("div", { class: "whispers" }, this.#shown, this.#form);

  /** @param {(text: string) => void} speak */
  constructor(speak) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#text.value.trim();
      if (!text) return;
      this.#text.value = "";
      speak(text);
    });
  }

  /**
   * @param {string} to the agent's name; empty where there is nobody to whisper to, or one may not
   */
  allow(to) {
    this.#form.hidden = !to;
    const label = to ? say("whisper.to", { agent: to }) : "";
    this.#text.placeholder = label;
    this.#text.setAttribute("aria-label", label);
  }

  /**
   * Shows the newest whisper of somebody else since the agent's own last words.
   * @param {readonly Entry[]} entries oldest first
   * @param {string} me name
   */
  show(entries, me) {
    const spoken = entries.findLast((entry) => entry.author === "agent" && entry.kind === "message")?.seq ?? 0;
    const whisper = entries.findLast((entry) => entry.data.whisper && entry.who !== me);
    const isNew = whisper !== undefined && whisper.seq > Math.max(spoken, this.#upTo);
    this.#shown.hidden = !isNew;
    if (!isNew) return;
    this.#last = whisper.seq;
    setText(this.#heard, say("whisper.heard", { agent: whisper.who ?? "", text: whisper.content.text ?? "", time: clockTime(whisper.at) }));
  }

  #hide() {
    this.#upTo = this.#last;
    this.#shown.hidden = true;
  }
}
