"""Who is told what of an order: nothing before proof, the status by number and phone, the rest by login or code."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from papershop import CODE, ME, PaperShop, an_order_of
from stage import NOW, Counts, Stage, press, text_of

from actions.shop import OrderState
from bot.dialogue.addresses import Destination, read_destination
from bot.dialogue.dates import read_day
from bot.dialogue.proof import WRONG_PROOFS
from bot.dialogue.slots import Slots
from bot.dialogue.switches import InHand
from bot.messages import Content

State = OrderState
NUMBER = "JL1000000001"
TAIL = "7788"
PROOF = f"{NUMBER} {TAIL}"


def stage_of(*states: OrderState, **others: object) -> Stage:
    orders = [an_order_of(state, f"JL100000000{n}") for n, state in enumerate(states, 1)]
    return Stage(PaperShop(orders), **others)  # type: ignore[arg-type]


def shop_of(stage: Stage) -> PaperShop:
    assert isinstance(stage.shop, PaperShop)
    return stage.shop


async def test_number_and_phone_open_the_status_only() -> None:
    stage = stage_of(State.PAID)
    assert "正在准备" in text_of(await stage.play("我的快递到哪了", PROOF))
    draft = await stage.play("取消订单")
    assert text_of(draft) == stage.word("ask.code", where="135****0000")
    assert "119" not in text_of(draft)


async def test_a_code_opens_the_rest() -> None:
    stage = stage_of(State.PAID)
    await stage.play("取消订单", PROOF)
    assert "¥119.00" in text_of(await stage.play(CODE))


async def test_a_code_is_asked_for_once_an_order() -> None:
    stage = stage_of(State.PAID)
    await stage.play("取消订单", PROOF)
    await stage.play(CODE)
    await stage.play("算了吧")
    assert "¥119.00" in text_of(await stage.play("取消订单"))
    assert len(shop_of(stage).codes) == 1


async def test_a_code_is_not_sent_again_by_asking_something_else() -> None:
    stage = stage_of(State.PAID)
    await stage.play("取消订单", PROOF)
    await stage.play("运费多少")
    await stage.play("取消订单")
    assert len(shop_of(stage).codes) == 1


async def test_a_new_code_is_sent_when_asked_for() -> None:
    stage = stage_of(State.PAID)
    await stage.play("取消订单", PROOF)
    stage.now += timedelta(minutes=1)
    draft = await stage.play(press("code:again"))
    assert text_of(draft) == stage.word("ask.code", where="135****0000")
    assert len(shop_of(stage).codes) == 2


async def test_a_turn_done_again_sends_no_second_code() -> None:
    stage = stage_of(State.PAID)
    await stage.play("我的快递到哪了", PROOF)
    before = dict(stage.slots)
    await stage.play("取消订单")
    stage.slots, stage.now = before, stage.now + timedelta(seconds=5)
    await stage.play("取消订单")
    assert len(shop_of(stage).codes) == 1


async def test_a_code_that_was_checked_and_a_request_that_was_filed_are_told_at_once() -> None:
    """A code is good once: a draft made again would call it wrong."""
    stage = stage_of(State.PAID)
    assert not (await stage.play("取消订单", PROOF)).acted
    assert (await stage.play(CODE)).acted
    assert (await stage.play(press("yes"))).acted


async def test_what_was_filed_is_told_even_where_its_words_are_switched_off() -> None:
    stage = stage_of(State.PAID)
    await stage.play("取消订单", PROOF)
    await stage.play(CODE)
    stage.hand = InHand(answers=frozenset({"filed.cancel"}))
    draft = await stage.play(press("yes"))
    assert len(shop_of(stage).filed) == 1
    assert "R1" in text_of(draft)


async def test_wrong_codes_end_with_a_human() -> None:
    stage = stage_of(State.PAID)
    await stage.play("取消订单", PROOF)
    for _ in range(WRONG_PROOFS - 1):
        assert text_of(await stage.play("111111")) == stage.word("proof.wrong_code")
    draft = await stage.play("111111")
    assert text_of(draft) == stage.word("handoff.proof")
    assert draft.handoff is not None
    assert (await stage.play("取消订单")).handoff is not None


async def test_an_order_without_a_contact_needs_a_human() -> None:
    stage = stage_of(State.PAID)
    shop_of(stage).contact = None
    draft = await stage.play("取消订单", PROOF)
    assert text_of(draft) == stage.word("handoff.no_code")
    assert draft.handoff is not None


async def test_whoever_is_signed_in_is_asked_for_nothing() -> None:
    stage = stage_of(State.PAID, identity=f"user:{ME}")
    assert "正在准备" in text_of(await stage.play("我的快递到哪了"))
    assert "¥119.00" in text_of(await stage.play("取消订单"))


async def test_signed_in_orders_are_a_list_of_buttons() -> None:
    stage = stage_of(State.PAID, State.IN_TRANSIT, State.DELIVERED, identity=f"user:{ME}")
    (said,) = (await stage.play("我的快递到哪了")).say
    assert said.text == stage.word("ask.which_order")
    assert [button.label.split(" · ")[2] for button in said.buttons] == ["待发货", "运输中", "已签收"]
    assert "在运输途中" in text_of(await stage.play(press(said.buttons[1].choice)))


async def test_somebody_elses_order_is_asked_about_like_any_other() -> None:
    stage = stage_of(State.PAID, identity="user:other")
    assert text_of(await stage.play("我的快递到哪了", NUMBER)) == stage.word("ask.tail", order=NUMBER)
    assert text_of(await stage.play("0000")) == stage.word("proof.wrong")


async def test_a_foreign_channels_identity_is_no_login() -> None:
    stage = stage_of(State.PAID, identity=f"user:{ME}", channel="telegram")
    assert text_of(await stage.play("我的快递到哪了")) == stage.word("ask.order_number")


@pytest.mark.parametrize("guess", [f"{NUMBER} 0000", "JL9999999999 7788", "JL9999999999 0000"])
async def test_unknown_strange_and_wrong_get_the_same_words(guess: str) -> None:
    stage = stage_of(State.PAID)
    assert text_of(await stage.play("我的快递到哪了", guess)) == stage.word("proof.wrong")


@pytest.mark.parametrize("number", [NUMBER, "JL9999999999"])
async def test_an_order_takes_only_so_many_guesses_from_everybody(number: str) -> None:
    counts, shop = Counts(), PaperShop([an_order_of(State.PAID)])
    texts = set()
    for n in range(6):
        stage = Stage(shop, counts=counts, conversation=f"c{n}")
        for guess in range(2):
            texts.add(text_of(await stage.play("我的快递到哪了", f"{number} 00{n}{guess}")))
    assert texts == {stage.word("proof.wrong"), stage.word("handoff.proof")}
    late = await Stage(shop, counts=counts, conversation="owner").play("我的快递到哪了", f"{number} {TAIL}")
    assert text_of(late) == stage.word("handoff.proof")
    assert late.handoff is not None


async def test_right_proofs_are_no_guesses() -> None:
    counts, shop = Counts(), PaperShop([an_order_of(State.PAID)])
    for n in range(20):
        draft = await Stage(shop, counts=counts, conversation=f"c{n}").play("我的快递到哪了", PROOF)
        assert "正在准备" in text_of(draft)


async def test_several_numbers_are_taken_one_at_a_time() -> None:
    stage = stage_of(State.PAID, State.IN_TRANSIT)
    numbers = ["JL1000000001", "JL1000000002", "JL1000000003", "JL1000000004", "JL1000000005"]
    (said,) = (await stage.play("我的快递到哪了", "，".join(numbers))).say
    assert said.text == stage.word("ask.one_of")
    assert [button.label for button in said.buttons] == numbers
    assert text_of(await stage.play(press("order:JL1000000002"))) == stage.word("ask.tail", order="JL1000000002")


async def test_what_was_left_for_a_week_starts_fresh_and_says_so() -> None:
    stage = stage_of(State.PAID, identity=f"user:{ME}")
    await stage.play("取消订单")
    stage.now += timedelta(days=7)
    draft = await stage.play("好的呀")
    assert draft.say[0].text == stage.word("stale")
    assert not shop_of(stage).filed
    assert "wish" not in draft.slots


async def test_a_question_after_a_week_is_answered() -> None:
    stage = stage_of(State.PAID)
    await stage.play("我的快递到哪了")
    stage.now += timedelta(days=7)
    assert "包邮" in text_of(await stage.play("运费多少"))


def test_a_request_to_be_confirmed_survives_between_turns() -> None:
    wish = {"kind": "cancel", "key": "c1:JL1:cancel:1", "order": "JL1"}
    slots = Slots.model_validate({"wish": wish, "at": NOW.isoformat()})
    assert Slots.read(slots.write()) == slots


@pytest.mark.parametrize(
    ("text", "alone", "expected"),
    [
        (
            "林小满，13912345678，浙江省杭州市西湖区示例路12号",
            True,
            Destination("林小满", "13912345678", "浙江省杭州市西湖区示例路12号"),
        ),
        ("地址改成上海市示例路88号", False, Destination(None, None, "上海市示例路88号")),
        ("收货人改成林小满", False, Destination("林小满", None, None)),
        ("电话换成13900001111", False, Destination(None, "13900001111", None)),
        (
            "Mary Sample, 12 Example Road, Flat 3, 13912345678",
            True,
            Destination("Mary Sample", "13912345678", "12 Example Road, Flat 3"),
        ),
        ("改一下地址", False, None),
        ("不改了", True, None),
        ("好的", True, None),
        ("JL1000000001 13912345678", False, None),
    ],
)
def test_a_destination_is_read_out_of_what_is_written(text: str, alone: bool, expected: Destination | None) -> None:
    assert read_destination(text, alone=alone) == expected


async def test_a_picture_is_remembered_for_whatever_is_reported_later() -> None:
    stage = stage_of(State.DELIVERED, identity=f"user:{ME}")
    picture = Content.model_validate({"attachments": [{"kind": "image", "media": "a" * 16}]})
    await stage.play(picture)
    assert stage.slots["media"] == ["a" * 16]
    assert text_of(await stage.play("收到是坏的")) != stage.word("ask.photo")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12月1日能到吗", date(2026, 12, 1)),
        ("2027-01-05前能到吗", date(2027, 1, 5)),
        ("1月3号能收到吗", date(2027, 1, 3)),
        ("明天能到吗", date(2026, 11, 22)),
        ("will it come by Nov 30", date(2026, 11, 30)),
        ("by the 3rd of December", date(2026, 12, 3)),
        ("2月31日能到吗", None),
        ("13月5日能到吗", None),
        ("by Feb 30", None),
    ],
)
def test_a_day_is_read_and_one_of_no_calendar_noticed(text: str, day: date | None) -> None:
    read = read_day(text, NOW)
    assert read is not None
    assert read.day == day


async def test_a_day_that_is_none_is_said_to_be_none(mine: Stage) -> None:
    assert text_of(await mine.play("几天能到", "2月31日要用")) == mine.word("date.wrong", date="2月31日")


@pytest.mark.parametrize(("day", "words"), [("11月23日", "能收到"), ("今天", "恐怕到不了")])
async def test_whether_it_is_there_by_a_day_is_told(day: str, words: str) -> None:
    stage = stage_of(State.IN_TRANSIT, identity=f"user:{ME}")
    assert words in text_of(await stage.play("几天能到", f"{day}要用"))


async def test_a_claim_out_of_the_blue_is_taken_for_one() -> None:
    stage = stage_of(State.DELIVERED, identity=f"user:{ME}")
    assert text_of(await stage.play("东西不好赔我20000000元")) == stage.word("ask.photo")
    assert text_of(await stage.play(press("skip"))) == stage.word("fault.claim_over", most="¥100.00")


async def test_a_claim_over_the_limit_is_a_humans() -> None:
    stage = stage_of(State.DELIVERED, identity=f"user:{ME}")
    await stage.play("收到是坏的")
    await stage.play(press("skip"))
    draft = await stage.play("赔我20000000元")
    assert text_of(draft) == stage.word("fault.claim_over", most="¥100.00")
    assert draft.handoff is not None
    assert not shop_of(stage).filed
