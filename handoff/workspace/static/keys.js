/** The keyboard: everything the mouse can do. `?` lists the keys. */

import { button, make } from "./dom.js";
import { say } from "./texts.js";

/**
 * @typedef {object} Moves
 * @property {(step: 1|-1) => void} move
 * @property {() => void} reply
 * @property {() => void} note
 * @property {() => void} escape
 * @property {() => void} search
 * @property {() => void} tickets
 * @property {() => void} newTicket for the open conversation
 * @property {(tab: number) => void} list
 * @property {(place: number) => void} suggested takes a suggested reply, counted from 0
 * @property {() => void} attach
 * @property {() => void} undo
 * @property {() => void} away
 * @property {() => void} transfer
 * @property {(command: "claim"|"decline"|"hand_back"|"requeue"|"close"|"snooze") => void} act
 */

const SUGGESTED = ["Digit1", "Digit2", "Digit3"];

/** @param {Moves} moves */
export function listenToKeys(moves) {
  /** @type {Record<string, () => void>} */
  const actions = {
    j: () => moves.move(1),
    ArrowDown: () => moves.move(1),
    k: () => moves.move(-1),
    ArrowUp: () => moves.move(-1),
    r: moves.reply,
    n: moves.note,
    f: moves.attach,
    u: moves.undo,
    a: moves.away,
    s: moves.search,
    t: moves.tickets,
    T: moves.newTicket,
    1: () => moves.list(0),
    2: () => moves.list(1),
    3: () => moves.list(2),
    c: () => moves.act("claim"),
    d: () => moves.act("decline"),
    B: () => moves.act("hand_back"),
    Q: () => moves.act("requeue"),
    E: () => moves.act("close"),
    Z: () => moves.act("snooze"),
    P: moves.transfer,
    "?": showKeys,
  };
  addEventListener("keydown", (event) => {
    if (event.altKey && !event.ctrlKey && !event.metaKey && SUGGESTED.includes(event.code) && !document.querySelector("dialog[open]")) {
      event.preventDefault(); // some keyboards write other signs with Alt
      return moves.suggested(SUGGESTED.indexOf(event.code));
    }
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return moves.escape();
    const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key; // whatever Caps Lock does
    const action = ownsKeys(event.target, event.key) ? undefined : actions[key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/**
 * Text boxes keep their letters; what scrolls keeps its arrows.
 * @param {EventTarget|null} target
 * @param {string} key
 */
function ownsKeys(target, key) {
  if (!(target instanceof Element)) return false;
  if (target.matches("textarea, input, select")) return true;
  return key.startsWith("Arrow") && target.closest(".scroll") !== null;
}

export function showKeys() {
  const keys = [
    ["J / K, ↓ / ↑", say("keys.move")],
    ["Enter", say("keys.enter")],
    ["1 / 2 / 3", say("keys.lists")],
    ["S", say("keys.search")],
    ["T", say("keys.tickets")],
    ["Shift+T", say("keys.newTicket")],
    ["C / D", say("keys.claim")],
    ["R", say("keys.reply")],
    ["N", say("keys.note")],
    ["F", say("keys.attach")],
    ["U, Ctrl+Z", say("keys.undo")],
    ["/", say("keys.canned")],
    ["@", say("keys.mention")],
    ["Alt+1 / 2 / 3", say("keys.suggested")],
    ["Shift+B / Q / E", say("keys.end")],
    ["Shift+Z", say("act.snooze")],
    ["Shift+P", say("keys.transfer")],
    ["A", say("keys.away")],
    ["Enter, Ctrl+Enter", say("keys.send")],
    ["Shift+Enter", say("keys.line")],
    ["Esc", say("keys.escape")],
    ["?", say("keys.help")],
  ];
  const rows = keys.map(([key, meaning]) => make("div", {}, make("dt", {}, make("kbd", {}, key)), make("dd", {}, meaning)));
  const dialog = make("dialog", { class: "keys-list", "aria-labelledby": "keys-title" });
  dialog.append(
    make("h1", { id: "keys-title" }, say("keys.title")),
    make("dl", {}, ...rows),
    button(say("keys.close"), () => dialog.close(), { class: "primary" }),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
