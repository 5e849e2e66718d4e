/** Calls an agent who looks elsewhere: a short ring, a number in the title, a notification if that is allowed. */

import { say } from "./texts.js";

const TONES = [
  { frequency: 880, after: 0 },
  { frequency: 1_175, after: 0.16 },
];
const LOUDNESS = 0.12;
const LENGTH = 0.35;

/** @type {AudioContext|null} */
let audio = null;

/** Browsers give sound only to pages that were touched. */
export function prepareRing() {
  const start = () => {
    audio ??= new AudioContext();
    void audio.resume();
  };
  addEventListener("pointerdown", start, { once: true });
  addEventListener("keydown", start, { once: true });
}

export function ring() {
  play(TONES);
}

/** A softer sound, for what an agent is at work on already. */
export function chime() {
  if (!document.hasFocus()) play(TONES.slice(0, 1));
}

/** @param {readonly {frequency: number, after: number}[]} tones */
function play(tones) {
  if (audio?.state !== "running") return;
  for (const tone of tones) strike(audio, tone.frequency, audio.currentTime + tone.after);
}

/**
 * @param {AudioContext} context
 * @param {number} frequency in Hz
 * @param {number} at in the context's seconds
 */
function strike(context, frequency, at) {
  const loudness = new GainNode(context, { gain: LOUDNESS });
  loudness.gain.setValueAtTime(LOUDNESS, at);
  loudness.gain.exponentialRampToValueAtTime(0.001, at + LENGTH);
  const tone = new OscillatorNode(context, { frequency });
  tone.connect(loudness).connect(context.destination);
  tone.start(at);
  tone.stop(at + LENGTH);
}

/** @param {number} count conversations that want this agent */
export function badge(count) {
  document.title = count ? `(${count}) ${say("product")}` : say("product");
}

export function mayAskToNotify() {
  return "Notification" in window && Notification.permission === "default";
}

/**
 * @param {string} title
 * @param {string} body
 * @param {string} conversation one notification a conversation
 * @param {() => void} open
 */
export function notify(title, body, conversation, open) {
  if (!("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  const notification = new Notification(title, { body, tag: conversation });
  notification.addEventListener("click", () => {
    window.focus();
    open();
    notification.close();
  });
}
