/** Whether I take chats: the switch in the bar, and why the desk has thrown it. */

import { make, setText } from "./dom.js";
import { say } from "./texts.js";

export class StatusSwitch {
  #label = make("span", {});
  #why = make("span", { class: "why", role: "status" });
  #button;
  #me;
  element;

  /**
   * @param {string} me
   * @param {(away: boolean) => void} rest
   */
  constructor(me, rest) {
    this.#me = me;
    const onclick = () => rest(this.#button.getAttribute("aria-pressed") !== "true");
    this.#button = make("button", { type: "button", class: "quiet status", "aria-pressed": "false", onclick }, this.#label);
    this.element = make("span", { class: "status-place" }, this.#button, this.#why);
  }

  /** @param {readonly import("./types.js").Colleague[]} agents */
  show(agents) {
    const mine = agents.find(({ id }) => id === this.#me);
    const away = mine?.status === "away";
    this.#button.setAttribute("aria-pressed", String(away));
    this.#button.title = say(away ? "status.resume" : "status.rest");
    setText(this.#label, say(away ? "status.away" : "status.available"));
    setText(this.#why, away && mine?.why === "missed" ? say("status.missed") : "");
  }
}
