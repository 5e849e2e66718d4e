"""What makes sense only after the previous turn is answered by it, never by a blind fallback."""

from __future__ import annotations

import pytest
from papershop import ME, PaperShop, an_order_of
from stage import Stage, an_order, press, proof, text_of

from actions.demo import DemoShop
from actions.shop import OrderState
from bot.dialogue.flows import FLOWS
from bot.dialogue.intents import AFTER_SALES, WAITS
from bot.dialogue.texts import SHIPPED, read_lines
from bot.messages import LANGUAGES, Language
from bot.understanding.context import Context, FollowUp, follow_up_of, in_context, is_clear_yes, task_after
from bot.understanding.port import Understanding

TRACK = {"todo": ["track_order"]}
RETURN = {"todo": ["request_return"], "order_number": "JL1"}
OFFER = {"asked": "human", "offer": "business", "last": "ask_invoice"}
CHOICE = {"asked": "intent", "offer": "not_understood", "candidates": ["ask_price", "ask_stock"]}

# Slots before, what is written, the text that answers it.
CASES: list[tuple[dict[str, object], str, str]] = [
    ({**TRACK, "asked": "order_number"}, "查到了吗", "need.order_number"),
    ({**TRACK, "asked": "order_number"}, "多久", "need.order_number"),
    ({**TRACK, "asked": "order_number"}, "催一下", "need.order_number"),
    ({**TRACK, "asked": "order_number"}, "什么意思", "explain.order_number"),
    ({**TRACK, "asked": "order_number"}, "为什么", "explain.order_number"),
    ({**TRACK, "asked": "order_number"}, "订单号在哪看", "explain.order_number"),
    ({**TRACK, "asked": "order_number"}, "在哪里找", "explain.order_number"),
    ({**TRACK, "asked": "order_number"}, "找不到了", "offer.lost"),
    ({**TRACK, "asked": "order_number"}, "忘了", "offer.lost"),
    ({**TRACK, "asked": "order_number"}, "没有", "offer.lost"),
    ({**TRACK, "asked": "order_number"}, "售后", "clarify.after_sales"),
    ({**TRACK, "asked": "tail", "order_number": "JL1"}, "好了吗", "need.tail"),
    ({**TRACK, "asked": "tail", "order_number": "JL1"}, "要这个干嘛", "explain.tail"),
    ({**TRACK, "asked": "tail", "order_number": "JL1"}, "我不记得了", "offer.lost"),
    ({"todo": ["ask_price"], "asked": "product"}, "然后呢", "need.product"),
    ({"todo": ["ask_price"], "asked": "product"}, "啥意思", "explain.product"),
    ({**RETURN, "asked": "reason"}, "多久啊", "need.reason"),
    ({**RETURN, "asked": "reason"}, "什么意思？", "explain.reason"),
    ({**RETURN, "asked": "confirm", "reason": "x"}, "没看懂", "explain.confirm"),
    ({**RETURN, "asked": "confirm", "reason": "x"}, "好了没", "need.confirm"),
    (OFFER, "要等多久", "need.human"),
    (OFFER, "为什么", "explain.human"),
    (CHOICE, "什么意思", "explain.intent"),
    (CHOICE, "然后呢", "need.intent"),
    ({}, "查到了吗", "ask.order_number"),
    ({}, "帮我催一下", "ask.order_number"),
    ({}, "有消息了吗", "ask.order_number"),
    ({}, "什么意思", "clarify.open"),
    ({}, "多久", "clarify.how_long"),
    ({}, "我要售后", "clarify.after_sales"),
    ({"last": "ask_shipping_fee"}, "什么意思", "explain.ask_shipping_fee"),
    ({"last": "ask_shipping_fee"}, "然后呢", "clarify.next"),
    ({"last": "bargain"}, "为什么不行", "clarify.options"),
    ({"last": "bargain"}, "为啥", "explain.bargain"),
    ({"last": "ask_stock"}, "多久", "clarify.how_long"),
    ({"last": "ask_delivery_time"}, "催一下", "ask.order_number"),
    ({"last": "ask_dispatch_time"}, "怎么样了", "ask.order_number"),
    ({"last": "track_order"}, "没太懂", "explain.track_order"),
    ({"last": "track_order", "misunderstood": 1}, "还是不懂", "offer.explain"),
    ({"last": "ask_return_policy"}, "接下来呢", "clarify.next"),
    ({"last": "refund_status"}, "查到了没", "ask.order_number"),
    ({"last": "ask_invoice"}, "什么意思", "explain.ask_invoice"),
]
ENGLISH: list[tuple[dict[str, object], str, str]] = [
    ({**TRACK, "asked": "order_number"}, "any update?", "need.order_number"),
    ({**TRACK, "asked": "order_number"}, "where do I find it?", "explain.order_number"),
    ({**TRACK, "asked": "order_number"}, "I don't have it", "offer.lost"),
    ({**TRACK, "asked": "tail", "order_number": "JL1"}, "why do you need that", "explain.tail"),
    ({**RETURN, "asked": "confirm", "reason": "x"}, "what do you mean?", "explain.confirm"),
    (OFFER, "how long will it take?", "need.human"),
    ({}, "any news on my order?", "ask.order_number"),
    ({}, "how long", "clarify.how_long"),
    ({}, "can you hurry up please", "ask.order_number"),
    ({"last": "ask_promotion"}, "sorry, what?", "explain.ask_promotion"),
    ({"last": "ask_price"}, "and then?", "clarify.next"),
    ({"last": "track_order"}, "I don't understand", "explain.track_order"),
    ({"last": "ask_dispatch_time"}, "what's next", "ask.order_number"),
]
TRADITIONAL: list[tuple[dict[str, object], str, str]] = [
    ({**TRACK, "asked": "order_number"}, "查到了嗎", "need.order_number"),
    ({**TRACK, "asked": "order_number"}, "什麼意思", "explain.order_number"),
    ({"last": "ask_coupon"}, "為什麼", "explain.ask_coupon"),
    ({}, "還要多久", "clarify.how_long"),
    ({}, "售後", "clarify.after_sales"),
]
EVERY = [
    (language, *case)
    for language, cases in (("zh-Hans", CASES), ("en", ENGLISH), ("zh-Hant", TRADITIONAL))
    for case in cases
]


