/** The demo page: fills the shop from the showcase, puts the widget on it, and opens the workspace beside it. */

/**
 * @typedef {{"zh-Hans": string, "zh-Hant"?: string, en: string}} Words
 * @typedef {{number: string, phone_tail: string, state: Words, product?: Words}} Order
 * @typedef {{id: string, name: Words, price: number, currency: string, image: string, stock: number}} Product `price` in hundredths
 * @typedef {{questions: {language: string, text: string}[], orders: Order[], products: Product[], customers: Customer[],
 *   workspace: {name: string, password: string} | null}} Showcase `workspace`: only told to the machine it runs on
 * @typedef {{id: string, name: string, level: Words}} Customer
 * @typedef {{to: string, code: string}} Sent a code that a real shop would have sent to a phone
 * @typedef {{open: () => void, close: () => void, say: (text: string, choice?: string) => void, product: (id: string | null) => void,
 *   login: (token: string | null) => void}} Widget
 */

const TEXTS = {
  "zh-Hans": {
    about: "左边是顾客看到的店铺，右边是客服看到的工作台。商品、订单都是示例数据。",
    language: "语言",
    views: "视图",
    shopTab: "店铺页面",
    deskTab: "客服工作台",
    shop: "接力小店",
    slogan: "好物不贵，满 99 元包邮，七天无理由退货。",
    questions: "点一下，问问看",
    help: "帮助中心",
    orders: "用这些订单试试",
    ordersHint: "点击后会带上订单号和手机尾号来查询。",
    customers: "换个身份",
    customersHint: "登录的顾客不用报订单号和验证码；再点一次退出。",
    products: "店内商品",
    productsHint: "选中一件，再问“这个多少钱”。",
    ask: "这个多少钱？",
    where: "我的订单到哪了",
    tail: "手机尾号",
    stock: (/** @type {number} */ n) => (n > 0 ? `库存 ${n}` : "已售罄"),
    keys: "登录后在左边点“转人工”，会话就分到这里。",
    name: "账号",
    password: "密码",
    copy: (/** @type {string} */ what) => `复制${what}`,
    enter: "替我登录",
    refused: "登录没有成功：",
    lost: "示例数据没有加载成功，请刷新页面。",
    sent: (/** @type {Sent} */ { to, code }) => `短信已发到 ${to}：验证码 ${code}`,
  },
  "zh-Hant": {
    about: "左邊是顧客看到的商店，右邊是客服看到的工作台。商品、訂單都是範例資料。",
    language: "語言",
    views: "檢視",
    shopTab: "商店頁面",
    deskTab: "客服工作台",
    shop: "接力小店",
    slogan: "好物不貴，滿 99 元免運，七天鑑賞期可退貨。",
    questions: "點一下，問問看",
    help: "幫助中心",
    orders: "用這些訂單試試",
    ordersHint: "點擊後會帶上訂單編號和手機末四碼來查詢。",
    customers: "換個身分",
    customersHint: "登入的顧客不用報訂單編號和驗證碼；再點一次登出。",
    products: "店內商品",
    productsHint: "選一件，再問「這個多少錢」。",
    ask: "這個多少錢？",
    where: "我的訂單到哪了",
    tail: "手機末四碼",
    stock: (/** @type {number} */ n) => (n > 0 ? `庫存 ${n}` : "已售完"),
    keys: "登入後在左邊點「轉真人客服」，對話就分到這裡。",
    name: "帳號",
    password: "密碼",
    copy: (/** @type {string} */ what) => `複製${what}`,
    enter: "幫我登入",
    refused: "登入沒有成功：",
    lost: "範例資料沒有載入成功，請重新整理頁面。",
    sent: (/** @type {Sent} */ { to, code }) => `簡訊已傳到 ${to}：驗證碼 ${code}`,
  },
  en: {
    about: "On one side the shop as a customer sees it, on the other the workspace of its agents. Goods and orders are examples.",
    language: "Language",
    views: "Views",
    shopTab: "Shop page",
    deskTab: "Agents' workspace",
    shop: "Jieli Shop",
    slogan: "Good things at fair prices. Free shipping from ¥99, seven days to return.",
    questions: "Click a question",
    help: "Help pages",
    orders: "Ask about one of these orders",
    ordersHint: "A click sends the order number with the end of the phone number as proof.",
    customers: "Be somebody",
    customersHint: "A customer who is signed in needs no order number and no code; a second click signs out.",
    products: "In the shop",
    productsHint: "Choose one, then ask “how much is this?”",
    ask: "How much is this?",
    where: "Where is my order",
    tail: "phone ends in",
    stock: (/** @type {number} */ n) => (n > 0 ? `${n} in stock` : "Sold out"),
    keys: "Sign in, press “Talk to a person” in the chat, and the chat comes to you here.",
    name: "Name",
    password: "Password",
    copy: (/** @type {string} */ what) => `Copy the ${what.toLowerCase()}`,
    enter: "Sign in for me",
    refused: "Signing in did not work: ",
    lost: "The examples could not be loaded; please reload the page.",
    sent: (/** @type {Sent} */ { to, code }) => `Text message to ${to}: your code is ${code}`,
  },
};

