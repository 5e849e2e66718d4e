"""Backup and restore: one file with the embedded store, SQLite and the shop's own files, from one stretch of time.

The store is copied first and SQL after it. An entry is in SQL before the store forgets it, so the later copy of SQL can
only hold more than the earlier one of the store lacks; readers stitch both by `seq`.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.messages import Model
from bot.settings import Settings
from bot.store.embedded import EmbeddedStore, FolderInUse
from bot.store.store import connect

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "files"
STORE = "store"
SNAPSHOT = "store/dump.rdb"
"""Where Valkey writes its snapshot, and where it looks for one."""
ASIDE = "before-restore"
STAGING = ".restoring-"
NOT_COPIED = (STORE, ASIDE, STAGING)
SQLITE_HEADER = b"SQLite format 3\0"
COMPANIONS = ("-wal", "-shm", "-journal")
"""Files beside a SQLite file; what they hold is in its copy."""
BUSY = ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
PAUSE = 0.02
"""Seconds between two looks at what the store is doing."""
SAVE_DEADLINE = 600.0
"""Seconds a snapshot, or its conversion into an append-only file, may take."""


class BackupFailed(Exception):
    """Nothing was changed; the message says what to do."""


class Manifest(Model):
    """What a backup holds: SHA-256 by path. `store` is the version of the Valkey that wrote the snapshot."""

    format: int
    desk: str
    store: str
    files: dict[str, str]


async def backup(settings: Settings, target: Path) -> Manifest:
    """Write everything of the shop to `target`, a .tar.gz for its owner's eyes; the server may run meanwhile.

    Raises `BackupFailed`.
    """
    _check_embedded(settings)
    data, target = _check_places(settings, target)
    with TemporaryDirectory(prefix=".jieli-", dir=target.parent) as name:
        stage = Path(name)
        version = await _save_store(data / STORE, stage / SNAPSHOT)
        await asyncio.to_thread(_copy_files, data, stage)
        hashes = await asyncio.to_thread(_hashes, stage)
        manifest = Manifest(format=FORMAT, desk=settings.desk, store=version, files=hashes)
        await asyncio.to_thread(_pack, stage, manifest, target)
        return manifest


async def restore(settings: Settings, source: Path, *, force: bool = False) -> Path | None:
    """Make the data folder what it was at the backup `source`.

    A folder that holds anything is refused, unless `force` moves that aside, to the path returned; one in use is
    always refused. Raises `BackupFailed`, `FolderInUse`.
    """
    _check_embedded(settings)
    data = settings.data.absolute()
    with _unused(data):
        old = _contents(data)
        if old and not force:
            raise BackupFailed(f"{data} is not empty; --force moves what is there aside")
        with TemporaryDirectory(prefix=STAGING, dir=data) as name:
            stage = Path(name)
            await asyncio.to_thread(_unpack, source, stage, settings.desk)
            await _load_store(stage / STORE)
            aside = _move(old, _free_name(data)) if old else None
            _move(_contents(stage), data)
    return aside


def _check_embedded(settings: Settings) -> None:
    if settings.redis_url or settings.database_url:
        raise BackupFailed(
            "backup and restore are for the embedded store and SQLite; with REDIS_URL or DATABASE_URL use their own "
            "tools, in this order: a snapshot of the store (BGSAVE), pg_dump, a copy of the data folder"
        )


def _check_places(settings: Settings, target: Path) -> tuple[Path, Path]:
    data, target = settings.data.absolute(), target.absolute()
    if not (data / STORE).is_dir():
        raise BackupFailed(f"there is no shop in {data}")
    if target.is_relative_to(data):
        raise BackupFailed(f"{target} is inside the data folder; choose a place outside of it")
    if not target.parent.is_dir():
        raise BackupFailed(f"there is no folder {target.parent}")
    return data, target


async def _save_store(folder: Path, target: Path) -> str:
    """Take a snapshot of the store in `folder` to `target`. Returns Valkey's version."""
    target.parent.mkdir(mode=0o700)
    async with reach_store(folder) as redis, asyncio.timeout(SAVE_DEADLINE):
        before = (await redis.info("persistence"))["rdb_saves"]
        await _start_snapshot(redis)
        if (await _settled(redis))["rdb_saves"] == before:
            raise BackupFailed(f"the store could not write its snapshot; see {folder / 'store.log'}")
        await asyncio.to_thread(shutil.move, folder / target.name, target)
        server = await redis.info("server")
    return str(server.get("valkey_version", server["redis_version"]))


