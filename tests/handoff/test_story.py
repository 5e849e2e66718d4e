"""Why a conversation went to humans, told from its log: each time, by which rule, and who had it when."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from bot.store.store import Store
from handoff.broker import request_entry
from handoff.ownership import Command, rows
from handoff.routing import Routing
from handoff.story import Tongue, find_stretches, tell_story
from tests.handoff.floor import LIN, MEI, Floor

WHY: dict[str, Any] = {
    "when": "repeated",
    "name": "",
    "number": 6,
    "facts": {"again": 3, "worth": 12_900, "intents": ["ask_price"]},
}


@pytest.fixture
async def floor(store: Store) -> Floor:
    """Asked for by a rule, passed on, handed back, and later taken by hand."""
    floor = Floor(store, Routing())
    await floor.write("c")
    entry = request_entry("not_understood", "多少钱", {}, topic="price", why=WHY)
    move: dict[str, Any] = {
        "rows": rows(Command.REQUEST),
        "entries": [entry],
        "reason": "not_understood",
        "topic": "price",
    }
    await floor.store.run("act", "c", "requested1", now=floor.now, **move)
    await floor.presence.beat(MEI.id)
    floor.now += 7_000
    await floor.broker.claim("c", LIN, "command1")
    await floor.transfers.to_agent("c", LIN, "command2", MEI.id, "请看一下")
    await floor.broker.hand_back("c", MEI, "command3")
    floor.now += 60_000
    await floor.reply("c", LIN)
    return floor


async def test_the_story_tells_rule_facts_and_holders_in_order(floor: Floor) -> None:
    assert tell_story(await floor.entries("c"), Tongue.EN, UTC) == [
        "1. 1970-01-01",
        "   00:16:40  to a human by rule 6: the same question was asked again · about ask_price · asked 3 times · "
        "order of 129.00 · reason: not_understood · topic: price · question: 多少钱",
        "   00:16:47  Lin joined",
        "   00:16:47  Lin transferred it to Mei",
        "   00:16:47  Mei handed it back to the bot",
        "2. 1970-01-01",
        "   00:17:47  Lin joined",
    ]


async def test_both_languages_tell_the_same_lines(floor: Floor) -> None:
    entries = await floor.entries("c")
    zh, en = tell_story(entries, Tongue.ZH, UTC), tell_story(entries, Tongue.EN, UTC)
    assert len(zh) == len(en)
    assert "转人工，规则 6: 同一个问题又问了一遍" in zh[1]
    assert "Lin 转接给 Mei" in zh[3]


async def test_each_time_is_told_apart(floor: Floor) -> None:
    assert [len(one.entries) for one in find_stretches(await floor.entries("c"))] == [4, 1]


async def test_a_conversation_no_human_had_says_so(store: Store) -> None:
    floor = Floor(store, Routing())
    await floor.write("c")
    assert tell_story(await floor.entries("c"), Tongue.EN) == ["This conversation never went to a human."]
