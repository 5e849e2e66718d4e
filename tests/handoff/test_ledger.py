"""The ledger has every move once, whatever dies in between, and nobody can rewrite it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.record.database import Database
from bot.record.tables import LedgerRow
from bot.store.store import Store
from handoff import ledger as ledger_module
from handoff.ledger import Filter, Ledger, Line
from handoff.routing import Routing
from tests.handoff.floor import LIN, MEI, Floor

EVERYTHING = Filter()


@pytest.fixture
def floor(store: Store) -> Floor:
    return Floor(store, Routing(mode="pull"))


@pytest.fixture
def ledger(floor: Floor, database: Database) -> Ledger:
    return Ledger(floor.store, database, floor.clock)


async def read(ledger: Ledger, **wanted: Any) -> list[Line]:
    """Oldest first."""
    return (await ledger.read(Filter(**wanted), 100))[::-1]


async def play(floor: Floor, id: str = "c1") -> None:
    """A human chat from its request to its end."""
    await floor.ask(id)
    floor.now += 20_000
    await floor.broker.claim(id, LIN, f"{id}:claim")
    floor.now += 5_000
    await floor.reply(id, LIN)
    await floor.broker.close(id, LIN, f"{id}:close")


async def test_every_move_is_a_line_with_who_made_it(floor: Floor, ledger: Ledger) -> None:
    await play(floor)
    lines = await read(ledger)
    assert [line.kind for line in lines] == ["request", "claim", "reply", "close"]
    assert [line.agent for line in lines] == [None, "a1", "a1", "a1"]
    assert [(line.data["left"], line.data["state"]) for line in lines] == [
        ("bot", "queued"),
        ("queued", "assigned"),
        ("assigned", "assigned"),
        ("assigned", "closed"),
    ]
    assert {(line.conversation, line.episode, line.data["channel"]) for line in lines} == {("c1", 1, "web")}


async def test_the_first_agent_and_the_first_answer_tell_how_long_the_shopper_waited(
    floor: Floor, ledger: Ledger
) -> None:
    await play(floor)
    await floor.ask("c1")
    floor.now += 3_000
    await floor.broker.claim("c1", MEI, "claim")
    await floor.broker.requeue("c1", MEI, "requeue")
    await floor.broker.claim("c1", MEI, "again")
    await floor.reply("c1", MEI)
    await floor.write("c1")
    floor.now += 1_000
    await floor.reply("c1", MEI)
    waited = [(line.kind, line.data.get("waited"), line.data.get("owed")) for line in await read(ledger)]
    assert [one for one in waited if one[1:] != (None, None)] == [
        ("claim", 20_000, None),
        ("reply", 25_000, 5_000),
        ("claim", 3_000, None),
        ("reply", 3_000, 0),
        ("reply", None, 1_000),
    ]


async def test_what_is_refused_or_repeated_is_no_line(floor: Floor, ledger: Ledger) -> None:
    await play(floor)
    await floor.broker.close("c1", LIN, "c1:close")
    await floor.broker.close("c1", MEI, "other")
    assert len(await read(ledger)) == 4


async def test_what_time_does_is_not_by_hand(floor: Floor, ledger: Ledger) -> None:
    await floor.ask("c1")
    await floor.broker.claim("c1", LIN, "claim")
    await floor.live(floor.service.first_reply + floor.service.remind + floor.service.take_back, 5)
    line = (await read(ledger))[-1]
    assert (line.kind, line.agent_name, line.data.get("lost"), line.data.get("by_hand")) == (
        "requeue",
        "Lin",
        True,
        None,
    )


async def test_nothing_of_what_was_said_is_in_it(floor: Floor, ledger: Ledger) -> None:
    await play(floor)
    await floor.broker.note("c1", LIN, "note", "只给同事看")
    for line in await read(ledger):
        assert not {"好的", "在吗", "只给同事看"} & {str(value) for value in line.data.values()}


async def test_an_act_that_is_no_move_is_a_line_too(floor: Floor, ledger: Ledger) -> None:
    await ledger.note("rules_saved", agent=LIN, version=3)
    (line,) = await read(ledger, agent="a1")
    assert (line.kind, line.at, line.agent_name, line.data) == ("rules_saved", floor.now, "Lin", {"version": 3})


async def test_lines_are_found_by_kind_conversation_and_time(floor: Floor, ledger: Ledger) -> None:
    await play(floor, "c1")
    await play(floor, "c2")
    assert [line.conversation for line in await read(ledger, kinds=("claim",))] == ["c1", "c2"]
    assert [line.kind for line in await read(ledger, conversation="c2", until=floor.now)] == ["request", "claim"]
    assert [line.kind for line in await read(ledger, since=floor.now)] == ["reply", "close"]


async def test_pages_of_the_ledger_go_on_where_the_last_one_ended(floor: Floor, ledger: Ledger) -> None:
    for id in ("c1", "c2", "c3"):
        await play(floor, id)
    whole = await ledger.read(EVERYTHING, 100)
    assert len(whole) == 12
    first = await ledger.read(EVERYTHING, 5)
    second = await ledger.read(EVERYTHING, 100, (first[-1].at, first[-1].id))
    assert first + second == whole


async def test_the_store_forgets_what_is_in_the_record_and_nothing_else(floor: Floor, ledger: Ledger) -> None:
    await play(floor)
    assert await floor.store.redis.xlen(floor.store.keys.ledger) == 4
    await ledger.project()
    assert await floor.store.redis.xlen(floor.store.keys.ledger) == 1


class Killed(Exception):
    pass


@pytest.mark.parametrize("step", ["xrange", "run", "ran", "xtrim"])
async def test_a_projector_killed_at_any_step_loses_and_doubles_nothing(
    floor: Floor, database: Database, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await play(floor)
    whole, dying = database.run, Ledger(floor.store, database, floor.clock)

    async def die(*_: Any, **__: Any) -> None:
        if step == "ran":
            await whole(*_)
        raise Killed

    target = floor.store.redis if step.startswith("x") else database
    monkeypatch.setattr(target, "run" if step == "ran" else step, die)
    with pytest.raises(Killed):
        await dying.project()
    monkeypatch.undo()
    await play(floor, "c2")
    lines = await read(Ledger(floor.store, database, floor.clock))
    assert [line.kind for line in lines] == ["request", "claim", "reply", "close"] * 2


async def test_many_projectors_at_once_double_nothing(
    floor: Floor, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "BATCH", 3)
    ledgers = [Ledger(floor.store, database, floor.clock) for _ in range(4)]
    for number in range(10):
        await play(floor, f"c{number}")
    await asyncio.gather(*(ledger.project() for ledger in ledgers * 2))
    assert len(await read(ledgers[0])) == 40


ROW = {"id": "1-0", "at": 1, "kind": "claim", "data": "{}"}


async def test_what_is_written_cannot_be_changed_removed_or_replaced(any_database: Database) -> None:
    await any_database.run(lambda session: session.execute(insert(LedgerRow).values(ROW)))
    dialect = await any_database.read(lambda session: session.get_bind().dialect.name)
    anew = "REPLACE INTO ledger (id, at, kind, data) VALUES ('1-0', 2, 'close', '{}')"
    acts = [update(LedgerRow).values(kind="close"), delete(LedgerRow), text("UPDATE ledger SET at = 2")]
    acts += [text(anew) if dialect == "sqlite" else text("TRUNCATE ledger")]
    for act in acts:
        with pytest.raises(DBAPIError, match="append-only"):
            await any_database.run(lambda session, act=act: session.execute(act))  # type: ignore[misc]

    def kinds(session: Session) -> list[str]:
        return [row.kind for row in session.query(LedgerRow).all()]

    assert await any_database.read(kinds) == ["claim"]


async def test_it_is_copied_to_any_record(floor: Floor, any_database: Database) -> None:
    await play(floor)
    ledger = Ledger(floor.store, any_database, floor.clock)
    assert "claim" in [line.kind for line in await read(ledger, conversation="c1")]


async def test_moves_are_noted_in_a_cluster_too(any_store: Store, database: Database) -> None:
    await play(Floor(any_store, Routing(mode="pull")))
    assert len(await read(Ledger(any_store, database, Clock()))) == 4
