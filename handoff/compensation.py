"""Makes up for a wait that got too long: one coupon from the shop, once for each time somebody asks for a human."""

from __future__ import annotations

import asyncio
import logging

from actions.requests import Compensate, Filed
from actions.shop import Shop, ShopFailed
from actions.values import Money
from bot.messages import Conversation

log = logging.getLogger(__name__)

DEADLINE = 5.0
"""Seconds the shop has to answer."""
MINOR = 100
"""Of the smaller unit of money in one of the larger."""


async def make_up(shop: Shop, conversation: Conversation, amount: int) -> str | None:
    """The code of the coupon for the wait of this episode; None where there is none. `amount` in whole units."""
    wish = Compensate(
        key=f"wait:{conversation.id}:{conversation.episode}",
        reason="long_wait",
        amount=Money(amount=amount * MINOR),
        customer=conversation.customer,
    )
    try:
        async with asyncio.timeout(DEADLINE):
            answer = await shop.file(wish)
    except (ShopFailed, TimeoutError) as error:
        log.warning("conversation %s is not made up for its wait: %s", conversation.id, type(error).__name__)
        return None
    return answer.code if isinstance(answer, Filed) else None