/** @returns {keyof typeof TEXTS} the one asked for in the address, else the browser's */
function chooseLanguage() {
  for (const tag of [new URLSearchParams(location.search).get("lang") ?? "", ...navigator.languages]) {
    if (/^zh\b/i.test(tag)) return /hant|-(tw|hk|mo)\b/i.test(tag) ? "zh-Hant" : "zh-Hans";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

const language = chooseLanguage();
const t = TEXTS[language];
const wide = matchMedia("(min-width: 1181px)");

/** @type {<T extends Element = HTMLElement>(selector: string) => T} */
const find = (selector) => /** @type {any} */ (document.querySelector(selector));

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, string>} [attributes] @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** @param {Words} words */
const say = (words) => words[language] ?? words["zh-Hans"];

/** @returns {Widget} */
const widget = () => /** @type {any} */ (window).Jieli;

function translate() {
  document.documentElement.lang = language;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-text], [data-label], [data-title]"))) {
    const { text, label, title } = element.dataset;
    /** @param {string} key */
    const word = (key) => String(t[/** @type {"shop"} */ (key)]);
    if (text) element.textContent = word(text);
    if (label) element.setAttribute("aria-label", word(label));
    if (title) element.title = word(title);
  }
  find(`.languages [lang="${language}"]`).setAttribute("aria-current", "true");
}

function addTabs() {
  const tabs = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-show]"));
  for (const tab of tabs) {
    tab.onclick = () => {
      document.body.dataset.tab = tab.dataset.show;
      for (const other of tabs) other.setAttribute("aria-pressed", String(other === tab));
    };
  }
}

/** @param {Showcase["questions"]} questions */
function showQuestions(questions) {
  const own = questions.filter((question) => question.language === language);
  const shown = own.length ? own : questions.filter((question) => question.language === "zh-Hans");
  for (const { text } of shown) {
    const button = make("button", { type: "button" }, text);
    button.onclick = () => widget().say(text);
    find(".questions").append(button);
  }
}

/** @param {Order} order */
function drawOrder(order) {
  const proof = make("span", {}, make("code", {}, order.number), ` · ${t.tail} `, make("code", {}, order.phone_tail));
  const button = make("button", { type: "button" }, make("b", {}, say(order.state)));
  if (order.product) button.append(make("span", {}, say(order.product)));
  button.append(proof);
  button.onclick = () => widget().say(`${t.where} ${order.number} ${order.phone_tail}`);
  return button;
}

/** @param {Product} product */
function drawProduct(product) {
  const price = new Intl.NumberFormat(language, { style: "currency", currency: product.currency, currencyDisplay: "narrowSymbol" });
  const title = make("span", { class: "title" }, say(product.name));
  const facts = make("span", { class: "price" }, make("b", {}, price.format(product.price / 100)), make("span", {}, t.stock(product.stock)));
  const picture = make("img", { src: product.image, alt: "", loading: "lazy" });
  const pick = make("button", { type: "button", class: "pick", "aria-pressed": "false" }, picture, title, facts);
  const ask = make("button", { type: "button", class: "ask", hidden: "" }, t.ask);
  pick.onclick = () => choose(product, pick);
  ask.onclick = () => widget().say(t.ask);
  return make("article", {}, pick, ask);
}

