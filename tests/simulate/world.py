"""What a dialogue is played in: a demo shop of its own whose clock is ours, and what was filed there."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from actions.demo import DemoShop
from actions.requests import Filed, Refused, Request
from actions.shop import Order

BEGIN = datetime.fromisoformat("2026-11-21T14:05:00+08:00")
A_TURN = timedelta(seconds=4)
"""Short: in the demo two hours pass in ten seconds, and then nothing can be taken back any more."""


@dataclass(frozen=True)
class Filing:
    """A request as the bot made it, in which turn, and the shop's answer; `before`: the order as it was then."""

    turn: int
    request: Request
    answer: Filed | Refused
    before: Order | None


class Watched:
    """A shop that lets everything through, and remembers what was filed."""

    def __init__(self, shop: DemoShop) -> None:
        self._shop = shop
        self.filings: list[Filing] = []
        self.turn = 0

    async def file(self, request: Request) -> Filed | Refused:
        number = getattr(request, "order", None)
        before = await self._shop.order(number) if number else None
        answer = await self._shop.file(request)
        self.filings.append(Filing(self.turn, request, answer, before))
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._shop, name)


@dataclass
class World:
    """A shop with its clock."""

    shop: DemoShop
    watched: Watched
    clock: list[datetime] = field(default_factory=lambda: [BEGIN])

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def pass_time(self, time: timedelta = A_TURN) -> None:
        self.clock[0] += time


def make_template(folder: Path) -> Path:
    """A filled shop to copy from: filling one takes longer than a dialogue."""
    path = folder / "template.db"
    DemoShop.open(path, clock=lambda: BEGIN).close()
    return path


def open_world(template: Path, path: Path) -> World:
    clock = [BEGIN]
    shop = DemoShop.open(Path(shutil.copy(template, path)), clock=lambda: clock[0])
    return World(shop, Watched(shop), clock)
