"""Words that make sense only after the previous turn: "查到了吗", "多久", "什么意思", bare data, a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from pydantic import ConfigDict

from bot.understanding.port import Understanding
from bot.understanding.text import view_of


@dataclass(frozen=True)
class Context:
    """`asked` is what the bot last asked for (a name of `bot.dialogue.slots.Asked`),
    `last` the task last answered."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    asked: str | None = None
    last: str | None = None


class FollowUp(StrEnum):
    AGAIN = "again"
    """Has anything been found, and what now?"""
    HURRY = "hurry"
    HOW_LONG = "how_long"
    EXPLAIN = "explain"
    LOST = "lost"
    """The shopper cannot give what was asked for."""
    AFTER_SALES = "after_sales"
    """A bare "售后": some trouble with an order, not yet which."""


FOUND_BY_LOOKING = frozenset({"order_number", "tail", "code", "product"})
"""What a shopper may be unable to give."""
REASONS = frozenset(
    {
        "report_defect",
        "report_wrong_item",
        "ask_size",
        "ask_product_info",
        "request_return",
        "request_exchange",
        "cancel_order",
        "complain",
        "inform",
    }
)
"""What a reason for a return looks like to understanding: asked for one, take it as that."""
OWN_WORDS = {
    "reason": REASONS,
    "wanted": frozenset(
        {"request_exchange", "modify_order", "ask_size", "ask_stock", "ask_product_info", "change_address", "inform"}
    ),
    "address": frozenset({"change_address", "inform", "ask_delivery_area"}),
    "title": frozenset({"ask_invoice", "inform"}),
    "fault": frozenset({"report_defect", "ask_warranty", "ask_product_info", "complain", "inform"}),
}
"""Questions that are answered in one's own words, and what such words may look like."""
_YES = re.compile(r"确认|是的?(?![不吗])|好的?(?![不吗])|(?:confirm|yes)\b")
_ALL_YES = re.compile(
    r"(?:没问题|可以|确认|确定|提交|同意|就这[么样]|对(?!了)|行|嗯|是|好|[办做弄]|[的吧啊呀呢哦嘞滴,.!~\s]"
    r"|\b(?:no problem|confirmed|yep|yeah|sure|ok(?:ay)?|go ahead|do it|please(?: do)?|that'?s (?:right|fine))\b)+"
)
"""Nothing but agreement, however it is put."""
_NOT_YET = re.compile(
    r"[?吗么]|再|等|想想|考虑|看看|先|但|不|别|没|还是|如果|要是|\b(?:but|if|wait|think|later|maybe|first|not?|don'?t|what|how)\b"
)
_LONGEST_YES = 12
ONLY_DATA = re.compile(
    r"[\s,，;；.。、/和-]*(?:[A-Za-z]{1,4}-?)?\d{4,24}(?:[\s,，;；.。、/和-]+(?:[A-Za-z]{1,4}-?)?\d{4,24})*[\s,，;；.。、/和-]*"
)

_LOOKED_AT = {
    "track_order": "track_order",
    "ask_dispatch_time": "track_order",
    "ask_delivery_time": "track_order",
    "request_return": "track_order",
    "cancel_order": "track_order",
    "undo_request": "track_order",
    "refund_status": "refund_status",
}
_TIMED_BY = {
    "track_order": "ask_delivery_time",
    "ask_delivery_time": "ask_delivery_time",
    "ask_shipping_fee": "ask_delivery_time",
    "ask_delivery_area": "ask_delivery_time",
    "ask_dispatch_time": "ask_dispatch_time",
    "request_return": "refund_status",
    "cancel_order": "refund_status",
    "refund_status": "refund_status",
    "ask_return_policy": "ask_return_policy",
    "ask_promotion": "ask_promotion",
    "ask_coupon": "ask_coupon",
}

