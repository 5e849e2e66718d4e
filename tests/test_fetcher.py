"""The fetcher: every medium comes into our store, however often its channel fails, or is known to be lost."""

from __future__ import annotations

import asyncio
import io
import wave
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot import fetcher as fetchers
from bot.clock import Clock
from bot.fetcher import Fetcher
from bot.inbox import Inbox
from bot.media import LARGEST, Media, media_id
from bot.messages import Attachment, Content, Inbound
from bot.sound import playable
from bot.store.embedded import EmbeddedStore
from bot.store.keys import conversation_id
from bot.store.store import Store, connect
from bot.worker import LEASE, Work
from channels.port import Ambiguous, Fetched, Rejected, RetryLater, Unreachable

CHANNEL = "fake"
ID = conversation_id("shop", CHANNEL, "7")
PNG = b"\x89PNG\r\n\x1a\n and so on"
DAY = 86_400.0
LONG_AFTER = fetchers.DEADLINE + LEASE / 1000 + 1
"""Seconds after which a worker that was killed has lost its work."""


class FakeSource:
    """Gives every medium, after the errors planned for it; counts what it gave."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.plan: defaultdict[str, deque[BaseException]] = defaultdict(deque)
        self.contents: dict[str, bytes] = {}
        self.before: Callable[[], Awaitable[Any]] | None = None

    async def fetch(self, attachment: Attachment) -> Fetched:
        if self.before:
            before, self.before = self.before, None
            await before()
        name = str(attachment.source)
        if self.plan[name]:
            raise self.plan[name].popleft()
        self.given.append(name)
        return Fetched(self.contents.get(name, PNG), "text/plain", f"{name}.bin")


def id_of(name: str) -> str:
    return media_id("shop", CHANNEL, name)


class Desk:
    """A conversation whose media are fetched, and a clock that only the test moves."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.seconds = 1_000.0
        self.room = True
        clock = Clock(lambda: self.seconds)
        self.source = FakeSource()
        self.media = Media(folder / "media")
        self.fetcher = Fetcher(store, clock, self.media, {CHANNEL: self.source}, lambda: self.room)
        self.inbox = Inbox(store, clock, is_fragment=lambda _: False, has_room=lambda: True, archive_after=86_400_000)

    async def receive(self, id: str, *names: str, album: str | None = None) -> None:
        attachments = tuple(Attachment(kind="image", media=id_of(name), source=name) for name in names)
        content = Content(text="" if names else "words", attachments=attachments)
        await self.inbox.receive(Inbound(channel=CHANNEL, identity="7", external_id=id, content=content, album=album))

    async def claim(self) -> list[Work]:
        claimed = await self.store.claim(int(self.seconds * 1000), limit=9, lease=LEASE)
        works = [Work(*member.split(":"), token) for member, token in claimed["items"]]
        return [work for work in works if work.kind == "fetch"]

    async def fetch(self) -> None:
        """Do what is due now."""
        for work in await self.claim():
            await self.fetcher.fetch(work)

    async def due_in(self) -> float | None:
        """Seconds until the next try; None when there is none."""
        due = await self.store.redis.zscore(self.store.keys.due, f"fetch:{ID}")
        return None if due is None else due / 1000 - self.seconds

    async def here(self, *names: str) -> list[str]:
        return [name for name in names if await self.media.get(id_of(name))]

    async def lost(self) -> list[int]:
        """The `seq`s of the messages with a medium that is lost."""
        entries = await self.store.entries(ID, 0)
        return [int(str(entry.data["of"])) for entry in entries if entry.data.get("status") == "media_lost"]


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


async def test_a_medium_is_brought_once_and_its_bytes_tell_its_type(desk: Desk) -> None:
    await desk.receive("1", "a")
    await desk.receive("2", "a", "b")
    await desk.fetch()
    assert desk.source.given == ["a", "b"]
    file = await desk.media.get(id_of("a"))
    assert file
    assert (file.type, file.name, file.size, await file.read()) == ("image/png", "a.bin", len(PNG), PNG)
    assert await desk.due_in() is None


