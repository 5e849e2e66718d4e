"""How the bot keeps a conversation: small talk, doubt, humans, failures, and what it never does."""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage import LINES, ORDERS, Heart, Stage, an_order, press, proof, text_of

from actions.demo import DemoShop
from actions.policies import Policies
from actions.shop import OrderState, ShopFailed
from bot.dialogue.port import Reason
from bot.messages import LANGUAGES, Attachment, Card, Content, Language, Location


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("choice", "line"),
    [("greet", "你好"), ("thank", "谢谢啦"), ("goodbye", "再见咯"), ("bot_challenge", "你是机器人吗")],
)
async def test_small_talk_is_answered(shop: DemoShop, language: Language, choice: str, line: str) -> None:
    draft = await Stage(shop, language).play(line)
    assert len(draft.say) == 1
    assert draft.handoff is None


async def test_the_bot_says_that_it_is_one(stage: Stage) -> None:
    draft = await stage.play("你是机器人吗")
    assert "不是真人" in text_of(draft)
    assert draft.say[0].buttons[0].choice == "human"


async def test_a_greeting_beside_a_question_is_not_answered_by_itself(stage: Stage) -> None:
    draft = await stage.play("你好", "运费多少")
    assert len(draft.say) == 1
    assert "包邮" in text_of(draft)


async def test_a_human_asked_for_is_given_without_a_word_of_ours(stage: Stage) -> None:
    await stage.play("开发票")
    draft = await stage.play("给我转人工")
    assert draft.say == ()
    assert draft.handoff is not None
    assert (draft.handoff.reason, draft.handoff.question) == (Reason.ASKED, "开发票")


async def test_a_complaint_gets_one_apology_and_a_human(stage: Stage) -> None:
    draft = await stage.play("垃圾店铺，再也不来了")
    assert text_of(draft) == stage.word("handoff.complaint")
    assert draft.handoff is not None
    assert draft.handoff.reason is Reason.COMPLAINT


async def test_a_question_beside_a_calm_complaint_is_still_answered(stage: Stage) -> None:
    draft = await stage.play("你们做事不太行", "运费多少")
    assert draft.handoff is None
    assert draft.say[0].text == stage.word("apology")


async def test_an_angry_complaint_gets_a_human_at_once_even_beside_a_question(stage: Stage) -> None:
    draft = await stage.play("垃圾店铺，再也不来了", "运费多少")
    assert draft.handoff is not None
    assert draft.handoff.reason is Reason.COMPLAINT


async def test_a_question_asked_in_anger_is_answered_and_a_human_offered(stage: Stage) -> None:
    draft = await stage.play("气死我了", "运费多少")
    assert "包邮" in draft.say[0].text
    assert draft.say[-1].text == stage.word("offer.angry")
    assert (await stage.play("好的呀")).handoff is not None


async def test_anger_that_is_not_understood_gets_a_human_at_once(stage: Stage) -> None:
    draft = await stage.play("气死我了")
    assert draft.handoff is not None
    assert draft.handoff.reason is Reason.NOT_UNDERSTOOD


async def test_somebody_angry_is_not_asked_whether_they_want_a_human(stage: Stage) -> None:
    stage.policies = Policies()
    draft = await stage.play("你们就是骗子", "运费多少")
    assert text_of(draft) == stage.word("handoff.angry")
    assert draft.handoff is not None


async def test_the_mood_goes_with_the_slots_and_cools(stage: Stage) -> None:
    draft = await stage.play("你们就是骗子", "运费多少")
    assert (draft.slots["mood"], draft.slots["mood_words"]) == ("angry", ["骗子"])
    assert (await stage.play("运费多少")).slots["mood"] == "annoyed"
    assert "mood" not in (await stage.play("运费多少")).slots


async def test_doubt_is_clarified_once_then_a_human_takes_over(stage: Stage) -> None:
    first = await stage.play("啊吧啊吧啊吧")
    assert [button.choice for button in first.say[0].buttons] == [
        "intent:ask_price",
        "intent:ask_stock",
        "intent:track_order",
        "human",
    ]
    second = await stage.play("呜噜呜噜呜噜")
    assert second.handoff is not None
    assert (second.handoff.reason, second.handoff.question) == (Reason.NOT_UNDERSTOOD, "呜噜呜噜呜噜")


async def test_something_understood_in_between_starts_the_count_anew(stage: Stage) -> None:
    for _ in range(3):
        await stage.play("啊吧啊吧啊吧")
        draft = await stage.play("运费多少")
        assert draft.handoff is None


