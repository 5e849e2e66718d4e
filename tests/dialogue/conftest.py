"""A demo shop whose clock stands still, and a stage to talk in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import NOW, Stage

from actions.demo import DemoShop


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeded") / "shop.db"
    DemoShop.open(path).close()
    return path


@pytest.fixture
def shop(seeded: Path, tmp_path: Path) -> Iterator[DemoShop]:
    shop = DemoShop.open(shutil.copy(seeded, tmp_path / "shop.db"), clock=lambda: NOW)
    yield shop
    shop.close()


@pytest.fixture
def stage(shop: DemoShop) -> Stage:
    return Stage(shop)
