/** What the workspace knows of everybody's conversations: a snapshot and an event make the next snapshot. */

import { now } from "./times.js";

/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Frame} Frame */
/** @typedef {import("./types.js").Colleague} Colleague */

/**
 * @typedef {object} Desk
 * @property {string|null} at the feed's id of the newest row, null before the first snapshot
 * @property {ReadonlyMap<string, Row>} rows conversations that wait or are with an agent
 * @property {readonly Colleague[]} agents
 * @property {readonly import("./types.js").Mention[]} mentions notes that name me and that I have not looked at
 * @property {ReadonlyMap<string, number>} news how often something was done with a ticket or in a conversation with its tickets; "": with any
 * @property {import("./tickets.js").Alarms|null} tickets what time has to say about tickets, null before it is known; told anew at every change of any
 */

const TOLERANCE = 5_000;

/** @type {Desk} */
export const EMPTY = { at: null, rows: new Map(), agents: [], mentions: [], news: new Map(), tickets: null };

/**
 * @param {Desk} desk
 * @param {Frame} frame
 * @returns {Desk} the same object if the frame changes nothing
 */
export function apply(desk, frame) {
  switch (frame.type) {
    case "snapshot":
      return { ...desk, at: frame.at, rows: new Map(frame.rows.map((row) => [row.id, row])), agents: frame.agents };
    case "row":
      return { ...desk, at: frame.at, rows: withRow(desk.rows, frame.row) };
    case "agents":
      return { ...desk, agents: frame.agents };
    case "mentions":
      return { ...desk, mentions: frame.mentions };
    case "tickets":
      return { ...desk, tickets: frame, news: withNews(desk.news, frame.changed ?? [""]) };
    default:
      return desk;
  }
}

/**
 * @param {ReadonlyMap<string, number>} news
 * @param {readonly string[]} names
 */
function withNews(news, names) {
  const next = new Map(news);
  for (const name of names) next.set(name, (next.get(name) ?? 0) + 1);
  return next;
}

/**
 * A number that is another one whenever there may be news of a ticket, or of a conversation's tickets; 0 before anything is known.
 * @param {Desk} desk
 * @param {string} name
 */
export function newsOf({ news }, name) {
  return (news.get("") ?? 0) + (news.get(name) ?? 0);
}

/**
 * @param {ReadonlyMap<string, Row>} rows
 * @param {Row} row
 */
function withRow(rows, row) {
  const next = new Map(rows);
  if (row.state !== "bot" && row.state !== "closed") next.set(row.id, row);
  else next.delete(row.id);
  return next;
}

/**
 * The lists. What I am asked to take comes first; mine stay where they are (oldest first), so that the eye finds them again; the queue is in its own order.
 * @param {Desk} desk
 * @param {string} me
 */
export function lists(desk, me) {
  const attention = wanting(desk, me);
  const apart = new Set(attention.map(({ id }) => id));
  const rows = [...desk.rows.values()].filter(({ id }) => !apart.has(id));
  const assigned = rows.filter((row) => row.state === "assigned").sort((one, other) => one.since - other.since);
  return {
    offered: rows.filter((row) => isOfferedTo(row, me)),
    attention,
    mine: assigned.filter((row) => row.agent === me && !row.snoozed_until),
    snoozed: assigned.filter((row) => row.agent === me && row.snoozed_until).sort((one, other) => one.snoozed_until - other.snoozed_until),
    waiting: rows.filter((row) => isInLine(row) && !isOfferedTo(row, me)).sort((one, other) => waitsSince(one) - waitsSince(other)),
    others: assigned.filter((row) => row.agent !== me),
  };
}

/**
 * What needs somebody's attention: where I am mentioned, and what is overdue and not with me.
 * @param {Desk} desk
 * @param {string} me
 */
function wanting(desk, me) {
  const named = desk.mentions.map(({ row }) => desk.rows.get(row.id) ?? row).filter((row) => !isOfferedTo(row, me));
  const known = new Set(named.map(({ id }) => id));
  const late = [...desk.rows.values()].filter((row) => row.overdue && row.agent !== me && !known.has(row.id));
  return [...named, ...late.sort((one, other) => waitsSince(one) - waitsSince(other))];
}

/** @param {Row} row */
export function isInLine(row) {
  return row.state === "queued" || row.state === "offered";
}

/**
 * @param {Row} row
 * @param {string} me
 */
export function isOfferedTo(row, me) {
  return row.state === "offered" && row.agent === me;
}

/** @param {Row} row */
function waitsSince(row) {
  return row.waiting ?? row.since;
}

/**
 * Conversations that want this agent since the last snapshot: they began to wait, were offered or given, or are overdue.
 * None before the first.
 * @param {Desk} before
 * @param {Desk} after
 * @param {string} me
 */
export function newcomers(before, after, me) {
  if (before.at === null) return [];
  return [...after.rows.values()].filter((row) => isNews(row, before.rows.get(row.id), me));
}

/**
 * @param {Row} row
 * @param {Row|undefined} before
 * @param {string} me
 */
function isNews(row, before, me) {
  if (isOfferedTo(row, me)) return !before || !isOfferedTo(before, me);
  if (isInLine(row)) return !before || !isInLine(before);
  if (row.agent !== me) return false;
  if (before && isWoken(row, before)) return true;
  return (!before || before.state === "queued" || before.state === "bot") || (row.overdue && !before.overdue);
}

/**
 * Whether what was put aside is at hand again by itself: its time has come, or its shopper writes.
 * @param {Row} row
 * @param {Row} before
 */
export function isWoken(row, before) {
  return Boolean(before.snoozed_until) && !row.snoozed_until && (row.waiting !== null || before.snoozed_until <= now() + TOLERANCE);
}

/**
 * @param {Desk} desk
 * @param {string|null} agent id
 * @returns {string|null} the agent's name
 */
export function nameOf(desk, agent) {
  return desk.agents.find(({ id }) => id === agent)?.name ?? agent;
}
