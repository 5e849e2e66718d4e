"""The agents' history of a thread over several channels: everything once, in time order, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.log import END, ConversationLog
from bot.messages import Audience, Author, Content, Conversation, Entry
from handoff.workspace.history import read_cursor, read_page

OWN, PHONE, WECHAT = "a" * 16, "b" * 16, "c" * 16


class Logs(ConversationLog):
    """Logs whose entries were said at the given times."""

    def __init__(self, times: dict[str, Sequence[int]]) -> None:
        self._logs = {id: [entry(seq, at) for seq, at in enumerate(sorted(ats), 1)] for id, ats in times.items()}

    async def before(
        self, id: str, before: int | None, limit: int, audience: Audience = Audience.AGENTS
    ) -> list[Entry]:
        return [entry for entry in self._logs[id] if entry.seq < (before or END)][-limit:]


def entry(seq: int, at: int) -> Entry:
    return Entry(
        seq=seq,
        prev=seq - 1,
        at=at,
        epoch=0,
        author=Author.SHOPPER,
        audience=Audience.ALL,
        content=Content(text=str(seq)),
    )


def thread(times: dict[str, Sequence[int]]) -> Conversation:
    members = " ".join(id for id in times if id != OWN)
    return Conversation(id=OWN, channel="web", identity="v", seq=len(times[OWN]), members=members)


async def read_all(times: dict[str, Sequence[int]], limit: int) -> list[dict[str, Any]]:
    log, before, found, first = Logs(times), None, [], True
    while first or before:
        page = await read_page(log, thread(times), before, limit)
        assert len(page.entries) <= limit
        found, before, first = [*page.entries, *found], page.before, False
    return found


times = st.lists(st.integers(0, 30), max_size=25)


@given(times, times, times, st.integers(1, 10))
async def test_pages_hold_everything_once_in_time_order(
    own: list[int], phone: list[int], wechat: list[int], limit: int
) -> None:
    logs = {OWN: own, PHONE: phone, WECHAT: wechat}
    found = await read_all(logs, limit)
    assert [entry["at"] for entry in found] == sorted(at for log in logs.values() for at in log)
    for id, said in logs.items():
        seqs = [entry.get("own", entry["seq"]) for entry in found if entry.get("log", OWN) == id]
        assert seqs == list(range(1, len(said) + 1))


@given(times, times, times, st.integers(1, 10), st.integers(1, 10))
async def test_an_entry_has_the_same_place_however_it_is_paged(
    own: list[int], phone: list[int], wechat: list[int], limit: int, other: int
) -> None:
    logs = {OWN: own, PHONE: phone, WECHAT: wechat}
    places = [entry["seq"] for entry in await read_all(logs, limit)]
    assert places == sorted(set(places))
    assert places == [entry["seq"] for entry in await read_all(logs, other)]


async def test_a_hole_is_filled_from_the_own_log_alone() -> None:
    page = await read_page(Logs({OWN: [1, 2, 3], PHONE: [2]}), thread({OWN: [1, 2, 3], PHONE: [2]}), "3", 10)
    assert [entry["seq"] for entry in page.entries] == [1, 2]


def test_a_cursor_names_its_logs() -> None:
    assert read_cursor(OWN, f"57,{PHONE}:12") == {OWN: 57, PHONE: 12}
