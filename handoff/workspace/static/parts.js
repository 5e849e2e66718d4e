/** Draws what a message has beside its words: what it replies to, pictures, sounds, films, files, a place, and its versions. */

import { make } from "./dom.js";
import { language, say } from "./texts.js";
import { clockTime, fullTime } from "./times.js";

/** @typedef {import("./types.js").Content} Content */
/** @typedef {import("./types.js").Attachment} Attachment */
/** @typedef {import("./types.js").Entry} Entry */

const MEDIA = "/workspace/api/media/";
const TRIES = 5;
const OUTSIDE = { target: "_blank", rel: "noopener noreferrer" };

/** @param {string} text */
export function drawQuote(text) {
  return make("blockquote", { class: "quote" }, text);
}

/** @param {readonly Attachment[]} attachments */
export function drawAttachments(attachments) {
  return make("div", { class: "attachments" }, ...attachments.map(drawAttachment));
}

/** @param {Attachment} attachment */
function drawAttachment(attachment) {
  const address = MEDIA + attachment.media;
  if (attachment.kind === "image") return drawPicture(address, attachment.name || say("media.image"));
  if (attachment.kind === "voice") return make("audio", { controls: true, preload: "none", src: address, title: nameOf(attachment) });
  if (attachment.kind === "video") return make("video", { controls: true, preload: "metadata", src: address, title: nameOf(attachment) });
  return make("a", { class: "file", href: address, download: attachment.name ?? "" }, `📎 ${nameOf(attachment)}`);
}

/**
 * A thumbnail that opens. The picture may still be on its way from the channel, so it is asked for again.
 * @param {string} address
 * @param {string} name
 */
function drawPicture(address, name) {
  const picture = make("img", { src: address, alt: name, loading: "lazy" });
  const link = make("a", { class: "picture", href: address, title: name, ...OUTSIDE }, picture);
  let tries = 0;
  picture.addEventListener("error", () => {
    tries += 1;
    if (tries <= TRIES) setTimeout(() => (picture.src = `${address}?again=${tries}`), 1_000 * 2 ** tries);
    else link.replaceChildren(`🖼️ ${say("media.notYet")}`);
  });
  return link;
}

/** @param {Attachment} attachment */
function nameOf({ kind, name, size, seconds }) {
  const facts = [name || say(`media.${kind}`), seconds ? `${seconds}″` : "", size ? sizeName(size) : ""];
  return facts.filter(Boolean).join(" · ");
}

/** @param {number} bytes */
function sizeName(bytes) {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** @param {import("./types.js").Location} location */
export function drawLocation(location) {
  const { latitude, longitude, label } = location;
  const where = label || `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return make("p", { class: "bubble place" }, `📍 ${where} `, make("a", { href: mapOf(location), ...OUTSIDE }, say("media.map")));
}

/**
 * A map that opens where its reader is: one for mainland China, one for elsewhere.
 * @param {import("./types.js").Location} location
 */
function mapOf({ latitude, longitude, label }) {
  if (language === "zh") {
    const place = { position: `${longitude},${latitude}`, coordinate: "wgs84", name: label || `${latitude},${longitude}` };
    return `https://uri.amap.com/marker?${new URLSearchParams(place)}`;
  }
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
}

/**
 * The mark of an edited message, which opens what it said before.
 * @param {readonly Entry[]} versions all but the newest, oldest first
 */
export function drawVersions(versions) {
  const lines = versions.map(({ at, content }) =>
    make("li", { title: fullTime(at) }, make("time", {}, clockTime(at)), " ", content.text || say("media.noText")),
  );
  return make("details", { class: "versions" }, make("summary", {}, say("entry.edited")), make("ol", {}, ...lines));
}
