/** What people read in the workspace, in Chinese and English side by side. */

/** @typedef {"zh"|"en"} Language */

/** @satisfies {Record<string, readonly [string, string]>} */
const TEXTS = {
  product: ["接力 工作台", "Jieli workspace"],
  demo: ["演示 DEMO：数据随时会清空", "DEMO: data may be cleared at any time"],
  language: ["English", "中文"],

  "sign.title": ["登录工作台", "Sign in"],
  "sign.again": ["登录已过期，请重新登录。已输入的内容都还在。", "Your session has ended. Sign in again; what you typed is still here."],
  "sign.name": ["账号名", "Name"],
  "sign.password": ["密码", "Password"],
  "sign.submit": ["登录", "Sign in"],
  "sign.out": ["退出", "Sign out"],
  "invite.title": ["欢迎加入", "Welcome"],
  "invite.name": ["你的名字（顾客会看到）", "Your name (customers see it)"],
  "invite.nameHint": ["账号已有名字时留空", "Leave empty if your account already has a name"],
  "invite.password": ["新密码（至少 10 个字符）", "New password (at least 10 characters)"],
  "invite.again": ["再输一遍新密码", "New password again"],
  "invite.differ": ["两次输入的密码不一样", "The two passwords differ"],
  "invite.submit": ["保存并登录", "Save and sign in"],

  "connection.live": ["已连接", "Connected"],
  "connection.connecting": ["连接中…", "Connecting…"],
  "connection.lost": ["连接已断开，正在重连。你输入的内容会保留，恢复后自动发出。", "Connection lost, reconnecting. What you type is kept and goes out when it is back."],
  "header.online": ["{count} 位客服在线", "{count} online"],
  "header.rules": ["店铺规则", "Rules"],
  "header.agents": ["客服管理", "Agents"],
  "header.notify": ["开启通知", "Turn on notifications"],
  "header.keys": ["快捷键", "Keys"],

  "list.label": ["会话列表", "Conversations"],
  "list.offered": ["邀请我接入", "Offered to me"],
  "list.mine": ["我的会话", "Mine"],
  "list.waiting": ["待接入", "Waiting"],
  "list.others": ["同事的会话", "With others"],
  "list.mineEmpty": ["手上没有会话", "You hold no conversation"],
  "list.waitingEmpty": ["没有人在等待", "Nobody is waiting"],
  "list.more": ["还有 {count} 个", "{count} more"],
  "list.unread": ["未读", "unread"],
  "list.waits": ["已等待 {age}", "waiting {age}"],
  "list.ring": ["新的会话：{name}", "New conversation: {name}"],

  "mark.overdue": ["超时", "Overdue"],
  "mark.lost": ["客服未回应，已收回", "Taken from a silent agent"],
  "mark.countdown": ["剩 {time} 接入", "{time} to accept"],
  "status.available": ["接待中", "Available"],
  "status.away": ["小休", "Away"],
  "status.rest": ["点击小休：不再分配新会话，手上的会话保留", "Go away: nothing new comes, what you have stays"],
  "status.resume": ["点击恢复接待", "Take chats again"],
  "status.missed": ["连续错过会话，已为你切换到小休", "You missed two chats in a row and were set away"],

  "shopper.blocked": ["已取关或屏蔽", "Has blocked us"],
  "shopper.anonymous": ["顾客 {id}", "Customer {id}"],
  "channel.web": ["网页", "Web"],
  "channel.wechat": ["服务号/订阅号", "WeChat"],
  "channel.telegram": ["Telegram", "Telegram"],
  "reason.asked": ["顾客要求", "Asked"],
  "reason.not_understood": ["机器人没听懂", "Not understood"],
  "reason.complaint": ["投诉", "Complaint"],
  "reason.business": ["业务规则", "Business rule"],
  "reason.failure": ["系统故障", "System failure"],

  "state.bot": ["机器人接待中", "With the bot"],
  "state.closed": ["已结束", "Closed"],
  "state.queued": ["待接入", "Waiting"],
  "state.offered": ["邀请你接入", "Offered to you"],
  "state.asked": ["正在邀请 {agent} 接入", "Offered to {agent}"],
  "state.mine": ["我的会话", "Mine"],
  "state.other": ["由 {agent} 接待", "With {agent}"],

  "act.claim": ["接入", "Claim"],
  "act.decline": ["暂不接入", "Decline"],
  "act.hand_back": ["转回机器人", "Hand back to the bot"],
  "act.requeue": ["放回队列", "Back to the queue"],
  "act.unjoin": ["拆分渠道", "Part the channels"],
  "act.close": ["结束会话", "Close"],
  "act.back": ["返回列表", "Back to the list"],

  "brief.title": ["会话摘要", "Summary"],
  "brief.reason": ["转人工原因", "Reason"],
  "brief.question": ["待解决的问题", "Open question"],
  "brief.order": ["订单", "Order"],
  "brief.product": ["商品", "Product"],
  "brief.mood": ["情绪", "Mood"],
  "mood.annoyed": ["不满", "Annoyed"],
  "mood.angry": ["生气", "Angry"],
  "brief.said": ["机器人说过", "The bot said"],

  "author.shopper": ["顾客", "Customer"],
  "author.bot": ["机器人", "Bot"],
  "author.agent": ["客服", "Agent"],
  "author.system": ["系统", "System"],
  "entry.note": ["内部备注", "Internal note"],
  "entry.pressed": ["点了按钮", "pressed a button"],
  "entry.withdrawn": ["未发出的机器人回复", "Bot reply, never sent"],
  "why.window_closed": ["平台允许回复的时间已过，请等顾客再发消息", "the channel's time to answer is over until the customer writes again"],
  "why.quota": ["平台允许的条数已用完，请等顾客再发消息", "the channel takes no more until the customer writes again"],
  "why.noright": ["账号没有主动发消息的权限", "the account may not send by itself"],
  "why.unreachable": ["顾客已取关或屏蔽", "the customer has blocked us"],
  "why.rejected": ["渠道不接受这条消息", "the channel does not take it"],
  "why.tried_too_often": ["多次重试仍未成功", "tried too often"],
  "why.unlinked": ["这个渠道已解除关联", "the channel is no longer joined"],
  "quota.left": ["还可发 {count} 条，剩 {time}", "{count} more to send, {time} left"],
  "quota.none": ["现在不能发消息，请等顾客再写", "nothing can be sent until the customer writes"],
  "entry.edited": ["已编辑", "edited"],
  "entry.buttons": ["顾客看到的按钮", "Buttons the customer saw"],
  "entry.sending": ["发送中…", "Sending…"],
  "entry.undo": ["撤回", "Undo"],
  "entry.late": ["连不上服务器，会自动重发", "Not through yet, will be sent again"],
  "delivery.sent": ["已送达渠道", "Delivered to the channel"],
  "delivery.failed": ["发送失败", "Not delivered"],
  "delivery.maybe_twice": ["可能重复送达", "May have arrived twice"],
  "delivery.refused": ["未发出", "Not sent"],
  "delivery.media_lost": ["有图片或文件未能取回", "A picture or file could not be fetched"],
  "delivery.withdrawn": ["已撤回，未发出", "Withdrawn, not sent"],

  "media.image": ["图片", "Picture"],
  "media.voice": ["语音", "Voice message"],
  "media.video": ["视频", "Video"],
  "media.file": ["文件", "File"],
  "media.map": ["查看地图", "Map"],
  "media.notYet": ["图片还没取到，点开再试", "The picture is not here yet; click to try again"],
  "media.noText": ["（没有文字）", "(no text)"],

  "episode.start": ["人工会话开始", "Human chat begins"],
  "episode.end": ["人工会话结束", "Human chat ends"],
  "event.link": ["顾客发来关联码或解除关联", "The customer sent a code, or asked to unlink"],
  "event.linked": ["已合并为一个会话：{channels}", "One conversation now: {channels}"],
  "event.signed_in": ["顾客已在网站登录", "The customer has signed in on the website"],
  "event.unlinked": ["已解除关联，各渠道的会话已分开", "Unlinked: each channel has its own conversation again"],
  "event.link_wrong": ["关联码无效或已过期", "The code was wrong or too old"],
  "event.link_account": ["没有关联：已属于另一个账号", "Not linked: this chat is another account's"],
  "event.link_busy": ["没有关联：还有消息正在处理", "Not linked: something was still being answered"],
  "event.link_same": ["没有关联：本来就是同一个会话", "Not linked: it is one conversation already"],
  "event.link_too_many": ["关联码尝试次数过多，暂停十分钟", "Too many codes were tried: none works for ten minutes"],
  "event.later": ["已告知顾客：稍后再发消息即可看到答复", "The customer was told to write again for the answer"],
  "event.told": ["顾客补充了资料", "The customer added details"],
  "event.joined": ["{agent} 接入", "{agent} joined"],
  "event.requeued": ["{agent} 放回队列", "{agent} put it back into the queue"],
  "event.handed_back": ["{agent} 转回机器人", "{agent} handed back to the bot"],
  "event.closed": ["{agent} 结束会话", "{agent} closed the chat"],
  "event.edited": ["顾客修改了一条消息", "The customer edited a message"],
  "event.blocked": ["顾客屏蔽了我们", "The customer has blocked us"],
  "event.unblocked": ["顾客解除了屏蔽", "The customer has unblocked us"],
  "event.followed": ["顾客关注了我们", "The customer follows us"],
  "event.unfollowed": ["顾客取消了关注", "The customer has unfollowed us"],
  "event.scanned": ["顾客扫了二维码", "The customer scanned a QR code"],
  "event.offered": ["邀请 {agent} 接入", "Offered to {agent}"],
  "event.declined": ["{agent} 暂不接入", "{agent} declined"],
  "event.missed": ["{agent} 未在时限内接入", "{agent} did not answer in time"],
  "event.overdue": ["回复超时，已提醒主管", "An answer is overdue; the supervisor is told"],
  "event.reminded": ["提醒 {agent}：顾客在等回复", "{agent} was reminded: the customer waits"],
  "event.silent": ["{agent} 长时间未回复，会话已放回队列", "{agent} stayed silent; back to the queue"],
  "event.gone": ["{agent} 的工作台已断开，会话已放回队列", "{agent}'s workspace is gone; back to the queue"],
  "event.closing": ["已告知顾客：会话即将结束", "The customer was told that the chat is about to end"],
  "event.shopper_silent": ["顾客长时间未回复，会话自动结束", "The customer stayed silent; the chat ended by itself"],
  "event.left": ["顾客离开队列", "The customer left the queue"],

  "thread.label": ["会话内容", "Conversation"],
  "thread.loading": ["加载中…", "Loading…"],
  "thread.beginning": ["会话从这里开始", "The conversation begins here"],
  "thread.newest": ["最新消息", "Newest messages"],
  "thread.typing": ["顾客正在输入…", "The customer is typing…"],
  "thread.none": ["从左侧选择一个会话", "Choose a conversation on the left"],
  "thread.missing": ["找不到这个会话", "There is no such conversation"],

  "file.tray": ["要发送的文件", "Files to send"],
  "file.remove": ["移除 {name}", "Remove {name}"],
  "file.underway": ["上传中…", "Uploading…"],
  "file.retry": ["上传失败", "Not uploaded"],
  "file.again": ["重试", "Retry"],

  "compose.attach": ["图片或文件", "Picture or file"],
  "compose.camera": ["拍照", "Take a picture"],
  "compose.emoji": ["表情", "Emoji"],
  "compose.canned": ["快捷回复（输入 /）", "Canned replies (type /)"],
  "compose.suggestions": ["可选内容", "Suggestions"],
  "compose.reply": ["回复", "Reply"],
  "compose.note": ["内部备注", "Internal note"],
  "compose.mode": ["写给谁", "Who reads it"],
  "compose.toShopper": ["回复顾客，发往{channel}", "Reply to the customer on {channel}"],
  "compose.takeover": ["回复发往{channel}，并由你接待这个会话", "Your reply goes to {channel} and takes this conversation over"],
  "compose.toAgents": ["只有同事能看到", "Only agents see this"],
  "compose.notYours": ["由 {agent} 接待，你可以写内部备注", "With {agent}; you can leave an internal note"],
  "compose.send": ["发送", "Send"],
  "compose.save": ["保存备注", "Save note"],
  "compose.hint": ["Enter 发送，Shift+Enter 换行，/ 快捷回复", "Enter sends, Shift+Enter breaks the line, / canned replies"],
  "compose.left": ["还可输入 {count} 字", "{count} characters left"],
  "compose.over": ["超出 {count} 字，最多 4,000 字", "{count} too many; 4,000 at most"],

  "refused.taken": ["已由 {agent} 接入", "Taken by {agent}"],
  "refused.somebody": ["同事", "a colleague"],
  "refused.notWaiting": ["这个会话已不在等待", "This conversation is no longer waiting"],
  "refused.owner": ["这个会话由 {agent} 接待", "This conversation is with {agent}"],
  "refused.state": ["现在不能这样做：{state}", "Not possible now: {state}"],
  "refused.capacity": ["手上的会话已满，请先结束一个", "You hold as many conversations as you may; finish one first"],
  "refused.joined": ["这个会话已并入另一个会话", "This conversation goes on in another one"],
  "refused.alone": ["没有其他渠道与这个会话关联", "No other channel is joined to this conversation"],
  "refused.unknown": ["找不到这个会话", "There is no such conversation"],
  "refused.kept": ["{why}。你写的内容放回了输入框。", "{why}. Your text is back in the box."],

  "admin.title": ["客服管理", "Agents"],
  "admin.name": ["名字", "Name"],
  "admin.role": ["角色", "Role"],
  "admin.state": ["状态", "State"],
  "admin.actions": ["操作", "Actions"],
  "admin.add": ["添加客服", "Add an agent"],
  "admin.online": ["在线", "online"],
  "admin.disable": ["停用", "Disable"],
  "admin.enable": ["启用", "Enable"],
  "admin.reset": ["重设密码", "Reset password"],
  "admin.link": ["把这个一次性链接发给 {name}，它只显示这一次：", "Give {name} this one-time link. It is shown only once:"],
  "admin.copy": ["复制链接", "Copy link"],
  "admin.copied": ["已复制", "Copied"],
  "role.agent": ["客服", "Agent"],
  "role.lead": ["组长", "Team lead"],
  "role.admin": ["管理员", "Admin"],
  "account.invited": ["待激活", "Invited"],
  "account.active": ["正常", "Active"],
  "account.disabled": ["已停用", "Disabled"],

  "rules.title": ["店铺规则", "Rules"],
  "rules.save": ["保存", "Save"],
  "rules.version": ["第 {version} 版 · {author} · {time}", "Version {version} · {author} · {time}"],
  "rules.hours": ["服务时间", "Opening hours"],
  "rules.hoursHint": ["写法：09:00-12:00, 13:30-18:00（中间是休息）；22:00-02:00 到第二天；00:00-24:00 全天。", "As 09:00-12:00, 13:30-18:00 with a break between; 22:00-02:00 ends the next day; 00:00-24:00 is the whole day."],
  "rules.zone": ["时区", "Time zone"],
  "rules.region": ["节假日", "Public holidays"],
  "rules.regionHint": ["CN、HK、TW…；留空表示不看节假日", "CN, HK, TW…; leave empty to ignore holidays"],
  "rules.holiday": ["节假日", "On holidays"],
  "rules.makeup": ["调休上班日", "On days worked in exchange"],
  "rules.makeupHint": ["留空与周一相同", "Empty: as on Monday"],
  "rules.days": ["特殊日期", "Single days"],
  "rules.daysHint": ["一行一天；日期后不写时间表示不上班", "One a line; a date without times is closed"],
  "rules.closedDay": ["休息", "Closed"],
  "rules.teams": ["技能组的服务时间", "Hours of single teams"],
  "rules.teamsHint": ["不在这里的技能组按上面的服务时间。", "Teams that are not here keep the hours above."],
  "rules.team": ["技能组", "Team"],
  "rules.addTeam": ["添加", "Add"],
  "rules.remove": ["删除", "Remove"],
  "rules.badWindow": ["看不懂“{text}”，请写成 09:00-18:00", "“{text}” is not understood; write it as 09:00-18:00"],
  "rules.badDay": ["看不懂“{text}”，请写成 2026-12-31: 09:00-12:00", "“{text}” is not understood; write it as 2026-12-31: 09:00-12:00"],
  "crew.title": ["客服的技能与接待上限", "Skills and capacity of agents"],
  "crew.hint": ["留空表示什么都能接；多个用逗号隔开。主题是转人工原因，如 complaint；语言如 zh-Hans, en", "Empty means everything; commas between several. Topics are reasons of a handoff, as complaint; languages as zh-Hans, en"],
  "crew.name": ["客服", "Agent"],
  "crew.topics": ["主题", "Topics"],
  "crew.channels": ["渠道", "Channels"],
  "crew.languages": ["语言", "Languages"],
  "crew.capacity": ["同时接待", "Chats at once"],
  "rules.service": ["服务时限（秒）", "Levels of service (seconds)"],
  "rules.service.first_reply": ["接入后首次回复", "First reply after joining"],
  "rules.service.next_reply_soon": ["后续回复：快超时提醒", "Later replies: warned after"],
  "rules.service.next_reply": ["后续回复：超时", "Later replies: overdue after"],
  "rules.service.remind": ["提醒不回复的客服", "Remind a silent agent after"],
  "rules.service.take_back": ["提醒后收回会话", "Take the chat back after that"],
  "rules.service.silent_shopper": ["顾客不回复：结束前提示", "Silent customer: note after"],
  "rules.service.close": ["提示后结束会话", "Close after that"],
  "rules.service.long_wait": ["排队太久：询问是否留言", "Long wait: ask to leave a message after"],
  "rules.routing": ["会话分配", "Routing"],
  "rules.routing.mode": ["方式", "Mode"],
  "rules.routing.mode.push": ["直接分配", "Assign directly"],
  "rules.routing.mode.offer": ["邀请接入（倒计时）", "Offer with a countdown"],
  "rules.routing.mode.pull": ["客服自取", "Agents pick"],
  "rules.routing.countdown": ["邀请倒计时（秒）", "Countdown of an offer (s)"],
  "rules.routing.balance": ["同等条件下", "Among equals"],
  "rules.routing.balance.least_active": ["最空闲的先", "Most room first"],
  "rules.routing.balance.round_robin": ["轮流", "In turn"],
  "rules.routing.grace": ["等待上次的客服（秒）", "Wait for the last agent (s)"],
  "rules.routing.widen": ["逐步放宽技能（秒）", "Widen skills every (s)"],
  "rules.routing.pause": ["拒接后暂不再派（秒）", "Pause after a decline (s)"],
  "rules.routing.head_starts": ["优先（按转人工原因，秒）", "Head starts by reason (s)"],
  "rules.closed": ["休息时间", "When closed"],
  "rules.closed.wait": ["可以排队等候", "Customers may wait in line"],
  "rules.closed.message": ["可以留言", "Customers may leave a message"],

  "keys.title": ["快捷键", "Keys"],
  "keys.move": ["在列表中移动", "Move in the lists"],
  "keys.enter": ["打开会话；对已打开的待接入会话，再按一次接入", "Open; once more claims an open waiting conversation"],
  "keys.send": ["发送", "Send"],
  "keys.line": ["换行", "New line"],
  "keys.reply": ["写回复", "Write a reply"],
  "keys.note": ["写内部备注", "Write an internal note"],
  "keys.escape": ["回到列表", "Back to the list"],
  "keys.help": ["显示这个窗口", "Show this"],
  "keys.close": ["关闭", "Close"],

  "problem.signed_out": ["账号名或密码不对", "Wrong name or password"],
  "problem.too_many": ["尝试次数过多，请五分钟后再试", "Too many tries, wait five minutes"],
  "problem.forbidden": ["没有权限；演示环境只能在运行它的机器上登录", "Not allowed; a demo can only be entered on the machine it runs on"],
  "problem.link": ["链接已用过或已过期，请向管理员要一个新的", "This link was used or has expired, ask an admin for a new one"],
  "problem.name_taken": ["这个名字已有人用，请换一个", "Another agent has this name, choose a different one"],
  "problem.name": ["名字需要 1 到 40 个字符", "A name has 1 to 40 characters"],
  "problem.password": ["密码至少需要 10 个字符", "The password needs at least 10 characters"],
  "problem.too_large": ["文件不能超过 20 MB", "A file may have 20 MB"],
  "problem.bad_type": ["只能发送图片、语音、MP4、PDF、DOCX 和 XLSX", "Only pictures, sounds, MP4, PDF, DOCX and XLSX can be sent"],
  "problem.full": ["空间不足，暂时不能发送文件", "There is no room for files right now"],
  "problem.empty": ["文件是空的", "The file is empty"],
  "problem.changed": ["别人刚刚保存了规则，请重新打开本页再修改", "Somebody else has just saved the rules; open this page again and change those"],
  "problem.self": ["不能停用自己，请另一位管理员操作", "You cannot disable yourself; another admin can"],
  "error.unreachable": ["服务器没有回应，请稍后再试", "The server does not answer, try again later"],
};

