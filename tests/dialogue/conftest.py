"""A demo shop whose clock stands still, and a stage to talk in."""

from __future__ import annotations

import pytest
from papershop import ME, PaperShop, an_order_of
from stage import Stage

from actions.demo import DemoShop
from actions.shop import OrderState


@pytest.fixture
def stage(shop: DemoShop) -> Stage:
    return Stage(shop)


@pytest.fixture
def mine() -> Stage:
    """A signed-in customer, who has one order: delivered yesterday."""
    return Stage(PaperShop([an_order_of(OrderState.DELIVERED)]), identity=f"user:{ME}")
