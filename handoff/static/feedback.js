/** Sends the feedback form once, however often it is pressed, and shows the number it got. */

/** In the order of `LANGUAGES`. @type {Record<string, readonly [string, string, string]>} */
const TEXTS = {
  title: ["意见反馈", "意見回饋", "Feedback"],
  hint: ["您说的每一条都有人看，并且有编号可以查进展。", "您說的每一則都有人看，並且有編號可以查進度。", "Somebody reads everything you write, and you get a number to ask about it."],
  kind: ["这是", "這是", "This is"],
  feedback: ["建议或感受", "建議或感受", "a suggestion or a remark"],
  complaint: ["投诉", "客訴", "a complaint"],
  text: ["想对我们说什么", "想對我們說什麼", "What would you like to tell us?"],
  order: ["订单号（可不填）", "訂單編號（可不填）", "Order number (optional)"],
  contact: ["怎样联系您（可不填，只用来回复这件事）", "怎樣聯絡您（可不填，只用來回覆這件事）", "How to reach you (optional, only to answer this)"],
  send: ["提交", "送出", "Send"],
  thanks: ["收到了，谢谢您", "收到了，謝謝您", "We have it, thank you"],
  number: ["编号", "編號", "Number"],
  ask: ["在聊天里发这个编号，随时可以查进展。", "在聊天裡傳這個編號，隨時可以查進度。", "Send this number in the chat at any time to ask how it stands."],
  askless: ["请记下这个编号，联系我们时报给客服即可。", "請記下這個編號，聯絡我們時告訴客服即可。", "Please keep this number and name it when you contact us."],
  too_many: ["提交得太频繁了，请十分钟后再试。", "送出得太頻繁了，請十分鐘後再試。", "That was too much at once; please try again in ten minutes."],
  failed: ["没有提交成功，内容还在，请再试一次。", "沒有送出成功，內容還在，請再試一次。", "It was not sent; what you wrote is still here. Please try again."],
};
/** As they are called in themselves. */
const LANGUAGES = /** @type {const} */ ({ "zh-Hans": "简体中文", "zh-Hant": "繁體中文", en: "English" });

/** @typedef {keyof typeof LANGUAGES} Language */

const STORED = "jieli.feedback.language";
const TOKEN = `jieli:${location.host}:token`; // the widget's, where it is on this site
const DEADLINE = 15_000;

const form = /** @type {HTMLFormElement} */ (document.querySelector("form"));
const done = /** @type {HTMLElement} */ (document.querySelector(".done"));
const languages = /** @type {HTMLSelectElement} */ (document.querySelector(".language"));
const problem = /** @type {HTMLElement} */ (document.querySelector(".problem"));
const id = String(crypto.getRandomValues(new Uint32Array(4)).join("-"));
let language = chooseLanguage();

/** @returns {Language} the one in the address, else the one chosen before, else the browser's */
function chooseLanguage() {
  const asked = new URLSearchParams(location.search).get("lang") ?? read(STORED) ?? navigator.language;
  if (!/^zh\b/i.test(asked)) return "en";
  return /hant|-(tw|hk|mo)\b/i.test(asked) ? "zh-Hant" : "zh-Hans";
}

/** @param {string} key */
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // some browsers keep nothing for us
  }
}

/** @param {string} key */
function say(key) {
  return TEXTS[key][Object.keys(LANGUAGES).indexOf(language)];
}

function draw() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = say(/** @type {HTMLElement} */ (element).dataset.say ?? "");
  }
  languages.value = language;
}

async function send() {
  const fields = new FormData(form);
  const body = { ...Object.fromEntries(fields), id, language, token: read(TOKEN) };
  const response = await fetch("/api/feedback", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(DEADLINE),
  });
  if (!response.ok) throw new Error(response.status === 429 ? "too_many" : "failed");
  const { number, known } = await response.json();
  show(number, known);
}

/**
 * @param {string} number
 * @param {boolean} known whether the chat will know whose it is
 */
function show(number, known) {
  /** @type {HTMLElement} */ (done.querySelector(".number")).textContent = number;
  /** @type {HTMLElement} */ (done.querySelector("[data-say=ask], [data-say=askless]")).dataset.say = known ? "ask" : "askless";
  draw();
  form.hidden = true;
  done.hidden = false;
  done.focus();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  const button = /** @type {HTMLButtonElement} */ (form.querySelector(".send"));
  button.disabled = true;
  try {
    await send();
  } catch (error) {
    problem.textContent = say(error instanceof Error && error.message === "too_many" ? "too_many" : "failed");
  } finally {
    button.disabled = false;
  }
});

languages.append(...Object.entries(LANGUAGES).map(([value, name]) => new Option(name, value)));
languages.addEventListener("change", () => {
  language = /** @type {Language} */ (languages.value);
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // it is chosen for this visit then
  }
  draw();
});

draw();
