/** Draws one entry of a conversation's log: who said what and when, as its readers saw it. */

import { aftercareFields } from "./aftercare.js";
import { icon, make } from "./dom.js";
import { drawAttachments, drawLocation, drawQuote, drawVersions } from "./parts.js";
import { clockTime, dayName, fullTime, sameDay } from "./times.js";
import { say, sayWord } from "./texts.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Delivery} Delivery */

const TOGETHER = 120_000;
const ENDS = ["handed_back", "closed", "left"];

/**
 * One entry with the lines that belong before it: a new day, the mark of a human stretch. Delivery entries and
 * further pictures of an album draw nothing, they are seen at the message they speak of.
 * @param {Entry} entry
 * @param {Entry|null} previous the entry before it that is drawn
 * @param {boolean} begins whether a human stretch begins with this entry
 * @param {Delivery|undefined} delivery
 * @param {readonly Entry[]} edits its later versions, oldest first
 */
export function drawEntry(entry, previous, begins, delivery, edits) {
  const element = make("div", { class: "entry", "data-seq": entry.seq });
  if (!isDrawn(entry)) return element;
  if (!previous || !sameDay(previous.at, entry.at)) element.append(make("div", { class: "day" }, dayName(entry.at)));
  if (begins) element.append(episodeLine(say("episode.start"), sayReason(entry), entry));
  if (entry.kind === "event") element.append(...drawEvent(entry));
  else if (entry.kind === "edit") element.append(eventLine(say("event.edited"), entry));
  else element.append(drawSpeech(entry, delivery, isContinuation(entry, previous), edits));
  return element;
}

/** @param {Entry} entry */
export function isDrawn(entry) {
  return entry.kind !== "delivery" && !entry.data.album && entry.data.event !== "understood";
}

/** @param {Entry} entry */
export function endsEpisode(entry) {
  return entry.kind === "event" && ENDS.includes(entry.data.event ?? "");
}

/** @param {Entry} entry */
function sayReason(entry) {
  return entry.data.reason ? sayWord("reason", entry.data.reason) : "";
}

/**
 * @param {string} title
 * @param {string} detail
 * @param {Entry} entry
 */
function episodeLine(title, detail, entry) {
  const text = [title, detail, clockTime(entry.at)].filter(Boolean).join(" · ");
  return make("div", { class: "episode", title: fullTime(entry.at) }, text);
}

/**
 * The request itself is said by the line that begins the stretch.
 * @param {Entry} entry
 * @returns {HTMLElement[]}
 */
function drawEvent(entry) {
  const event = entry.data.event ?? "";
  if (event === "requested") return [];
  const agent = entry.data.agent ?? entry.who ?? say("author.agent");
  const channels = (entry.data.channels ?? []).map((channel) => sayWord("channel", channel)).join(" + ");
  const known = sayWord("event", event === "taken_over" && !entry.data.from ? "joined" : event, { ...aftercareFields(entry), agent, channels, from: entry.data.from ?? "", to: sayTarget(entry.data) });
  const text = known === `event.${event}` || known === event ? entry.content.text || event : known;
  if (endsEpisode(entry)) return [episodeLine(say("episode.end"), text, entry)];
  return [eventLine(text, entry)];
}

/**
 * Whom a chat was passed on to: a colleague or a skill.
 * @param {import("./types.js").EntryData} data
 */
function sayTarget({ to, topic, language }) {
  return [to, topic && sayWord("topic", topic), language && sayWord("language", language)].filter(Boolean).join(" · ");
}

/**
 * @param {string} text
 * @param {Entry} entry
 */
function eventLine(text, entry) {
  return make("div", { class: "event", title: fullTime(entry.at) }, `${text} · ${clockTime(entry.at)}`);
}

/**
 * @param {Entry} entry
 * @param {Entry|null} previous
 */
function isContinuation(entry, previous) {
  return (
    previous !== null &&
    previous.kind === entry.kind &&
    previous.channel === entry.channel &&
    previous.author === entry.author &&
    previous.who === entry.who &&
    Boolean(previous.data.withdrawn) === Boolean(entry.data.withdrawn) &&
    entry.at - previous.at < TOGETHER
  );
}

