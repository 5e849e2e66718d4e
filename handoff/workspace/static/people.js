/** How shoppers, owners, states and problems are named on the screen. */

import { Refusal, Unreachable } from "./api.js";
import { nameOf } from "./desk.js";
import { say, sayWord } from "./texts.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./desk.js").Desk} Desk */

/** @param {Row} row */
export function shopperName(row) {
  return row.name || say("shopper.anonymous", { id: row.id.slice(-4) });
}

/**
 * @param {Desk} desk
 * @param {string|null} agent id
 */
export function agentName(desk, agent) {
  return nameOf(desk, agent) || say("refused.somebody");
}

/**
 * @param {Desk} desk
 * @param {Row} row
 * @param {string} me
 */
export function stateName(desk, row, me) {
  if (row.state === "offered" && row.agent !== me) return say("state.asked", { agent: agentName(desk, row.agent) });
  if (row.state !== "assigned") return say(`state.${row.state}`);
  return row.agent === me ? say("state.mine") : say("state.other", { agent: agentName(desk, row.agent) });
}

/**
 * Why a command was refused, in words.
 * @param {Desk} desk
 * @param {import("./types.js").Command} command
 * @param {Refusal} refusal
 */
export function explainRefusal(desk, command, refusal) {
  const agent = agentName(desk, refusal.agent);
  if (refusal.reason === "capacity") return say("refused.capacity");
  if (refusal.reason === "summary") return say("refused.summary");
  if (refusal.reason === "disposition") return say("refused.disposition");
  if (refusal.reason === "time") return say("refused.time");
  if (refusal.reason === "joined") return say("refused.joined");
  if (refusal.reason === "alone") return say("refused.alone");
  if (refusal.reason === "unknown") return say("refused.unknown");
  if (refusal.reason === "self") return say("refused.self");
  if (command === "claim" && refusal.reason) return refusal.agent ? say("refused.taken", { agent }) : say("refused.notWaiting");
  if (refusal.agent) return say("refused.owner", { agent });
  if (!refusal.reason) return refusal.message;
  return say("refused.state", { state: say(`state.${/** @type {"bot"|"closed"|"queued"|"offered"} */ (refusal.state)}`) });
}

/**
 * Why something outside a conversation failed, in words; the server's own where they are more exact than ours.
 * @param {unknown} error
 */
export function explainProblem(error) {
  if (error instanceof Unreachable) return say("error.unreachable");
  if (!(error instanceof Refusal)) return String(error instanceof Error ? error.message : error);
  const word = error.reason || error.code;
  const known = sayWord("problem", word);
  return known === word ? error.message : known;
}
