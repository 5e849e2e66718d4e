"""What leads write: by version, undone to any of them, and known to every process."""

from __future__ import annotations

import asyncio

import pytest

from bot.clock import Clock
from bot.record.database import Database
from bot.record.documents import DocumentChanged, Documents


def shelf(database: Database, now: float = 1_000.0) -> Documents:
    return Documents(database, Clock(lambda: now))


async def test_what_is_saved_counts_here_at_once_and_elsewhere_at_the_next_look(database: Database) -> None:
    here, elsewhere = shelf(database), shelf(database)
    saved = await here.save("texts", "{}", "Root", 0)
    assert here.find("texts") == saved and elsewhere.find("texts") is None
    await elsewhere.load()
    assert elsewhere.find("texts") == saved and elsewhere.revision == 1


async def test_who_did_not_see_the_newest_version_saves_nothing(database: Database) -> None:
    here, elsewhere = shelf(database), shelf(database)
    await here.save("texts", "one", "Root", 0)
    with pytest.raises(DocumentChanged):
        await elsewhere.save("texts", "two", "Lin", 0)
    found = elsewhere.find("texts")
    assert found is not None and found.body == "one", "and is shown what is new"


async def test_of_two_that_save_at_once_one_wins(database: Database) -> None:
    shelves = [shelf(database) for _ in range(4)]
    saves = (one.save("texts", str(n), "Lin", 0) for n, one in enumerate(shelves))
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    assert sum(isinstance(result, DocumentChanged) for result in results) == 3


async def test_what_is_taken_away_is_gone_and_can_come_back(database: Database) -> None:
    one = shelf(database)
    await one.save("knowledge/a", "first", "Lin", 0)
    await one.save("knowledge/a", None, "Root", 1)
    assert one.find("knowledge/a") is None and one.under("knowledge/") == {}
    first = (await one.history("knowledge/a"))[-1]
    await one.save("knowledge/a", first.body, "Root", one.version("knowledge/a"))
    assert [(each.version, each.body) for each in await one.history("knowledge/a")] == [
        (3, "first"),
        (2, None),
        (1, "first"),
    ]
    assert one.under("knowledge/")["a"].version == 3


async def test_a_process_whose_clock_is_behind_is_read_all_the_same(database: Database) -> None:
    ahead, behind, reader = shelf(database, 1_050.0), shelf(database, 1_000.0), shelf(database)
    await ahead.save("policies", "a", "Root", 0)
    await reader.load()
    await behind.save("texts", "b", "Lin", 0)
    await reader.load()
    assert reader.find("texts") is not None


async def test_a_new_process_knows_everything(database: Database) -> None:
    one = shelf(database)
    for version in range(5):
        await one.save("texts", str(version), "Lin", version)
    await one.save("policies", "p", "Lin", 0)
    new = shelf(database)
    await new.load()
    assert {name: document.version for name, document in new.under("").items()} == {"texts": 5, "policies": 1}
