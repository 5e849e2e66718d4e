"""Opens what the shop knows, and keeps it searchable in the background."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import bot.knowledge
from bot.background import in_background
from bot.knowledge.finder import KnowledgeFinder
from bot.knowledge.library import Library
from bot.knowledge.vectorbox import VectorBox
from bot.record.documents import Documents
from bot.settings import Settings
from bot.understanding.vectors import Vectors

SHIPPED = Path(bot.knowledge.__file__).parent / "demo"
"""What the demo shop knows; a shop of one's own begins with nothing."""


async def open_knowledge(
    stack: AsyncExitStack, settings: Settings, documents: Documents, vectors: Vectors, *, demo: bool
) -> tuple[Library, KnowledgeFinder]:
    """The entries and their search, which finds nothing until it has looked at them all."""
    library = Library(documents, SHIPPED if demo else None)
    box = VectorBox(settings.data / "knowledge" / "vectors.npz", vectors.encode)
    finder = KnowledgeFinder(library, vectors, box, settings.public_url or "")
    await stack.enter_async_context(in_background(finder.refresh_for_ever()))
    stack.callback(box.stop)
    return library, finder
