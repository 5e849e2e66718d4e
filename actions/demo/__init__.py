"""The embedded demo shop: a SQLite file of made-up goods and orders that is never stale and whose time runs."""

from actions.demo.days import DAY_ZERO, told_today
from actions.demo.shop import DemoShop
from actions.demo.showcase import catalogue, demo_showcase
from actions.seed.orders import orders

__all__ = ["DAY_ZERO", "DemoShop", "catalogue", "demo_showcase", "orders", "told_today"]