@pytest.mark.parametrize(("language", "slots", "text", "key"), EVERY)
async def test_it_is_answered_by_what_was_asked_or_told(
    shop: DemoShop, language: Language, slots: dict[str, object], text: str, key: str
) -> None:
    stage = Stage(shop, language, slots={"language": language, **slots})
    assert stage.word(key) in text_of(await stage.play(text))


async def on_the_way(stage: Stage) -> None:
    await stage.play("我的快递到哪了", proof(an_order(OrderState.IN_TRANSIT)))


@pytest.mark.parametrize("text", ["查到了吗", "怎么样了", "any update?", "再查一下", "多久"])
async def test_what_was_told_of_an_order_is_looked_up_again(stage: Stage, text: str) -> None:
    await on_the_way(stage)
    draft = await stage.play(text)
    assert "在运输途中" in text_of(draft) or "on its way" in text_of(draft)
    assert draft.slots["last"] in ("track_order", "ask_delivery_time")


async def test_whoever_is_in_a_hurry_is_hurried_for_once_a_day_then_offered_a_human() -> None:
    shop = PaperShop([an_order_of(OrderState.IN_TRANSIT)])
    stage = Stage(shop, identity=f"user:{ME}")
    await stage.play("我的快递到哪了")
    assert "已经请快递尽快送达" in text_of(await stage.play("催一下"))
    assert text_of(await stage.play("催一下")) == stage.word("urge.already", order="JL1000000001")
    assert (await stage.play("好的呀")).handoff is not None
    assert len(shop.filed) == 1


async def test_how_long_after_a_filed_return_asks_about_the_refund(mine: Stage) -> None:
    await mine.play("我要退货")
    await mine.play(press("reason:size", "尺码不合适"))
    await mine.play(press("yes"))
    assert "refund_status" in (await mine.play("多久")).slots["last"]


async def test_what_is_not_found_again_goes_on_to_a_human(stage: Stage) -> None:
    await stage.play("我的快递到哪了")
    await stage.play("找不到订单号")
    assert (await stage.play("好的呀")).handoff is not None