async def test_a_fetch_that_fails_three_times_succeeds_at_the_fourth(desk: Desk) -> None:
    desk.source.plan["a"] += [RetryLater(0, "down"), Ambiguous("lost"), TimeoutError()]
    await desk.receive("1", "a")
    waits = []
    for _ in range(3):
        await desk.fetch()
        assert await desk.here("a") == []
        waits.append(await desk.due_in())
        desk.seconds += waits[-1] or 0
    await desk.fetch()
    assert await desk.here("a") == ["a"]
    assert waits == [1, 1, 2]
    assert await desk.lost() == []
    assert await desk.due_in() is None


async def test_a_flood_limit_is_waited_out(desk: Desk) -> None:
    desk.source.plan["a"].append(RetryLater(17, "flood limit"))
    await desk.receive("1", "a")
    await desk.fetch()
    assert await desk.due_in() == 17


async def test_what_fails_holds_up_no_other_medium(desk: Desk) -> None:
    desk.source.plan["a"].append(RetryLater(5, "down"))
    await desk.receive("1", "a")
    await desk.receive("2", "b")
    await desk.fetch()
    assert await desk.here("a", "b") == ["b"]
    desk.seconds += 5
    await desk.fetch()
    assert desk.source.given == ["b", "a"]


@pytest.mark.parametrize("error", [Rejected("gone"), Unreachable("blocked")])
async def test_a_medium_the_channel_refuses_is_lost_and_the_agents_are_told(desk: Desk, error: Exception) -> None:
    desk.source.plan["b"].append(error)
    await desk.receive("1", "a")
    await desk.receive("2", "b")
    await desk.fetch()
    assert (await desk.here("a", "b"), await desk.lost()) == (["a"], [2])
    assert await desk.due_in() is None


async def test_a_medium_that_is_too_large_is_lost(desk: Desk) -> None:
    desk.source.contents["a"] = bytes(LARGEST + 1)
    await desk.receive("1", "a")
    await desk.fetch()
    assert (await desk.here("a"), await desk.lost()) == ([], [1])


async def test_after_three_days_of_trying_it_is_lost(desk: Desk) -> None:
    desk.source.plan["a"] += [RetryLater(0, "down")] * 1_000
    await desk.receive("1", "a")
    tries, began = 0, desk.seconds
    while (wait := await desk.due_in()) is not None:
        desk.seconds += wait
        await desk.fetch()
        tries += 1
    assert await desk.lost() == [1]
    assert 3 * DAY < desk.seconds - began < 3 * DAY + 3_601
    assert tries < 90


async def test_a_picture_of_an_album_that_is_lost_is_told_once_and_of_the_message(desk: Desk) -> None:
    desk.source.plan["b"] += [Rejected("gone")] * 2
    desk.source.plan["a"] += [RetryLater(1, "down")] * 2
    await desk.receive("1", "a", album="x")
    await desk.receive("2", "b", album="x")
    await desk.receive("3", "c", album="x")
    for _ in range(3):
        await desk.fetch()
        desk.seconds += 2
    assert (await desk.here("a", "b", "c"), await desk.lost()) == (["a", "b", "c"], [1])


async def test_what_comes_during_a_fetch_is_fetched_too(desk: Desk) -> None:
    await desk.receive("1", "a")
    desk.source.before = lambda: desk.receive("2", "b")
    await desk.fetch()
    assert await desk.here("a", "b") == ["a", "b"]
    assert await desk.due_in() is None


