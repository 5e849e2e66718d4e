"""A stage for conversations: a real demo shop, real texts, and an understander that knows its lines by heart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from actions.demo import DAY_ZERO, catalogue, orders
from actions.policies import Policies
from actions.seed.load import policies
from actions.shop import Order, OrderState, Shop
from bot.dialogue.port import Draft, Turn
from bot.dialogue.shopdialogue import ShopDialogue
from bot.dialogue.switches import InHand
from bot.dialogue.texts import Texts, apologise
from bot.messages import Audience, Author, Content, Conversation, Entry, Language
from bot.understanding.port import Entity, Understander, Understanding, UnderstandingFailed
from tests.conftest import NOW

TEXTS = Texts.load()
ORDERS = orders(DAY_ZERO)

LINES = {
    "你好": "greet",
    "hello there": "greet",
    "谢谢啦": "thank",
    "再见咯": "goodbye",
    "好的呀": "affirm",
    "yes please": "affirm",
    "算了吧": "deny",
    "no thank you": "deny",
    "你是机器人吗": "bot_challenge",
    "给我转人工": "request_human",
    "垃圾店铺，再也不来了": "complain",
    "你们做事不太行": "complain",
    "什么破店": "complain",
    "这是我的资料": "inform",
    "我的快递到哪了": "track_order",
    "where is my parcel": "track_order",
    "我的快遞到哪了": "track_order",
    "什么时候发货": "ask_dispatch_time",
    "几天能到": "ask_delivery_time",
    "运费多少": "ask_shipping_fee",
    "哪些地方能送": "ask_delivery_area",
    "能退吗": "ask_return_policy",
    "退货运费谁出": "return_shipping_fee",
    "我要退货": "request_return",
    "我要仅退款": "request_return",
    "I want to return it": "request_return",
    "退款到哪了": "refund_status",
    "取消订单": "cancel_order",
    "改地址": "change_address",
    "我要换货": "request_exchange",
    "改一下订单": "modify_order",
    "还没收到": "parcel_not_received",
    "快递电话多少": "ask_courier_contact",
    "怎么寄回": "ask_return_method",
    "发错了": "report_wrong_item",
    "少发了一件": "report_wrong_item",
    "别退了，我还要": "undo_request",
    "这个多少钱": "ask_price",
    "how much is it": "ask_price",
    "充电宝多少钱": "ask_price",
    "有货没": "ask_stock",
    "手环有货没": "ask_stock",
    "介绍一下": "ask_product_info",
    "有什么活动": "ask_promotion",
    "怎么领券": "ask_coupon",
    "便宜点": "bargain",
    "店在哪里": "ask_store_info",
    "开发票": "ask_invoice",
    "收到是坏的": "report_defect",
    "穿着太小": "ask_size",
    "被扣了两次钱": "payment_problem",
    "charged me twice": "payment_problem",
    "降价了，差我20000000元": "price_protection",
}
"""What is understood; everything else is not, and looks a little like a price, stock or tracking question."""

PRODUCTS = [(name.lower(), product.id) for product in catalogue() for name in product.names]
DOUBT = (("ask_price", 0.3), ("ask_stock", 0.2), ("track_order", 0.1))


class Heart:
    """An `Understander` that knows `LINES` by heart and fails on demand."""

    def __init__(self) -> None:
        self.fails = False
        self.doubt = 0.4

    async def understand(self, text: str) -> Understanding:
        if self.fails:
            raise UnderstandingFailed("asleep")
        known = LINES.get(text.strip())
        return Understanding(
            text=text,
            intent=known or "out_of_scope",
            confidence=0.95 if known else self.doubt,
            answered=known is not None,
            entities=tuple(_entities(text)),
            alternatives=() if known else DOUBT,
        )


def _entities(text: str) -> Iterator[Entity]:
    for found in re.finditer(r"JL\d{10}", text):
        yield Entity("order_number", found[0], *found.span())
    for found in re.finditer(r"(\d+)元", text):
        yield Entity("money", found[1], *found.span())
    for name, id in PRODUCTS:
        if (start := text.lower().find(name)) >= 0:
            yield Entity("product", id, start, start + len(name))


class Counts:
    """A `Counter` in memory, which forgets nothing."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    async def count(self, what: str, seconds: int, by: int = 1) -> int:
        self.counts[what] = self.counts.get(what, 0) + by
        return self.counts[what]


@dataclass
class Stage:
    """One conversation, played turn by turn."""

    shop: Shop
    language: Language = "zh-Hans"
    heart: Understander = field(default_factory=Heart)
    policies: Policies = field(default_factory=policies)
    counts: Counts = field(default_factory=Counts)
    identity: str = "v1"
    conversation: str = "c1"
    channel: str = "web"
    now: datetime = NOW
    slots: dict[str, object] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    hand: InHand = field(default_factory=InHand)
    apologised: bool = False

    async def play(self, *lines: str | Content) -> Draft:
        """One turn of one or more messages, answered."""
        contents = [Content(text=line) if isinstance(line, str) else line for line in lines]
        dialogue = ShopDialogue(
            self.heart, self.shop, TEXTS, lambda: self.policies, self.counts, in_hand=lambda now: self.hand
        )
        draft = await dialogue.reply(
            turn(contents, self.language, self.slots, self.now, self.channel, self.identity, self.conversation)
        )
        self.apologised = bool(self.slots.get("sorry"))
        self.slots = dict(draft.slots)
        self.said += [content.text for content in draft.say]
        return draft

    def word(self, key: str, **fields: str) -> str:
        """As it was said in the last turn: without an apology, where there was one before."""
        return apologise(TEXTS.compose(self.language, key, **fields), again=self.apologised)


def turn(
    contents: list[Content],
    language: Language,
    slots: dict[str, object],
    now: datetime,
    channel: str = "web",
    identity: str = "v1",
    id: str = "c1",
) -> Turn:
    conversation = Conversation.model_validate(
        {"id": id, "channel": channel, "identity": identity, "language": language, "slots": slots}
    )
    entries = [
        Entry(seq=n, prev=n - 1, at=0, epoch=0, author=Author.SHOPPER, audience=Audience.ALL, content=content)
        for n, content in enumerate(contents, 1)
    ]
    return Turn(conversation, tuple(entries), now)


def an_order(state: OrderState, place: int = 0) -> Order:
    """One of the seeded orders of a state, by its place among them."""
    return [order for order in ORDERS if order.state is state][place]


def proof(order: Order) -> str:
    return f"{order.number} {order.phone[-4:]}"


def press(choice: str, label: str = "按钮") -> Content:
    return Content(text=label, choice=choice)


def text_of(draft: Draft) -> str:
    return "\n".join(content.text for content in draft.say)