async def test_explaining_twice_is_not_repeated_a_third_time(stage: Stage) -> None:
    await on_the_way(stage)
    texts = [text_of(await stage.play(text)) for text in ("什么意思", "没看懂")]
    assert texts == [stage.word("explain.track_order"), stage.word("offer.explain")]


@pytest.mark.parametrize("beside", ["什么意思", "为什么", "多久"])
async def test_a_yes_beside_a_question_about_it_confirms_nothing(mine: Stage, beside: str) -> None:
    await mine.play("我要退货")
    await mine.play(press("reason:size", "尺码不合适"))
    await mine.play(press("yes"), beside)
    assert isinstance(mine.shop, PaperShop)
    assert mine.shop.filed == []


async def test_after_sales_offers_what_may_be_meant(stage: Stage) -> None:
    draft = await stage.play("售后")
    assert [button.choice for button in draft.say[0].buttons] == [*(f"intent:{task}" for task in AFTER_SALES), "human"]


async def test_how_long_offers_what_one_may_wait_for(stage: Stage) -> None:
    draft = await stage.play("多久")
    assert [button.choice for button in draft.say[0].buttons] == [*(f"intent:{task}" for task in WAITS), "human"]


@pytest.mark.parametrize(
    "text", ["我的快递到哪了", "为什么还没到", "怎么退货", "多久发货", "好的", "没有", "", "x" * 4_000]
)
def test_what_speaks_for_itself_is_no_follow_up(text: str) -> None:
    assert follow_up_of(text) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_flow_has_another_way_to_say_it(language: Language) -> None:
    assert {f"explain.{task}" for task in FLOWS} <= set(read_lines(SHIPPED / f"{language}.yml"))


def heard(text: str, intent: str = "out_of_scope", *, answered: bool = False) -> Understanding:
    return Understanding(text, intent, 0.4, answered, (), ())


@pytest.mark.parametrize(
    ("context", "text", "understood", "intent"),
    [
        (Context("order_number"), "JL6338013277", "track_order", "inform"),
        (Context("confirm"), "确认提交", "out_of_scope", "affirm"),
        (Context("reason"), "穿着有点紧", "ask_size", "inform"),
        (Context("order_number"), "查到了吗", "out_of_scope", "track_order"),
        (Context(last="ask_coupon"), "什么意思", "out_of_scope", "ask_coupon"),
        (Context(last="request_return"), "多久", "ask_delivery_time", "refund_status"),
    ],
)
def test_a_context_decides_the_intent(context: Context, text: str, understood: str, intent: str) -> None:
    meaning = in_context(heard(text, understood), context)
    assert (meaning.intent, meaning.answered) == (intent, True)
    assert [span.name for span in meaning.intents] == [intent]


def test_a_context_leaves_alone_what_speaks_for_itself() -> None:
    price = heard("这个多少钱", "ask_price", answered=True)
    assert in_context(price, Context("order_number", "track_order")) is price


@pytest.mark.parametrize("last", [None, *FLOWS])
def test_looking_again_never_starts_a_request(last: str | None) -> None:
    harmless = ("request_return", "undo_request", "cancel_order")
    assert all(task_after(kind, last) not in harmless for kind in FollowUp if kind is not FollowUp.EXPLAIN)


@pytest.mark.parametrize("unit", ["那", "so ", "帮我", "还", "i ", "查"])
def test_no_text_takes_long_to_follow(unit: str) -> None:
    follow_up_of((unit * 40)[:40])


@pytest.mark.parametrize("text", ["好的", "是的", "确认", "確認提交", "嗯嗯", "yes", "Yes please", "confirm"])
def test_a_clear_yes_is_one(text: str) -> None:
    assert is_clear_yes(heard(text, "affirm", answered=True))


@pytest.mark.parametrize(
    "text",
    [
        "好吧，我再想想",
        "确认一下运费谁出，还有多久到",
        "好的但是先等等",
        "是不是要寄回去",
        "可以吗",
        "yes but not now",
        "ok let me think",
        "好吗",
    ],
)
def test_a_yes_with_a_but_is_none(text: str) -> None:
    assert not is_clear_yes(heard(text, "affirm", answered=True))
