/** Tells every colleague what of the bot is switched off. */

import { make, setText } from "./dom.js";
import { language, say } from "./texts.js";

/** @typedef {{bot: boolean, flows: {zh: string, en: string}[], answers: string[]}} SwitchedOff */

export class OffBanner {
  element = make("div", { class: "off-banner", role: "status", hidden: true });

  /** @param {SwitchedOff} off */
  show({ bot, flows, answers }) {
    const parts = [...flows.map((flow) => flow[language]), ...answers];
    this.element.hidden = !bot && !parts.length;
    setText(this.element, bot ? say("off.bot") : parts.length ? say("off.some", { count: parts.length, names: parts.join(", ") }) : "");
  }
}
