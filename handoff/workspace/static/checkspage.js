/** Spot checks: leads score the chats that the sample has chosen; everybody reads what was thought of their own. */

import { button, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { language, say } from "./texts.js";
import { fullTime } from "./times.js";

/**
 * @typedef {object} Check
 * @property {string} conversation
 * @property {number} episode
 * @property {string} agent
 * @property {string} agent_name
 * @property {number} ended
 * @property {Record<string, number>} scores empty until somebody has scored it
 * @property {string} comment
 * @property {string|null} by_name
 * @property {number|null} at
 * @property {number|null} mean
 */
/** @typedef {{key: string, zh: string, en: string}} Criterion */

const BEST = 5;

export class ChecksView {
  #around;
  #mayScore;
  /** @type {readonly Criterion[]} */
  #criteria = [];
  #list = make("ul", { class: "checks" });
  #problem = make("p", { class: "problem", role: "alert" });
  element;

  /** @param {import("./pages.js").Around} around */
  constructor(around) {
    this.#around = around;
    this.#mayScore = around.session.agent.may.includes("check");
    const back = button(say("act.back"), around.leave, { class: "back", icon: "back" });
    const oversees = around.session.agent.may.includes("oversee");
    this.element = make(
      "section",
      { class: "admin" },
      make("header", { class: "head" }, back, make("h2", {}, say("check.title"))),
      make("p", {}, say(oversees ? "check.hint" : "check.own")),
      this.#problem,
      this.#list,
    );
    this.#try(() => this.#load());
  }

  async #load() {
    const { checks, criteria } = /** @type {{checks: Check[], criteria: Criterion[]}} */ (await this.#around.api.get("/checks"));
    this.#criteria = criteria;
    const items = checks.map((check) => this.#draw(check));
    this.#list.replaceChildren(...(items.length ? items : [make("li", { class: "empty" }, say("check.none"))]));
  }

  /** @param {Check} check */
  #draw(check) {
    const isDone = check.mean !== null;
    const form = this.#mayScore && check.agent !== this.#around.session.agent.id ? this.#drawForm(check) : null;
    const more = form && make("details", { open: !isDone }, make("summary", {}, say(isDone ? "check.again" : "check.score")), form);
    return make(
      "li",
      { class: isDone ? "check done" : "check" },
      make(
        "header",
        {},
        button(say("check.read"), () => this.#around.open(check.conversation), { class: "primary" }),
        make("b", {}, check.agent_name || this.#around.session.agent.name),
        make("time", {}, fullTime(check.ended)),
        check.mean !== null && make("span", { class: "chip" }, say("check.mean", { mean: check.mean.toFixed(1) })),
      ),
      isDone && this.#drawScores(check),
      more,
    );
  }

  /** @param {Check} check */
  #drawScores({ scores, comment, by_name: by, at }) {
    const names = new Map(this.#criteria.map((one) => [one.key, one[language]]));
    const given = Object.entries(scores).map(([key, score]) => `${names.get(key) ?? key} ${score}`);
    const who = say("check.by", { agent: by ?? "", time: at ? fullTime(at) : "" });
    return make("div", { class: "given" }, make("p", {}, given.join(" · ")), comment && make("p", {}, comment), make("small", {}, who));
  }

  /** @param {Check} check */
  #drawForm(check) {
    const choices = this.#criteria.map((one) => drawChoice(one, check));
    const comment = make("textarea", { rows: 2, maxlength: 2000, "aria-label": say("check.comment"), placeholder: say("check.comment") });
    comment.value = check.comment;
    const form = make("form", {}, ...choices, comment, make("button", { class: "primary" }, say("check.save")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const scores = Object.fromEntries(this.#criteria.map(({ key }) => [key, Number(new FormData(form).get(key))]));
      this.#try(async () => {
        await this.#around.api.post(`/checks/${check.conversation}/${check.episode}`, { scores, comment: comment.value.trim() });
        await this.#load();
      });
    });
    return form;
  }

  /** @param {() => Promise<void>} action */
  async #try(action) {
    setText(this.#problem, "");
    try {
      await action();
    } catch (error) {
      setText(this.#problem, explainProblem(error));
    }
  }
}

/**
 * One to five, for one criterion.
 * @param {Criterion} criterion
 * @param {Check} check
 */
function drawChoice(criterion, { scores }) {
  const marks = Array.from({ length: BEST }, (_, index) => index + 1);
  const radios = marks.map((mark) =>
    make("label", {}, make("input", { type: "radio", name: criterion.key, value: mark, required: true, checked: scores[criterion.key] === mark }), String(mark)),
  );
  return make("fieldset", { class: "marks" }, make("legend", {}, criterion[language]), ...radios);
}
