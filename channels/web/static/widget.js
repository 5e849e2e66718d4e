/**
 * The chat widget: one script tag on any page. It follows the log of the visitor's conversation, keyed by `seq`, and
 * sends what the visitor says until the server has it. docs/protocol.md names the frames.
 */
(() => {
  "use strict";

  /**
   * @typedef {{label: string, choice: string}} Button
   * @typedef {{kind: "product" | "order", ref: string, title: string, lines?: string[], image?: string | null, url?: string | null}} Card
   * @typedef {{kind: "image" | "voice" | "video" | "file", url: string, name?: string, seconds?: number}} Attachment
   * @typedef {{latitude: number, longitude: number, label?: string}} Place
   * @typedef {{text?: string, choice?: string | null, buttons?: Button[], card?: Card | null, attachments?: Attachment[],
   *   location?: Place, quote?: string}} Content
   * @typedef {{seq: number, prev: number, at: number, author: "shopper" | "bot" | "agent" | "system",
   *   kind: "message" | "edit" | "event" | "note" | "delivery", who: string | null, content: Content, external_id: string | null,
   *   data: {of?: number, album?: boolean}}} Entry
   * @typedef {"bot" | "queued" | "assigned" | "closed"} Owner
   * @typedef {{conversation: string, state: Owner, place: number | null, wait: [number, number] | null, closed: boolean, agent: string | null, linked: string[]}} Standing
   *   `linked`: the channels of the conversation, where there are several
   * @typedef {{channel: string, url: string | null, qr: {size: number, path: string} | null}} Way to another channel
   * @typedef {{code: string, doors: Way[]}} Invitation
   * @typedef {Standing & {entries: Entry[], more: boolean, typing?: "agent" | "bot" | null}} Ready
   * @typedef {{type: string, id?: string, error: {code: string, message: string}}} Failure
   * @typedef {({type: "ready"} & Ready) | {type: "entry", entry: Entry} | ({type: "state"} & Standing)
   *   | {type: "typing", by: "agent" | "bot"} | {type: "ack", id: string, seq: number}
   *   | {type: "history", entries: Entry[], more: boolean} | {type: "pong"} | ({type: "error"} & Failure)} Frame
   *
   * A file on its way to the server, which knows it by its `id`.
   * @typedef {Attachment & {id: string}} Sent
   *
   * An outgoing message. `at`: when it was typed, `tried`: when it was last sent (0: not yet), in ms since the epoch.
   * @typedef {{id: string, text: string, choice: string | null, product: string | null, at: number, tried: number,
   *   tries: number, state: "sending" | "late" | "refused" | "acked", problem: string, files?: Sent[]}} Outgoing
   *
   * @typedef {"idle" | "connecting" | "online" | "offline" | "barred"} Status
   * @typedef {{open: () => void, close: () => void, say: (text: string, choice?: string) => void, product: (id: string | null) => void,
   *   login: (token: string | null) => void}} Api
   */

  const page = /** @type {Window & {Jieli?: Api}} */ (window);
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  if (page.Jieli || !script) return;

  const MAX_TEXT = 4000;
  const SECOND = 1000;
  const server = new URL(script.src);

  // ---------------------------------------------------------------- words

  const TEXTS = {
    "zh-Hans": {
      title: "在线客服",
      launch: "打开客服对话",
      unread: (/** @type {number} */ n) => `${n} 条未读消息`,
      close: "关闭对话",
      human: "转人工",
      withHuman: "人工服务中",
      inLine: "排队中",
      bot: "智能客服，随时为您解答",
      queued: (/** @type {number | null} */ n) => (n ? `排队中，您在第 ${n} 位` : "正在为您接通人工客服"),
      within: (/** @type {string} */ minutes) => `，约 ${minutes} 分钟`,
      closed: "客服休息中，上线后按顺序回复",
      assigned: (/** @type {string} */ who) => `${who} 正在为您服务`,
      connecting: "正在连接…",
      offline: "网络已断开，消息会保留，恢复后自动发送",
      barred: "此页面暂时无法使用客服对话",
      resent: "已重新连接，刚才的消息已补发",
      placeholder: "请输入您的问题",
      send: "发送",
      log: "对话记录",
      older: "查看更早的消息",
      newer: "有新消息",
      left: (/** @type {number} */ n) => (n < 0 ? `超出 ${-n} 个字` : `还可输入 ${n} 个字`),
      sending: "发送中…",
      late: "尚未发送，点此重试",
      tooLong: "消息太长，请分成几条发送",
      notTaken: "内容无法发送，请换一种说法",
      refused: "未能发送，点此重试",
      me: "我",
      authorBot: "智能客服",
      authorAgent: "客服",
      typing: "正在输入",
      quick: "快捷回复",
      details: "查看详情",
      hello: "您好，有什么可以帮您？",
      helloMore: "价格、物流、退换货，直接问就好；也可以随时转人工。",
      starters: ["我的订单到哪了？", "运费怎么算？", "支持七天无理由退货吗？"],
      starterProduct: "这个多少钱？",
      yesterday: "昨天",
      edited: "已编辑",
      image: "图片",
      voice: "语音",
      video: "视频",
      file: "文件",
      map: "查看地图",
      attach: "发送图片或文件",
      tooLarge: "文件不能超过 20 MB",
      notSent: "文件没有发出，请再试一次",
      uploading: (/** @type {string} */ name) => `正在上传 ${name}…`,
      move: "换个渠道继续聊",
      help: "帮助中心",
      moveHow: (/** @type {string} */ names) => `扫描二维码，或把这个关联码发给我们（${names}）：`,
      moveOnce: "十分钟内有效，只能用一次。",
      moveOpen: (/** @type {string} */ name) => `打开 ${name}`,
      moveFailed: "暂时取不到关联码，请稍后再试。",
      linked: (/** @type {string} */ names) => `已关联：${names}`,
      unlink: "解除关联",
      back: "返回对话",
      channels: /** @type {Record<string, string>} */ ({ web: "网页", telegram: "Telegram", wechat: "微信" }),
    },
    "zh-Hant": {
      title: "線上客服",
      launch: "開啟客服對話",
      unread: (/** @type {number} */ n) => `${n} 則未讀訊息`,
      close: "關閉對話",
      human: "轉真人客服",
      withHuman: "真人服務中",
      inLine: "排隊中",
      bot: "智慧客服，隨時為您解答",
      queued: (/** @type {number | null} */ n) => (n ? `排隊中，您在第 ${n} 位` : "正在為您接通真人客服"),
      within: (/** @type {string} */ minutes) => `，約 ${minutes} 分鐘`,
      closed: "客服休息中，上線後依序回覆",
      assigned: (/** @type {string} */ who) => `${who} 正在為您服務`,
      connecting: "正在連線…",
      offline: "網路已中斷，訊息會保留，恢復後自動送出",
      barred: "此頁面暫時無法使用客服對話",
      resent: "已重新連線，剛才的訊息已補送",
      placeholder: "請輸入您的問題",
      send: "送出",
      log: "對話紀錄",
      older: "查看更早的訊息",
      newer: "有新訊息",
      left: (/** @type {number} */ n) => (n < 0 ? `超出 ${-n} 個字` : `還可輸入 ${n} 個字`),
      sending: "傳送中…",
      late: "尚未送出，點此重試",
      tooLong: "訊息太長，請分成幾則送出",
      notTaken: "內容無法送出，請換一種說法",
      refused: "未能送出，點此重試",
      me: "我",
      authorBot: "智慧客服",
      authorAgent: "客服",
      typing: "正在輸入",
      quick: "快速回覆",
      details: "查看詳情",
      hello: "您好，有什麼可以幫您？",
      helloMore: "價格、物流、退換貨，直接問就好；也可以隨時轉真人客服。",
      starters: ["我的訂單到哪了？", "運費怎麼算？", "有七天鑑賞期可以退貨嗎？"],
      starterProduct: "這個多少錢？",
      yesterday: "昨天",
      edited: "已編輯",
      image: "圖片",
      voice: "語音",
      video: "影片",
      file: "檔案",
      map: "查看地圖",
      attach: "傳送圖片或檔案",
      tooLarge: "檔案不能超過 20 MB",
      notSent: "檔案沒有送出，請再試一次",
      uploading: (/** @type {string} */ name) => `正在上傳 ${name}…`,
      move: "換個管道繼續聊",
      help: "幫助中心",
      moveHow: (/** @type {string} */ names) => `掃描 QR 碼，或把這個關聯碼傳給我們（${names}）：`,
      moveOnce: "十分鐘內有效，只能用一次。",
      moveOpen: (/** @type {string} */ name) => `開啟 ${name}`,
      moveFailed: "暫時取不到關聯碼，請稍後再試。",
      linked: (/** @type {string} */ names) => `已關聯：${names}`,
      unlink: "解除關聯",
      back: "返回對話",
      channels: /** @type {Record<string, string>} */ ({ web: "網頁", telegram: "Telegram", wechat: "微信" }),
    },
    en: {
      title: "Customer service",
      launch: "Open the chat",
      unread: (/** @type {number} */ n) => `${n} unread ${n === 1 ? "message" : "messages"}`,
      close: "Close the chat",
      human: "Talk to a person",
      withHuman: "With a person",
      inLine: "In line",
      bot: "Our assistant is here",
      queued: (/** @type {number | null} */ n) => (n ? `You are ${ordinal(n)} in line` : "Finding a person for you"),
      within: (/** @type {string} */ minutes) => `, about ${minutes} min`,
      closed: "Closed now; we answer in order",
      assigned: (/** @type {string} */ who) => `You are talking to ${who}`,
      connecting: "Connecting…",
      offline: "Offline. Your messages are kept and sent when you are back.",
      barred: "The chat cannot be used on this page.",
      resent: "Back online. What you wrote was sent again.",
      placeholder: "Ask us anything",
      send: "Send",
      log: "Conversation",
      older: "Earlier messages",
      newer: "New messages",
      left: (/** @type {number} */ n) => (n < 0 ? `${plural(-n)} too many` : `${plural(n)} left`),
      sending: "Sending…",
      late: "Not sent yet, tap to retry",
      tooLong: "This is too long; please send it in parts",
      notTaken: "This cannot be sent; please say it differently",
      refused: "Could not be sent, tap to retry",
      me: "You",
      authorBot: "Assistant",
      authorAgent: "Agent",
      typing: "is typing",
      quick: "Quick replies",
      details: "Details",
      hello: "Hello! How can we help?",
      helloMore: "Prices, delivery, returns: just ask. You can talk to a person at any time.",
      starters: ["Where is my order?", "How much is shipping?", "What is your return policy?"],
      starterProduct: "How much is this?",
      yesterday: "Yesterday",
      edited: "edited",
      image: "Picture",
      voice: "Voice message",
      video: "Video",
      file: "File",
      map: "Map",
      attach: "Send a picture or a file",
      tooLarge: "A file may have 20 MB",
      notSent: "The file was not sent, please try again",
      uploading: (/** @type {string} */ name) => `Uploading ${name}…`,
      move: "Go on in another app",
      help: "Help pages",
      moveHow: (/** @type {string} */ names) => `Scan the picture, or send us this code (${names}):`,
      moveOnce: "It works once, within ten minutes.",
      moveOpen: (/** @type {string} */ name) => `Open ${name}`,
      moveFailed: "No code can be made right now, please try later.",
      linked: (/** @type {string} */ names) => `Linked: ${names}`,
      unlink: "Unlink",
      back: "Back to the chat",
      channels: /** @type {Record<string, string>} */ ({ web: "Web", telegram: "Telegram", wechat: "WeChat" }),
    },
  };

  /** @param {number} n */
  const plural = (n) => `${n} ${n === 1 ? "character" : "characters"}`;

  /** @param {number} n */
  function ordinal(n) {
    const rule = new Intl.PluralRules("en", { type: "ordinal" }).select(n);
    return n + ({ one: "st", two: "nd", few: "rd" }[/** @type {string} */ (rule)] ?? "th");
  }

  /** @param {string | null | undefined} tag a BCP 47 tag @returns {keyof typeof TEXTS | null} */
  function readLanguage(tag) {
    if (!tag) return null;
    if (/^zh\b/i.test(tag)) return /hant|-(tw|hk|mo)\b/i.test(tag) ? "zh-Hant" : "zh-Hans";
    return /^en\b/i.test(tag) ? "en" : null;
  }

  const language =
    [script.dataset.language, document.documentElement.lang, ...navigator.languages].map(readLanguage).find(Boolean) ?? "en";
  const t = TEXTS[language];

  // ---------------------------------------------------------------- small tools

  /** A storage that works in memory where the browser forbids it. @param {() => Storage} open */
  function makeDrawer(open) {
    const prefix = `jieli:${server.host}:`;
    /** @type {Map<string, string>} */
    const memory = new Map();
    return {
      /** @param {string} key @returns {string | null} */
      get(key) {
        try {
          return open().getItem(prefix + key) ?? memory.get(key) ?? null;
        } catch {
          return memory.get(key) ?? null;
        }
      },
      /** @param {string} key @param {string | null} value */
      set(key, value) {
        try {
          memory.delete(key);
          if (value === null) open().removeItem(prefix + key);
          else open().setItem(prefix + key, value);
        } catch {
          if (value !== null) memory.set(key, value);
        }
      },
    };
  }

  const local = makeDrawer(() => window.localStorage);
  const session = makeDrawer(() => window.sessionStorage);

  /** A random UUID; `crypto.randomUUID` is missing on pages served by plain http. */
  function newId() {
    return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
      (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+digit / 4)))).toString(16),
    );
  }

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

  /** @param {string} path the drawing, on a square of 24 */
  function icon(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  const ICONS = {
    chat: "M4 5.5h16v11H11l-5 4v-4H4zM8.5 9.5h7M8.5 12.5h4.5",
    close: "M6 6l12 12M18 6L6 18",
    send: "M12 19V5M6 11l6-6 6 6",
    bot: "M5 9h14v9H5zM12 9V5M9.5 13v1M14.5 13v1M3 12v3M21 12v3",
    person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20c1-4 4-5.5 7.500-5.500s6.500 1.500 7.500 5.500",
    move: "M7 3h10v18H7zM11 18h2",
    help: "M12 21a9 9 0 100-18 9 9 0 000 18M9.500 9.500a2.500 2.500 0 115 0c0 2-2.500 2-2.500 4M12 17v.1",
    attach: "M20 11l-8.500 8.500a5 5 0 01-7-7L13 4a3.300 3.300 0 014.700 4.700l-8.500 8.500a1.600 1.600 0 01-2.300-2.300L14.500 7.500",
    down: "M12 5v13M6.500 12.500L12 18l5.500-5.500",
  };

  // ---------------------------------------------------------------- the log

  /** The visitor's part of the conversation, oldest first and without holes. */
  function makeLog() {
    return {
      entries: /** @type {Entry[]} */ ([]),
      /** Older entries exist on the server. */
      more: false,
      last() {
        return this.entries.at(-1)?.seq ?? 0;
      },
      /** Adds what is new. @param {Entry} entry @returns {boolean} false when entries before it are missing */
      append(entry) {
        if (entry.seq <= this.last()) return true;
        if (entry.prev > this.last()) return false;
        this.entries.push(entry);
        return true;
      },
      /** @param {Entry[]} older @param {boolean} more */
      prepend(older, more) {
        const first = this.entries[0]?.seq ?? Infinity;
        this.entries.unshift(...older.filter((entry) => entry.seq < first));
        this.more = more;
      },
      /** Takes the answer to `after`; one that leaves a hole (too long away) becomes the whole log. @param {Ready} ready */
      resume(ready) {
        const [first] = ready.entries;
        if (first && first.prev > this.last()) this.restart(ready.entries, ready.more);
        else ready.entries.forEach((entry) => this.append(entry));
      },
      /** @param {Entry[]} entries @param {boolean} more */
      restart(entries, more) {
        this.entries = [...entries];
        this.more = more;
      },
    };
  }

  // ---------------------------------------------------------------- the outbox

  /** What was said and is not in the log yet; what the server has not acknowledged survives a reload. */
  function makeOutbox() {
    /** @type {Outgoing[]} */
    const messages = read().map((message) => ({ ...message, tried: 0, state: "sending" }));

    /** @returns {Outgoing[]} */
    function read() {
      try {
        return JSON.parse(local.get("unsent") ?? "[]");
      } catch {
        return [];
      }
    }

    // Another page of the visitor may keep its own messages in the same drawer, so only one message is touched.
    /** @param {Outgoing} message @param {boolean} kept */
    function store(message, kept) {
      const others = read().filter((other) => other.id !== message.id);
      const all = kept ? [...others, message] : others;
      local.set("unsent", all.length ? JSON.stringify(all) : null);
    }

    return {
      messages,
      waiting: () => messages.filter((message) => message.state !== "acked"),
      /** @param {string} text @param {string | null} choice @param {string | null} product @param {Sent[]} [files] */
      add(text, choice, product, files) {
        /** @type {Outgoing} */
        const message = { id: newId(), text, choice, product, at: Date.now(), tried: 0, tries: 0, state: "sending", problem: "", files };
        messages.push(message);
        store(message, true);
        return message;
      },
      /** The server has it; it stays here until its entry arrives. @param {string} id @param {number} seq @param {number} last */
      acked(id, seq, last) {
        const message = messages.find((one) => one.id === id);
        if (!message) return null;
        message.state = "acked";
        store(message, false);
        if (seq <= last) this.drop(id);
        return message;
      },
      /** @param {string | null} id */
      drop(id) {
        const index = messages.findIndex((message) => message.id === id);
        if (index < 0) return;
        store(messages[index], false);
        messages.splice(index, 1);
      },
    };
  }

  // ---------------------------------------------------------------- the link

  class Refusal extends Error {
    /** @param {string} code @param {string} message */
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  }

  /**
   * @param {string} path @param {object} body @param {number} [patience] ms
   * @returns {Promise<any>} the answer; a Refusal names the server's error, anything else means it was not reached
   */
  async function post(path, body, patience = 15 * SECOND) {
    const response = await fetch(new URL(path, server), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
    const answer = await response.json();
    if (answer.error) throw new Refusal(answer.error.code, answer.error.message);
    if (!response.ok) throw new Error(String(response.status));
    return answer;
  }

  const PING_EVERY = 20 * SECOND;
  const DEAD_AFTER = 8 * SECOND;
  const POLL_WAIT = 25;
  const CLOSED = { badToken: 4401, badOrigin: 4403, tooMany: 4429, goingAway: 1001, lost: 1006 };

  /**
   * Keeps one way to the server open: a socket, or long polls where sockets fail.
   *
   * @param {{after: () => {after: number, conversation: string | null}, frame: (frame: Frame) => void, status: (status: Status) => void,
   *   stranger: () => void, doors: (doors: string[]) => void}} on
   *   `after`: the last `seq` there is, and of which conversation; `stranger`: somebody else begins; `doors`: the other
   *   channels one can go on in
   */
  function makeLink(on) {
    let token = local.get("token");
    /** What the page's server signed: who its customer is. */
    let user = script.dataset.userToken || null;
    let welcome = false;
    let started = false;
    /** @type {WebSocket | null} ready for frames */
    let socket = null;
    let probe = () => {};
    let restart = () => {};
    let polling = false;
    let lostSockets = 0;
    let pollFor = 10 * SECOND;
    let failures = 0;
    let wake = () => {};
    /** @type {Promise<unknown>} */
    let posted = Promise.resolve();

    // A customer's token is not kept: the next page says by itself who is signed in, and nobody may be by then.
    async function introduce() {
      const asked = user;
      const answer = asked ? await logIn(asked) : await post("/api/visitor", { token });
      if (asked !== user) return;
      if (token && token !== answer.token) on.stranger();
      token = answer.token;
      local.set("token", user ? null : token);
      on.doors(answer.doors);
      welcome = true;
    }

    /** @param {string} asked */
    async function logIn(asked) {
      try {
        return await post("/api/login", { user: asked, token: local.get("token") });
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== "bad_login") throw error;
        console.warn(`Jieli: ${error.message}`);
        user = null;
        throw new Error("signed out");
      }
    }

    /** @param {{type: string} & Record<string, unknown>} frame */
    const transmit = (frame) => socket?.send(JSON.stringify(frame));

    /** @returns {Promise<number>} the close code, once it is over; 0 if it was never ready */
    function holdSocket() {
      return new Promise((resolve) => {
        const address = new URL("/api/chat", server);
        address.protocol = server.protocol === "https:" ? "wss:" : "ws:";
        const mine = new WebSocket(address);
        let heard = 0;
        const limit = setTimeout(() => end(CLOSED.lost), 10 * SECOND);
        const pings = setInterval(() => probe(), PING_EVERY);

        /** @param {number} code */
        function end(code) {
          clearTimeout(limit);
          clearInterval(pings);
          mine.onclose = mine.onmessage = mine.onopen = null;
          mine.close();
          socket = null;
          resolve(code === CLOSED.lost && !heard ? 0 : code);
        }

        // A network that is gone does not close sockets: only an answer shows that the line is alive.
        function check() {
          const asked = performance.now();
          transmit({ type: "ping" });
          setTimeout(() => socket === mine && heard < asked && end(CLOSED.lost), DEAD_AFTER);
        }

        mine.onopen = () => mine.send(JSON.stringify({ type: "hello", token, ...on.after(), language }));
        mine.onclose = (event) => end(event.code);
        mine.onmessage = (event) => {
          heard = performance.now();
          /** @type {Frame} */
          const frame = JSON.parse(event.data);
          if (frame.type === "ready") {
            clearTimeout(limit);
            [socket, probe, restart] = [mine, check, () => end(CLOSED.goingAway)];
            settle();
          }
          on.frame(frame);
        };
      });
    }

    function settle() {
      failures = 0;
      polling = !socket;
      if (socket) {
        lostSockets = 0;
        pollFor = 10 * SECOND;
      }
      on.status("online");
    }

    /** Polls for a while, then leaves the turn to the socket again. */
    async function poll() {
      const until = performance.now() + pollFor;
      pollFor = Math.min(pollFor * 2, 300 * SECOND);
      lostSockets = 1;
      for (let wait = 0; welcome && performance.now() < until; wait = POLL_WAIT) {
        const asked = performance.now();
        const answer = await post("/api/poll", { token, ...on.after(), language, wait }, (wait + 15) * SECOND);
        if (!welcome) return;
        settle();
        on.frame({ ...answer, type: "ready" });
        // An answer that comes at once and brings nothing must not become a storm.
        if (wait && !answer.entries.length && performance.now() - asked < SECOND) await rest(2 * SECOND, true);
      }
    }

    /** @param {number} code */
    function readClose(code) {
      if (code === 0) lostSockets += 1;
      if (code === CLOSED.badToken) welcome = false;
      if (code === CLOSED.badOrigin) throw new Refusal("bad_origin", "");
      if (code === CLOSED.tooMany) throw new Refusal("too_many", "");
      if (code !== 0) on.status("connecting");
    }

    /** One attempt, until it ends. */
    async function attempt() {
      if (!welcome) await introduce();
      if (!welcome) return;
      if (lostSockets >= 2) await poll();
      else readClose(await holdSocket());
    }

    /** @param {unknown} error @returns {number} ms to wait at least */
    function readFailure(error) {
      polling = false;
      on.status("connecting");
      const code = error instanceof Refusal ? error.code : "";
      if (code === "bad_token") welcome = false;
      if (code === "bad_origin") return Infinity;
      return code === "too_many" ? 30 * SECOND : 0;
    }

    async function run() {
      for (;;) {
        const pause = await attempt().then(() => 0, readFailure);
        if (pause === Infinity) return on.status("barred");
        if (failures >= 2 || pause) on.status("offline");
        await rest(Math.max(pause, Math.min(10, 0.4 * 2 ** failures) * SECOND * (0.5 + Math.random() / 2)), !pause);
        failures += 1;
      }
    }

    /** @param {number} ms @param {boolean} light whether `wake` may end it */
    function rest(ms, light) {
      return /** @type {Promise<void>} */ (
        new Promise((resolve) => {
          const timer = setTimeout(resolve, ms);
          if (light) wake = () => (clearTimeout(timer), resolve());
        })
      );
    }

    return {
      known: () => token !== null || local.get("thread") !== null,
      online: () => socket !== null || polling,
      start() {
        if (started) return;
        started = true;
        on.status("connecting");
        void run();
      },
      /** Something changed (the network, the page, the visitor's wish): look now, not later. */
      nudge() {
        if (socket) probe();
        wake();
      },
      /** Somebody signed in, or out. @param {string | null} now */
      login(now) {
        if (now === user) return;
        if (!now) token = null;
        [user, welcome] = [now, false];
        on.stranger();
        restart();
        wake();
      },
      /** @returns {Promise<Invitation>} */
      async invite() {
        if (!welcome) await introduce();
        return post("/api/code", { token });
      },
      /** Entries are missing: ask again from the last one. */
      resume: () => restart(),
      typing: () => transmit({ type: "typing" }),
      /** @param {Outgoing} message */
      say(message) {
        wake();
        const body = { id: message.id, content: contentOf(message), product: message.product };
        if (socket) return transmit({ type: "say", ...body });
        if (!polling) return;
        posted = posted
          .then(() => post("/api/say", { token, language, ...body }))
          .then(
            ({ id, seq }) => on.frame({ type: "ack", id, seq }),
            (error) =>
              error instanceof Refusal &&
              on.frame({ type: "error", id: message.id, error: { code: error.code, message: error.message } }),
          );
      },
      /** Sends a file ahead of the message that names it. @param {string} id @param {File} file @returns {Promise<Sent>} */
      async upload(id, file) {
        if (!welcome) await introduce();
        const where = new URL(`/api/media?${new URLSearchParams({ id, name: file.name })}`, server);
        const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/octet-stream" };
        const signal = AbortSignal.timeout(180 * SECOND);
        const response = await fetch(where, { method: "POST", headers, credentials: "omit", body: file, signal });
        const answer = await response.json();
        if (answer.error) throw new Refusal(answer.error.code, answer.error.message);
        return answer;
      },
      /** @param {number} before */
      history(before) {
        if (socket) return transmit({ type: "history", before });
        post("/api/history", { token, before }).then(
          (answer) => on.frame({ ...answer, type: "history" }),
          () => on.frame({ type: "history", entries: [], more: true }),
        );
      },
    };
  }

  /** @param {Outgoing} message */
  function contentOf({ text, choice, files }) {
    return { text, ...(choice && { choice }), ...(files && { attachments: files.map(({ id }) => id) }) };
  }

  // ---------------------------------------------------------------- the looks

  const STYLE = `
:host { all: initial; --accent: var(--jieli-accent, #0f766e); --on-accent: var(--jieli-on-accent, #fff);
  --paper: #fff; --soft: #f2f4f5; --ink: #14191d; --faint: #5b6670; --line: #e2e6e9; --bad: #b42318;
  --shadow: 0 12px 48px rgb(16 24 32 / .2), 0 2px 8px rgb(16 24 32 / .1); color-scheme: light;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "PingFang TC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; }
@media (prefers-color-scheme: dark) { :host { --paper: #171b1f; --soft: #262c31; --ink: #eceff1; --faint: #a3adb5; --line: #343c43; --bad: #ff9b8f;
  --shadow: 0 12px 48px rgb(0 0 0 / .6); color-scheme: dark; } }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
button, textarea { font: inherit; color: inherit; margin: 0; }
button { border: 0; background: none; padding: 0; cursor: pointer; -webkit-tap-highlight-color: transparent; }
:focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; display: block; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher { position: fixed; z-index: 2147483000; right: calc(var(--jieli-right, 20px) + env(safe-area-inset-right)); bottom: calc(var(--jieli-bottom, 20px) + env(safe-area-inset-bottom));
  width: 60px; height: 60px; border-radius: 50%; display: grid; place-items: center; background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow); transition: transform .16s; }
.launcher:hover { transform: scale(1.05); }
.launcher svg { width: 28px; height: 28px; }
.badge { position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: #c8321f; color: #fff; font-size: 12px; font-weight: 600; line-height: 22px; text-align: center; }

.panel { position: fixed; z-index: 2147483000; right: calc(var(--jieli-right, 20px) + env(safe-area-inset-right)); bottom: calc(var(--jieli-bottom, 20px) + env(safe-area-inset-bottom)); width: 384px; height: var(--jieli-height, min(660px, calc(100dvh - 40px)));
  display: flex; flex-direction: column; overflow: hidden; color: var(--ink); background: var(--paper); border-radius: 20px; box-shadow: var(--shadow); animation: rise .2s ease-out; }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }

.head { display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; gap: 2px 10px; padding: 8px 12px 12px 16px; background: var(--accent); color: var(--on-accent); }
.head :focus-visible, .launcher:focus-visible { outline-color: var(--on-accent); outline-offset: -4px; }
h2 { margin: 0; font-size: 16px; font-weight: 650; line-height: 1.35; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.standing { margin: 0; font-size: 13px; line-height: 1.4; display: flex; align-items: baseline; gap: 6px; }
.standing::before { content: ""; flex: none; width: 7px; height: 7px; border-radius: 50%; background: #5ee6a8; }
.standing[data-state="queued"]::before { background: #ffd35c; }
.standing[data-off]::before { background: transparent; box-shadow: inset 0 0 0 1.5px currentColor; }
.human { display: flex; align-items: center; gap: 5px; padding: 7px 12px 7px 9px; border-radius: 999px; background: var(--on-accent); color: var(--accent); font-size: 13px; font-weight: 600; line-height: 1.4; white-space: nowrap; }
.human svg { width: 17px; height: 17px; }
.human[aria-disabled="true"] { background: none; color: inherit; box-shadow: inset 0 0 0 1px currentColor; cursor: default; }
.shut { justify-self: end; margin-right: -4px; width: 40px; height: 40px; display: grid; place-items: center; border-radius: 50%; }
a.shut { color: inherit; }
.shut:hover { background: rgb(0 0 0 / .14); }

.strip { margin: 0; padding: 7px 16px; font-size: 13px; background: #fff3d6; color: #5c3c00; }
.strip[data-tone="good"] { background: #dcf5e8; color: #0b4a32; }
.room { position: relative; flex: 1; min-height: 0; display: flex; }
.scroll { flex: 1; overflow-y: auto; overscroll-behavior: contain; overflow-anchor: none; padding: 14px 14px 18px; display: flex; flex-direction: column; }
.scroll > * { flex: none; }
.scroll:focus-visible { outline-offset: -3px; }
.older { align-self: center; margin-bottom: 10px; padding: 4px 12px; font-size: 13px; color: var(--faint); border-radius: 99px; background: var(--soft); }
.newer { position: absolute; left: 50%; bottom: 10px; transform: translateX(-50%); display: flex; align-items: center; gap: 5px; padding: 6px 13px 6px 9px; font-size: 13px; border-radius: 99px; background: var(--ink); color: var(--paper); box-shadow: var(--shadow); }
.newer svg { width: 16px; height: 16px; }

.hello { margin: auto 0 6px; padding: 12px 4px 8px; }
.hello b { display: block; font-size: 20px; line-height: 1.4; }
.hello span { color: var(--faint); }
.log { display: flex; flex-direction: column; margin-top: auto; }
.hello:not([hidden]) ~ .log { margin-top: 0; }
.time, .event { align-self: center; max-width: 88%; margin: 14px 0 6px; font-size: 12px; color: var(--faint); text-align: center; overflow-wrap: anywhere; }
.event { margin: 10px 0 6px; padding: 4px 12px; border-radius: 12px; background: var(--soft); white-space: pre-wrap; }
.row { display: grid; grid-template-columns: 30px minmax(0, auto); justify-content: start; column-gap: 8px; margin-top: 3px; }
.row.first { margin-top: 12px; }
.face { width: 30px; height: 30px; border-radius: 50%; display: grid; place-items: center; font-size: 13px; font-weight: 600; background: var(--soft); color: var(--faint); }
.face svg { width: 18px; height: 18px; }
.agent .face { background: var(--accent); color: var(--on-accent); }
.said { min-width: 0; display: flex; flex-direction: column; align-items: flex-start; gap: 3px; max-width: 292px; }
.name { font-size: 12px; color: var(--faint); padding-left: 3px; }
.bubble { padding: 8px 13px; border-radius: 17px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; border-top-left-radius: 6px; max-width: 100%; }
.agent .bubble { background: color-mix(in srgb, var(--accent) 14%, var(--paper)); }
.bubble a { color: inherit; text-decoration: underline; text-underline-offset: 2px; }
.shopper { grid-template-columns: minmax(0, auto); justify-content: end; }
.shopper .said { align-items: flex-end; }
.shopper .bubble { background: var(--accent); color: var(--on-accent); border-top-left-radius: 17px; border-top-right-radius: 6px; }
.sending .bubble { opacity: .75; }
.sending .said { flex-direction: row-reverse; align-items: flex-end; }
.sending .mark { animation: appear .1s .8s backwards; }
@keyframes appear { from { visibility: hidden; } }
.mark { font-size: 12px; color: var(--faint); padding: 0 3px; }
button.mark { color: var(--bad); text-decoration: underline; text-underline-offset: 2px; min-height: 24px; }
.card { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 11px; padding: 10px; width: 272px; max-width: 100%; border-radius: 14px; border: 1px solid var(--line); background: var(--paper); color: var(--ink); text-decoration: none; text-align: left; }
.card img { width: 64px; height: 64px; border-radius: 9px; object-fit: cover; background: var(--soft); }
.card div { grid-column: 2; font-size: 13px; color: var(--faint); overflow-wrap: anywhere; }
.card div:first-child { grid-column: 1 / -1; }
.card b { display: block; color: var(--ink); font-size: 14px; font-weight: 600; line-height: 1.4; }
.card p { margin: 2px 0 0; line-height: 1.45; }
.card i { font-style: normal; text-decoration: underline; text-underline-offset: 2px; color: var(--ink); }
.media { display: flex; flex-wrap: wrap; gap: 4px; max-width: 100%; }
.shopper .media { justify-content: flex-end; }
.media img { display: block; min-width: 48px; min-height: 48px; max-width: 200px; max-height: 200px; border-radius: 14px; object-fit: cover; background: var(--soft); }
.media a:not(:only-child) img { width: 92px; height: 92px; }
.media audio, .media video { width: 260px; max-width: 100%; border-radius: 14px; }
blockquote { margin: 0 3px; padding-left: 8px; border-left: 3px solid var(--line); font-size: 13px; color: var(--faint); overflow-wrap: anywhere; }
.typing { animation: appear .1s .3s backwards; display: flex; align-items: center; gap: 4px; margin: 10px 0 0 38px; height: 32px; width: max-content; padding: 0 13px; border-radius: 16px; background: var(--soft); color: var(--faint); }
.typing u { width: 7px; height: 7px; border-radius: 50%; background: currentColor; animation: nod 1.2s infinite; }
.typing u:nth-of-type(2) { animation-delay: .15s; }
.typing u:nth-of-type(3) { animation-delay: .3s; }
@keyframes nod { 0%, 60%, 100% { opacity: .35; transform: none; } 30% { opacity: 1; transform: translateY(-3px); } }
.quick { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0 0 38px; }
.hello:not([hidden]) ~ .quick { margin-left: 0; }
.quick button { padding: 7px 14px; min-height: 38px; max-width: 100%; border-radius: 19px; border: 1.5px solid var(--accent); background: var(--paper); font-size: 14px; line-height: 1.4; text-align: left; overflow-wrap: anywhere; }
.quick button:hover { background: var(--soft); }

form { display: flex; align-items: flex-end; gap: 8px; margin: 0; padding: 10px 10px calc(10px + env(safe-area-inset-bottom)) 14px; border-top: 1px solid var(--line); position: relative; }
textarea { flex: 1; min-width: 0; resize: none; border: 0; padding: 8px 2px; max-height: 132px; background: none; line-height: 24px; font-size: 16px; }
textarea:focus-visible { outline: none; }
textarea::placeholder { color: var(--faint); opacity: 1; }
form:focus-within { box-shadow: inset 0 2px 0 var(--accent); }
.go { flex: none; width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center; background: var(--accent); color: var(--on-accent); }
.go[aria-disabled="true"] { background: var(--soft); color: var(--faint); cursor: default; }
.attach { flex: none; width: 36px; height: 40px; display: grid; place-items: center; color: var(--faint); }
.count { position: absolute; right: 58px; bottom: 100%; padding: 2px 9px; border-radius: 9px 9px 0 0; font-size: 12px; color: var(--faint); background: var(--paper); }
.count[data-over] { color: var(--bad); font-weight: 600; }

.tools { display: flex; justify-self: end; }
.sheet { position: absolute; inset: 0; z-index: 1; overflow-y: auto; padding: 20px; background: var(--paper); text-align: center; }
.sheet h3 { margin: 0 0 4px; font-size: 17px; }
.sheet p { margin: 10px 0; }
.sheet code { display: block; font: 650 22px/1.6 ui-monospace, monospace; user-select: all; }
.sheet .qr { width: 176px; height: 176px; margin: 12px auto 4px; border-radius: 10px; background: #fff; fill: #000; stroke: none; }
.sheet a { color: inherit; }
.sheet button { margin: 8px 4px 0; padding: 7px 16px; border-radius: 19px; border: 1.5px solid var(--line); }
@media (max-width: 600px), (max-height: 420px) {
  .panel { inset: var(--top, 0) 0 auto 0; width: auto; height: var(--height, 100dvh); border-radius: 0; box-shadow: none; }
  .head { padding-top: calc(6px + env(safe-area-inset-top)); }
  .said { max-width: min(78vw, 460px); }
}
@media (prefers-reduced-motion: reduce) { *, .panel { animation: none !important; transition: none !important; } .typing u { opacity: .7; } }
@media (forced-colors: active) { .bubble, .card, .event, .launcher { border: 1px solid; } }
`;

  /** A style sheet in memory passes a strict content security policy; a <style> serves browsers without it. @param {ShadowRoot} root */
  function dress(root) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } catch {
      root.append(make("style", {}, STYLE));
    }
  }

  /** The text colour that reads better on `color`, by WCAG luminance. @param {string} color */
  function inkOn(color) {
    const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data]
      .map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.183 ? "#14191d" : "#fff";
  }

  // ---------------------------------------------------------------- pieces of the log

  const LINK = /https?:\/\/[^\s<>"'，。！？；：、（）【】《》“”‘’]+/g;

  /** Text with its addresses as links. @param {string} text @returns {(Node | string)[]} */
  function linked(text) {
    /** @type {(Node | string)[]} */
    const parts = [];
    let done = 0;
    for (const found of text.matchAll(LINK)) {
      const address = found[0].replace(/[.,!?;:)\]]+$/, "");
      parts.push(text.slice(done, found.index), make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address));
      done = found.index + address.length;
    }
    return [...parts, text.slice(done)];
  }

  /** An address on the web, or null. @param {string | null | undefined} path */
  function webAddress(path) {
    try {
      const address = new URL(path || "", path ? server : undefined);
      return /^https?:$/.test(address.protocol) ? address.href : null;
    } catch {
      return null;
    }
  }

  /** @param {Card} card */
  function drawCard(card) {
    const lines = (card.lines ?? []).map((line) => make("p", {}, line));
    const address = webAddress(card.url);
    const picture = webAddress(card.image);
    const body = make("div", {}, make("b", {}, card.title), ...lines);
    if (address) body.append(make("i", {}, t.details));
    const image = picture ? [make("img", { src: picture, alt: "", loading: "lazy" })] : [];
    if (!address) return make("div", { class: "card" }, ...image, body);
    return make("a", { class: "card", href: address, target: "_blank", rel: "noopener noreferrer" }, ...image, body);
  }

  /** A picture opens, a sound plays, everything else is saved. @param {Attachment} attachment */
  function drawAttachment({ kind, url, name, seconds }) {
    const src = new URL(url, server).href;
    const title = [name || t[kind], seconds ? `${seconds}″` : ""].join(" ").trim();
    if (kind === "voice") return make("audio", { controls: "", preload: "none", src, title });
    if (kind === "video") return make("video", { controls: "", preload: "metadata", src, title });
    const link = make("a", { href: src, target: "_blank", rel: "noopener noreferrer" }, kind === "file" ? `📎 ${title}` : "");
    if (kind === "file") return (link.className = "bubble"), link;
    const picture = make("img", { src, alt: title, loading: "lazy" });
    let tries = 0; // It may still be on its way to the server.
    picture.onerror = () => ++tries < 6 && setTimeout(() => (picture.src = `${src}?${tries}`), SECOND * 2 ** tries);
    link.append(picture);
    return link;
  }

  /** @param {Place} place */
  function drawPlace({ latitude, longitude, label }) {
    const address =
      language === "zh-Hans"
        ? `https://uri.amap.com/marker?position=${longitude},${latitude}&coordinate=wgs84`
        : `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
    const map = make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, t.map);
    return make("div", { class: "bubble" }, `📍 ${label || `${latitude}, ${longitude}`} `, map);
  }

  /** @param {Entry["author"]} author @param {string | null} who */
  function nameOf(author, who) {
    return { shopper: t.me, bot: t.authorBot, agent: who || t.authorAgent, system: "" }[author];
  }

  /**
   * @param {Entry["author"]} author @param {string | null} who @param {Content} content
   * @param {boolean} first whether it begins a run of the same author @param {boolean} [edited]
   */
  function drawMessage(author, who, content, first, edited) {
    const name = nameOf(author, who);
    const said = make("div", { class: "said" });
    said.append(make("span", { class: first && author !== "shopper" ? "name" : "quiet" }, name));
    if (content.quote) said.append(make("blockquote", {}, content.quote));
    if (content.attachments) said.append(make("div", { class: "media" }, ...content.attachments.map(drawAttachment)));
    if (content.location) said.append(drawPlace(content.location));
    const card = content.card ? [drawCard(content.card)] : [];
    const bubble = content.text ? [make("div", { class: "bubble", dir: "auto" }, ...linked(content.text))] : [];
    // A shopper's card says what the words are about; the shop's words announce the card.
    said.append(...(author === "shopper" ? [...card, ...bubble] : [...bubble, ...card]));
    if (edited) said.append(make("span", { class: "mark" }, t.edited));
    const row = make("div", { class: `row ${author} ${first ? "first" : ""}` });
    if (author !== "shopper") row.append(drawFace(author, name, first));
    row.append(said);
    return row;
  }

  /** @param {Entry["author"]} author @param {string} name @param {boolean} shown */
  function drawFace(author, name, shown) {
    if (!shown) return make("span");
    return make("span", { class: "face", "aria-hidden": "true" }, author === "bot" ? icon(ICONS.bot) : [...name][0].toUpperCase());
  }

  /** @param {number} at ms since the epoch */
  function momentOf(at) {
    const then = new Date(at);
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
    const time = then.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    if (days === 0) return time;
    if (days === 1) return `${t.yesterday} ${time}`;
    const year = then.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
    return `${then.toLocaleDateString(language, { year, month: "short", day: "numeric" })} ${time}`;
  }

  const PAUSE = 5 * 60 * SECOND;

  /**
   * What the log shows, top to bottom. `sign` changes when the row must be drawn again; an own message keeps its key
   * when its entry arrives, so that it stays in its place.
   * @param {Entry[]} entries @param {Outgoing[]} outgoing @param {(message: Outgoing) => void} retry
   * @returns {{key: string, sign: string, draw: () => HTMLElement}[]}
   */
  function layOut(entries, outgoing, retry) {
    /** @type {{key: string, sign: string, draw: () => HTMLElement}[]} */
    const rows = [];
    let run = "";
    let before = 0;
    let product = "";

    /** @param {number} at */
    function stamp(at) {
      if (at - before > PAUSE) {
        rows.push({ key: `t${at}`, sign: "", draw: () => make("div", { class: "time" }, make("time", {}, momentOf(at))) });
        run = "";
      }
      before = at;
    }

    /** Whether `author` goes on or begins. @param {string} author */
    function begins(author) {
      const first = author !== run;
      run = author;
      return first;
    }

    // Every message names the page's product; its card is shown when it is another one.
    /** @param {Entry} entry @returns {Content} */
    function shown({ author, content }) {
      if (author !== "shopper" || !content.card) return content;
      const again = content.card.ref === product;
      product = content.card.ref;
      return again ? { ...content, card: null } : content;
    }

    /** @type {Map<number | undefined, Entry[]>} */
    const edits = new Map();
    for (const entry of entries) if (entry.kind === "edit") edits.set(entry.data.of, [...(edits.get(entry.data.of) ?? []), entry]);

    for (const first of entries) {
      const versions = edits.get(first.seq) ?? [];
      const entry = { ...first, content: (versions.at(-1) ?? first).content };
      const { seq, author, who, kind, external_id: own } = entry;
      if ((kind !== "message" && kind !== "event") || !Object.keys(entry.content).length) continue;
      stamp(entry.at);
      if (author === "system" || kind === "event") {
        rows.push({ key: `e${seq}`, sign: "", draw: () => make("div", { class: "event" }, ...linked(entry.content.text ?? "")) });
        run = "";
        continue;
      }
      const [begin, content] = [begins(author === "shopper" ? author : author + who), shown(entry)];
      const edited = versions.some(({ data }) => !data.album);
      const draw = () => drawMessage(author, who, content, begin, edited);
      rows.push({ key: own ? `m${own}` : `e${seq}`, sign: `said ${begin} ${versions.length}`, draw });
    }
    for (const message of outgoing) {
      const first = begins("shopper");
      rows.push({ key: `m${message.id}`, sign: `${message.state} ${first}`, draw: () => drawOutgoing(message, first, retry) });
    }
    return rows;
  }

  /** @param {Outgoing} message @param {boolean} first @param {(message: Outgoing) => void} retry */
  function drawOutgoing(message, first, retry) {
    const row = drawMessage("shopper", null, { text: message.text, attachments: message.files }, first);
    const said = /** @type {Element} */ (row.lastElementChild);
    if (message.state === "sending") {
      row.classList.add("sending");
      said.append(make("span", { class: "mark" }, t.sending));
    }
    if (message.state === "late" || message.state === "refused") {
      if (message.problem) said.append(make("span", { class: "mark" }, message.problem));
      const button = make("button", { type: "button", class: "mark" }, t[message.state]);
      button.onclick = () => retry(message);
      said.append(button);
    }
    return row;
  }

  const ACCEPT = "image/jpeg,image/png,image/gif,image/webp,audio/*,video/mp4,application/pdf,.docx,.xlsx";

  // ---------------------------------------------------------------- the view

  /** @typedef {{entries: Entry[], more: boolean, outgoing: Outgoing[], standing: Standing, status: Status, unread: number,
   *   typing: "agent" | "bot" | null, resent: boolean, suggestions: Button[], doors: string[], told: string}} Picture */

  /** @typedef {{opened: () => void, closed: () => void, say: (text: string, choice: string | null) => void, wrote: (text: string) => void,
   *   seen: () => void, older: () => void, retry: (message: Outgoing) => void, invite: () => Promise<Invitation>,
   *   attach: (files: Iterable<File>) => void}} Deeds */

  /** Everything the widget puts on the page, without behaviour. */
  function build() {
    const host = document.createElement("jieli-chat"); // A name of its own, so that the page's rules for `div` miss it.
    host.lang = language;
    const root = host.attachShadow({ mode: "open" });
    dress(root);
    const badge = make("span", { class: "badge", hidden: "" });
    const launcher = make("button", { type: "button", class: "launcher" }, icon(ICONS.chat), badge);

    const standing = make("p", { class: "standing", role: "status" });
    const human = make("button", { type: "button", class: "human" }, icon(ICONS.person), make("span"));
    const shut = make("button", { type: "button", class: "shut", "aria-label": t.close }, icon(ICONS.close));
    const move = make("button", { type: "button", class: "shut", "aria-label": t.move, title: t.move, hidden: "" }, icon(ICONS.move));
    const pages = new URL(`/help?lang=${language}`, server).href;
    const help = make("a", { class: "shut", href: pages, target: "_blank", rel: "noopener", "aria-label": t.help, title: t.help }, icon(ICONS.help));
    const tools = make("div", { class: "tools" }, help, move, shut);
    const head = make("div", { class: "head" }, make("h2", {}, script.dataset.title || t.title), tools, standing, human);
    const strip = make("p", { class: "strip", role: "status", hidden: "" });

    const older = make("button", { type: "button", class: "older", hidden: "" }, t.older);
    const hello = make("div", { class: "hello" }, make("b", {}, t.hello), make("span", {}, t.helloMore));
    const log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t.log });
    const typing = make("div", { class: "typing", hidden: "" }, make("u"), make("u"), make("u"), make("span", { class: "quiet" }));
    const quick = make("div", { class: "quick", role: "group", "aria-label": t.quick });
    const scroll = make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t.log }, older, hello, log, typing, quick);
    const newer = make("button", { type: "button", class: "newer", hidden: "" }, icon(ICONS.down), t.newer);
    const sheet = make("div", { class: "sheet", role: "region", "aria-label": t.move, "aria-live": "polite", hidden: "" });
    const room = make("div", { class: "room" }, scroll, newer, sheet);

    const field = make("textarea", { rows: "1", placeholder: t.placeholder, "aria-label": t.placeholder, enterkeyhint: "send" });
    const count = make("span", { class: "count", role: "status", hidden: "" });
    const go = make("button", { type: "submit", class: "go", "aria-label": t.send }, icon(ICONS.send));
    const files = make("input", { type: "file", multiple: "", accept: ACCEPT, hidden: "" });
    const attach = make("button", { type: "button", class: "attach", "aria-label": t.attach, title: t.attach }, icon(ICONS.attach));
    const form = make("form", {}, count, attach, files, field, go);

    const label = { class: "panel", role: "dialog", "aria-label": script.dataset.title || t.title, tabindex: "-1", hidden: "" };
    const panel = make("section", label, head, strip, room, form);
    root.append(launcher, panel);
    return { host, root, badge, launcher, panel, standing, human, shut, move, sheet, strip, older, hello, log, typing, quick, scroll, newer, form, attach, files, field, count, go };
  }

  /** @param {string[]} channels */
  const named = (channels) => [...new Set(channels)].map((channel) => t.channels[channel] ?? channel).join(" + ");

  /** A way to another channel: a picture for the phone, a link for this device. @param {Way} way */
  function drawWay({ channel, url, qr }) {
    if (!url) return [];
    const link = make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, t.moveOpen(named([channel])));
    if (!qr) return [make("p", {}, link)];
    const picture = icon(qr.path);
    picture.setAttribute("viewBox", `-4 -4 ${qr.size + 8} ${qr.size + 8}`);
    picture.setAttribute("class", "qr");
    return [picture, make("p", {}, link)];
  }

  /** Shows what it is told and says what was done. @param {Deeds} on */
  function makeView(on) {
    const parts = build();
    const { host, root, launcher, panel, scroll, field } = parts;
    const narrow = matchMedia("(max-width: 600px), (max-height: 420px)");
    /** @type {Map<string, {sign: string, node: HTMLElement}>} */
    const drawn = new Map();
    let pageOverflow = "";
    /** @type {string | null} what the quick replies show */
    let offered = null;

    const isOpen = () => !panel.hidden;
    const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;

    function toEnd() {
      scroll.scrollTop = scroll.scrollHeight;
      parts.newer.hidden = true;
    }

    /** @param {boolean} focus whether the visitor asked for it */
    function open(focus) {
      if (!isOpen()) {
        panel.hidden = false;
        launcher.hidden = true;
        fit();
        measureField();
        toEnd();
        on.opened();
      }
      // On a phone the keyboard would cover the greeting: the field waits for a tap.
      if (focus) (matchMedia("(pointer: coarse)").matches ? panel : field).focus({ preventScroll: true });
    }

    function close() {
      if (!isOpen()) return;
      panel.hidden = true;
      launcher.hidden = false;
      fit();
      launcher.focus({ preventScroll: true });
      on.closed();
    }

    /** On a phone the panel fills what the keyboard leaves of the screen, and the page behind it stays where it is. */
    function fit() {
      const full = isOpen() && narrow.matches;
      const { style } = document.documentElement;
      if (full && style.overflow !== "hidden") [pageOverflow, style.overflow] = [style.overflow, "hidden"];
      if (!full && style.overflow === "hidden") style.overflow = pageOverflow;
      panel.setAttribute("aria-modal", String(full));
      const { visualViewport: seen } = window;
      if (!full || !seen) return;
      const stay = atEnd();
      host.style.setProperty("--height", `${seen.height}px`);
      host.style.setProperty("--top", `${seen.offsetTop}px`);
      if (stay) toEnd();
    }

    /** Keeps Tab inside a panel that covers the page. @param {KeyboardEvent} event */
    function holdFocus(event) {
      const stops = [...panel.querySelectorAll("button, a[href], textarea, .scroll")].filter((stop) => stop.getClientRects().length);
      const [first, last] = /** @type {HTMLElement[]} */ ([stops[0], stops.at(-1)]);
      const left = event.shiftKey ? first : last;
      if (root.activeElement !== left) return;
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }

    function measureField() {
      const stay = atEnd();
      field.style.height = "auto";
      field.style.height = `${field.scrollHeight}px`;
      if (stay) toEnd();
      const left = MAX_TEXT - [...field.value].length;
      parts.count.hidden = left > 200;
      parts.count.textContent = left > 200 ? "" : t.left(left);
      parts.count.toggleAttribute("data-over", left < 0);
      parts.go.setAttribute("aria-disabled", String(left < 0 || !field.value.trim()));
    }

    function submit() {
      const text = field.value.trim();
      if (!text || [...text].length > MAX_TEXT) return;
      field.value = "";
      on.wrote("");
      measureField();
      on.say(text, null);
      field.focus();
    }

    /** Files that are pasted or dropped. @param {Event} event @param {DataTransfer | null} data */
    function take(event, data) {
      if (!data?.files.length) return;
      event.preventDefault();
      on.attach([...data.files]);
    }

    /** @param {KeyboardEvent} event */
    function pressed(event) {
      event.stopPropagation(); // The page's own shortcuts are not meant.
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Escape") parts.sheet.hidden ? close() : closeSheet();
      if (event.key === "Tab" && narrow.matches) holdFocus(event);
      if (event.key === "Enter" && !event.shiftKey && event.target === field) {
        event.preventDefault();
        submit();
      }
    }

    /** @type {string[]} */
    let linked = [];

    /** How to go on in another channel, and how to end that. */
    function openSheet() {
      const ways = make("div");
      const back = make("button", { type: "button" }, t.back);
      back.onclick = closeSheet;
      parts.sheet.replaceChildren(make("h3", {}, t.move), ways, ...drawLinked(), back);
      parts.sheet.hidden = false;
      back.focus({ preventScroll: true });
      on.invite().then(
        ({ code, doors }) => {
          const how = t.moveHow(named(doors.map(({ channel }) => channel)));
          ways.append(...doors.flatMap(drawWay), make("p", {}, how), make("code", {}, code), t.moveOnce);
        },
        () => ways.append(make("p", {}, t.moveFailed)),
      );
    }

    function closeSheet() {
      parts.sheet.hidden = true;
      parts.move.focus({ preventScroll: true });
    }

    function drawLinked() {
      if (!linked.length) return [];
      const unlink = make("button", { type: "button" }, t.unlink);
      unlink.onclick = () => (closeSheet(), on.say(t.unlink, null));
      return [make("p", {}, t.linked(named(linked))), unlink];
    }

    /** Brings the drawn rows in line with `rows`, touching only what changed: screen readers read what is new. */
    function drawRows(/** @type {ReturnType<typeof layOut>} */ rows) {
      const keys = new Set(rows.map((row) => row.key));
      for (const [key, { node }] of drawn) if (!keys.has(key) && drawn.delete(key)) node.remove();
      let place = parts.log.firstChild;
      for (const { key, sign, draw } of rows) {
        let known = drawn.get(key);
        if (known?.sign !== sign) {
          const node = draw();
          if (place === known?.node) place = place?.nextSibling ?? null;
          known?.node.remove();
          drawn.set(key, (known = { sign, node }));
        }
        if (known.node === place) place = place.nextSibling;
        else parts.log.insertBefore(known.node, place);
      }
    }

    /** Older messages that come in above are not read aloud as news. */
    function hush() {
      parts.log.setAttribute("aria-live", "off");
      setTimeout(() => parts.log.setAttribute("aria-live", "polite"), SECOND);
    }

    /** @param {Button[]} buttons */
    function drawQuick(buttons) {
      const sign = JSON.stringify(buttons);
      if (sign === offered) return;
      offered = sign;
      parts.quick.replaceChildren(
        ...buttons.map(({ label, choice }) => {
          const button = make("button", { type: "button" }, label);
          button.onclick = () => (on.say(label, choice || null), field.focus({ preventScroll: true }));
          return button;
        }),
      );
    }

    /** @param {Standing} standing */
    function line({ place, wait, closed }) {
      if (closed) return t.closed;
      return t.queued(place) + (place && wait ? t.within([...new Set(wait.filter(Boolean))].join("–")) : "");
    }

    /** @param {Picture} picture */
    function drawHeader({ standing, status, resent, doors, told }) {
      const { state, agent } = standing;
      if (linked.length !== standing.linked.length) parts.sheet.hidden = true; // What it offered is done.
      linked = standing.linked;
      parts.move.hidden = !doors.length && !linked.length;
      const busy = state === "queued" || state === "assigned";
      const off = status === "connecting" || status === "offline" || status === "barred";
      write(parts.standing, state === "queued" ? line(standing) : state === "assigned" ? t.assigned(agent || t.authorAgent) : t.bot);
      parts.standing.dataset.state = state;
      parts.standing.toggleAttribute("data-off", off);
      write(/** @type {Element} */ (parts.human.lastElementChild), !busy ? t.human : state === "queued" ? t.inLine : t.withHuman);
      parts.human.setAttribute("aria-disabled", String(busy));
      parts.strip.hidden = !off && !resent && !told;
      parts.strip.dataset.tone = off || told ? "bad" : "good";
      write(parts.strip, off ? t[/** @type {"offline"} */ (status)] : told || (resent ? t.resent : ""));
    }

    /** Writes only what differs, for a status that is written again is read again. @param {Element} element @param {string} text */
    function write(element, text) {
      if (element.textContent !== text) element.textContent = text;
    }

    /** @param {Picture} picture */
    function show(picture) {
      const { entries, outgoing, typing, standing, unread } = picture;
      const [stay, height, top, newest] = [atEnd(), scroll.scrollHeight, scroll.scrollTop, parts.log.lastElementChild];
      const oldest = parts.log.firstElementChild;
      drawHeader(picture);
      parts.hello.hidden = entries.length + outgoing.length > 0;
      parts.older.hidden = !picture.more;
      const rows = layOut(entries, outgoing, on.retry);
      if (drawn.size && rows[0] && !drawn.has(rows[0].key)) hush();
      drawRows(rows);
      drawQuick(picture.suggestions);
      parts.typing.hidden = !typing;
      const typist = typing && nameOf(typing, standing.agent);
      write(/** @type {Element} */ (parts.typing.lastElementChild), typist ? `${typist} ${t.typing}` : "");
      parts.badge.hidden = unread === 0;
      write(parts.badge, unread > 99 ? "99+" : String(unread));
      launcher.setAttribute("aria-label", unread ? `${t.launch} (${t.unread(unread)})` : t.launch);

      const grewAbove = oldest !== parts.log.firstElementChild && newest === parts.log.lastElementChild;
      if (stay) toEnd();
      else if (grewAbove) scroll.scrollTop = top + scroll.scrollHeight - height;
      else if (newest !== parts.log.lastElementChild) parts.newer.hidden = false;
    }

    launcher.onclick = () => open(true);
    parts.shut.onclick = close;
    parts.move.onclick = openSheet;
    parts.human.onclick = () => parts.human.getAttribute("aria-disabled") !== "true" && on.say(t.human, "human");
    parts.older.onclick = on.older;
    parts.newer.onclick = toEnd;
    parts.form.onsubmit = (event) => (event.preventDefault(), submit());
    field.oninput = () => (measureField(), on.wrote(field.value));
    parts.attach.onclick = () => parts.files.click();
    parts.files.onchange = () => (on.attach([...(parts.files.files ?? [])]), (parts.files.value = ""));
    field.onpaste = (event) => take(event, event.clipboardData);
    panel.ondrop = (event) => take(event, event.dataTransfer);
    panel.ondragover = (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault();
    panel.onkeydown = pressed;
    panel.onkeyup = panel.onkeypress = (event) => event.stopPropagation();
    scroll.onscroll = () => {
      if (atEnd()) parts.newer.hidden = true;
      if (scroll.scrollTop < 40 && !parts.older.hidden && !atEnd()) on.older();
    };
    narrow.onchange = fit;
    window.visualViewport?.addEventListener("resize", fit);
    window.visualViewport?.addEventListener("scroll", fit);

    return {
      open,
      close,
      isOpen,
      show,
      toEnd,
      narrow: () => narrow.matches,
      /** Puts the widget on the page. @param {string} draft what was typed before a reload */
      begin(draft) {
        const { color } = script.dataset;
        if (color && CSS.supports("color", color)) {
          host.style.setProperty("--jieli-accent", color);
          host.style.setProperty("--jieli-on-accent", inkOn(color));
        }
        document.body.append(host);
        field.value = draft;
        measureField();
      },
    };
  }

  // ---------------------------------------------------------------- the widget

  const LARGEST_FILE = 20 * 1024 * 1024;
  const RESEND_AFTER = 8 * SECOND;
  const LATE_AFTER = 15 * SECOND;
  const TYPING_LASTS = 5 * SECOND;
  const TYPING_EVERY = 3 * SECOND;
  const NOTICE_LASTS = 5 * SECOND;
  /** Messages under way at once; the server refuses floods. */
  const WINDOW = 10;
  /** Refusals that a later try may not meet. */
  const PASSING = ["too_many", "full", "unavailable"];

  /** @type {Standing} */
  const NOBODY = { conversation: "", state: "bot", place: null, wait: null, closed: false, agent: null, linked: [] };

  function start() {
    const log = makeLog();
    const outbox = makeOutbox();
    /** @type {Standing} */
    let standing = { ...NOBODY };
    /** The conversation that the log is of: it changes when this one is joined to another. */
    let thread = local.get("thread");
    /** @type {string[]} */
    let doors = [];
    /** @type {Status} */
    let status = "idle";
    /** @type {"agent" | "bot" | null} */
    let typing = null;
    let typingTimer = 0;
    let typed = 0;
    let product = script.dataset.product || null;
    let read = Number(local.get("read") ?? 0);
    let asking = false;
    let resent = false;
    let planned = false;
    let told = "";
    let tellTimer = 0;

    const view = makeView({
      opened() {
        session.set("open", "1");
        link.start();
        see();
      },
      closed: () => session.set("open", null),
      say,
      wrote,
      seen: see,
      older,
      retry,
      invite: () => link.invite(),
      attach: (files) => [...files].slice(0, 5).forEach(attach),
    });
    const link = makeLink({
      after: () => ({ after: log.last(), conversation: thread }),
      frame: receive,
      status: setStatus,
      stranger,
      doors: (known) => ((doors = known), draw()),
    });

    // One drawing for all that happens in one go. A timer, because hidden pages get no animation frames.
    function draw() {
      if (planned) return;
      planned = true;
      setTimeout(() => {
        planned = false;
        view.show({
          entries: log.entries, more: log.more, outgoing: outbox.messages, standing, status, unread: countUnread(), typing, resent,
          suggestions: suggestions(), doors, told,
        });
      });
    }

    /** @param {Entry} entry */
    const isNews = ({ seq, author, kind }) => seq > read && author !== "shopper" && (kind === "message" || kind === "event");
    const countUnread = () => (view.isOpen() && !document.hidden ? 0 : log.entries.filter(isNews).length);

    /** What was shown is read. */
    function see() {
      if (view.isOpen() && !document.hidden && log.last() > read) {
        read = log.last();
        local.set("read", String(read));
      }
      draw();
    }

    /** The quick replies of the newest message, or something to begin with. @returns {Button[]} */
    function suggestions() {
      if (outbox.messages.length) return [];
      const newest = log.entries.findLast((entry) => entry.kind === "message");
      const stale = newest?.author === "shopper" || (newest?.author === "bot" && standing.state === "assigned");
      if (newest) return (!stale && newest.content.buttons) || [];
      const starters = product ? [t.starterProduct, ...t.starters] : t.starters;
      return starters.map((label) => ({ label, choice: "" }));
    }

    /** @param {string} text @param {string | null} choice */
    function say(text, choice) {
      link.start();
      outbox.add(text, choice, product);
      flush();
      if (!link.online()) link.nudge();
      view.toEnd();
      draw();
    }

    /** A file becomes a message of its own once the server has it. @param {File} file */
    async function attach(file) {
      link.start();
      if (file.size > LARGEST_FILE) return tell(t.tooLarge);
      tell(t.uploading(file.name));
      try {
        outbox.add("", null, product, [await link.upload(newId(), file)]);
        tell("");
      } catch (error) {
        tell(error instanceof Refusal && language === "en" ? error.message : t.notSent);
      }
      flush();
      view.toEnd();
      draw();
    }

    /** @param {string} text about a file that was chosen */
    function tell(text) {
      clearTimeout(tellTimer);
      told = text;
      if (text) tellTimer = setTimeout(() => tell(""), text === t.notSent || text === t.tooLarge ? NOTICE_LASTS : 180 * SECOND);
      draw();
    }

    /** Sends what is waiting and was not tried for a while, oldest first. */
    function flush() {
      const now = Date.now();
      const waiting = outbox.waiting().filter((message) => message.state !== "refused");
      for (const message of waiting) if (message.state === "sending" && now - message.at > LATE_AFTER) message.state = "late";
      if (!link.online()) return;
      for (const message of waiting.slice(0, WINDOW).filter(({ tried }) => now - tried > RESEND_AFTER)) {
        message.tried = now;
        message.tries += 1;
        link.say(message);
        if (message.tries > 1) link.nudge();
      }
    }

    /** @param {Outgoing} message */
    function retry(message) {
      Object.assign(message, { at: Date.now(), tried: 0, state: "sending", problem: "" });
      flush();
      link.nudge();
      draw();
    }

    /** @param {string} text */
    function wrote(text) {
      session.set("draft", text || null);
      if (!text) typed = 0; // the first key after a message is told at once: the bot then waits for what follows
      if (!text || Date.now() - typed < TYPING_EVERY) return;
      typed = Date.now();
      link.typing();
    }

    function older() {
      const [first] = log.entries;
      if (asking || !first) return;
      asking = true;
      link.history(first.seq);
    }

    /** @param {Status} now */
    function setStatus(now) {
      // What was under way on the last connection may be lost: the server knows each message by its id.
      if (now === "online" && status !== now) for (const message of outbox.waiting()) message.tried = 0;
      status = now;
      asking = false;
      draw();
    }

    function stranger() {
      log.restart([], false);
      read = 0;
      thread = null;
      local.set("thread", null);
      standing = { ...NOBODY };
    }

    /** @param {"agent" | "bot" | null} by */
    function setTyping(by) {
      clearTimeout(typingTimer);
      typing = by;
      if (by) typingTimer = setTimeout(() => (setTyping(null), draw()), TYPING_LASTS);
    }

    /** @param {Frame} frame */
    function receive(frame) {
      switch (frame.type) {
        case "ready":
          ready(frame);
          break;
        case "entry":
          if (log.append(frame.entry)) arrived(frame.entry);
          else link.resume();
          break;
        case "state":
          stand(frame);
          break;
        case "typing":
          setTyping(frame.by);
          break;
        case "ack":
          acked(frame.id, frame.seq);
          break;
        case "history":
          asking = false;
          log.prepend(frame.entries, frame.more);
          break;
        case "error":
          refused(frame);
      }
      see();
    }

    /** @param {Standing} now */
    function stand({ conversation, state, place, wait, closed, agent, linked }) {
      standing = { conversation, state, place, wait, closed, agent, linked };
    }

    /** Another conversation than before: joined, parted, signed in. What it holds was said already. @param {Ready} frame */
    function begin(frame) {
      if (thread) read = frame.entries.at(-1)?.seq ?? 0;
      thread = frame.conversation;
      local.set("thread", thread);
      log.restart([], false);
    }

    /** @param {Ready} frame */
    function ready(frame) {
      if (frame.conversation !== thread) begin(frame);
      log.resume(frame);
      frame.entries.forEach(arrived);
      stand(frame);
      if (frame.typing) setTyping(frame.typing);
      flush();
    }

    /** @param {Entry} entry */
    function arrived(entry) {
      if (entry.author === "shopper") outbox.drop(entry.external_id);
      else setTyping(null);
    }

    /** @param {string} id @param {number} seq */
    function acked(id, seq) {
      // A place in the log where another message stands: the server's log is not ours any more (a backup was restored).
      if (seq <= log.last() && !log.entries.some((entry) => entry.external_id === id)) {
        log.restart([], false);
        link.resume();
      }
      const message = outbox.acked(id, seq, log.last());
      if (message && (message.tries > 1 || Date.now() - message.at > LATE_AFTER)) notice();
      const botsTurn = standing.state === "bot" || standing.state === "closed";
      if (botsTurn && log.last() <= seq) setTyping("bot");
      flush();
    }

    function notice() {
      if (!resent) setTimeout(() => ((resent = false), draw()), NOTICE_LASTS);
      resent = true;
    }

    /** Why a message was not taken; `refused` comes with what the desk says to its customers. @param {Failure["error"]} error */
    function explain({ code, message }) {
      if (code === "refused") return message;
      return code === "too_long" ? t.tooLong : code === "bad_request" || code === "empty" ? t.notTaken : "";
    }

    /** @param {Failure} failure */
    function refused({ id, error }) {
      const message = outbox.messages.find((one) => one.id === id);
      if (!message || PASSING.includes(error.code)) return;
      message.state = "refused";
      message.problem = explain(error);
    }

    function wakeUp() {
      if (document.hidden) return;
      link.nudge();
      see();
    }

    page.Jieli = {
      open: () => view.open(true),
      close: view.close,
      say(text, choice) {
        view.open(false);
        say(text, choice ?? null);
      },
      product(id) {
        product = id;
        draw();
      },
      login: link.login,
    };
    for (const event of ["online", "offline", "pageshow"]) addEventListener(event, wakeUp);
    document.addEventListener("visibilitychange", wakeUp);
    addEventListener("storage", () => {
      read = Math.max(read, Number(local.get("read") ?? 0)); // Read on another page of the visitor.
      draw();
    });
    setInterval(() => outbox.waiting().length && (flush(), draw()), 2 * SECOND);
    view.begin(session.get("draft") ?? "");
    // A visitor who never wrote costs the server nothing.
    if (link.known() || outbox.messages.length) link.start();
    if (session.get("open") && !view.narrow()) view.open(false);
    draw();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
