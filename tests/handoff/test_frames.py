"""What every workspace is sent alike is read and written once."""

from __future__ import annotations

import asyncio
import json

from bot.mailbox import Mailbox
from bot.store.store import Store
from bot.wire import AgentsChanged, Listener, Row, _tell
from handoff.broker import Agent
from handoff.routing import Routing
from handoff.rules import DeskRules
from handoff.workspace.frames import Frames, Together
from handoff.workspace.rows import Rows
from tests.handoff.floor import ADA, LIN, MEI, Floor


async def colleagues() -> list[Agent]:
    return [LIN, MEI, ADA]


async def test_who_asks_before_a_reading_begins_shares_it() -> None:
    read, go = list[int](), asyncio.Event()

    async def reading() -> int:
        read.append(len(read) + 1)
        await go.wait()
        return len(read)

    together = Together(reading)
    first = [asyncio.create_task(together()) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    late = [asyncio.create_task(together()) for _ in range(3)]  # the first reading may have missed what they ask for
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*first, *late)
    assert read == [1, 2]


async def test_who_leaves_ends_no_reading_of_others() -> None:
    go = asyncio.Event()

    async def reading() -> str:
        await go.wait()
        return "here"

    together = Together(reading)
    leaves, stays = asyncio.create_task(together()), asyncio.create_task(together())
    await asyncio.sleep(0)
    leaves.cancel()
    go.set()
    assert await stays == "here"


async def test_a_snapshot_has_every_row_and_a_change_is_written_once(store: Store) -> None:
    floor = Floor(store, Routing(mode="pull"))
    for number in range(120):
        await floor.ask(f"c{number}")
    rows = Rows(store, DeskRules)
    frames = Frames(rows, floor.presence, colleagues)
    at, text = await frames.snapshot()
    shown = json.loads(text)
    assert (shown["at"], len(shown["rows"]), len(shown["agents"])) == (at, 120, 3)
    change = Row("1-1", {**shown["rows"][0], "state": "queued", "waiting": "1", "epoch": "1", "episode": "1"})
    assert frames.change(change) is frames.change(change)


async def test_who_has_yet_to_look_is_not_told_again() -> None:
    listener: Listener = Mailbox(4)
    for _ in range(10):
        _tell(listener, AgentsChanged())
    assert listener.get_nowait() == AgentsChanged()
    assert listener.empty()


async def test_an_earlier_snapshot_and_the_changes_since_are_the_later_one(store: Store) -> None:
    floor, rows = Floor(store, Routing(mode="pull")), Rows(store, DeskRules)
    for id in "abc":
        await floor.ask(id)
    at, earlier = await rows.snapshot()
    await floor.broker.claim("a", LIN, "claim1")
    await floor.reply("b", MEI)
    await floor.broker.close("b", MEI, "close1")
    await floor.ask("d")
    changes = await rows.since(at)
    assert changes is not None
    known = {row.id: row for row in earlier} | {row.id: row for _, row in changes}
    _, later = await rows.snapshot()
    assert {id: row for id, row in known.items() if row.state.with_humans} == {row.id: row for row in later}


async def test_a_cursor_that_is_too_old_gets_a_snapshot(store: Store) -> None:
    floor, rows = Floor(store, Routing(mode="pull")), Rows(store, DeskRules)
    await floor.ask("a")
    at = await rows.newest()
    await floor.ask("b")
    await store.redis.xtrim(store.keys.feed, maxlen=1, approximate=False)
    assert await rows.since(at) is None
