"""What the workspace reads of a conversation's log, archived or not."""

from __future__ import annotations

from typing import Protocol

from bot.messages import Audience, Entry


class History(Protocol):
    async def after(self, id: str, after: int, limit: int, audience: Audience) -> list[Entry]:
        """The oldest `limit` entries after a seq that the audience sees, oldest first."""
        ...

    async def before(self, id: str, before: int | None, limit: int, audience: Audience) -> list[Entry]:
        """The newest `limit` entries before a seq (None: the newest of all) that the audience sees, oldest first."""
        ...
