"""Backup and restore: every message is there again, and nothing is overwritten or half restored."""

from __future__ import annotations

import stat
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.backup import BackupFailed, backup, restore
from bot.log import ConversationLog
from bot.record.archive import Archive
from bot.record.archivist import Archivist
from bot.record.database import Database
from bot.secrets import load_secret
from bot.settings import Settings
from bot.store.embedded import EmbeddedStore, FolderInUse
from bot.store.store import Store, connect
from tests.record.talk import DAY, SetClock, Talk

MESSAGES = 20


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "shop" / "data", database_url=None, redis_url=None)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "backup.tar.gz"


@asynccontextmanager
async def _serving(settings: Settings) -> AsyncIterator[tuple[Store, Archive]]:
    """Store and record of a shop, as while its server runs."""
    database = Database(settings.record_url)
    await database.migrate()
    async with EmbeddedStore(settings.store_folder) as server:
        redis = connect(server.url)
        yield Store(redis, settings.desk), Archive(database)
        await redis.aclose()
    await database.close()


async def _nothing() -> None:
    pass


async def _fill(settings: Settings, at_the_end: Callable[[], Awaitable[object]] = _nothing) -> Talk:
    """A conversation of which the first half is archived and the second is not."""
    clock = SetClock()
    async with _serving(settings) as (store, archive):
        talk = Talk(store, clock)
        await talk.say(MESSAGES // 2)
        await talk.read_by_the_bot()
        clock.time += DAY
        await Archivist(store, archive, clock, DAY).archive(await talk.claim("archive"))
        await talk.say(MESSAGES // 2)
        load_secret(settings.data, "sessions")
        _write(settings.data / "texts" / "zh-Hans.yml", "hello: 你好\n")
        await at_the_end()
    return talk


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")


async def _check(settings: Settings, talk: Talk) -> None:
    """Everything is there, and the conversation goes on where it was."""
    async with _serving(settings) as (store, archive):
        log = ConversationLog(store, archive)
        entries = await log.after(talk.id, 0, 1_000)
        assert [entry.seq for entry in entries] == list(range(1, MESSAGES + 1))
        assert len(await store.entries(talk.id, 0)) == MESSAGES // 2
        talk.store = store
        assert await talk.due("turn") is not None
    _check_files(settings.data)


def _check_files(data: Path) -> None:
    secret = data / "secrets" / "sessions"
    assert len(secret.read_text()) == 64
    assert _mode(secret) == 0o600
    assert (data / "texts" / "zh-Hans.yml").read_text("utf-8") == "hello: 你好\n"
    assert not list(data.glob(".restoring-*"))


async def test_a_backup_brings_everything_back(settings: Settings, target: Path, tmp_path: Path) -> None:
    talk = await _fill(settings)
    await backup(settings, target)
    elsewhere = settings.model_copy(update={"data": tmp_path / "elsewhere"})
    assert await restore(elsewhere, target) is None
    await _check(elsewhere, talk)
    await _check(elsewhere, talk)  # what was restored is on disk, not only in the store's memory


async def test_a_backup_may_be_taken_while_the_server_runs(settings: Settings, target: Path, tmp_path: Path) -> None:
    talk = await _fill(settings, lambda: backup(settings, target))
    elsewhere = settings.model_copy(update={"data": tmp_path / "elsewhere"})
    await restore(elsewhere, target)
    await _check(elsewhere, talk)


async def test_a_backup_is_for_its_owners_eyes(settings: Settings, target: Path) -> None:
    await _fill(settings)
    manifest = await backup(settings, target)
    assert _mode(target) == 0o600
    assert sorted(manifest.files) == [
        "files/record.db",
        "files/secrets/sessions",
        "files/texts/zh-Hans.yml",
        "store/dump.rdb",
    ]
    assert _names(target.parent) == ["backup.tar.gz", "shop"]
    assert not (settings.store_folder / "dump.rdb").exists()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_a_folder_with_a_shop_is_left_alone_unless_forced(settings: Settings, target: Path) -> None:
    talk = await _fill(settings)
    await backup(settings, target)
    with pytest.raises(BackupFailed, match="--force"):
        await restore(settings, target)
    for number in (1, 2):
        aside = await restore(settings, target, force=True)
        assert aside == settings.data / f"before-restore-{number}"
        assert (aside / "record.db").exists()
    await _check(settings, talk)
    assert "before-restore-1" in _names(settings.data)


async def test_a_folder_in_use_is_refused_even_if_forced(settings: Settings, target: Path) -> None:
    talk = await _fill(settings)
    await backup(settings, target)
    async with EmbeddedStore(settings.store_folder):
        with pytest.raises(FolderInUse):
            await restore(settings, target, force=True)
    await _check(settings, talk)


def _damage(target: Path, how: str) -> None:
    if how == "changed":
        _change(target, "files/texts/zh-Hans.yml")
    else:
        target.write_bytes(target.read_bytes()[:3_000] if how == "cut" else b"hello")


def _change(target: Path, changed: str) -> None:
    """Pack the backup anew with one file changed."""
    folder = target.with_name("unpacked")
    with tarfile.open(target) as archive:
        archive.extractall(folder, filter="data")
    (folder / changed).write_text("hello: 再见\n", "utf-8")
    with tarfile.open(target, "w:gz") as archive:
        archive.add(folder, "")


@pytest.mark.parametrize("damage", ["cut", "changed", "no archive"])
async def test_a_damaged_backup_changes_nothing(settings: Settings, target: Path, damage: str) -> None:
    talk = await _fill(settings)
    await backup(settings, target)
    _damage(target, damage)
    with pytest.raises(BackupFailed, match="damaged"):
        await restore(settings, target, force=True)
    await _check(settings, talk)


async def test_another_desks_backup_is_refused(settings: Settings, target: Path) -> None:
    await _fill(settings)
    await backup(settings, target)
    with pytest.raises(BackupFailed, match="JIELI_DESK=shop"):
        await restore(settings.model_copy(update={"desk": "other"}), target, force=True)


async def test_what_cannot_be_backed_up_is_said(settings: Settings, target: Path) -> None:
    with pytest.raises(BackupFailed, match="no shop"):
        await backup(settings, target)
    await _fill(settings)
    with pytest.raises(BackupFailed, match="outside"):
        await backup(settings, settings.data / "backup.tar.gz")
    external = Settings(data=settings.data, database_url="postgresql://db/jieli")
    with pytest.raises(BackupFailed, match="pg_dump"):
        await backup(external, target)
