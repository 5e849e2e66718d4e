"""Asks Telegram for updates, for a desk without an address that Telegram can reach."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from channels.port import RetryLater
from channels.telegram.api import POLL, Api
from channels.telegram.contact import Contact
from channels.telegram.updates import WANTED

log = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds to the next try while Telegram, or our store, is away; doubled each time, up to `LONGEST_PAUSE`."""
LONGEST_PAUSE = 60.0

Take = Callable[[object], Awaitable[None]]


async def poll_for_ever(api: Api, take: Take, contact: Contact) -> None:
    """Take updates in, each until it is durable, whatever goes wrong in between."""
    offset = failures = 0
    registered = True
    while True:
        try:
            if registered:  # a webhook of before: what waits for it comes by polling now
                await api.call("deleteWebhook", drop_pending_updates=False)
                registered = False
            offset = await _poll(api, take, offset)
            await contact.note()
            failures = 0
        except Exception as error:
            log.warning("telegram's updates wait: %s: %s", type(error).__name__, error)
            await asyncio.sleep(_pause(error, failures))
            failures += 1


async def _poll(api: Api, take: Take, offset: int) -> int:
    """The offset for the next poll: asking for it confirms everything before."""
    updates = await api.call("getUpdates", offset=offset, timeout=POLL, allowed_updates=list(WANTED))
    results = await asyncio.gather(*(take(update) for update in updates), return_exceptions=True)
    if errors := [result for result in results if isinstance(result, BaseException)]:
        raise errors[0]  # they all come again, and those that are durable are known
    return max([offset, *(number + 1 for number in _numbers(updates))])


def _numbers(updates: Sequence[Any]) -> list[int]:
    ids = (update.get("update_id") for update in updates if isinstance(update, dict))
    return [id for id in ids if isinstance(id, int)]


def _pause(error: Exception, failures: int) -> float:
    wait = min(LONGEST_PAUSE, PAUSE * 2.0 ** min(failures, 10))
    return max(wait, error.after) if isinstance(error, RetryLater) and error.after > 2.0 else wait
