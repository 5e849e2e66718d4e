"""What many shoppers write at once, from a seeded chance, and what must be true of it afterwards."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from bot.messages import Author, Entry
from tests.contract.side import Side
from tests.contract.stage import LONG, Stage

SHOPPERS = 80
SETTLE_EVERY = 5
"""Rounds of writing after which everybody waits for what is still on its way."""
LEAP = 3 * 3_600_000
"""ms between two such rests: what a channel lends for hours runs out."""
WAYS = {"one": 50, "burst": 15, "twice": 15, "late": 10, "edit": 10}


@dataclass
class Shopper:
    """`written`: every tag in the order it was written; `begun` and `taken`: when, by a common count."""

    who: int
    written: list[str] = field(default_factory=list)
    begun: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)


class Talk:
    def __init__(self, side: Side, chance: random.Random) -> None:
        self.side = side
        self._chance = chance
        self._ticks = count()
        self._numbers = count(1)
        self.shoppers = [Shopper(who) for who in range(SHOPPERS)]

    @property
    def written(self) -> int:
        return sum(len(shopper.written) for shopper in self.shoppers)

    async def run(self, stage: Stage, messages: int) -> None:
        """Everybody writes until there are so many messages, and gets his answers."""
        for turn in count(1):
            await asyncio.gather(*(self._act(shopper) for shopper in self.shoppers))
            enough = self.written >= messages
            if enough or turn % SETTLE_EVERY == 0:
                await stage.settle()
                stage.leap(LEAP)
            if enough:
                return await self.side.arrived()

    async def _act(self, shopper: Shopper) -> None:
        way = self._chance.choices(list(WAYS), list(WAYS.values()))[0]
        match way:
            case "burst":
                await asyncio.gather(*(self._write(shopper, self._tag()) for _ in range(3)))
            case "twice":
                tag = self._tag()
                await asyncio.gather(self._write(shopper, tag), self._write(shopper, tag))
            case "late" if shopper.written:
                await self._write(shopper, self._chance.choice(shopper.written))
            case "edit" if shopper.written and self.side.edits:
                old = self._chance.choice(shopper.written)
                await self._write(shopper, f"{old.partition('.')[0]}.{next(self._numbers)}", edits=old)
            case _:
                await self._write(shopper, self._tag())

    def _tag(self) -> str:
        return f"m{next(self._numbers)}{LONG if self._chance.random() < 0.25 else ''}"

    async def _write(self, shopper: Shopper, tag: str, edits: str | None = None) -> None:
        if tag not in shopper.begun:
            shopper.begun[tag] = next(self._ticks)
            shopper.written.append(tag)
        await self.side.write(shopper.who, tag, edits)
        shopper.taken.setdefault(tag, next(self._ticks))


async def check(stage: Stage, talk: Talk) -> None:
    """Every message once and in order; every one answered; every answer arrived once, or is known not to have.

    Two answers of the channel's lost in a row are the one case in which an answer of ours may be lost: it is marked
    `unconfirmed`.
    """
    for shopper in talk.shoppers:
        log = await stage.log(shopper.who)
        check_messages(shopper, log, keeps_order=stage.side.keeps_order)
        check_answers(shopper, log)
        check_arrivals(stage.side, shopper, log)
    assert stage.side.offences() == []


def check_messages(shopper: Shopper, log: list[Entry], *, keeps_order: bool) -> None:
    said = [entry.content.text for entry in log if entry.author is Author.SHOPPER]
    assert Counter(said) == Counter(shopper.written)
    if keeps_order:
        assert said == shopper.written
    latest = 0
    for tag in said:
        assert shopper.taken[tag] >= latest, f"{tag} was taken before something above it was written"
        latest = max(latest, shopper.begun[tag])
    assert [entry.seq for entry in log] == list(range(1, len(log) + 1))


def check_answers(shopper: Shopper, log: list[Entry]) -> None:
    """The newest version of each message is answered, and nothing is answered twice."""
    answered = Counter(tag for text in replies(log).values() for tag in re.findall(r"m\S+", text))
    newest = {tag.partition(".")[0]: tag for tag in shopper.written}
    assert answered.keys() >= set(newest.values())
    assert not [tag for tag, times in answered.items() if times > 1]


def check_arrivals(side: Side, shopper: Shopper, log: list[Entry]) -> None:
    numbers = [int(text[1:].split()[0]) for text in replies(log).values()]
    assert numbers == list(range(1, len(numbers) + 1))
    known = marked(log, "failed", "refused", "unconfirmed")
    lost = {number for number, seq in zip(numbers, replies(log), strict=True) if seq in known}
    arrived: list[int] = []
    doubled = 0
    for text in side.reached(shopper.who):
        found = [int(number) for number in re.findall(r"#(\d+)", text)]
        doubled += any(number in arrived for number in found)
        arrived += [number for number in found if number not in arrived]
    assert arrived == sorted(arrived)
    assert [number for number in arrived if number not in lost] == [one for one in numbers if one not in lost]
    assert doubled <= side.doubts(shopper.who)
    assert marked(log, "failed", "refused") <= spent(log) or side.refusals(shopper.who)


def replies(log: list[Entry]) -> dict[int, str]:
    return {entry.seq: entry.content.text for entry in log if entry.author is Author.BOT}


def spent(log: list[Entry]) -> set[int]:
    """The entries that the channel's quota had no room for: a slow machine answers fewer requests passively."""
    told = [entry.data for entry in log if entry.kind == "delivery"]
    return {int(str(data["of"])) for data in told if data.get("reason") == "quota"}


def marked(log: list[Entry], *statuses: str) -> set[int]:
    """The entries of which the agents are told so."""
    told = [entry.data for entry in log if entry.kind == "delivery"]
    return {int(str(data["of"])) for data in told if data["status"] in statuses}
