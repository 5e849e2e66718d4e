"""The shipped bundle in a conversation with the demo shop, whose clock stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.demo import DemoShop, catalogue
from bot.understanding.bundle import shipped_bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.local import LocalUnderstander
from tests.dialogue.stage import NOW


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
def understander() -> Iterator[LocalUnderstander]:
    products = Catalogue(CatalogueProduct(product.id, product.names) for product in catalogue())
    understander = LocalUnderstander(shipped_bundle(), products, deadline=30.0)
    yield understander
    understander.close()
