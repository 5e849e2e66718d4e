"""How fast messages leave: one a second in each chat, thirty over all, in the order they were asked for."""

from __future__ import annotations

import pytest

from channels.port import RetryLater
from channels.telegram.pace import GAP, OVERALL, PATIENCE, Pace


class Time:
    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> Pace:
    return Pace(now=lambda: time.now, sleep=time.sleep)


async def test_a_first_message_leaves_at_once(pace: Pace, time: Time) -> None:
    await pace.turn(7)
    assert time.waits == []


async def test_a_second_message_to_a_chat_waits_a_second(pace: Pace, time: Time) -> None:
    await pace.turn(7)
    await pace.turn(7)
    assert time.waits == [GAP]


async def test_thirty_chats_a_second_get_theirs(pace: Pace, time: Time) -> None:
    for chat in range(OVERALL + 1):
        await pace.turn(chat)
    assert time.waits[-1] == 1.0
    assert len(time.waits) == OVERALL


async def test_what_would_wait_long_comes_back_later_and_takes_no_turn(pace: Pace, time: Time) -> None:
    for _ in range(2):
        await pace.turn(7)
    for _ in range(3):
        with pytest.raises(RetryLater) as caught:
            await pace.turn(7)
        assert caught.value.after == 2 * GAP > PATIENCE
    time.now += 2 * GAP
    await pace.turn(7)
    assert time.waits == [GAP]


async def test_in_a_rush_each_message_comes_back_once_and_none_is_overtaken(pace: Pace, time: Time) -> None:
    booked: dict[int, float] = {}
    for chat in range(300):
        try:
            await pace.turn(chat)
        except RetryLater as later:
            booked[chat] = time.now + later.after
    assert sorted(booked.values()) == list(booked.values())
    assert max(booked.values()) < time.now + 300 / OVERALL
    for chat, at in booked.items():
        time.now = at
        waits = len(time.waits)
        await pace.turn(chat)
        assert len(time.waits) == waits or time.waits[-1] < 0.001


async def test_a_chat_on_hold_holds_up_no_other(pace: Pace, time: Time) -> None:
    pace.hold(7, 17)
    with pytest.raises(RetryLater) as caught:
        await pace.turn(7)
    assert caught.value.after == 17
    await pace.turn(8)
    assert sum(time.waits) < 0.05
