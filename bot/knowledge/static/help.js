/** Searches the help page as one types; without it the form does the same by a page of its own. */

const WAIT = 180;
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[role=search]"));
const box = /** @type {HTMLInputElement | null} */ (document.getElementById("question"));
const list = document.getElementById("entries");
const head = document.getElementById("head");
const none = document.getElementById("none");
const language = document.documentElement.lang;
const everything = list ? [...list.children] : [];
let asked = box?.value ?? "";
let timer = 0;

/** @param {{title: string, excerpt: string, url: string}} found */
function draw(found) {
  const link = document.createElement("a");
  link.href = found.url;
  link.textContent = found.title;
  const begins = document.createElement("p");
  begins.textContent = found.excerpt;
  const item = document.createElement("li");
  item.append(link, begins);
  return item;
}

/** @param {string} question */
async function search(question) {
  const answer = await fetch(`/api/help?lang=${language}&q=${encodeURIComponent(question)}`);
  if (!answer.ok || question !== asked) return; // a later one is under way, or the form still works
  const { entries } = await answer.json();
  show(entries.map(draw), true);
}

/**
 * @param {Element[]} items
 * @param {boolean} found
 */
function show(items, found) {
  list?.replaceChildren(...items);
  if (head) head.textContent = (found ? head.dataset.found : head.dataset.all) ?? "";
  if (none) none.hidden = items.length > 0;
}

box?.addEventListener("input", () => {
  clearTimeout(timer);
  asked = box.value.trim();
  if (!asked && !location.search.includes("q=")) show(everything, false);
  else if (asked) timer = setTimeout(() => void search(asked).catch(() => undefined), WAIT);
});
form?.addEventListener("submit", () => clearTimeout(timer));
