"""A mailbox gives what was put in, in order, to one reader, and tells who asked to be told."""

from __future__ import annotations

import asyncio

import pytest

from bot.mailbox import Mailbox


async def test_what_is_put_in_comes_out_in_order() -> None:
    box = Mailbox[int]()
    for number in range(3):
        box.put_nowait(number)
    assert [await box.get() for _ in range(3)] == [0, 1, 2]
    assert box.empty()


async def test_a_reader_waits_for_the_next_item() -> None:
    box = Mailbox[str]()
    reader = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put_nowait("one")
    box.put_nowait("two")
    assert await reader == "one"
    assert box.get_nowait() == "two"


async def test_a_reader_who_gives_up_leaves_everything_to_the_next() -> None:
    box = Mailbox[str]()
    reader = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    reader.cancel()
    box.put_nowait("one")
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert await box.get() == "one"


def test_a_full_one_takes_no_more_and_an_empty_one_gives_nothing() -> None:
    box = Mailbox[int](1)
    with pytest.raises(asyncio.QueueEmpty):
        box.get_nowait()
    box.put_nowait(1)
    assert box.full()
    with pytest.raises(asyncio.QueueFull):
        box.put_nowait(2)


def test_who_asked_is_told_of_each() -> None:
    box, heard = Mailbox[int](), list[int]()
    box.call = lambda: heard.append(box.get_nowait())
    box.put_nowait(1)
    box.put_nowait(2)
    assert heard == [1, 2]
