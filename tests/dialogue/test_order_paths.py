"""However somebody goes through a flow: it ends, asks nothing twice, tells nothing early, does nothing unasked."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papershop import CODE, ME, NUMBER, PaperShop, an_order_of, filed_request
from stage import Stage, press, text_of

from actions.demo import DemoShop
from actions.requests import Urge
from actions.shop import Order, OrderState
from bot.dialogue.intents import ABOUT_ORDER, CHANGES
from bot.dialogue.port import Draft, Reason
from bot.messages import Content

TASKS = sorted(ABOUT_ORDER)
ANSWERS: dict[str, str | Content] = {
    "order_number": NUMBER,
    "tail": "7788",
    "code": CODE,
    "reason": press("reason:size", "尺码不合适"),
    "wanted": "换成黑色",
    "address": "上海市浦东新区示例路88号",
    "photo": press("skip"),
    "filed": press("filed:R1"),
    "title": press("way:personal"),
    "tax_id": "91310000MA0000000Y",
    "measures": "170cm 60kg",
    "fault": "按键没反应",
    "product": press("product:yogamat"),
    "confirm": press("yes"),
    "human": press("no"),
    "next": press("no"),
    "intent": press("no"),
}
"""What a willing shopper answers to each question."""
LONGEST = 9
"""Turns after which a flow with a willing shopper must be over."""
INTERRUPTIONS = [
    "运费多少",
    "谢谢啦",
    "你好",
    "什么意思",
    "多久",
    "查到了吗",
    "好的呀",
    "嗯嘛呀",
    "垃圾店铺，再也不来了",
    "便宜点",
    "JL9999999999",
    "0000",
    "111111",
    "2月31日",
    "赔我20000000元",
    "",
]
SECRETS = re.compile("12000007788|示例路 5 号|JX4242424242|119\\.00|23\\.80")
STATUS = re.compile("转运中心|轉運中心|正在准备|运输途中|签收于|已于|预计")


def stage_with(state: OrderState, *, signed: bool, reviewed: bool = False) -> Stage:
    filed = (filed_request("modify"),) if reviewed else ()
    identity = f"user:{ME}" if signed else "v1"
    return Stage(PaperShop([an_order_of(state, filed=filed)]), identity=identity)


def shop_of(stage: Stage) -> PaperShop:
    assert isinstance(stage.shop, PaperShop)
    return stage.shop


def answer_to(stage: Stage, draft: Draft) -> str | Content:
    asked = str(stage.slots["asked"])
    if asked == "way":
        return press(draft.say[-1].buttons[0].choice)
    return ANSWERS[asked]


@settings(max_examples=120)
@given(
    task=st.sampled_from(TASKS),
    state=st.sampled_from(list(OrderState)),
    signed=st.booleans(),
    reviewed=st.booleans(),
)
def test_a_willing_shopper_comes_to_an_end_and_is_asked_nothing_twice(
    task: str, state: OrderState, signed: bool, reviewed: bool
) -> None:
    stage, asked = stage_with(state, signed=signed, reviewed=reviewed), list[str]()
    with asyncio.Runner() as runner:
        draft = runner.run(stage.play(press(f"intent:{task}")))
        while "asked" in stage.slots and draft.handoff is None:
            asked.append(str(stage.slots["asked"]))
            assert len(asked) < LONGEST, asked
            draft = runner.run(stage.play(answer_to(stage, draft)))
    assert len(asked) == len(set(asked)), asked
    assert draft.say or draft.handoff
    assert draft.handoff is None or draft.handoff.reason is not Reason.FAILURE


@settings(max_examples=150)
@given(
    task=st.sampled_from(TASKS),
    state=st.sampled_from(list(OrderState)),
    interruptions=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(INTERRUPTIONS)), max_size=5),
)
def test_interruptions_lead_back_or_on_and_never_fail(
    task: str, state: OrderState, interruptions: list[tuple[int, str]]
) -> None:
    stage, asked = stage_with(state, signed=False), list[object]()
    with asyncio.Runner() as runner:
        draft = runner.run(stage.play(press(f"intent:{task}")))
        for turn in range(LONGEST):
            asked.append(stage.slots.get("asked"))
            for _, line in [one for one in interruptions if one[0] == turn]:
                draft = runner.run(stage.play(line))
                asked.append(stage.slots.get("asked"))
                assert draft.say or draft.handoff
            if draft.handoff or "asked" not in stage.slots:
                break
            draft = runner.run(stage.play(answer_to(stage, draft)))
        assert draft.handoff is None or draft.handoff.reason is not Reason.FAILURE
    assert [one for one in shop_of(stage).filed if not isinstance(one, Urge)] == [] or "confirm" in asked


NO_YES = st.one_of(
    st.sampled_from(
        [*INTERRUPTIONS, NUMBER, "7788", CODE, "取消订单", "我要退货", "收到是坏的", "改地址", "换成黑色"]
    ).filter(lambda line: line != "好的呀"),
    st.sampled_from(["skip", "way:refund", "way:looked", "filed:R1", "reason:size", "no", "code:again"]).map(press),
    st.sampled_from(sorted(CHANGES - {"urge_order"})).map(lambda task: press(f"intent:{task}")),
)


@settings(max_examples=150)
@given(state=st.sampled_from(list(OrderState)), lines=st.lists(NO_YES, min_size=1, max_size=10), signed=st.booleans())
def test_nothing_is_filed_without_a_yes(state: OrderState, lines: list[str | Content], signed: bool) -> None:
    stage = stage_with(state, signed=signed, reviewed=True)
    with asyncio.Runner() as runner:
        for line in lines:
            runner.run(stage.play(line))
    assert not shop_of(stage).filed


STRANGERS = st.one_of(
    st.sampled_from([*INTERRUPTIONS, NUMBER, f"{NUMBER} 0000", "好的呀", "我的快递到哪了", "改地址", "给我转人工"]),
    st.sampled_from(["yes", "no", "code:again", "skip", "way:looked", "filed:R1", f"order:{NUMBER}"]).map(press),
    st.sampled_from(TASKS).map(lambda task: press(f"intent:{task}")),
)


@settings(max_examples=150)
@given(state=st.sampled_from(list(OrderState)), lines=st.lists(STRANGERS, min_size=1, max_size=10))
def test_a_stranger_hears_nothing_and_changes_nothing(state: OrderState, lines: list[str | Content]) -> None:
    stage = stage_with(state, signed=False)
    with asyncio.Runner() as runner:
        for line in lines:
            runner.run(stage.play(line))
    assert not [text for text in stage.said if SECRETS.search(text) or STATUS.search(text)]
    assert not shop_of(stage).filed


@settings(max_examples=150)
@given(state=st.sampled_from(list(OrderState)), lines=st.lists(STRANGERS, max_size=10))
def test_number_and_phone_alone_open_no_secret_and_change_nothing(
    state: OrderState, lines: list[str | Content]
) -> None:
    stage = stage_with(state, signed=False)
    with asyncio.Runner() as runner:
        runner.run(stage.play("我的快递到哪了", f"{NUMBER} 7788"))
        for line in lines:
            runner.run(stage.play(line))
    assert not [text for text in stage.said if SECRETS.search(text)]
    harmless = ("urge", "trace")
    assert all(one.kind in harmless for one in shop_of(stage).filed)


@settings(max_examples=60)
@given(
    told=st.permutations(["task", "number", "tail", "wanted"]),
    state=st.sampled_from([OrderState.UNPAID, OrderState.PAID]),
)
def test_what_was_told_in_any_order_is_not_asked_for(told: list[str], state: OrderState) -> None:
    lines = {"task": "改一下订单", "number": NUMBER, "tail": "尾号7788", "wanted": "改一下订单"}
    stage, known = stage_with(state, signed=False), set[str]()
    with asyncio.Runner() as runner:
        for name in told:
            known.add(name)
            text = text_of(runner.run(stage.play(lines[name])))
            assert not ("number" in known and text == stage.word("ask.order_number"))
            assert not ({"number", "tail"} <= known and "后四位" in text)


OWNED = "demo-1", "demo-2", "demo-3", "demo-4", "demo-5"


@pytest.mark.parametrize("task", sorted(CHANGES))
async def test_the_demo_shop_takes_what_the_flows_offer(shop: DemoShop, task: str) -> None:
    for customer in OWNED:
        for order in await shop.orders(customer):
            await offered_is_taken(shop, customer, order, task)


async def offered_is_taken(shop: DemoShop, customer: str, order: Order, task: str) -> None:
    stage = Stage(shop, identity=f"user:{customer}")
    await stage.play(press(f"order:{order.number}"))
    draft = await stage.play(press(f"intent:{task}"))
    while stage.slots.get("asked") in ("reason", "wanted", "address", "photo", "way", "filed"):
        draft = await stage.play(answer_to(stage, draft))
    if stage.slots.get("asked") == "confirm" and task != "undo_request":
        draft = await stage.play(press("yes"))
        refusals = {stage.word(f"refused.{why}") for why in ("state", "unknown", "late", "excluded", "wrong")}
        assert text_of(draft) not in refusals, (order.number, order.state, task)