/**
 * @param {Entry} entry
 * @param {Delivery|undefined} delivery
 * @param {boolean} continues whether the entry before it already says who speaks
 * @param {readonly Entry[]} edits
 */
function drawSpeech(entry, delivery, continues, edits) {
  const kind = entry.kind === "note" ? "note" : entry.author;
  const element = make("article", { class: `speech ${kind}`, "aria-label": `${authorName(entry)} ${clockTime(entry.at)}` });
  if (entry.data.withdrawn) element.classList.add("withdrawn");
  if (!continues) element.append(drawHead(entry));
  element.append(...drawContent((edits.at(-1) ?? entry).content, entry.at));
  if (edits.some(({ data }) => !data.album)) element.append(drawVersions([entry, ...edits.slice(0, -1)]));
  if (entry.author === "shopper" && entry.content.choice) element.append(make("small", { class: "pressed" }, say("entry.pressed")));
  if (delivery) element.append(drawDelivery(delivery));
  return element;
}

/**
 * @param {import("./types.js").Content} content
 * @param {number} at
 */
function drawContent(content, at) {
  const parts = [];
  if (content.quote) parts.push(drawQuote(content.quote));
  if (content.attachments?.length) parts.push(drawAttachments(content.attachments));
  if (content.text) parts.push(drawText(content.text, at));
  if (content.location) parts.push(drawLocation(content.location));
  if (content.card) parts.push(drawCard(content.card));
  if (content.buttons?.length) parts.push(drawButtons(content.buttons));
  return parts;
}

/** @param {Entry} entry */
function authorName(entry) {
  if (entry.author === "agent") return entry.who ?? say("author.agent");
  return say(`author.${entry.author}`);
}

/** @param {Entry} entry */
function drawHead(entry) {
  const note = entry.kind === "note" && make("b", { class: "tag" }, icon("note"), say(entry.data.whisper ? "entry.whisper" : "entry.note"));
  const withdrawn = entry.data.withdrawn && make("b", { class: "tag" }, say("entry.withdrawn"));
  const author = make("span", { class: "author" }, entry.author === "bot" && icon("bot"), authorName(entry));
  const channel = entry.channel && entry.kind !== "note" && drawChannel(entry.channel);
  return make("header", {}, author, note, withdrawn, channel, make("time", { title: fullTime(entry.at) }, clockTime(entry.at)));
}

/** @param {string} channel */
function drawChannel(channel) {
  const name = sayWord("channel", channel);
  return make("span", { class: "channel", title: name }, icon(channel), make("span", { class: "unseen" }, name));
}

/**
 * @param {string} text
 * @param {number} [at]
 */
export function drawText(text, at) {
  const paragraph = make("p", { class: "bubble", title: at && fullTime(at) });
  for (const [index, part] of text.split(/(https?:\/\/[^\s<>"'，。；！？）】」]+)/).entries()) {
    paragraph.append(index % 2 ? make("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part);
  }
  return paragraph;
}

/** @param {import("./types.js").Card} card */
function drawCard(card) {
  const url = card.url && /^(https?:\/\/|\/(?!\/))/.test(card.url) ? card.url : null;
  const title = url ? make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, card.title) : card.title;
  return make(
    "div",
    { class: "card" },
    card.image && make("img", { src: card.image, alt: "", loading: "lazy" }),
    make(
      "div",
      {},
      make("strong", {}, title),
      ...(card.lines ?? []).map((line) => make("span", {}, line)),
      make("small", {}, card.ref),
    ),
  );
}

/** @param {import("./types.js").Button[]} buttons */
function drawButtons(buttons) {
  const labels = buttons.map(({ label }) => make("li", {}, label));
  return make("ul", { class: "choices", "aria-label": say("entry.buttons"), title: say("entry.buttons") }, ...labels);
}

/** @param {Delivery} delivery */
export function drawDelivery({ status, reason }) {
  const text = [sayWord("delivery", status), reason ? sayWord("why", reason) : ""].filter(Boolean).join(" · ");
  if (status !== "sent") return make("small", { class: `delivery ${status}` }, text);
  return make("small", { class: "delivery sent", title: text }, "✓", make("span", { class: "unseen" }, text));
}