async def test_a_yes_to_the_clarifying_question_takes_the_likeliest(stage: Stage) -> None:
    await stage.play("啊吧啊吧啊吧")
    assert text_of(await stage.play("好的呀")) == stage.word("ask.product")


async def test_a_no_to_the_clarifying_question_offers_a_human(stage: Stage) -> None:
    await stage.play("啊吧啊吧啊吧")
    await stage.play("算了吧")
    draft = await stage.play("好的呀")
    assert draft.handoff is not None
    assert draft.handoff.reason is Reason.NOT_UNDERSTOOD


async def test_no_human_wanted_for_what_only_a_human_can_do_is_taken_as_it_is(stage: Stage) -> None:
    stage.policies = Policies()
    await stage.play("运费多少")
    assert text_of(await stage.play("算了吧")) == stage.word("deny")


async def test_what_is_surely_out_of_scope_is_not_guessed_at(stage: Stage) -> None:
    stage.heart.doubt = 0.9
    draft = await stage.play("唱首歌给我听听")
    assert text_of(draft) == stage.word("clarify.open")


async def test_whoever_goes_on_about_what_no_shop_does_is_only_offered_a_human(stage: Stage) -> None:
    stage.heart.doubt = 0.9
    await stage.play("唱首歌给我听听")
    draft = await stage.play("那讲个笑话吧")
    assert (text_of(draft), draft.handoff) == (stage.word("offer.not_understood"), None)


async def test_a_name_that_understanding_stumbles_on_is_heard_as_this(stage: Stage) -> None:
    assert "¥119.00" in text_of(await stage.play("瑜伽垫多少钱"))


@pytest.mark.parametrize("unit", ["1", "12345 ", "JL1", "a1-", "尾号", "确认"])
async def test_no_text_takes_long_to_read(stage: Stage, unit: str) -> None:
    await stage.play((unit * 4_000)[:3_999] + "x")


async def test_no_human_wanted_goes_back_to_the_question_at_hand(stage: Stage) -> None:
    await stage.play("我的快递到哪了")
    stage.heart.doubt = 0.9
    assert text_of(await stage.play("啊吧啊吧")) == stage.word("again.order_number")
    assert text_of(await stage.play("啊吧啊吧")) == stage.word("offer.not_understood")
    assert text_of(await stage.play("算了吧")) == stage.word("ask.order_number")


async def test_a_flow_can_be_left_with_a_no(stage: Stage) -> None:
    await stage.play("我的快递到哪了")
    draft = await stage.play("算了吧")
    assert text_of(draft) == stage.word("dropped")
    assert "asked" not in draft.slots


async def test_a_yes_before_the_number_is_found_does_not_ask_again(stage: Stage) -> None:
    await stage.play("我的快递到哪了")
    assert text_of(await stage.play("好的呀")) == stage.word("waiting")
    assert text_of(await stage.play(an_order(OrderState.PAID).number)).startswith("为了保护您的信息")


async def test_failing_understanding_gives_a_human_and_says_so(stage: Stage) -> None:
    stage.heart.fails = True
    draft = await stage.play("运费多少")
    assert text_of(draft) == stage.word("handoff.failure")
    assert draft.handoff is not None
    assert (draft.handoff.reason, draft.handoff.question) == (Reason.FAILURE, "运费多少")


class BrokenShop(DemoShop):
    """A shop whose orders cannot be reached."""

    async def order(self, number: str) -> None:
        raise ShopFailed("no answer")


async def test_a_failing_shop_gives_a_human_and_tells_no_half_answers(shop: DemoShop) -> None:
    stage = Stage(BrokenShop(shop._engine, shop._clock))
    await stage.play("运费多少")
    draft = await stage.play("运费多少", "我的快递到哪了", proof(an_order(OrderState.PAID)))
    assert text_of(draft) == stage.word("handoff.failure")
    assert draft.handoff is not None
    assert draft.handoff.reason is Reason.FAILURE


async def test_a_mistake_of_ours_gives_a_human(shop: DemoShop, caplog: pytest.LogCaptureFixture) -> None:
    class Careless(DemoShop):
        async def order(self, number: str) -> None:
            raise ZeroDivisionError

    draft = await Stage(Careless(shop._engine, shop._clock)).play("我的快递到哪了", proof(an_order(OrderState.PAID)))
    assert draft.handoff is not None
    assert "ZeroDivisionError" in caplog.text