/** @typedef {keyof typeof TEXTS} Key */

const STORED = "jieli.workspace.language";

/** @returns {Language} */
function chooseLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked) return asked.startsWith("zh") ? "zh" : "en";
  const stored = localStorage.getItem(STORED);
  if (stored === "zh" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const language = chooseLanguage();
export const locale = language === "zh" ? "zh-Hans" : "en";

/** Switches to the other language. The page starts anew; drafts and unanswered commands outlive that. */
export function switchLanguage() {
  localStorage.setItem(STORED, language === "zh" ? "en" : "zh");
  const here = new URL(location.href);
  here.searchParams.delete("lang");
  history.replaceState(null, "", here);
  location.reload();
}

/**
 * The text of `key` in the reader's language, with `{name}` replaced from `fields`.
 * @param {Key} key
 * @param {Record<string, string|number>} [fields]
 */
export function say(key, fields = {}) {
  const text = TEXTS[key][language === "zh" ? 0 : 1];
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(fields[name] ?? whole));
}

/**
 * As `say`, for keys made of a word from the server, which may be newer than this page: then the word itself.
 * @param {"channel"|"reason"|"mood"|"event"|"delivery"|"why"|"account"|"problem"|"rules"} family
 * @param {string} word
 * @param {Record<string, string>} [fields]
 */
export function sayWord(family, word, fields) {
  const key = `${family}.${word}`;
  return key in TEXTS ? say(/** @type {Key} */ (key), fields) : word;
}
