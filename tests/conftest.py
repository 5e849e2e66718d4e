"""What every test may ask for: a real store, started once, emptied for each test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from bot.clock import Clock
from bot.store.embedded import EmbeddedStore
from bot.store.store import Store, connect

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("default")

IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(params=["alone", "cluster"])
async def any_store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """A store as shipped, and once more as a one-node cluster, which rejects a script that hides its keys."""
    with TemporaryDirectory(prefix="jieli") as folder:
        extra = ["--cluster-enabled", "yes"] if request.param == "cluster" else []
        async with EmbeddedStore(Path(folder), *extra) as server:
            redis = connect(server.url)
            if extra:
                await redis.execute_command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
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