@asynccontextmanager
async def reach_store(folder: Path) -> AsyncIterator[Redis]:
    """A client for the store in `folder`: of the server that runs there, or started for it."""
    async with AsyncExitStack() as stack:
        server = EmbeddedStore(folder)
        with suppress(FolderInUse):
            await stack.enter_async_context(server)
        redis = connect(server.url)
        stack.push_async_callback(redis.aclose)
        yield redis


async def _start_snapshot(redis: Redis) -> None:
    """Refused while the store rewrites its append-only file, so ask again."""
    while True:
        try:
            await redis.bgsave(schedule=False)
            return
        except ResponseError:
            await asyncio.sleep(PAUSE)


async def _settled(redis: Redis) -> dict[str, Any]:
    """The store's own report when it writes neither a snapshot nor a new append-only file."""
    while True:
        now: dict[str, Any] = await redis.info("persistence")
        if not any(now[name] for name in BUSY):
            return now
        await asyncio.sleep(PAUSE)


def _copy_files(data: Path, stage: Path) -> None:
    for path in sorted(data.rglob("*")):
        relative = path.relative_to(data)
        if path.is_file() and not relative.parts[0].startswith(NOT_COPIED) and not path.name.endswith(COMPANIONS):
            _copy(path, stage / FILES / relative)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with source.open("rb") as file:
        is_sqlite = file.read(len(SQLITE_HEADER)) == SQLITE_HEADER
    if is_sqlite:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
        target.chmod(0o600)
    else:
        shutil.copy2(source, target)


def _hashes(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / MANIFEST]
    return {path.relative_to(folder).as_posix(): _hash(path) for path in files}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(stage: Path, manifest: Manifest, target: Path) -> None:
    """Write the file beside its place and put it there when it is whole."""
    (stage / MANIFEST).write_text(manifest.model_dump_json(indent=1), "utf-8")
    draft = stage.with_name(f"{stage.name}.tar.gz")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz") as archive:
                for path in sorted(stage.iterdir()):
                    archive.add(path, path.name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _unpack(source: Path, stage: Path, desk: str) -> None:
    """Unpack a backup that is whole and of this desk."""
    try:
        with tarfile.open(source) as archive:
            archive.extractall(stage, filter="data")
        manifest = Manifest.model_validate_json((stage / MANIFEST).read_bytes())
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValidationError) as error:
        raise BackupFailed(f"{source} is not a backup, or is damaged: {type(error).__name__}") from error
    if manifest.format != FORMAT:
        raise BackupFailed(f"{source} has format {manifest.format}; this version reads {FORMAT}")
    if manifest.desk != desk:
        raise BackupFailed(f"{source} is of the desk {manifest.desk}; set JIELI_DESK={manifest.desk} to restore it")
    if manifest.files != _hashes(stage):
        raise BackupFailed(f"{source} is damaged: its files are not those of its manifest")
    (stage / MANIFEST).unlink()
    for path in (stage / FILES).glob("*"):
        path.rename(stage / path.name)
    shutil.rmtree(stage / FILES, ignore_errors=True)


async def _load_store(folder: Path) -> None:
    """Turn the snapshot into an append-only file: with that switched on, Valkey would never look at the snapshot."""
    async with EmbeddedStore(folder, "--appendonly", "no") as server, asyncio.timeout(SAVE_DEADLINE):
        redis = connect(server.url)
        await redis.config_set("appendonly", "yes")
        report = await _settled(redis)
        await redis.aclose()
    if not report["aof_enabled"] or report["aof_last_bgrewrite_status"] != "ok":
        raise BackupFailed("the store could not write its append-only file; is the disk full?")
    for name in ("dump.rdb", "store.log", "owner.lock"):
        (folder / name).unlink(missing_ok=True)


@contextmanager
def _unused(data: Path) -> Iterator[None]:
    """Keep servers off the folder until the block ends. Raises `FolderInUse`."""
    lock = data / STORE / "owner.lock"
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not lock.exists():
        yield
        return
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(f"another Jieli is running on {data}; stop it first") from None
        yield


def _contents(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith((ASIDE, STAGING))]


def _free_name(data: Path) -> Path:
    return next(path for number in count(1) if not (path := data / f"{ASIDE}-{number}").exists())


def _move(paths: list[Path], folder: Path) -> Path:
    """Within one file system, so that each move is one step."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in paths:
        path.rename(folder / path.name)
    return folder
