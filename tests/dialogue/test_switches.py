"""What leads switch off is not said, and a human is offered; what they tell everybody is told once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from stage import Stage

from bot.clock import Clock
from bot.dialogue.port import Reason
from bot.dialogue.switches import NOTICES, SWITCHES, InHand, Notice, Notices, Off, Switchboard, Switches
from bot.record.database import Database
from bot.record.documents import Documents

LATE = Notice(id="late", text={"zh-Hans": "发货晚两天。", "zh-Hant": "出貨晚兩天。", "en": "Dispatch is late."})
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


async def test_of_a_bot_that_is_off_every_turn_goes_to_a_human(stage: Stage) -> None:
    stage.hand = InHand(bot_off=True)
    draft = await stage.play("我的快递到哪了")
    assert draft.handoff and draft.handoff.reason is Reason.FAILURE, "the one rule that is never off"
    assert draft.handoff.question == "我的快递到哪了"
    assert stage.said == [stage.word("silent.bot")]


async def test_a_flow_that_is_off_offers_a_human_and_does_nothing(stage: Stage) -> None:
    stage.hand = InHand(flows=frozenset({"ask_price"}))
    draft = await stage.play("充电宝多少钱")
    assert stage.said == [stage.word("silent.flow", topic=stage.word("intent.ask_price"))]
    assert [button.choice for button in draft.say[0].buttons] == ["human", "no"]
    assert (await stage.play("给我转人工")).handoff


async def test_the_other_flows_go_on(stage: Stage) -> None:
    stage.hand = InHand(flows=frozenset({"ask_price"}))
    await stage.play("有什么活动")
    assert stage.said and stage.word("silent.answer") not in stage.said


async def test_an_answer_that_is_off_is_not_said(stage: Stage) -> None:
    stage.hand = InHand(answers=frozenset({"price.reduced"}))
    await stage.play("充电宝多少钱")
    assert stage.said == [stage.word("silent.answer")]


async def test_a_notice_is_told_once_per_conversation_and_day(stage: Stage) -> None:
    stage.hand = InHand(notices=(LATE,), today="2026-11-22")
    await stage.play("你好")
    assert LATE.text["zh-Hans"] not in stage.said, "a greeting is no answer"
    draft = await stage.play("充电宝多少钱")
    assert draft.say[0].text == LATE.text["zh-Hans"] and len(draft.say) > 1
    await stage.play("有什么活动")
    assert stage.said.count(LATE.text["zh-Hans"]) == 1
    stage.hand = InHand(notices=(LATE,), today="2026-11-23")
    await stage.play("有什么活动")
    assert stage.said.count(LATE.text["zh-Hans"]) == 2


async def test_a_notice_may_be_for_some_answers_only(stage: Stage) -> None:
    stage.hand = InHand(notices=(LATE.model_copy(update={"intents": ("track_order",)}),), today="2026-11-22")
    await stage.play("充电宝多少钱")
    assert LATE.text["zh-Hans"] not in stage.said
    await stage.play("我的快递到哪了")
    assert LATE.text["zh-Hans"] in stage.said


async def test_switches_hold_from_one_time_until_another(database: Database) -> None:
    documents = Documents(database, Clock())
    hour = timedelta(hours=1)
    off = Switches(bot=Off(start=NOON, end=NOON + hour), flows={"ask_price": Off(end=NOON)})
    await documents.save(SWITCHES, off.model_dump_json(), "Lin", 0)
    await documents.save(NOTICES, Notices(notices=(LATE,)).model_dump_json(), "Lin", 0)
    board = Switchboard(documents, lambda: UTC)
    before, during, after = (board.at(NOON + hours * hour) for hours in (-1, 0.5, 1))
    assert [one.bot_off for one in (before, during, after)] == [False, True, False]
    assert before.flows == {"ask_price"} and during.flows == frozenset()
    assert during.notices == (LATE,) and during.today == "2026-11-22"


@pytest.mark.parametrize(
    "wrong",
    [
        {"flows": {"no_such_flow": {}}},
        {"answers": {"button.human": {}}},
        {"bot": {"start": "2026-11-22T00:00:00Z", "end": "2026-11-21T00:00:00Z"}},
        {"bot": {"start": "2026-11-22T00:00:00"}},
    ],
)
def test_what_makes_no_sense_is_no_switch(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Switches.model_validate(wrong)


def test_a_notice_is_said_in_every_language() -> None:
    with pytest.raises(ValidationError, match="not said in zh-Hant, en"):
        Notice.model_validate({"id": "late", "text": {"zh-Hans": "发货晚两天。"}})
