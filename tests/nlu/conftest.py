"""The shipped bundle in a conversation with the demo shop, whose clock stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actions.demo import catalogue
from bot.understanding.bundle import shipped_bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.local import LocalUnderstander


@pytest.fixture
def understander() -> Iterator[LocalUnderstander]:
    products = Catalogue(CatalogueProduct(product.id, product.names) for product in catalogue())
    understander = LocalUnderstander(shipped_bundle(), products, deadline=30.0)
    yield understander
    understander.close()
