"""A demo shop whose clock stands still, and a stage to talk in."""

from __future__ import annotations

import pytest
from stage import Stage

from actions.demo import DemoShop


@pytest.fixture
def stage(shop: DemoShop) -> Stage:
    return Stage(shop)
