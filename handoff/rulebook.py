"""Keeps the desk's rules in the record by version, and the newest at hand in every process."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.record.database import Database
from bot.record.tables import RulesRow
from handoff.rules import DeskRules

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds after which a change made by another process counts here at the latest."""


@dataclass(frozen=True)
class Version:
    """The rules as `author` left them; version 0, of nobody, is what a desk begins with. `at`: ms since the epoch."""

    number: int
    rules: DeskRules
    author: str = ""
    at: int = 0


class Rulebook:
    """The rules that count now, for all who decide by them: ask anew each time."""

    def __init__(self, rules: DeskRules | None = None) -> None:
        self.newest = Version(0, rules or DeskRules())

    @property
    def rules(self) -> DeskRules:
        return self.newest.rules


class RulesChanged(Exception):
    """Somebody else saved meanwhile; nothing was saved."""


class Rulekeeper:
    """Writes versions into the record, and opens `book` at the newest."""

    def __init__(self, database: Database, clock: Clock, book: Rulebook) -> None:
        self._database = database
        self._clock = clock
        self.book = book

    async def load(self) -> None:
        """Open the book at the newest version, if there is one newer; one that cannot be read counts for nothing."""
        query = select(RulesRow).where(RulesRow.version > self.book.newest.number).order_by(RulesRow.version.desc())
        row = await self._database.read(lambda transaction: transaction.scalar(query.limit(1)))
        if row is None:
            return
        try:
            rules = await asyncio.to_thread(DeskRules.model_validate_json, row.body)
        except ValidationError as error:
            log.warning("version %s of the rules cannot be read, the one before stays: %s", row.version, error)
            rules = self.book.rules
        await self._open(Version(row.version, rules, row.author, row.at))

    async def save(self, rules: DeskRules, author: str, seen: int) -> Version:
        """Write the version after `seen`, the one its author started from. Raises `RulesChanged`."""
        version = Version(seen + 1, rules, author, self._clock.now())
        await self.load()
        if self.book.newest.number != seen:
            raise RulesChanged
        await self._database.run(lambda transaction: _insert(transaction, version))
        await self._open(version)
        return version

    async def follow_for_ever(self) -> None:
        """Keep up with what other processes save."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.load()
            except (SQLAlchemyError, OSError) as error:
                log.warning("cannot look for new rules: %s", type(error).__name__)

    async def _open(self, version: Version) -> None:
        """The holidays' tables take a second to come up: that is spent in a thread, before anybody asks."""
        await asyncio.to_thread(version.rules.look_up_holidays)
        if version.number > self.book.newest.number:
            self.book.newest = version


def _insert(transaction: Transaction, version: Version) -> None:
    body = version.rules.model_dump_json()
    transaction.add(RulesRow(version=version.number, body=body, author=version.author, at=version.at))
    try:
        transaction.flush()
    except IntegrityError:
        raise RulesChanged from None
