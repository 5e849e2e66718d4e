"""Every task about an order in every state of it: what the tables of the policies say is what is said and filed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from papershop import LARK, ME, NUMBER, TEA, PaperShop, an_order_of, filed_request
from stage import Stage, press, text_of

from actions.policies import Policies
from actions.requests import (
    Cancel,
    ChangeAddress,
    Exchange,
    Intercept,
    Modify,
    Remedy,
    Request,
    Return,
    Trace,
    Undo,
    Urge,
)
from actions.seed.load import policies
from actions.shop import OrderState
from bot.dialogue.intents import ABOUT_ORDER
from bot.dialogue.port import Reason
from bot.messages import LANGUAGES, Content, Language

State = OrderState
RULES = policies()
assert RULES.cancelling
assert RULES.addressing
assert RULES.modifying
ON_THE_WAY = (State.DISPATCHED, State.IN_TRANSIT, State.OUT_FOR_DELIVERY)
ARRIVED = (State.DELIVERED, State.COMPLETED)
OVER = (State.CANCELLED, State.RETURN_REQUESTED, State.RETURNING, State.REFUNDING, State.REFUNDED)
PHOTO = Content.model_validate({"attachments": [{"kind": "image", "media": "b" * 16}]})
LATE = timedelta(days=2)


def stage_of(state: OrderState, **of_order: object) -> Stage:
    """A signed-in customer with one order."""
    return Stage(PaperShop([an_order_of(state, **of_order)]), identity=f"user:{ME}")  # type: ignore[arg-type]


def shop_of(stage: Stage) -> PaperShop:
    assert isinstance(stage.shop, PaperShop)
    return stage.shop


async def play(stage: Stage, *turns: str | Content) -> str:
    """The turns, one after the other; what was said to the last one."""
    text = ""
    for one in turns:
        text = text_of(await stage.play(one))
    return text


async def filed_by(stage: Stage, *turns: str | Content) -> Request | None:
    """What the turns came to at the shop."""
    await play(stage, *turns)
    return shop_of(stage).filed[-1] if shop_of(stage).filed else None


def begins(stage: Stage, text: str, key: str, **fields: str) -> bool:
    return stage.word(key, **fields) in text


# Cancelling


@pytest.mark.parametrize("state", State)
async def test_calling_off_comes_to_what_the_table_says(state: OrderState) -> None:
    stage = stage_of(state)
    text, asked = await play(stage, "取消订单"), stage.slots.get("asked")
    assert (asked, bool(shop_of(stage).filed)) == (
        {"cancel": "confirm", "intercept": "confirm", "return": "next", "none": None}[RULES.cancelling[state]],
        False,
    )
    assert NUMBER in text


@pytest.mark.parametrize("state", State)
async def test_a_yes_files_what_was_shown(state: OrderState) -> None:
    filed = await filed_by(stage_of(state), "取消订单", press("yes"))
    kinds = {"cancel": Cancel, "intercept": Intercept, "return": type(None), "none": type(None)}
    assert isinstance(filed, kinds[RULES.cancelling[state]])


async def test_calling_off_tells_the_money() -> None:
    assert "¥119.00" in await play(stage_of(State.PAID), "取消订单")


async def test_a_delivered_order_goes_on_to_its_return() -> None:
    stage = stage_of(State.DELIVERED)
    assert await play(stage, "取消订单", "好的呀") == stage.word("ask.reason")


async def test_the_same_yes_twice_has_one_effect() -> None:
    stage = stage_of(State.PAID)
    await stage.play("取消订单")
    before = dict(stage.slots)
    first = await stage.play(press("yes"))
    stage.slots, stage.now = before, stage.now + timedelta(minutes=3)
    again = await stage.play(press("yes"))
    assert text_of(first) == text_of(again)
    assert len(shop_of(stage).filed) == 1


async def test_a_second_wish_later_is_another_request() -> None:
    stage = stage_of(State.PAID)
    await play(stage, "取消订单", press("yes"))
    stage.now += timedelta(minutes=3)
    await play(stage, "取消订单", press("yes"))
    one, two = shop_of(stage).filed
    assert one.key != two.key


async def test_an_order_that_moved_on_meanwhile_is_refused_in_words() -> None:
    stage = stage_of(State.PAID)
    await stage.play("取消订单")
    shop_of(stage).refusal = "state"
    draft = await stage.play(press("yes"))
    assert text_of(draft) == stage.word("refused.state")
    assert draft.slots["asked"] == "human"


@pytest.mark.parametrize("state", ["review", "approved", "done"])
async def test_what_becomes_of_it_is_told_with_its_number(state: str) -> None:
    stage = stage_of(State.PAID)
    shop_of(stage).answer = state  # type: ignore[assignment]
    text = await play(stage, "取消订单", press("yes"))
    assert "R1" in text
    assert {"review": "24 小时内审核", "approved": "已经通过", "done": "已经办好"}[state] in text


# Without a yes


@pytest.mark.parametrize(
    "line", ["算了吧", "你好", "运费多少", "别退了，我还要", "嗯嘛呀", "给我转人工", "取消订单", "退款到哪了"]
)
@pytest.mark.parametrize(
    ("state", "ready"),
    [
        (State.PAID, ["取消订单"]),
        (State.DELIVERED, ["我要退货", press("reason:size", "尺码不合适")]),
        (State.PAID, ["改地址", "上海市浦东新区示例路88号"]),
        (State.PAID, ["改一下订单", "换成黑色"]),
        (State.DELIVERED, ["收到是坏的", press("skip"), press("way:refund")]),
    ],
)
async def test_without_a_yes_nothing_is_filed(state: OrderState, ready: list[str | Content], line: str) -> None:
    stage = stage_of(state)
    await play(stage, *ready)
    assert stage.slots["asked"] == "confirm"
    assert await filed_by(stage, line) is None


@pytest.mark.parametrize("beside", [press("reason:quality", "质量问题"), press("no"), Content(text="等等先别弄")])
async def test_a_yes_with_anything_that_puts_it_in_doubt_files_nothing(beside: Content) -> None:
    stage = stage_of(State.DELIVERED)
    await play(stage, "我要退货", press("reason:size", "尺码不合适"))
    await stage.play(press("yes"), beside)
    assert not shop_of(stage).filed


async def test_a_yes_together_with_another_order_files_nothing() -> None:
    orders = [an_order_of(State.DELIVERED), an_order_of(State.DELIVERED, "JL1000000002")]
    stage = Stage(PaperShop(orders), identity=f"user:{ME}")
    await play(stage, "我要退货", press(f"order:{NUMBER}"), press("reason:size", "尺码不合适"))
    await stage.play(press("yes"), "JL1000000002")
    assert not shop_of(stage).filed


async def test_a_yes_after_the_topic_changed_files_nothing() -> None:
    stage = stage_of(State.DELIVERED)
    assert await filed_by(stage, "我要退货", press("reason:size", "尺码不合适"), "运费多少", press("yes")) is None


# Addresses


@pytest.mark.parametrize("state", State)
async def test_another_address_comes_to_what_the_table_says(state: OrderState) -> None:
    stage = stage_of(state)
    await stage.play("改地址")
    asked = stage.slots.get("asked")
    expected = {"change": "address", "wish": "address", "courier": "next", "none": None}
    assert asked == expected[RULES.addressing[state]]


@pytest.mark.parametrize("state", [state for state in State if RULES.addressing[state] in ("change", "wish")])
async def test_a_new_address_is_shown_and_filed(state: OrderState) -> None:
    stage = stage_of(state)
    text = await play(stage, "改地址", "林小满，13900001234，上海市浦东新区示例路88号")
    assert all(part in text for part in ("林小满", "13900001234", "上海市浦东新区示例路88号"))
    filed = await filed_by(stage, press("yes"))
    assert isinstance(filed, ChangeAddress)
    assert (filed.receiver, filed.phone, filed.address) == ("林小满", "13900001234", "上海市浦东新区示例路88号")


async def test_only_what_is_new_changes() -> None:
    filed = await filed_by(stage_of(State.PAID), "改地址", "上海市浦东新区示例路88号", press("yes"))
    assert isinstance(filed, ChangeAddress)
    assert (filed.receiver, filed.phone) == (None, None)


async def test_an_address_corrected_before_the_yes_is_the_one_that_counts() -> None:
    stage = stage_of(State.PAID)
    text = await play(stage, "改地址", "上海市浦东新区示例路88号", "上海市浦东新区示例路99号")
    assert "99号" in text
    filed = await filed_by(stage, press("yes"))
    assert isinstance(filed, ChangeAddress)
    assert filed.address == "上海市浦东新区示例路99号"


# Other sizes and colours


@pytest.mark.parametrize("state", State)
async def test_a_modification_comes_to_what_the_table_says(state: OrderState) -> None:
    stage = stage_of(state)
    await stage.play("改一下订单")
    assert stage.slots.get("asked") == {"change": "wanted", "exchange": "next", "none": None}[RULES.modifying[state]]


async def test_a_modification_says_what_is_wanted() -> None:
    filed = await filed_by(stage_of(State.PAID), "改一下订单", "换成黑色两件", press("yes"))
    assert isinstance(filed, Modify)
    assert filed.wanted == "换成黑色两件"


# Returns and exchanges

INSTEAD = {
    "我要退货": dict.fromkeys((State.UNPAID, State.PAID, *ON_THE_WAY), ("cancel_order", "confirm")),
    "我要换货": {
        **dict.fromkeys((State.UNPAID, State.PAID), ("modify_order", "wanted")),
        **dict.fromkeys(ON_THE_WAY, ("", "next")),
    },
}
"""What sending back comes to before there is anything to send, and what is asked for then."""


@pytest.mark.parametrize("task", ["我要退货", "我要换货"])
@pytest.mark.parametrize("state", State)
async def test_sending_back_is_decided_by_the_state(state: OrderState, task: str) -> None:
    stage = stage_of(state)
    text = await play(stage, task)
    if state in ARRIVED:
        assert stage.slots["asked"] == {"我要退货": "reason", "我要换货": "wanted"}[task]
    elif state in INSTEAD[task]:
        assert (*stage.slots.get("todo", [""]), stage.slots["asked"]) == INSTEAD[task][state]
    else:
        assert NUMBER in text
        assert "asked" not in stage.slots


@pytest.mark.parametrize("task", ["我要退货", "我要换货"])
@pytest.mark.parametrize(("days", "late"), [(6.9, False), (7.1, True)])
async def test_sending_back_ends_with_its_days(days: float, late: bool, task: str) -> None:
    stage = stage_of(State.DELIVERED, days=days)
    assert ("超过 7 天" in await play(stage, task)) is late


async def test_what_cannot_come_back_without_a_fault_leads_to_the_fault() -> None:
    stage = stage_of(State.DELIVERED, product=TEA)
    assert "不支持无理由退换" in await play(stage, "我要退货")
    assert stage.slots["candidates"] == ["report_defect"]


async def test_a_return_asks_for_a_reason_and_tells_the_postage() -> None:
    stage = stage_of(State.DELIVERED)
    assert await play(stage, "我要退货") == stage.word("ask.reason")
    assert "其他原因由您承担" in await play(stage, press("reason:size", "尺码不合适"))
    filed = await filed_by(stage, press("yes"))
    assert isinstance(filed, Return)
    assert (filed.reason, filed.refund_only) == ("尺码不合适", False)


async def test_a_refund_without_return_is_confirmed_and_filed_as_that() -> None:
    stage = stage_of(State.DELIVERED)
    assert "仅退款" in await play(stage, "我要仅退款", press("reason:quality", "质量问题"))
    filed = await filed_by(stage, press("yes"))
    assert isinstance(filed, Return)
    assert filed.refund_only


async def test_an_approved_return_tells_how_to_send_it() -> None:
    stage = stage_of(State.DELIVERED)
    shop_of(stage).answer = "approved"
    assert "上门取件" in await play(stage, "我要退货", press("reason:size", "尺码不合适"), press("yes"))


async def test_an_exchange_says_what_for() -> None:
    filed = await filed_by(stage_of(State.DELIVERED), "我要换货", "换成 L 码", press("yes"))
    assert isinstance(filed, Exchange)
    assert filed.wanted == "换成 L 码"


async def test_how_far_a_return_is_is_told() -> None:
    at_work = filed_request("return", state="approved").model_copy(update={"code": "778899"})
    stage = stage_of(State.RETURN_REQUESTED, filed=(at_work,))
    await stage.play("我的快递到哪了")
    text = await play(stage, "怎么寄回")
    assert "上门取件" in text
    assert "778899" in text


# Refunds


@pytest.mark.parametrize("state", State)
async def test_a_refund_is_told_where_there_is_one(state: OrderState) -> None:
    stage = stage_of(state)
    text = await play(stage, "退款到哪了")
    assert ("没有退款" in text) is (state not in OVER)


async def test_a_late_refund_is_a_humans() -> None:
    stage = stage_of(State.REFUNDING)
    stage.now += timedelta(days=2, hours=1)
    assert "现在晚了" in await play(stage, "退款到哪了")
    assert stage.slots["asked"] == "human"


# Faults


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("task", ["收到是坏的", "发错了", "少发了一件"])
async def test_only_what_arrived_can_be_faulty(state: OrderState, task: str) -> None:
    stage = stage_of(state)
    await stage.play(task)
    assert stage.slots.get("asked") == ("photo" if state in ARRIVED else None)


REMEDIES = [
    ("收到是坏的", 11900, True, ["replacement", "refund", "compensation"]),
    ("收到是坏的", 11900, False, ["refund", "replacement"]),
    ("收到是坏的", 200001, True, None),
    ("收到是坏的", 50001, False, None),
    ("发错了", 200000, True, ["replacement", "refund", "compensation"]),
    ("发错了", 50000, False, ["replacement", "refund"]),
    ("少发了一件", 50000, True, ["replacement", "refund"]),
    ("少发了一件", 50001, True, None),
]


@pytest.mark.parametrize(("task", "price", "returnable", "ways"), REMEDIES)
async def test_what_is_offered_for_a_fault_is_the_tables(
    task: str, price: int, returnable: bool, ways: list[str] | None
) -> None:
    product = {True: {}, False: {"product": TEA}}[returnable]
    stage = stage_of(State.DELIVERED, price=price, **product)
    await stage.play(task)
    draft = await stage.play(PHOTO)
    if ways is None:
        assert draft.handoff is not None
        assert text_of(draft) == stage.word("fault.human")
    else:
        assert [button.choice for button in draft.say[-1].buttons] == [f"way:{way}" for way in ways]


@pytest.mark.parametrize("way", ["replacement", "refund", "compensation"])
async def test_the_chosen_remedy_is_filed_with_words_and_picture(way: str) -> None:
    stage = stage_of(State.DELIVERED)
    filed = await filed_by(stage, "收到是坏的", PHOTO, press(f"way:{way}"), press("yes"))
    assert isinstance(filed, Remedy)
    assert (filed.remedy, filed.description, filed.media) == (way, "收到是坏的", ("b" * 16,))
    assert (filed.amount.amount if filed.amount else None) == (2380 if way == "compensation" else None)


async def test_a_photo_may_be_skipped() -> None:
    stage = stage_of(State.DELIVERED)
    assert "¥23.80" in await play(stage, "收到是坏的", press("skip"))


async def test_a_way_nobody_offered_is_none() -> None:
    stage = stage_of(State.DELIVERED, product=TEA)
    assert await filed_by(stage, "收到是坏的", press("skip"), press("way:compensation"), press("yes")) is None


async def test_a_fault_after_its_time_may_have_a_warranty() -> None:
    stage = stage_of(State.COMPLETED, days=16)
    assert "超过 15 天" in await play(stage, "收到是坏的")


async def test_somebody_angry_about_a_fault_gets_a_human() -> None:
    stage = stage_of(State.DELIVERED)
    draft = await stage.play("你们就是骗子", "收到是坏的")
    assert draft.handoff is not None
    assert draft.handoff.reason is Reason.BUSINESS


# Parcels


@pytest.mark.parametrize("state", State)
async def test_a_parcel_that_did_not_come(state: OrderState) -> None:
    stage = stage_of(state)
    text = await play(stage, "还没收到")
    assert (text == stage.word("lost.look", order=NUMBER, hours="24")) is (state in ARRIVED)
    assert NUMBER in text


@pytest.mark.parametrize(("late", "days", "lost"), [(-1, 2, False), (1, 2, False), (1, 3.1, True), (5, 1, True)])
async def test_what_counts_as_lost_is_the_shops_rule(late: int, days: float, lost: bool) -> None:
    stage = stage_of(State.IN_TRANSIT, late=timedelta(days=late), days=days)
    await stage.play("还没收到")
    assert (stage.slots.get("asked") == "confirm") is lost


async def test_a_lost_parcel_is_searched_for_after_a_yes_and_once() -> None:
    stage = stage_of(State.IN_TRANSIT, late=timedelta(days=5))
    assert isinstance(await filed_by(stage, "还没收到", press("yes")), Trace)
    assert "已经在请快递查找" in await play(stage, "还没收到")


async def test_a_parcel_said_to_be_there_is_looked_for_first() -> None:
    stage = stage_of(State.DELIVERED)
    assert isinstance(await filed_by(stage, "还没收到", press("way:looked"), press("yes")), Trace)
    found = stage_of(State.DELIVERED)
    assert await play(found, "还没收到", press("way:found")) == found.word("lost.found")


@pytest.mark.parametrize("state", State)
async def test_hurrying_is_filed_while_there_is_something_to_hurry(state: OrderState) -> None:
    filed = await filed_by(stage_of(state), "我的快递到哪了", "催一下")
    assert isinstance(filed, Urge) is (state in (State.PAID, *ON_THE_WAY))


async def test_an_impatient_question_about_the_time_hurries() -> None:
    assert isinstance(await filed_by(stage_of(State.PAID), "什么时候发货，快点发"), type(None))
    stage = stage_of(State.PAID)
    await stage.play("什么时候发货", "赶紧的")
    assert isinstance(shop_of(stage).filed[-1], Urge)


async def test_a_new_day_may_be_urged_again() -> None:
    stage = stage_of(State.PAID)
    await play(stage, "我的快递到哪了", "催一下")
    stage.now += timedelta(days=1)
    await stage.play("催一下")
    assert len(shop_of(stage).filed) == 2


@pytest.mark.parametrize("state", [State.PAID, State.IN_TRANSIT])
async def test_a_late_order_is_offered_to_be_hurried(state: OrderState) -> None:
    stage = stage_of(state, late=LATE)
    assert "晚了" in await play(stage, "我的快递到哪了")
    assert isinstance(await filed_by(stage, "好的呀"), Urge)


async def test_a_lost_parcel_is_offered_to_be_searched_for() -> None:
    stage = stage_of(State.IN_TRANSIT, late=timedelta(days=6))
    assert "可能丢了" in await play(stage, "我的快递到哪了")
    assert isinstance(await filed_by(stage, "好的呀", press("yes")), Trace)


@pytest.mark.parametrize("state", State)
async def test_the_courier_is_told_where_there_is_one(state: OrderState) -> None:
    text = await play(stage_of(state), "快递电话多少")
    sent = state not in (State.UNPAID, State.PAID, State.CANCELLED)
    assert ("400-000-0101" in text) is sent
    assert (LARK["zh-Hans"] in text) or not sent


async def test_the_tracking_number_is_the_owners() -> None:
    assert "JX4242424242" in await play(stage_of(State.IN_TRANSIT), "快递电话多少")
    stranger = Stage(PaperShop([an_order_of(State.IN_TRANSIT)]))
    assert "JX4242424242" not in text_of(await stranger.play("快递电话多少", f"{NUMBER} 7788"))


# Taking back


@pytest.mark.parametrize("kind", ["cancel", "intercept", "return", "exchange", "remedy", "change_address", "modify"])
async def test_one_open_request_is_taken_back_after_a_yes(kind: str) -> None:
    stage = stage_of(State.PAID, filed=(filed_request(kind),))
    filed = await filed_by(stage, "别退了，我还要", press("yes"))
    assert isinstance(filed, Undo)
    assert filed.filed == "an earlier key"


async def test_of_several_requests_one_is_chosen() -> None:
    old = (filed_request("modify", "R1", "a key of one"), filed_request("change_address", "R2", "a key of two"))
    stage = stage_of(State.PAID, filed=old)
    draft = await stage.play("别退了，我还要")
    assert [button.choice for button in draft.say[0].buttons] == ["filed:R1", "filed:R2"]
    filed = await filed_by(stage, press("filed:R2"), press("yes"))
    assert isinstance(filed, Undo)
    assert filed.filed == "a key of two"


@pytest.mark.parametrize("state", State)
async def test_with_nothing_to_take_back_nothing_happens(state: OrderState) -> None:
    done = filed_request("return", state="done")
    stage = stage_of(state, filed=(done,))
    assert await filed_by(stage, "别退了，我还要", press("yes")) is None
    assert stage.word("undo.none", order=NUMBER) in stage.said


async def test_taking_back_an_unfiled_request_changes_nothing() -> None:
    stage = stage_of(State.DELIVERED)
    text = await play(stage, "我要退货", press("reason:size", "尺码不合适"), "别退了，我还要")
    assert text == stage.word("undo.nothing")


async def test_taking_back_never_does_the_opposite() -> None:
    stage = Stage(PaperShop([an_order_of(State.DELIVERED)]))
    draft = await stage.play("我要退货", "别退了，我还要")
    assert draft.slots["todo"] == ["undo_request"]


# All of them


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("task", sorted(ABOUT_ORDER))
async def test_every_task_has_its_words_in_every_state_and_language(
    task: str, state: OrderState, language: Language
) -> None:
    stage = stage_of(state, late=LATE if state in (State.PAID, State.IN_TRANSIT) else timedelta(days=-1))
    stage.language = language
    draft = await stage.play(press(f"intent:{task}"))
    assert draft.say
    assert draft.handoff is None or draft.handoff.reason is not Reason.FAILURE


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("task", sorted(ABOUT_ORDER))
async def test_without_policies_nothing_is_made_up_and_nothing_filed(task: str, state: OrderState) -> None:
    stage = stage_of(state)
    stage.policies = Policies()
    draft = await stage.play(press(f"intent:{task}"))
    await stage.play(press("yes"))
    assert draft.handoff is None or draft.handoff.reason is not Reason.FAILURE
    assert all(isinstance(one, Urge) for one in shop_of(stage).filed)


def test_the_tables_speak_of_every_state() -> None:
    for table in (RULES.cancelling, RULES.addressing, RULES.modifying):
        assert table is not None
        assert set(table) == set(State)


async def test_an_order_of_which_little_is_known_still_has_a_state() -> None:
    bare = an_order_of(State.IN_TRANSIT).model_copy(update={"timeline": (), "shipment": None, "arrives_by": None})
    stage = Stage(PaperShop([bare]), identity=f"user:{ME}")
    assert stage.word("status.short", order=NUMBER, state="运输中") in await play(stage, "我的快递到哪了")


@pytest.mark.parametrize(
    ("line", "task", "way"),
    [
        ("退款吧", "收到是坏的", "refund"),
        ("換新的", "收到是坏的", "replacement"),
        ("a new one please", "收到是坏的", "replacement"),
        ("I'd rather keep it", "收到是坏的", "compensation"),
        ("都找过了，没有", "还没收到", "looked"),
        ("没找到", "还没收到", "looked"),
        ("I looked everywhere", "还没收到", "looked"),
    ],
)
async def test_a_way_may_be_written_instead_of_pressed(line: str, task: str, way: str) -> None:
    stage = stage_of(State.DELIVERED)
    await play(stage, task, *([press("skip")] if task == "收到是坏的" else []), line)
    assert (stage.slots["asked"], stage.slots["way"]) == ("confirm", way)


async def test_a_question_about_a_way_chooses_none() -> None:
    stage = stage_of(State.DELIVERED)
    await play(stage, "收到是坏的", press("skip"), "退款要多久？")
    assert "way" not in stage.slots
