/** Signing in, by password or by a one-time link, in a dialog over whatever was on the page. */

import { request } from "./api.js";
import { button, field, make, setText } from "./dom.js";
import { explainProblem } from "./people.js";
import { say, switchLanguage } from "./texts.js";

/** @typedef {import("./types.js").Session} Session */

const SHORTEST_PASSWORD = 10;

/**
 * Asks for name and password until they are right.
 * @param {import("./api.js").Refusal} refusal why we ask
 * @param {boolean} again whether somebody was signed in before
 * @returns {Promise<Session>}
 */
export function signIn(refusal, again) {
  const name = field(say("sign.name"), { name: "name", autocomplete: "username", required: true });
  const password = passwordField(say("sign.password"), "current-password");
  return ask(say("sign.title"), again ? say("sign.again") : "", [name, password], say("sign.submit"), refusal.demo, () =>
    post("/login", { name: name.input.value, password: password.input.value }),
  );
}

/** The token of an invitation link (`#invitation=…`), if this page was opened by one. */
export function invitationToken() {
  return new URLSearchParams(location.hash.slice(1)).get("invitation");
}

/**
 * Lets a new agent choose a name and password, or one who forgot it a new password.
 * @param {string} token
 * @param {boolean} demo
 * @returns {Promise<Session>}
 */
export async function acceptInvitation(token, demo) {
  const name = field(say("invite.name"), { name: "name", autocomplete: "username", maxlength: 64 }, say("invite.nameHint"));
  const first = passwordField(say("invite.password"), "new-password");
  const second = passwordField(say("invite.again"), "new-password");
  const session = await ask(say("invite.title"), "", [name, first, second], say("invite.submit"), demo, () => {
    checkPasswords(first.input.value, second.input.value);
    return post("/invitation", { token, name: name.input.value.trim(), password: first.input.value });
  });
  history.replaceState(null, "", location.pathname);
  return session;
}

/**
 * @param {string} label
 * @param {string} autocomplete
 */
function passwordField(label, autocomplete) {
  return field(label, { type: "password", name: autocomplete, autocomplete, required: true });
}

/**
 * @param {string} first
 * @param {string} second
 */
function checkPasswords(first, second) {
  if ([...first].length < SHORTEST_PASSWORD) throw new Error(say("problem.password"));
  if (first !== second) throw new Error(say("invite.differ"));
}

/**
 * @param {string} path
 * @param {unknown} body
 */
async function post(path, body) {
  return /** @type {Session} */ (await request("POST", path, body));
}

/**
 * Shows a form in a dialog until `submit` succeeds.
 * @param {string} title
 * @param {string} explanation
 * @param {{input: HTMLInputElement, element: HTMLElement}[]} fields
 * @param {string} action
 * @param {boolean} demo
 * @param {() => Promise<Session>} submit
 * @returns {Promise<Session>}
 */
function ask(title, explanation, fields, action, demo, submit) {
  return new Promise((resolve) => {
    const problem = make("p", { class: "problem", role: "alert" });
    const form = make(
      "form",
      { method: "dialog" },
      make("h1", { id: "sign-title" }, title),
      explanation && make("p", { class: "explanation" }, explanation),
      ...fields.map(({ element }) => element),
      problem,
      make("button", { class: "primary" }, action),
      button(say("language"), switchLanguage, { class: "quiet" }),
    );
    const dialog = make("dialog", { class: "sign", "aria-labelledby": "sign-title" }, demo && demoStrip(), mark(), form);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const session = await submit();
        dialog.remove();
        resolve(session);
      } catch (error) {
        setText(problem, explainProblem(error));
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** The strip that marks every page of a demo. */
export function demoStrip() {
  return make("div", { class: "demo", role: "note" }, say("demo"));
}

function mark() {
  return make("img", { class: "mark", src: "/workspace/static/icons/jieli.svg", alt: "接力 Jieli" });
}
