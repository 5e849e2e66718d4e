"""Each reply goes to a waiting request or to the courier: none is lost, none comes by both unless nobody can know."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, multiple, rule

from bot.messages import Entry
from bot.store.store import Store
from channels.port import Ambiguous, RetryLater
from channels.wechat.passive import GRACE, WAIT, Answer, Waiting
from tests.channels.wechat_stage import ID, LIN, Stage, Vanished, first_times
from tests.machine import StoreMachine


@pytest.fixture
def stage(any_store: Store) -> Stage:
    return Stage(any_store)


async def test_a_reply_in_time_is_the_requests_and_never_the_couriers(stage: Stage) -> None:
    waiting = await stage.write()
    assert await stage.look(waiting) is None
    await stage.work()
    await stage.finish(waiting, await stage.take(waiting))
    await stage.drain()
    assert stage.arrived == ["<bot2>"]
    assert await stage.marks() == {}


async def test_a_reply_after_the_deadline_is_the_couriers(stage: Stage) -> None:
    waiting = await stage.write()
    stage.seconds += WAIT / 1000
    assert await stage.look(waiting) == Answer()
    await stage.work()
    await stage.work()
    assert stage.arrived == ["<bot2>"]
    assert await stage.look(waiting) == Answer()


async def test_while_a_request_waits_the_courier_does_not_send(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work()
    stage.seconds += WAIT / 1000 - 0.001
    await stage.work()
    assert stage.arrived == []
    await stage.finish(waiting, await stage.take(waiting))
    assert stage.arrived == ["<bot2>"]


async def test_a_retry_gets_the_same_bytes_and_makes_no_second_turn(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work()
    first = await stage.take(waiting)
    await stage.finish(waiting, first)
    again = await stage.write(1)
    second = await stage.take(again)
    assert (second.body, second.tries) == (first.body, 2)
    await stage.finish(again, second)
    await stage.drain()
    assert stage.arrived == ["<bot2>"]


async def test_a_lost_answer_goes_to_the_courier_and_is_marked(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work()
    await stage.finish(waiting, await stage.take(waiting), arrives=False, how="lost")
    await stage.work()
    assert stage.arrived == ["<bot2>"]
    assert await stage.marks() == {"<bot2>": ["maybe_twice"]}
    assert await stage.take_nothing(await stage.write(1))


async def test_a_retry_that_has_the_answer_keeps_the_courier_from_sending_it(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work()
    first = await stage.take(waiting)
    retry = await stage.write(1)
    second = await stage.take(retry)
    await stage.finish(waiting, first, arrives=False, how="lost")
    await stage.finish(retry, second)
    await stage.drain()
    assert stage.arrived == ["<bot2>"]
    assert await stage.marks() == {}


async def test_what_a_dead_request_took_is_sent_after_a_while_and_marked(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work()
    await stage.finish(waiting, await stage.take(waiting), how="died")
    stage.seconds += GRACE / 1000 - 0.001
    await stage.work()
    assert stage.arrived == ["<bot2>"]
    await stage.drain()
    assert stage.arrived == ["<bot2>", "<bot2>"]
    assert await stage.marks() == {"<bot2>": ["maybe_twice"]}


async def test_an_answer_counts_as_written_however_late_if_nobody_else_has_begun(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work()
    answer = await stage.take(waiting)
    stage.hear(waiting, answer)
    stage.seconds += GRACE / 1000
    await stage.finish(waiting, answer)
    await stage.drain()
    assert stage.arrived == ["<bot2>"]
    assert await stage.marks() == {}


async def test_an_answer_written_while_the_courier_looks_is_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await stage.write()
    await stage.work()
    answer = await stage.take(waiting)
    stage.hear(waiting, answer)
    stage.seconds += GRACE / 1000
    read = stage.store.entries

    async def read_and_write(*args: Any) -> list[Entry]:
        page = await read(*args)
        await stage.passive.written(waiting, answer)
        return page

    monkeypatch.setattr(stage.store, "entries", read_and_write)
    await stage.work()
    monkeypatch.undo()
    await stage.drain()
    assert stage.arrived == ["<bot2>"]
    assert await stage.marks() == {}


async def test_an_answer_that_others_have_begun_to_say_does_not_count_as_written(stage: Stage) -> None:
    first = await stage.write()
    await stage.work()
    answer = await stage.take(first)
    stage.hear(first, answer)
    second = await stage.write()
    stage.seconds += WAIT / 1000 - 0.001
    assert await stage.look(second) is None
    stage.seconds += (GRACE - WAIT) / 1000 + 0.001
    other = await stage.take(second)
    await stage.finish(first, answer)
    await stage.finish(second, other, arrives=False, how="died")
    await stage.drain()
    assert stage.arrived == ["<bot2>", "<bot2>"]
    assert await stage.marks() == {"<bot2>": ["maybe_twice"]}


async def test_a_retry_after_a_death_takes_the_answer_over(stage: Stage) -> None:
    """WeChat has one answer of it, and nobody else need send it."""
    waiting = await stage.write()
    await stage.work()
    await stage.finish(waiting, await stage.take(waiting), arrives=False, how="died")
    stage.seconds += GRACE / 1000
    retry = await stage.write(1)
    answer = await stage.take(retry)
    stage.seconds += GRACE / 1000 - 1
    await stage.work()
    assert stage.arrived == []
    stage.hear(retry, answer)
    await stage.finish(retry, answer)
    await stage.drain()
    assert stage.arrived == ["<bot2>"]
    assert await stage.marks() == {}


async def test_a_retry_gets_nothing_of_what_the_courier_has_sent_since(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work()
    await stage.finish(waiting, await stage.take(waiting), arrives=False, how="died")
    stage.seconds += GRACE / 1000
    await stage.work()
    assert await stage.take_nothing(await stage.write(1))
    assert stage.arrived == ["<bot2>"]


async def test_a_retry_says_nothing_of_the_bots_after_a_takeover(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work()
    await stage.finish(waiting, await stage.take(waiting), arrives=False, how="died")
    await stage.agent_says()
    assert await stage.take_nothing(await stage.write(1))
    await stage.drain()
    assert await stage.take_nothing(await stage.write(1))
    assert stage.arrived == ["<agent3>"]
    assert await stage.marks() == {"<bot2>": ["unconfirmed"]}


async def test_the_newest_request_gets_the_answer_and_earlier_ones_nothing(stage: Stage) -> None:
    first, second = await stage.write(), await stage.write()
    assert await stage.look(first) == Answer()
    await stage.work(say=2)
    await stage.finish(second, await stage.take(second))
    assert stage.arrived == ["<bot3>", "<bot4>"]


async def test_while_one_request_answers_the_next_one_waits_with_the_rest(stage: Stage) -> None:
    first = await stage.write()
    await stage.work()
    answer = await stage.take(first)
    second = await stage.write()
    await stage.work()
    assert await stage.look(second) is None
    await stage.work()
    await stage.finish(first, answer)
    await stage.finish(second, await stage.take(second))
    assert stage.arrived == ["<bot2>", "<bot4>"]
    assert await stage.marks() == {}


async def test_a_takeover_between_look_and_take_withdraws_nothing_that_was_said(stage: Stage) -> None:
    """The bot's word is fenced, the agent's goes in its place."""
    waiting = await stage.write()
    await stage.work()
    await stage.agent_says()
    await stage.finish(waiting, await stage.take(waiting))
    assert stage.arrived == ["<agent3>"]
    assert await stage.marks() == {"<bot2>": ["withdrawn"]}


async def test_what_does_not_fit_into_one_answer_follows_by_the_courier(stage: Stage) -> None:
    waiting = await stage.write()
    await stage.work(say=0)
    long = "".join(f"<agent{number}>" + "长" * 300 + "。" for number in range(3, 8))
    await stage.broker.reply(ID, LIN, "c", long)
    await stage.finish(waiting, await stage.take(waiting))
    await stage.drain()
    assert stage.arrived == [f"<agent{number}>" for number in range(3, 8)]
    assert await stage.marks() == {}


async def test_short_words_go_out_as_one_message(stage: Stage) -> None:
    await stage.write()
    stage.seconds += WAIT / 1000
    await stage.work(say=3)
    await stage.work()
    assert len(stage.arrived) == 3
    assert stage.ledger.left(stage.seconds) == 4


async def test_the_last_message_is_kept_for_an_agent(stage: Stage) -> None:
    await stage.write()
    stage.ledger.grants["message"][0] = 1
    await stage.store.redis.hset(stage.store.keys.conversation(ID), "left", 1)
    stage.seconds += WAIT / 1000
    await stage.work()
    await stage.work()
    assert await stage.marks() == {"<bot2>": ["refused"]}
    await stage.agent_says()
    await stage.work()
    assert stage.arrived == ["<agent3>"]


async def test_without_the_api_words_wait_for_the_next_request_and_that_is_said_once(store: Store) -> None:
    stage = Stage(store, passive_only=True)
    waiting = await stage.write()
    await stage.work(say=0)
    await stage.agent_says()
    first = await stage.take(waiting)
    assert str(first.body).splitlines()[-2:] == ["<agent2>", "[door.later]"]
    await stage.finish(waiting, first)
    await stage.agent_says()
    await stage.drain()
    assert stage.arrived == ["<agent2>"]
    later = await stage.write()
    second = await stage.take(later)
    assert second.body == "<agent3>"
    await stage.finish(later, second)


async def test_without_the_api_a_late_bot_says_so_and_answers_with_the_next_request(store: Store) -> None:
    stage = Stage(store, passive_only=True)
    waiting = await stage.write()
    stage.seconds += WAIT / 1000
    late = await stage.take(waiting)
    assert late.body == "[door.later]"
    await stage.finish(waiting, late)
    await stage.work()
    await stage.work()
    later = await stage.write()
    await stage.work()
    await stage.finish(later, await stage.take(later))
    assert stage.arrived == ["<bot2>", "<bot4>"]


async def test_words_that_wait_longer_than_a_week_are_told_as_not_sent(store: Store) -> None:
    stage = Stage(store, passive_only=True)
    await stage.write()
    stage.seconds += WAIT / 1000
    await stage.work()
    await stage.work()
    stage.seconds += 7 * 86_400 - 1
    await stage.work()
    assert await stage.marks() == {}
    stage.seconds += 2
    await stage.work()
    assert await stage.marks() == {"<bot2>": ["refused"]}


async def test_a_request_and_the_courier_at_once_give_each_reply_to_one(stage: Stage) -> None:
    """At the deadline both want it."""
    for _ in range(30):
        waiting = await stage.write()
        stage.seconds += WAIT / 1000 - 0.001
        await stage.work()
        stage.seconds += 0.002
        answer, _ = await asyncio.gather(stage.look(waiting), stage.work())
        if answer and answer.body:
            await stage.finish(waiting, answer)
        await stage.drain()
    bots = [word for word in stage.arrived if word.startswith("<bot")]
    assert len(bots) == len(set(bots)) == 30
    assert await stage.marks() == {}


class Account(StoreMachine):
    """Requests, retries, answers, deaths and the courier in any order, against what WeChat's shopper has read."""

    waiting = Bundle("waiting")
    answering = Bundle("answering")

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(self.store)
        self.requests: list[int] = []
        self.unfinished = 0

    @rule(target=waiting, menu=st.booleans())
    def the_shopper_writes(self, menu: bool) -> Waiting:
        waiting = self.run(self.stage.write(menu=menu))
        self.requests.append(int(waiting.id[1:]))
        return waiting

    @rule(target=waiting, index=st.integers(0, 9))
    def wechat_repeats(self, index: int) -> object:
        """One of the last few; the stage knows it by its number."""
        if not self.requests:
            return multiple()
        return self.run(self.stage.write(self.requests[-1 - index % min(3, len(self.requests))]))

    @rule(target=answering, waiting=waiting)
    def a_request_looks(self, waiting: Waiting) -> tuple[Waiting, Answer | None]:
        answer = self.run(self.stage.look(waiting))
        self.unfinished += bool(answer and answer.body)
        return waiting, answer

    @rule(held=answering)
    def an_answer_arrives(self, held: tuple[Waiting, Answer | None]) -> None:
        waiting, answer = held
        if answer and answer.body:
            self.stage.hear(waiting, answer)

    @rule(held=consumes(answering), how=st.sampled_from(["written", "written", "lost", "died"]), arrives=st.booleans())
    def an_answer_ends(self, held: tuple[Waiting, Answer | None], how: str, arrives: bool) -> None:
        waiting, answer = held
        if not answer or not answer.body:
            return
        self.unfinished -= 1
        self.run(self.stage.finish(waiting, answer, arrives=arrives or how == "written", how=how))

    @rule(say=st.integers(0, 3))
    def what_is_due_is_done(self, say: int) -> None:
        self.run(self.stage.work(say=say))

    @rule(waiting=waiting, say=st.integers(1, 2))
    def work_and_a_request_at_once(self, waiting: Waiting, say: int) -> None:
        async def both() -> None:
            answer, _ = await asyncio.gather(self.stage.look(waiting), self.stage.work(say=say))
            if answer and answer.body:
                await self.stage.finish(waiting, answer)

        self.run(both())

    @rule()
    def an_agent_speaks(self) -> None:
        if self.requests:
            self.run(self.stage.agent_says())

    @rule()
    def the_agent_hands_back(self) -> None:
        self.run(self.stage.broker.hand_back(ID, LIN, f"h{next(self.stage.numbers)}"))

    @rule(seconds=st.sampled_from([0.1, 1, 2.5, 5, 59, 3_600, 48 * 3_600]))
    def time_passes(self, seconds: float) -> None:
        self.stage.seconds += seconds

    @rule(error=st.sampled_from([RetryLater(1, "busy"), Ambiguous("timeout"), Vanished("timeout")]))
    def the_next_call_goes_wrong(self, error: Exception) -> None:
        self.stage.ambiguities += isinstance(error, Ambiguous)
        self.stage.channel.plan.append(error)

    def teardown(self) -> None:
        try:
            if self.requests:
                self.run(self.stage.drain())
                self.run(self.check())
        finally:
            super().teardown()

    async def check(self) -> None:
        stage, marks = self.stage, await self.stage.marks()
        words = [entry.content.text for entry in await stage.outgoing() if entry.content.text.startswith("<")]
        for word in words:
            times, told = stage.arrived.count(word), marks.get(word, [])
            assert times or {"refused", "withdrawn", "failed", "unconfirmed"} & set(told), f"{word} is lost: {told}"
            in_doubt = {"maybe_twice", "unconfirmed"} & set(told)
            assert times <= 1 or in_doubt, f"{word} came {times} times, and nobody was told"
            assert not times or "withdrawn" not in told, f"{word} came, and is told as not sent"
        came = first_times(stage.arrived)
        assert came == [word for word in words if word in came], "out of order"
        if not stage.ambiguities and not self.unfinished:
            assert len(stage.arrived) == len(set(stage.arrived))
            assert not any({"maybe_twice", "unconfirmed"} & set(told) for told in marks.values())


TestAccount = Account.TestCase
TestAccount.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
