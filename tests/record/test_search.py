"""Search over archived conversations: two signs of Chinese are a word, and pairs that never stood together are none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from bot.messages import Audience, Author, Content, Conversation, Entry
from bot.record.archive import Archive
from bot.record.database import Database
from bot.record.grams import grams

MIGRATIONS = Path(__file__).parents[2] / "bot/record/migrations"


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    await database.migrate()
    yield Archive(database)
    await database.close()


async def keep(archive: Archive, id: str, *said: str, at: int = 0, kind: str = "message") -> None:
    entries = [
        Entry.model_validate(
            {
                "seq": seq,
                "prev": seq - 1,
                "at": at + seq,
                "epoch": 0,
                "author": Author.SHOPPER,
                "audience": Audience.ALL,
                "kind": kind,
                "content": Content(text=words),
            }
        )
        for seq, words in enumerate(said, 1)
    ]
    await archive.save(Conversation(id=id, channel="web", identity=id, at=at), entries)


async def found(archive: Archive, words: str) -> list[str]:
    return [one.conversation for one in await archive.search(words, 10)]


async def test_a_chinese_word_of_two_signs_is_found(archive: Archive) -> None:
    await keep(archive, "c1", "我想退货", "耳机左边没有声音")
    await keep(archive, "c2", "运费怎么算")
    assert await found(archive, "退货") == ["c1"]
    assert await found(archive, "耳机左边") == ["c1"]
    assert await found(archive, "运费") == ["c2"]
    assert await found(archive, "发票") == []


async def test_signs_that_never_stood_together_are_no_word(archive: Archive) -> None:
    await keep(archive, "c1", "退货流程", "货到付款")
    assert grams("退货到") <= grams("退货流程") | grams("货到付款")
    assert await found(archive, "退货到") == []


async def test_case_and_blanks_do_not_matter(archive: Archive) -> None:
    await keep(archive, "c1", "Where is my  Order\nSO20261101?")
    assert await found(archive, "my order so2026") == ["c1"]


async def test_the_newest_comes_first_with_where_it_was_said_last(archive: Archive) -> None:
    await keep(archive, "old", "退货", at=1_000)
    await keep(archive, "new", "退货吗", "可以退货吗", "谢谢", at=2_000)
    first, second = await archive.search("退货", 10)
    assert (first.conversation, first.text, first.at) == ("new", "可以退货吗", 2_002)
    assert second.conversation == "old"


async def test_notes_are_searched_and_events_are_not(archive: Archive) -> None:
    await keep(archive, "c1", "顾客要发票", kind="note")
    await keep(archive, "c2", "发票", kind="event")
    assert await found(archive, "发票") == ["c1"]


@pytest.mark.parametrize("words", ["", "  ", "%", "_", "'", "\\", "😊"])
async def test_what_says_nothing_finds_nothing(archive: Archive, words: str) -> None:
    await keep(archive, "c1", "退货")
    assert await found(archive, words) == []


async def test_what_was_archived_before_the_index_is_found(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.execute(text("INSERT INTO conversations VALUES ('c1', 'web', 's', NULL, 'zh-Hans', 1, 1)"))
        values = "'c1', 1, 0, 1, 0, 'shopper', 'all', 'message', NULL, '{\"text\": \"我想退货\"}', '{}', NULL, 'web'"
        connection.execute(text(f"INSERT INTO entries VALUES ({values})".replace(":", r"\:")))
    engine.dispose()
    database = Database(f"sqlite:///{path}")
    await database.migrate()
    assert await found(Archive(database), "退货") == ["c1"]
    await database.close()
