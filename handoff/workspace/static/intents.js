/** What intents are called: tasks as the server says, acts by words of our own. */

import { language, sayWord } from "./texts.js";

/** @typedef {{name: string, zh?: string, en?: string}} Intent */

/** @param {Intent} intent */
export function nameIntent(intent) {
  return intent[language] ?? sayWord("act", `intent.${intent.name}`, {}, intent.name);
}

/**
 * By their words, in the order of the reader's language.
 * @param {readonly Intent[]} intents
 */
export function sortIntents(intents) {
  const named = intents.map((intent) => ({ value: intent.name, text: nameIntent(intent) }));
  return named.sort((one, other) => one.text.localeCompare(other.text, language));
}
