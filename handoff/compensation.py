"""Makes up for a wait that got too long: one coupon from the shop, once for each time somebody asks for a human."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol, runtime_checkable

from actions.shop import ShopFailed
from bot.messages import Conversation

log = logging.getLogger(__name__)

DEADLINE = 5.0
"""Seconds the shop has to answer."""
MINOR = 100
"""Of the smaller unit of money in one of the larger."""


@runtime_checkable
class Compensator(Protocol):
    async def compensate(self, key: str, amount: int, customer: str | None) -> str | None:
        """Give a coupon of `amount` (in the smaller unit); its code, or None where the shop gives none.

        The same `key` has one effect and gets the same code, however often. Raises `ShopFailed`.
        """
        ...


async def make_up(compensator: Compensator, conversation: Conversation, amount: int) -> str | None:
    """The code of the coupon for the wait of this episode; None where there is none. `amount` in whole units."""
    key = f"wait:{conversation.id}:{conversation.episode}"
    try:
        async with asyncio.timeout(DEADLINE):
            return await compensator.compensate(key, amount * MINOR, conversation.customer)
    except (ShopFailed, TimeoutError) as error:
        log.warning("conversation %s is not made up for its wait: %s", conversation.id, type(error).__name__)
        return None
