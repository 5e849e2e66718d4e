"""Opens the shop that the settings name, and has understanding look for what it sells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import tzinfo
from typing import Protocol

from actions.demo import DemoShop
from actions.exports.shop import FileShop
from actions.policies import Policies
from actions.remote.client import HttpShop
from actions.shop import Product, Shop, ShopFailed
from actions.unconnected import UnconnectedShop
from bot.background import in_background
from bot.clock import Clock
from bot.secrets import BadSecret
from bot.settings import Settings
from bot.understanding.catalogue import Catalogue, CatalogueProduct

log = logging.getLogger(__name__)

LOOK_EVERY = 300.0
"""Seconds between two looks at what the shop sells."""


class UsesCatalogue(Protocol):
    """What finds products in messages."""

    def use_catalogue(self, catalogue: Catalogue) -> None: ...


async def open_shop(
    stack: AsyncExitStack,
    settings: Settings,
    clock: Clock,
    zone: Callable[[], tzinfo],
    policies: Callable[[], Policies],
    *,
    demo: bool,
) -> Shop:
    """The demo shop, the one at a URL, the one whose exports are in a folder, or none; it is closed with `stack`.

    Raises `BadSecret` for a URL without a token.
    """
    if demo:
        made_up = DemoShop.open(settings.data / "demo.db", clock.moment, policies)
        stack.callback(made_up.close)
        return made_up
    if settings.shop_url:
        if settings.shop_token is None:
            raise BadSecret("set JIELI_SHOP_TOKEN: the shop at JIELI_SHOP_URL knows us by it")
        return await stack.enter_async_context(HttpShop(settings.shop_url, settings.shop_token.get_secret_value()))
    if settings.shop_folder:
        files = FileShop(settings.shop_folder, settings.shop_name, zone)
        await asyncio.to_thread(files.load)
        await stack.enter_async_context(in_background(files.watch_for_ever()))
        return files
    return UnconnectedShop(settings.shop_name)


async def follow_catalogue(stack: AsyncExitStack, shop: Shop, understander: UsesCatalogue) -> None:
    """Have the names of all products known now, and from then on as they change."""
    known = await _use_products(shop, understander, ())
    await stack.enter_async_context(in_background(_follow_for_ever(shop, understander, known)))


async def _follow_for_ever(shop: Shop, understander: UsesCatalogue, known: tuple[Product, ...]) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        known = await _use_products(shop, understander, known)


async def _use_products(shop: Shop, understander: UsesCatalogue, known: tuple[Product, ...]) -> tuple[Product, ...]:
    try:
        products = await shop.products()
    except ShopFailed as error:
        log.warning("what the shop sells cannot be read: %s", error)
        return known
    if products != known:
        named = [CatalogueProduct(one.id, one.called) for one in products]
        understander.use_catalogue(await asyncio.to_thread(Catalogue, named))
    return products
