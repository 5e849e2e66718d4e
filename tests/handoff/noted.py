"""A ledger for tests of what is written into it: it keeps what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import JsonValue

from handoff.broker import Agent


@dataclass
class Noted:
    """`acts`: kind and agent's name of each act, in order."""

    acts: list[tuple[str, str | None]] = field(default_factory=list)

    async def note(
        self, kind: str, *, agent: Agent | None = None, conversation: str | None = None, **data: JsonValue
    ) -> None:
        self.acts.append((kind, agent.name if agent else None))
