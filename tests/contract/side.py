"""What the contract suite needs to know of a channel: how shoppers write, what goes wrong, what reaches them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import pytest

from channels.port import WebhookChannel

F = TypeVar("F")


class Side(Protocol):
    """The far side of a channel: its service and its shoppers, who are numbers.

    `edits`: shoppers may edit what they wrote; `keeps_order`: what a shopper writes at once arrives in that order;
    `settings`: what the desk needs, as environment variables; `channels`: those that do not come with the desk.
    """

    name: str
    edits: bool
    keeps_order: bool
    settings: Mapping[str, str]
    channels: Sequence[WebhookChannel]

    def hasten(self, monkeypatch: pytest.MonkeyPatch, now: Callable[[], float]) -> None:
        """Take out of the desk what would only make the suite wait. `now`: the desk's clock, in seconds."""

    async def connect(self, url: str) -> None:
        """A desk answers at `url` from now on."""

    async def write(self, who: int, tag: str, edits: str | None = None) -> None:
        """Write `tag`, or make it of what `edits` was, until the desk has taken it; the same tag is a repetition."""

    async def arrived(self) -> None:
        """What the desk has sent has come to the shoppers."""

    def identity(self, who: int) -> str: ...

    def leap(self, ms: float) -> None:
        """The desk's clock is put forward."""

    def reached(self, who: int) -> list[str]:
        """The texts a shopper has, in order, one for each message he was sent."""
        ...

    def doubts(self, who: int) -> int:
        """How often nobody could know whether a message had reached him."""
        ...

    def refusals(self, who: int) -> int:
        """How often the channel refused a message to him for good."""
        ...

    def offences(self) -> list[str]:
        """What the desk did against the channel's rules."""
        ...


class Faults(Generic[F]):
    """Takes the place of a stand-in's queue of faults: each call draws one of `kinds` by its weight, or none."""

    def __init__(self, chance: random.Random, kinds: Mapping[F, float]) -> None:
        self._chance = chance
        self._kinds: list[F | None] = [None, *kinds]
        self._weights = [1 - sum(kinds.values()), *kinds.values()]
        self.drawn: list[F | None] = []

    def popleft(self) -> F | None:
        self.drawn += self._chance.choices(self._kinds, self._weights)
        return self.drawn[-1]