_OPENING = r"(?:(?:那么?|请问?|亲|你好|您好|麻烦|我?想问一?下|so|ok(?:ay)?|hi|hello|hey|please|sorry|and)[\s,]*)*"
_CLOSING = r"(?:[\s?!.,。、~…啊呀呢哦哈嘛]|please)*"
_ASKED_TO = r"(?:(?:你|您|能|可以|能不能|可不可以|帮我?|麻烦|给我|再|can\syou|could\syou)\s*)*"
_WORDS = {
    FollowUp.AFTER_SALES: r"(?:我要|申请|找|联系)?售后(?:服务|问题|客服)?|after[- ]?sales?(?: service)?",
    FollowUp.AGAIN: rf"""{_ASKED_TO}查(?:到|好|出来|清楚)?了?(?:结果)?(?:没有|吗|没|么|一?下|一遍|一次)?(?:看看?)?
        | 有?(?:结果|消息|进展|回复|更新|眉目)了?(?:没有|吗|没|么)? | 然后 | 接下来(?:怎么办|怎么弄)? | 后来
        | 下一步 | 怎么样了?
        | (?:弄|处理|办|搞)?好了(?:没有|吗|没|么) | 处理了?(?:没有|吗|没|么) | 还没(?:好|查到)吗? | 现在 | 继续
        | any(?:thing)?\s(?:news|updates?|progress|luck)(?:\son\s(?:it|that|this|my\sorder))? | updates?
        | (?:and\s)?then(?:\swhat)?
        | what(?:'s|\sis)?\s(?:next|now) | (?:have\syou\s)?found\s(?:it|anything)(?:\syet)?
        | did\syou\sfind\s(?:it|anything|out)
        | {_ASKED_TO}(?:check|look)(?:\sit)?(?:\sup)?\sagain | is\s(?:it|that)\sdone(?:\syet)?""",
    FollowUp.HURRY: rf"""{_ASKED_TO}催(?:一下|下|一催|催|单|促)?(?:一?下)?吗? | {_ASKED_TO}快(?:一?点|些)吗? | 尽快
        | 抓紧 | 赶紧的?
        | {_ASKED_TO}hurry(?:\sup)? | {_ASKED_TO}(?:chase|rush|speed)(?:\s(?:it|this|that))?(?:\sup)? | faster
        | asap""",
    FollowUp.HOW_LONG: r"""(?:还|大概|大约|一般|需?要|得|等)*多(?:久|长时间)(?:能好|时间|了)? | (?:要|等)?几天
        | (?:什么|啥)时候 | 何时
        | how\s(?:much\s)?(?:long(?:er)?|soon)(?:\s(?:will|does|would|is)\s(?:it|that|this)(?:\stake|\sbe)?)?
        | how\smany\sdays
        | (?:by\s)?when""",
    FollowUp.EXPLAIN: r"""(?:这个?|那个?|你|是|你?说的?|到底)*(?:什么|啥)意思
        | (?:我?还?是?)?(?:没太?|不太?|看不|听不)(?:看|听)?(?:懂|明白)
        | 什么 | 啥 | 再[说讲](?:一遍|一次) | 说清楚一?点? | 解释一下 | (?:这是)?为(?:什么|啥|何) | 凭什么
        | 怎么会(?:这样)? | 怎么回事
        | (?:这个?)?怎么(?:弄|操作|办|搞|找|看) | (?:去|从)?(?:在?哪里?儿?)(?:看|找|查)?
        | 要(?:这个|它|订单号|手机号?)?(?:干什么|干嘛|干啥|做什么)
        | (?:订单号|单号|尾号|手机号)(?:是什么|是啥|在?哪里?儿?(?:看|找|有)?|怎么(?:看|找|查))
        | what\sdo\syou\smean(?:\sby\sthat)? | what\sdoes\s(?:that|this|it)\smean
        | i?\s?(?:don'?t|do\snot)\s(?:understand|get\s(?:it|that)|follow)
        | what | huh | pardon(?:\sme)? | say\s(?:that|it)\sagain | come\sagain | explain(?:\s(?:it|that))?
        | why(?:\s(?:not|is\sthat|so))?
        | how\scome | how(?:\sdo\si(?:\sdo\s(?:it|that|this))?)?
        | where(?:\s(?:do|can)\si\sfind\s(?:it|that|(?:the|my)\s(?:order\s)?number))?
        | what\sfor | why\sdo\syou\sneed\s(?:it|that|this|my\s\w+)""",
    FollowUp.LOST: r"""我?(?:的?(?:订单号|单号|手机号?|号码))?(?:早就|已经|也)?(?:找不到|找不着|没找到|忘了|忘记了?
            |不记得了?|记不清了?|记不得了?|不知道|不清楚|丢了|没有)(?:订单号|单号|是多少)?(?:了|怎么办)?
        | i?\s?(?:don'?t|do\snot)\s(?:have|know|remember)(?:\s(?:it|that|one|the\snumber|my\sorder\snumber))?
        | i?\s?(?:can'?t|cannot)\sfind\s(?:it|that|the\snumber|my\sorder\snumber)
        | i?\s?(?:lost|forgot)(?:\s(?:it|the\snumber))?
        | no\sidea | not\ssure""",
}
_PATTERNS = {
    kind: re.compile(rf"{_OPENING}(?:{words})(?:了|的)?{_CLOSING}", re.VERBOSE) for kind, words in _WORDS.items()
}
_LONGEST = 40
"""Characters; more than these say something of their own."""


