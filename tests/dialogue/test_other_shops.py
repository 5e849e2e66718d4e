"""The bot before shops that are not the demo: it tells what they tell, and a failing one never makes it lie."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from stage import Stage, text_of

import actions.exports
from actions.exports.shop import FileShop
from actions.remote.client import HttpShop
from actions.unconnected import UnconnectedShop
from bot.dialogue.port import Reason

SENT = "S20261120001 2468"


@pytest.fixture
def exported() -> Stage:
    shop = FileShop(Path(actions.exports.__file__).parent / "samples", "示例店", lambda: ZoneInfo("Asia/Shanghai"))
    shop.load()
    return Stage(shop)


async def test_an_exported_order_is_told_to_whoever_shows_that_it_is_theirs(exported: Stage) -> None:
    await exported.play("我的快递到哪了")
    told = text_of(await exported.play(SENT))
    assert "S20261120001" in told and "运输中" in told
    assert "示例路" not in told


async def test_an_exported_order_is_not_told_to_a_stranger(exported: Stage) -> None:
    await exported.play("我的快递到哪了")
    assert "云雀速运" not in text_of(await exported.play("S20261120001 0000"))


async def test_what_exports_cannot_do_goes_to_a_human_with_the_order(exported: Stage) -> None:
    await exported.play("我的快递到哪了")
    await exported.play(SENT)
    draft = await exported.play("有什么活动")
    assert draft.handoff is not None and draft.handoff.reason is Reason.FAILURE
    assert draft.slots["order_number"] == "S20261120001"


@pytest.mark.parametrize("said", ["S20261120001 2468", "有什么活动", "充电宝多少钱"])
async def test_a_shop_that_is_not_there_is_said_to_be_so(said: str) -> None:
    async with HttpShop("http://127.0.0.1:1", "a token for the tests") as away:
        stage = Stage(away)
        await stage.play("我的快递到哪了")
        draft = await stage.play(said)
    assert draft.handoff is not None and draft.handoff.reason is Reason.FAILURE
    assert text_of(draft) == stage.word("handoff.failure")


async def test_without_a_shop_the_bot_takes_the_number_and_hands_over() -> None:
    stage = Stage(UnconnectedShop("示例店"))
    assert text_of(await stage.play("我的快递到哪了")) == stage.word("ask.order_number")
    draft = await stage.play(SENT)
    assert draft.handoff is not None and draft.slots["order_number"] == "S20261120001"
