"""Keeps a running server on the bundle its shop has activated last."""

from __future__ import annotations

import asyncio
import logging

from bot.understanding.bundle import Bundle
from bot.understanding.local import LocalUnderstander
from bot.understanding.shelf import SHIPPED, BundleRefused, Shelf

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks at the pointer."""


def bundle_to_start_with(shelf: Shelf) -> tuple[str, Bundle]:
    """The pointer's name and its bundle, warm; the shipped one and a line in the log where that is refused. Blocks."""
    name = shelf.active()
    try:
        bundle = shelf.load(name)
    except BundleRefused as refusal:
        log.error("answering with the shipped bundle: %s", refusal)
        bundle = shelf.load(SHIPPED)
    bundle.warm()
    return name, bundle


class ActiveBundle:
    """Watches the pointer and gives an understander the bundle it names."""

    def __init__(self, shelf: Shelf, understander: LocalUnderstander, name: str) -> None:
        self._shelf = shelf
        self._understander = understander
        self._name = name

    async def watch_for_ever(self) -> None:
        """Look again and again; a cancelled watch leaves the understander as it is."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        """Switch where the pointer names another bundle; one that is refused is named once in the log."""
        try:
            name = await asyncio.to_thread(self._shelf.active)
            if name == self._name:
                return
            self._name = name
            bundle = await asyncio.to_thread(self._shelf.load, name)
        except (BundleRefused, OSError) as refusal:
            log.error("keeping the present bundle: %s", refusal)
            return
        await asyncio.to_thread(bundle.warm)
        self._understander.use_bundle(bundle)
        log.info("understanding with the bundle %s", name)
