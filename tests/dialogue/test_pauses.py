"""A flow that is left for another question is offered once more, and goes on with what it was told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from papershop import ME, PaperShop, an_order_of
from stage import Stage, press, text_of

from actions.requests import Return
from actions.shop import OrderState

BACK = "intent:request_return"


def choices(stage: Stage, draft: object) -> list[str]:
    return [button.choice for content in draft.say for button in content.buttons]  # type: ignore[attr-defined]


async def test_a_return_left_for_a_question_goes_on_with_its_reason(mine: Stage) -> None:
    await mine.play("我要退货")
    await mine.play(press("reason:size", "尺码不合适"))
    draft = await mine.play("运费多少")
    assert mine.word("resume.ask", topic=mine.word("intent.request_return")) in text_of(draft)
    assert BACK in choices(mine, draft)
    again = await mine.play(press(BACK))
    assert "尺码不合适" in text_of(again)
    await mine.play(press("yes"))
    assert [type(one) for one in mine.shop.filed] == [Return]  # type: ignore[attr-defined]


async def test_a_yes_goes_back_as_well(mine: Stage) -> None:
    await mine.play("我要退货")
    await mine.play("运费多少")
    assert text_of(await mine.play("好的呀")) == mine.word("ask.reason")


async def test_it_is_offered_once(mine: Stage) -> None:
    await mine.play("我要退货")
    await mine.play("运费多少")
    draft = await mine.play("几天能到")
    assert BACK not in choices(mine, draft)
    assert "paused" not in mine.slots


async def test_a_no_is_the_end_of_it(mine: Stage) -> None:
    await mine.play("我要退货")
    await mine.play("运费多少")
    await mine.play(press("no"))
    assert "paused" not in mine.slots
    assert BACK not in choices(mine, await mine.play("运费多少"))


async def test_an_undoing_drops_it(mine: Stage) -> None:
    await mine.play("我要退货")
    await mine.play("别退了，我还要")
    assert BACK not in choices(mine, await mine.play("运费多少"))


async def test_after_a_week_it_is_forgotten(mine: Stage) -> None:
    await mine.play("我要退货")
    await mine.play("这个多少钱")
    mine.now += timedelta(days=8)
    assert BACK not in choices(mine, await mine.play("运费多少"))


async def test_what_only_tells_is_not_gone_back_to(stage: Stage) -> None:
    await stage.play("我的快递到哪了")
    draft = await stage.play("运费多少")
    assert stage.word("resume.ask", topic="") not in text_of(draft)
    assert "paused" not in stage.slots


@settings(max_examples=60)
@given(
    task=st.sampled_from(["我要退货", "取消订单", "改地址", "我要换货", "开发票", "收到是坏的"]),
    state=st.sampled_from(list(OrderState)),
    between=st.lists(
        st.sampled_from(["运费多少", "有什么活动", "谢谢啦", "什么意思", "嗯嘛呀", "这个多少钱"]),
        min_size=1,
        max_size=4,
    ),
)
def test_however_it_is_left_it_is_offered_at_most_once(task: str, state: OrderState, between: list[str]) -> None:
    stage = Stage(PaperShop([an_order_of(state)]), identity=f"user:{ME}")
    offers = 0
    with asyncio.Runner() as runner:
        runner.run(stage.play(task))
        for line in between:
            draft = runner.run(stage.play(line))
            topics = (
                "request_return",
                "cancel_order",
                "change_address",
                "request_exchange",
                "ask_invoice",
                "report_defect",
            )
            asked = {stage.word("resume.ask", topic=stage.word(f"intent.{one}")) for one in topics}
            offers += any(content.text in asked for content in draft.say)
    assert offers <= 1
    assert stage.shop.filed == []  # type: ignore[attr-defined]
