/** The pages beside the conversations: what each is called in the address, who may open it, and what draws it. */

import { AdminView } from "./admin.js";
import { CannedView } from "./cannedpage.js";
import { ChecksView } from "./checkspage.js";
import { DayView } from "./day.js";
import { KnowledgeView } from "./knowledgepage.js";
import { LedgerView } from "./ledgerpage.js";
import { RulesView } from "./rules.js";
import { PoliciesView } from "./policiespage.js";
import { SwitchesView } from "./switchespage.js";
import { say } from "./texts.js";
import { TextsView } from "./textspage.js";
import { drawTickets } from "./ticketspage.js";
import { WallView } from "./wall.js";

/**
 * @typedef {object} Around what a page needs of the rest
 * @property {import("./api.js").Api} api
 * @property {import("./canned.js").CannedReplies} canned
 * @property {import("./types.js").Session} session
 * @property {() => import("./desk.js").Desk} desk
 * @property {(conversation: string) => void} open
 * @property {() => void} leave back to the lists
 */

/** @typedef {{element: HTMLElement, show?: () => void, tick?: () => void, close?: () => void}} View `show`: the desk has changed */

/**
 * @typedef {object} Page
 * @property {string} name
 * @property {import("./types.js").May} may what one must be allowed to
 * @property {() => string} title
 * @property {(desk: import("./desk.js").Desk) => {count: number, text: string}} [count] how much waits there, and in words
 * @property {(around: Around) => View} draw
 */

/** @type {readonly Page[]} */
const PAGES = [
  { name: "wall", may: "oversee", title: () => say("header.wall"), draw: (around) => new WallView(around) },
  { name: "checks", may: "read", title: () => say("header.checks"), draw: (around) => new ChecksView(around) },
  { name: "ledger", may: "audit", title: () => say("header.ledger"), draw: (around) => new LedgerView(around) },
  { name: "agents", may: "manage", title: () => say("header.agents"), draw: ({ api, desk, leave }) => new AdminView(api, desk, leave) },
  { name: "rules", may: "set", title: () => say("header.rules"), draw: ({ api, desk, leave }) => new RulesView(api, () => desk().agents, leave) },
  { name: "switches", may: "set", title: () => say("header.switches"), draw: ({ api, leave }) => new SwitchesView(api, leave) },
  { name: "texts", may: "set", title: () => say("header.texts"), draw: ({ api, leave }) => new TextsView(api, leave) },
  { name: "policies", may: "set", title: () => say("header.policies"), draw: ({ api, leave }) => new PoliciesView(api, leave) },
  { name: "day", may: "oversee", title: () => say("header.day"), draw: ({ api, leave }) => new DayView(api, leave) },
  { name: "tickets", may: "read", title: () => say("header.tickets"), count: ({ tickets }) => ({ count: tickets?.late ?? 0, text: say("ticket.overdue") }), draw: drawTickets },
  { name: "knowledge", may: "set", title: () => say("header.knowledge"), draw: (around) => new KnowledgeView(around) },
  { name: "canned", may: "work", title: () => say("header.canned"), draw: ({ api, canned, session, leave }) => new CannedView(api, canned, session, leave) },
];

/**
 * Those that somebody may open.
 * @param {import("./types.js").Session} session
 */
export function pagesFor({ agent }) {
  return PAGES.filter(({ may }) => agent.may.includes(may));
}
