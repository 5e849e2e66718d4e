"""How a human chat ends: with a summary, with a pause to write it, or put aside for later, when no timer counts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from bot.inbox import WOKEN
from bot.messages import Audience, Conversation, State
from bot.store.store import Store
from handoff.afterwards import DISPOSITIONS, Disposition, Summary, WrapUpRules
from handoff.broker import Broker, Moved, Refused
from handoff.presence import DEAD_AFTER
from handoff.reopening import Reopening
from handoff.routing import Profile, Routing
from handoff.service import SECOND, Service
from handoff.watch import Due, Step, next_step
from tests.handoff.floor import DAY, LIN, MEI, Echo, Floor

SERVICE = Service()
HOUR = 3_600_000
ANSWERED = WrapUpRules().find("answered")


@pytest.fixture
def floor(store: Store) -> Floor:
    return Floor(store, Routing(mode="pull"))


async def hold(floor: Floor, id: str = "c") -> None:
    await floor.presence.beat(LIN.id)
    await floor.ask(id)
    assert isinstance(await floor.broker.claim(id, LIN, f"claim-{id}"), Moved)


async def lines(floor: Floor, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(fields["line"]) for _, fields in await floor.store.redis.xrange(floor.store.keys.ledger)]
    return [line for line in found if line["kind"] == kind]


def test_the_suggested_disposition_is_of_the_topic_and_else_of_the_reason() -> None:
    rules = WrapUpRules()
    assert rules.suggest("complaint", "asked") == rules.find("complaint")
    assert rules.suggest(None, "failure") == rules.find("fault")
    assert rules.suggest("a topic of nobody's", None) is None


def test_two_dispositions_with_one_key_are_refused() -> None:
    with pytest.raises(ValidationError, match="same key"):
        WrapUpRules(dispositions=(*DISPOSITIONS, Disposition(key="other", zh="甲", en="A")))
    with pytest.raises(ValidationError, match="none to choose"):
        WrapUpRules(required=True, dispositions=())


@pytest.mark.parametrize("end", ["close", "hand_back"])
async def test_a_summary_stands_at_the_end_of_the_human_stretch_and_in_the_ledger(floor: Floor, end: str) -> None:
    await hold(floor)
    assert ANSWERED
    summary = Summary(ANSWERED, ("coupon", "新客"))
    for _ in range(2):  # the answer was lost, and the command sent again
        assert isinstance(await getattr(floor.broker, end)("c", LIN, "the end1", summary), Moved)
    last = (await floor.entries("c"))[-1]
    assert (last.audience, last.data["event"], last.data["disposition"]) == (Audience.AGENTS, "wrapped", "answered")
    assert (last.data["zh"], last.data["en"]) == ("咨询已答复", "Question answered")
    assert last.data["tags"] == ["coupon", "新客"]
    (line,) = await lines(floor, "wrapped")
    assert (line["agent"], line["conversation"], line["episode"]) == (LIN.id, "c", 1)
    assert (line["data"]["disposition"], line["data"]["tags"]) == ("answered", ["coupon", "新客"])


async def test_a_refused_end_leaves_no_summary(floor: Floor) -> None:
    await hold(floor)
    assert ANSWERED
    assert isinstance(await floor.broker.close("c", MEI, "the end1", Summary(ANSWERED)), Refused)
    assert await lines(floor, "wrapped") == []
    assert "wrapped" not in await floor.events("c")


async def test_who_sums_up_is_given_nothing_new_until_the_pause_is_over(store: Store) -> None:
    floor = Floor(store, Routing(mode="push"))
    floor.broker = Broker(store, floor.clock, Echo(), frozenset(), DAY, pause=lambda: 60 * SECOND)
    await hold(floor)
    await floor.broker.close("c", LIN, "the end1")
    await floor.ask("d")
    assert await floor.dispatchers[0].dispatch() == 0
    assert isinstance(await floor.broker.assign("d", LIN, "assign01", 5), Refused)
    floor.now += 60 * SECOND
    await floor.presence.beat(LIN.id)
    assert await floor.dispatchers[0].dispatch() == 1


async def test_who_sums_up_may_take_a_chat_by_hand(store: Store) -> None:
    floor = Floor(store, Routing(mode="pull"))
    floor.broker = Broker(store, floor.clock, Echo(), frozenset(), DAY, pause=lambda: 60 * SECOND)
    await hold(floor)
    await floor.broker.close("c", LIN, "the end1")
    await hold(floor, "d")


def put_aside(**facts: Any) -> Conversation:
    known = {"state": State.ASSIGNED, "since": 1, "waiting": 1, "episode": 1, "snoozed_until": 5 * HOUR}
    return Conversation.model_validate({"id": "c", "channel": "web", "identity": "v", **known, **facts})


def test_what_is_put_aside_has_one_timer_and_its_service_levels_begin_anew() -> None:
    assert next_step(put_aside(), SERVICE) == Due(5 * HOUR, Step.WAKE)
    woken = put_aside(snoozed_until=0, woken_at=5 * HOUR)
    assert next_step(woken, SERVICE) == Due(5 * HOUR + SERVICE.first_reply * SECOND, Step.OVERDUE)
    quiet = put_aside(snoozed_until=0, woken_at=5 * HOUR, waiting=None)
    assert next_step(quiet, SERVICE) == Due(5 * HOUR + SERVICE.silent_shopper * SECOND, Step.NOTE)


async def test_what_is_put_aside_comes_back_when_its_time_has_come(floor: Floor) -> None:
    await hold(floor)
    await floor.broker.snooze("c", LIN, "snooze01", floor.now + HOUR, "wait for the warehouse")
    await floor.live(3_590, 10, LIN)
    assert await floor.events("c") == ["requested", "joined", "snoozed"]
    await floor.live(20, 10, LIN)
    back = await floor.conversation("c")
    assert (back.state, back.agent, back.snoozed_until) == (State.ASSIGNED, LIN.id, 0)
    assert (await floor.events("c"))[3] == "woken"


async def test_what_is_put_aside_comes_back_when_the_shopper_writes(floor: Floor) -> None:
    await hold(floor)
    await floor.reply("c", LIN)
    await floor.broker.snooze("c", LIN, "snooze01", floor.now + HOUR)
    await floor.live(60, 20, LIN)
    await write(floor, "c")
    back = await floor.conversation("c")
    assert (back.snoozed_until, back.woken_at, back.waiting) == (0, floor.now, floor.now)
    assert (await floor.events("c"))[-1] == "woken"


async def write(floor: Floor, id: str) -> None:
    where: dict[str, Any] = {"channel": "web", "identity": id, "turn_at": floor.now, "archive_at": floor.now + DAY}
    said = {**WOKEN, "author": "shopper", "audience": "all", "kind": "message", "data": "{}"}
    await floor.store.run("receive", id, next(floor.ids), now=floor.now, entries=[said], woken=WOKEN, **where)


async def test_an_answer_or_a_hand_takes_it_up_again(floor: Floor) -> None:
    for id in ("c", "d"):
        await hold(floor, id)
        await floor.broker.snooze(id, LIN, f"snooze-{id}", floor.now + HOUR)
    await floor.reply("c", LIN)
    await floor.broker.wake("d", LIN, "wake0001")
    assert [(await floor.conversation(id)).snoozed_until for id in ("c", "d")] == [0, 0]


async def test_nobody_else_puts_a_chat_aside(floor: Floor) -> None:
    await hold(floor)
    assert isinstance(await floor.broker.snooze("c", MEI, "snooze01", floor.now + HOUR), Refused)
    await floor.broker.close("c", LIN, "the end1")
    assert isinstance(await floor.broker.snooze("c", LIN, "snooze02", floor.now + HOUR), Refused)


async def test_a_note_does_not_wake_and_another_owner_does(floor: Floor) -> None:
    await hold(floor)
    await floor.broker.snooze("c", LIN, "snooze01", floor.now + HOUR)
    await floor.broker.note("c", MEI, "note0001", "the parcel is here")
    assert (await floor.conversation("c")).snoozed_until
    await floor.broker.requeue("c", LIN, "requeue1")
    assert (await floor.conversation("c")).snoozed_until == 0


async def test_who_goes_home_keeps_what_is_put_aside_until_it_is_wanted(floor: Floor) -> None:
    await hold(floor)
    await floor.broker.snooze("c", LIN, "snooze01", floor.now + HOUR)
    await floor.after(DEAD_AFTER / 1000)
    assert (await floor.conversation("c")).agent == LIN.id
    await write(floor, "c")
    await floor.after()
    assert ((await floor.conversation("c")).state, (await floor.events("c"))[-1]) == (State.QUEUED, "gone")


async def test_who_had_a_chat_and_is_not_known_for_a_moment_does_not_get_it_back(floor: Floor) -> None:
    """The shopper is answered by the bot meanwhile, and not left waiting for the record."""
    await hold(floor)
    await floor.broker.close("c", LIN, "close-c")
    await floor.write("c")

    async def nobody_known() -> list[Profile]:
        raise OperationalError("SELECT", {}, Exception("down"))

    closed = await floor.conversation("c")
    for profiles, again in ((nobody_known, False), (floor.profiles, True)):
        reopening = Reopening(floor.clock, floor.broker, floor.presence, profiles, floor.rules)
        assert await reopening.reopen(closed, "reopen-c") is again