async def test_three_wrong_proofs_and_a_human_takes_over(stage: Stage) -> None:
    order = an_order(OrderState.DELIVERED)
    assert text_of(await stage.play("我的快递到哪了", f"{order.number} 0000")) == stage.word("proof.wrong")
    assert text_of(await stage.play(f"{order.number} 0001")) == stage.word("proof.wrong")
    draft = await stage.play(f"{order.number} 0002")
    assert text_of(draft) == stage.word("handoff.proof")
    assert (await stage.play("我的快递到哪了", proof(order))).handoff is not None, "the right one comes too late"


async def test_an_order_that_does_not_exist_looks_like_a_wrong_phone(stage: Stage, shop: DemoShop) -> None:
    wrong_phone = await stage.play("我的快递到哪了", f"{an_order(OrderState.PAID).number} 0000")
    no_order = await Stage(shop).play("我的快递到哪了", "JL1000000000 0000")
    assert text_of(wrong_phone) == text_of(no_order)


async def test_a_forged_button_proves_nothing(stage: Stage) -> None:
    order = an_order(OrderState.DELIVERED)
    await stage.play("我的快递到哪了")
    assert text_of(await stage.play(press(f"order:{order.number};0000"))) == stage.word("proof.wrong")
    assert "签收" not in text_of(await stage.play(press(f"order:{order.number}")))


async def test_an_order_card_needs_proof_as_well(stage: Stage) -> None:
    order = an_order(OrderState.DELIVERED)
    card = Card(kind="order", ref=order.number, title="订单")
    assert text_of(await stage.play(Content(card=card))) == stage.word("ask.tail", order=order.number)


@pytest.mark.parametrize(
    ("usual", "line", "expected"),
    [
        ("zh-Hans", "where is my parcel", "en"),
        ("en", "我的快递到哪了", "zh-Hans"),
        ("zh-Hans", "我的快遞到哪了", "zh-Hant"),
        ("zh-Hant", "我的快递到哪了", "zh-Hant"),
    ],
)
async def test_the_answer_comes_in_the_language_of_the_question(
    shop: DemoShop, usual: Language, line: str, expected: Language
) -> None:
    stage = Stage(shop, usual)
    first, then = text_of(await stage.play(line)), text_of(await stage.play("好的呀" if expected != "en" else "JL"))
    stage.language = expected
    assert first == stage.word("ask.order_number")
    assert then in (stage.word("waiting"), stage.word("again.order_number"))


CHOICES = [
    "yes",
    "no",
    "human",
    "intent:request_return",
    "intent:nonsense",
    "product:yogamat",
    "product:",
    "reason:size",
]
GUESSES = [f"order:{order.number};{digits}" for order in ORDERS[::7] for digits in ("0000", "9999")]
MESSAGES = st.one_of(
    st.sampled_from(sorted(LINES)).map(lambda text: Content(text=text)),
    st.text(max_size=30).map(lambda text: Content(text=text)),
    st.sampled_from([order.number for order in ORDERS[::5]]).map(lambda text: Content(text=text)),
    st.sampled_from(["0000", "1234", "13912345678", "JL12", "{reason}", "{0}", ""]).map(
        lambda text: Content(text=text)
    ),
    st.sampled_from([*CHOICES, *GUESSES, "", ";;", "order:"]).map(press),
    st.sampled_from(["yogamat", "gone"]).map(lambda ref: Content(card=Card(kind="product", ref=ref, title="x"))),
)
TURNS = st.lists(st.lists(MESSAGES, min_size=1, max_size=3), min_size=1, max_size=8)


@settings(max_examples=150)
@given(turns=TURNS, language=st.sampled_from(LANGUAGES))
def test_whatever_is_said_there_is_an_answer_and_no_order_is_told_of(
    shop: DemoShop, turns: list[list[Content]], language: Language
) -> None:
    stage = Stage(shop, language, heart=Heart())
    with asyncio.Runner() as runner:
        for messages in turns:
            draft = runner.run(stage.play(*messages))
            assert draft.say or draft.handoff
            assert draft.handoff is None or draft.handoff.reason is not Reason.FAILURE
    tell_tales = re.compile("|".join(re.escape(secret) for secret in SECRETS))
    assert not [text for text in stage.said if tell_tales.search(text)]


SECRETS = {order.phone for order in ORDERS} | {order.address for order in ORDERS}
SECRETS |= {order.shipment.tracking_number for order in ORDERS if order.shipment}
SECRETS |= {"包裹已", "转运中心", "轉運中心", "sorting centre", "picked up", "out for delivery", "正在派送"}
SECRETS |= {"was delivered on", "已付款"}