/** Looks at a product, as if its own page were open; a second click leaves it. @param {Product} product @param {HTMLElement} pick */
function choose(product, pick) {
  const chosen = pick.getAttribute("aria-pressed") !== "true";
  for (const other of document.querySelectorAll(".pick")) {
    const on = chosen && other === pick;
    other.setAttribute("aria-pressed", String(on));
    /** @type {HTMLElement} */ (other.nextElementSibling).hidden = !on;
  }
  widget().product(chosen ? product.id : null);
}

/** @param {Customer} customer */
function drawCustomer(customer) {
  const button = make("button", { type: "button", "aria-pressed": "false" }, customer.name, " ", make("span", {}, say(customer.level)));
  button.onclick = () => become(customer, button);
  return button;
}

/** Signs in as a customer, as the shop's own page would; a second click signs out. @param {Customer} customer @param {HTMLElement} button */
async function become(customer, button) {
  const wanted = button.getAttribute("aria-pressed") !== "true";
  const headers = { "Content-Type": "application/json" };
  const response = wanted && (await fetch("/demo/api/login", { method: "POST", headers, body: JSON.stringify({ customer: customer.id }) }));
  if (response && !response.ok) return;
  for (const other of document.querySelectorAll(".customers button")) other.setAttribute("aria-pressed", String(wanted && other === button));
  widget().login(response ? (await response.json()).token : null);
  if (wide.matches) widget().open();
}

/** @param {Showcase["workspace"]} account */
function showKeys(account) {
  if (!account) return;
  find(".keys").dataset.known = "";
  for (const which of /** @type {const} */ (["name", "password"])) {
    const button = find(`[data-copy="${which}"]`);
    button.textContent = account[which];
    button.setAttribute("aria-label", `${t.copy(t[which])}: ${account[which]}`);
    button.onclick = () => copy(button, account[which]);
  }
  find(".enter").onclick = () => signIn(account);
}

/** @param {HTMLElement} button @param {string} text */
async function copy(button, text) {
  getSelection()?.selectAllChildren(button); // Where the clipboard is forbidden, it can still be copied by hand.
  await navigator.clipboard?.writeText(text);
  button.dataset.done = "";
  setTimeout(() => delete button.dataset.done, 2000);
}

/** @param {{name: string, password: string}} account */
async function signIn({ name, password }) {
  const response = await fetch("/workspace/api/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  const problem = response.ok ? null : (await response.json()).error;
  find(".result").textContent = problem ? t.refused + problem.message : "";
  if (!problem) openWorkspace();
}

function openWorkspace() {
  find("iframe").setAttribute("src", `/workspace?lang=${language}`);
}

function addWidget() {
  const script = make("script", { src: "/widget.js", "data-language": language, "data-title": t.shop });
  script.onload = () => wide.matches && widget().open();
  document.body.append(script);
}

async function fill() {
  try {
    const response = await fetch("/demo/api/showcase");
    /** @type {Showcase} */
    const showcase = await response.json();
    showQuestions(showcase.questions);
    find(".orders").append(...showcase.orders.map(drawOrder));
    find(".products").append(...showcase.products.map(drawProduct));
    find(".customers").append(...showcase.customers.map(drawCustomer));
    showKeys(showcase.workspace);
  } catch {
    find(".trouble").hidden = false;
    find(".trouble").textContent = t.lost;
  }
}

/** Shows the latest text message that would have come to the customer's phone. */
async function showCode() {
  try {
    const response = await fetch("/demo/api/outbox");
    /** @type {Sent[]} */
    const [latest] = await response.json();
    const line = latest ? t.sent(latest) : "";
    if (find(".phone").textContent !== line) find(".phone").textContent = line;
  } catch {
    // The next look is not far away.
  }
}

translate();
addTabs();
addWidget();
openWorkspace();
void fill();
void showCode();
setInterval(() => document.hidden || void showCode(), 3000);