def follow_up_of(text: str, asked: str | None = None) -> FollowUp | None:
    """How a text follows on the previous turn, if it does; `asked` is what the bot asked for there."""
    if len(text) > _LONGEST:
        return None
    words = view_of(text).text
    kinds = (kind for kind, pattern in _PATTERNS.items() if pattern.fullmatch(words))
    return next((kind for kind in kinds if kind is not FollowUp.LOST or asked in FOUND_BY_LOOKING), None)


def task_after(follow_up: FollowUp, last: str | None) -> str | None:
    """The task that does what is meant; None where the bot should offer what it may be."""
    if follow_up is FollowUp.HOW_LONG:
        return _TIMED_BY.get(last or "")
    if follow_up is FollowUp.HURRY:
        return _LOOKED_AT.get(last or "", "track_order")
    if follow_up is FollowUp.AGAIN:
        return _LOOKED_AT.get(last) if last else "track_order"
    return last if follow_up is FollowUp.EXPLAIN else None


def in_context(heard: Understanding, context: Context) -> Understanding:
    """What a message means after the previous turn; the same where it speaks for itself.

    A follow-up takes the intent of the task that does it, and always is answered; what answers a question is `inform`
    or a clear `affirm`.
    """
    follow_up = follow_up_of(heard.text, context.asked)
    if follow_up:
        task = task_after(follow_up, context.last) or heard.intent
        return replace(heard, intent=task, answered=True, intents=())
    answer = answer_to(context.asked, heard)
    return replace(heard, intent=answer, answered=True, intents=()) if answer else heard


def is_clear_yes(heard: Understanding) -> bool:
    """Whether a message is a yes and nothing else: "好吧，我再想想" and "确认一下运费谁出" are none."""
    words = view_of(heard.text).text
    if _ALL_YES.fullmatch(words) and len(words) > 1:
        return True
    agrees = _YES.match(words) or (heard.answered and heard.intent == "affirm")
    short = len(words) <= _LONGEST_YES or (len(words.split()) <= _LONGEST_YES // 2 and words.isascii())
    return bool(agrees) and short and not _NOT_YET.search(words)


def answer_to(asked: str | None, heard: Understanding) -> str | None:
    """`affirm` or `inform` where a message just answers what was asked; None where it may be anything."""
    if ONLY_DATA.fullmatch(heard.text):
        return "inform"
    if asked == "confirm" and is_clear_yes(heard):
        return "affirm"
    if asked in OWN_WORDS and (not heard.answered or heard.intent in OWN_WORDS[asked]):
        return "inform"
    if asked in FOUND_BY_LOOKING and not heard.answered and asked in {entity.name for entity in heard.entities}:
        return "inform"
    return None