async def test_a_worker_killed_in_the_middle_leaves_the_rest_to_another(desk: Desk) -> None:
    await desk.receive("1", "a", "b")
    desk.source.plan["b"].append(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await desk.fetch()
    assert await desk.here("a", "b") == ["a"]
    desk.seconds += LONG_AFTER
    await desk.fetch()
    assert desk.source.given == ["a", "b"]


async def test_a_worker_that_lost_its_lease_stops(desk: Desk) -> None:
    await desk.receive("1", "a", "b")
    (old,) = await desk.claim()
    desk.seconds += LONG_AFTER
    await desk.fetch()
    await desk.fetcher.fetch(old)
    assert desk.source.given == ["a", "b"]


async def test_a_full_disk_is_not_filled_further(desk: Desk) -> None:
    desk.room = False
    await desk.receive("1", "a")
    await desk.fetch()
    assert (desk.source.given, await desk.due_in()) == ([], 60)
    desk.room, desk.seconds = True, desk.seconds + 60
    await desk.fetch()
    assert await desk.here("a") == ["a"]


async def test_words_alone_ask_for_no_fetch(desk: Desk) -> None:
    await desk.receive("1")
    assert await desk.due_in() is None


async def test_half_a_medium_is_no_medium(tmp_path: Path) -> None:
    media = Media(tmp_path)
    (tmp_path / id_of("a")).write_bytes(PNG)
    assert await media.get(id_of("a")) is None


FAULTS = st.lists(st.sampled_from(["late", "lost", "killed"]), max_size=4)
ERRORS = {"late": lambda: RetryLater(1, "down"), "lost": lambda: Ambiguous("lost"), "killed": asyncio.CancelledError}


@hypothesis_settings(max_examples=25)
@given(st.lists(FAULTS, min_size=1, max_size=4))
def test_everything_comes_exactly_once_whatever_fails(
    tmp_path_factory: pytest.TempPathFactory, faults: list[list[str]]
) -> None:
    asyncio.run(_play(tmp_path_factory.mktemp("play"), faults))


async def _play(folder: Path, faults: list[list[str]]) -> None:
    async with EmbeddedStore(folder / "s") as server:
        redis = connect(server.url)
        desk = Desk(Store(redis, "shop"), folder)
        names = [f"p{number}" for number in range(len(faults))]
        for name, planned in zip(names, faults, strict=True):
            desk.source.plan[name] += [ERRORS[fault]() for fault in planned]
            await desk.receive(name, name)
        while await desk.due_in() is not None:
            await asyncio.gather(desk.fetch(), return_exceptions=True)
            desk.seconds += LONG_AFTER
        await redis.aclose()
        assert sorted(desk.source.given) == names
        assert await desk.here(*names) == names


def amr(seconds: float) -> bytes:
    """A tone as phones record it."""
    target = io.BytesIO()
    tone = (np.sin(np.arange(int(8_000 * seconds)) / 3) * 9_000).astype("int16")
    with av.open(target, "w", format="amr") as file:
        stream = file.add_stream("libopencore_amrnb", rate=8_000, layout="mono")
        stream.bit_rate = 12_200
        for start in range(0, len(tone), 160):
            frame = av.AudioFrame.from_ndarray(tone[None, start : start + 160], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8_000, start
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return target.getvalue()


async def test_a_voice_message_is_kept_as_browsers_play_it(desk: Desk) -> None:
    desk.source.contents["a"] = amr(2)
    await desk.receive("1", "a")
    await desk.fetch()
    file = await desk.media.get(id_of("a"))
    assert file
    assert (file.type, file.name) == ("audio/wav", "a.wav")
    with wave.open(str(file.path)) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(2, abs=0.05)


def test_no_voice_message_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sound.LONGEST", 1)
    content, _ = playable(amr(3), None)
    with wave.open(io.BytesIO(content)) as sound:
        assert sound.getnframes() == 8_000


@given(st.binary(max_size=200))
@hypothesis_settings(max_examples=200)
def test_broken_sound_stays_as_it_is_or_is_silence(noise: bytes) -> None:
    for magic in (b"", b"#!AMR\n", b"#!AMR-WB\n"):
        content, name = playable(magic + noise, "v.amr")
        assert (content == magic + noise and name == "v.amr") or (content.startswith(b"RIFF") and name == "v.wav")
