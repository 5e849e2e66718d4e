"""Nobody waits for ever: what time alone does to a human chat, on the clock and in the store."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.messages import Conversation, State
from bot.store.store import Store
from bot.worker import LEASE, Work
from handoff.intake import LEAVE, MESSAGE, WAIT
from handoff.presence import DEAD_AFTER
from handoff.routing import Routing
from handoff.service import SECOND, Service, reply_times
from handoff.watch import Due, Step, next_step
from tests.handoff.floor import LIN, MEI, Floor

SERVICE = Service()
NOW = 5_000_000


def conversation(state: State, **facts: object) -> Conversation:
    return Conversation.model_validate(
        {"id": "c", "channel": "web", "identity": "v", "state": state, "since": NOW, "episode": 1, **facts}
    )


@pytest.fixture
def floor(store: Store) -> Floor:
    return Floor(store, Routing(mode="pull"))


def test_a_conversation_with_the_bot_has_no_timers() -> None:
    assert next_step(conversation(State.BOT), SERVICE) is None
    assert next_step(conversation(State.CLOSED), SERVICE) is None


def test_the_first_reply_is_due_sooner_than_the_next() -> None:
    fresh = conversation(State.ASSIGNED, waiting=NOW - 9_000)
    assert reply_times(fresh, SERVICE) == (NOW, NOW + SERVICE.first_reply * SECOND)
    later = conversation(State.ASSIGNED, waiting=NOW + 9_000, answered_at=NOW + 1_000)
    soon, late = NOW + 9_000 + SERVICE.next_reply_soon * SECOND, NOW + 9_000 + SERVICE.next_reply * SECOND
    assert reply_times(later, SERVICE) == (soon, late)


def test_an_answered_shopper_is_owed_nothing() -> None:
    assert reply_times(conversation(State.ASSIGNED, answered_at=NOW + 1), SERVICE) is None


def test_a_chat_is_taken_back_only_a_while_after_the_reminder_was_really_given() -> None:
    waiting = conversation(State.ASSIGNED, waiting=NOW, overdue_at=NOW + 30_000)
    assert next_step(waiting, SERVICE) == Due(NOW + SERVICE.remind * SECOND, Step.REMIND)
    long_after = NOW + 50_000_000  # the desk was down
    reminded = waiting.model_copy(update={"reminded_at": long_after})
    assert next_step(reminded, SERVICE) == Due(long_after + SERVICE.take_back * SECOND, Step.TAKE_BACK)


async def test_a_silent_agent_is_reminded_and_then_loses_the_chat_to_the_queue(floor: Floor) -> None:
    await floor.ask("c")
    await floor.broker.claim("c", LIN, "command1")
    place = (await floor.conversation("c")).place
    await floor.after(SERVICE.first_reply)
    assert (await floor.events("c"))[-1] == "overdue"
    await floor.after(SERVICE.remind)
    assert (await floor.events("c"))[-1] == "reminded"
    assert (await floor.conversation("c")).state is State.ASSIGNED
    await floor.after(SERVICE.take_back)
    taken = await floor.conversation("c")
    assert (taken.state, taken.agent, taken.lost) == (State.QUEUED, None, LIN.id)
    assert await floor.store.redis.zscore(floor.store.keys.queue, "c") == place
    assert {"requeued", "silent"} <= set(await floor.events("c"))


async def test_an_agent_who_answers_in_time_is_not_reminded(floor: Floor) -> None:
    await floor.ask("c")
    await floor.broker.claim("c", LIN, "command1")
    await floor.after(20)
    await floor.reply("c", LIN)
    await floor.after(SERVICE.remind)
    assert await floor.events("c") == ["requested", "joined"]


async def test_the_supervisor_is_told_of_an_overdue_answer_once(floor: Floor) -> None:
    await floor.ask("c")
    await floor.broker.claim("c", LIN, "command1")
    await floor.reply("c", LIN)
    await floor.write("c")
    await floor.live(SERVICE.next_reply + 60, 10)
    assert (await floor.events("c")).count("overdue") == 1


async def test_a_silent_shopper_reads_a_closing_note_and_then_the_chat_is_closed(floor: Floor) -> None:
    await floor.ask("c")
    await floor.reply("c", LIN)
    await floor.after(SERVICE.silent_shopper)
    assert (await floor.events("c"))[-1] == "closing"
    await floor.after(SERVICE.close)
    assert (await floor.conversation("c")).state is State.CLOSED
    await floor.write("c")
    assert (await floor.conversation("c")).state is State.BOT


async def test_who_writes_after_the_closing_note_keeps_the_agent(floor: Floor) -> None:
    await floor.ask("c")
    await floor.reply("c", LIN)
    await floor.after(SERVICE.silent_shopper)
    await floor.write("c")
    await floor.reply("c", LIN)
    await floor.after(SERVICE.close)
    assert (await floor.conversation("c")).state is State.ASSIGNED


async def test_who_waits_long_is_asked_once_whether_to_leave_a_message(floor: Floor) -> None:
    await floor.ask("c")
    await floor.live(SERVICE.long_wait * 2, 60)
    asked = [entry for entry in await floor.entries("c") if entry.content.text == "queue.long"]
    assert len(asked) == 1
    assert [button.choice for button in asked[0].content.buttons] == ["queue:message", "queue:wait", "queue:leave"]


async def test_a_dead_workspace_gives_its_chats_back_at_their_places(floor: Floor) -> None:
    await floor.presence.beat(LIN.id)
    for id in ("c1", "c2"):
        await floor.ask(id)
        await floor.reply(id, LIN)
    places = [(await floor.conversation(id)).place for id in ("c1", "c2")]
    await floor.after(DEAD_AFTER / 1000 - 1)
    assert (await floor.conversation("c1")).state is State.ASSIGNED
    await floor.after(1)
    for id, place in zip(("c1", "c2"), places, strict=True):
        taken = await floor.conversation(id)
        assert (taken.state, taken.lost, taken.waiting) == (State.QUEUED, LIN.id, floor.now)
        assert await floor.store.redis.zscore(floor.store.keys.queue, id) == place
        assert "gone" in await floor.events(id)


async def test_a_workspace_that_beats_again_in_time_keeps_its_chats(floor: Floor) -> None:
    await floor.ask("c")
    await floor.reply("c", LIN)
    await floor.live(300, 20, LIN)
    assert (await floor.conversation("c")).state is State.ASSIGNED


async def test_after_an_outage_every_workspace_has_its_time_anew(floor: Floor) -> None:
    await floor.presence.beat(LIN.id)
    await floor.ask("c")
    await floor.reply("c", LIN)
    floor.now += 10 * DEAD_AFTER
    await floor.presence.wait_for_all()
    await floor.after(1)
    assert (await floor.conversation("c")).state is State.ASSIGNED
    await floor.after(DEAD_AFTER / 1000)
    assert (await floor.conversation("c")).state is State.QUEUED


async def test_two_workers_at_one_timer_do_it_once(floor: Floor) -> None:
    """The lease of the first runs out; both finish."""
    await floor.ask("c")
    await floor.broker.claim("c", LIN, "command1")
    floor.now += SERVICE.first_reply * SECOND
    works = []
    for _ in range(2):
        claimed = await floor.store.claim(floor.now, limit=9, lease=LEASE)
        works += [Work("watch", "c", token) for member, token in claimed["items"] if member == "watch:c"]
        floor.now += LEASE
    assert len(works) == 2
    await asyncio.gather(*(floor.watch.look(work) for work in works))
    assert (await floor.events("c")).count("overdue") == 1


async def test_a_word_that_comes_while_a_timer_is_at_work_stops_it(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await floor.ask("c")
    await floor.broker.claim("c", LIN, "command1")
    await floor.after(SERVICE.first_reply)
    await floor.after(SERVICE.remind)
    floor.now += SERVICE.take_back * SECOND
    read = floor.store.conversation

    async def slow(id: str) -> Conversation:
        known = await read(id)
        monkeypatch.setattr(floor.store, "conversation", read)
        await floor.reply(id, LIN)
        return known

    claimed = await floor.store.claim(floor.now, limit=9, lease=LEASE)
    monkeypatch.setattr(floor.store, "conversation", slow)
    await floor.watch.look(Work("watch", "c", dict(claimed["items"])["watch:c"]))
    assert (await floor.conversation("c")).agent == LIN.id


async def test_a_new_owner_has_the_whole_time(floor: Floor) -> None:
    await floor.ask("c")
    await floor.broker.claim("c", LIN, "command1")
    await floor.live(400, 10)
    assert (await floor.conversation("c")).state is State.QUEUED
    await floor.broker.claim("c", MEI, "command2")
    await floor.after(SERVICE.remind - 1)
    assert (await floor.conversation("c")).agent == MEI.id
    assert (await floor.events("c")).count("reminded") == 1


async def test_a_long_wait_is_made_up_for_once_an_episode_and_told(floor: Floor) -> None:
    floor.service = Service(compensate_after=120, compensation=8)
    await floor.ask("c")
    await floor.live(400, 20)
    assert floor.coupons.given == {"wait:c:1": (800, None)}
    said = [entry.content.text for entry in await floor.entries("c") if entry.author == "bot"]
    assert said.count("queue.compensated") == 1
    coupon = next(one for one in await floor.entries("c") if one.content.text == "queue.compensated")
    assert [button.choice for button in coupon.content.buttons] == [MESSAGE, WAIT, LEAVE]
    assert (await floor.events("c")).count("compensated") == 1
    lines = [json.loads(fields["line"]) for _, fields in await floor.store.redis.xrange(floor.store.keys.ledger)]
    assert [line["data"]["given"] for line in lines if line["kind"] == "compensated"] == [True]
    await floor.broker.claim("c", LIN, "command1")
    await floor.broker.hand_back("c", LIN, "command2")
    await floor.ask("c")
    await floor.live(200, 20)
    assert set(floor.coupons.given) == {"wait:c:1", "wait:c:2"}


async def test_a_shop_that_does_not_answer_leaves_it_to_the_agents(floor: Floor) -> None:
    floor.service, floor.coupons.broken = Service(compensate_after=120), True
    await floor.ask("c")
    await floor.live(200, 20)
    assert (await floor.events("c")).count("not_compensated") == 1
    assert "queue.compensated" not in [entry.content.text for entry in await floor.entries("c")]


async def test_nothing_is_given_unless_the_desk_says_so(floor: Floor) -> None:
    await floor.ask("c")
    await floor.live(1_000, 20)
    assert floor.coupons.given == {}


async def test_each_rung_of_the_ladder_can_be_taken_out(floor: Floor) -> None:
    floor.service = Service(supervisor=False, requeue=False)
    await floor.ask("c")
    await floor.broker.claim("c", LIN, "command1")
    await floor.live(600, 20)
    assert "overdue" not in await floor.events("c")
    assert "reminded" in await floor.events("c")
    assert (await floor.conversation("c")).agent == LIN.id