@settings(max_examples=60)
@given(order=st.sampled_from(ORDERS), lines=st.lists(st.sampled_from(sorted(LINES)), max_size=6))
def test_even_with_proof_only_the_status_is_told(shop: DemoShop, order: object, lines: list[str]) -> None:
    assert isinstance(order, type(ORDERS[0]))
    stage = Stage(shop)
    with asyncio.Runner() as runner:
        runner.run(stage.play("我的快递到哪了", proof(order)))
        for line in lines:
            runner.run(stage.play(line))
    private = {order.phone, order.address, f"{order.total.amount / 100:.2f} 元"}
    private |= {order.shipment.tracking_number} if order.shipment else set()
    assert not [text for text in stage.said if any(secret in text for secret in private)]


@settings(max_examples=60)
@given(data=st.permutations(["number", "tail", "task", "talk"]))
def test_what_was_told_in_any_order_is_never_asked_for(shop: DemoShop, data: list[str]) -> None:
    order = an_order(OrderState.IN_TRANSIT)
    lines = {"number": order.number, "tail": f"尾号{order.phone[-4:]}", "task": "我的快递到哪了", "talk": "谢谢啦"}
    stage, known = Stage(shop), set[str]()
    with asyncio.Runner() as runner:
        for name in data:
            known.add(name)
            text = text_of(runner.run(stage.play(lines[name])))
            assert not ("number" in known and text == stage.word("ask.order_number"))
            assert not ({"number", "tail"} <= known and "后四位" in text)
    assert any("在运输途中" in text for text in stage.said)


async def test_no_question_is_asked_twice_in_a_row_of_a_willing_shopper(stage: Stage) -> None:
    order = an_order(OrderState.DELIVERED)
    for line in ("我要退货", order.number, order.phone[-4:], "穿着太小", "好的呀"):
        await stage.play(line)
    assert all(one != next_one for one, next_one in pairwise(stage.said))


async def test_the_button_under_a_clarifying_question_says_why_a_human_is_needed(stage: Stage) -> None:
    await stage.play("啊吧啊吧啊吧")
    draft = await stage.play(press("human"))
    assert draft.handoff is not None
    assert (draft.handoff.reason, draft.handoff.question) == (Reason.NOT_UNDERSTOOD, "啊吧啊吧啊吧")


@pytest.mark.parametrize("line", ["穿着太小", "垃圾店铺，再也不来了", "收到是坏的", "颜色太暗"])
async def test_whatever_is_said_for_a_reason_is_the_reason(mine: Stage, line: str) -> None:
    await mine.play("我要退货")
    assert line in text_of(await mine.play(line))


async def test_a_question_not_answered_is_repeated_with_its_buttons(mine: Stage) -> None:
    await mine.play("我要退货")
    draft = await mine.play("好的呀")
    assert text_of(draft) == mine.word("again.reason")
    assert [button.choice for button in draft.say[0].buttons][:2] == ["reason:dislike", "reason:size"]


async def test_small_talk_ends_a_question_that_no_flow_waits_for(stage: Stage) -> None:
    await stage.play("啊吧啊吧啊吧")
    await stage.play("谢谢啦")
    assert text_of(await stage.play("好的呀")) == stage.word("affirm")
    assert text_of(await stage.play("啊吧啊吧啊吧")) == stage.word("clarify.options")


def thing(kind: str) -> Content:
    """A message without words."""
    if kind == "location":
        return Content(location=Location(latitude=31.2, longitude=121.5))
    return Content(attachments=(Attachment.model_validate({"kind": kind, "media": "a" * 16}),))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["image", "video", "file", "location", "voice"])
async def test_what_is_no_text_is_received_and_a_human_is_one_tap_away(
    shop: DemoShop, language: Language, kind: str
) -> None:
    stage = Stage(shop, language)
    draft = await stage.play(thing("image"), thing(kind))
    (said,) = draft.say
    assert said.text == stage.word(f"received.{kind}")
    assert [button.choice for button in said.buttons] == ["human"]
    assert draft.handoff is None


async def test_words_beside_a_picture_are_answered(stage: Stage) -> None:
    draft = await stage.play(thing("image"), "运费多少")
    assert "包邮" in text_of(draft)
    assert len(draft.say) == 1


async def test_a_picture_leaves_open_what_was_asked(stage: Stage) -> None:
    await stage.play("我的快递到哪了")
    await stage.play(thing("image"))
    order = an_order(OrderState.IN_TRANSIT)
    assert order.number in text_of(await stage.play(proof(order)))
