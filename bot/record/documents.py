"""What leads write for their desk (texts, policies, knowledge, switches), by name and version, at hand everywhere."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.record.database import Database
from bot.record.tables import DocumentRow

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds after which what another process saved counts here at the latest."""
OVERLAP = 60_000
"""ms; what was begun earlier may become visible later, so that much is read again."""


@dataclass(frozen=True)
class Document:
    """A version of something as `author` left it; `body` is None where it was taken away. `at`: ms since the epoch."""

    name: str
    version: int
    body: str | None
    author: str
    at: int


class DocumentChanged(Exception):
    """Somebody else saved meanwhile; nothing was saved."""


class Documents:
    """The newest version of every document, kept up with what other processes save.

    `revision` rises with every change, for whoever keeps what was made of documents.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._newest: dict[str, Document] = {}
        self._seen = 0
        self.revision = 0

    def find(self, name: str) -> Document | None:
        """The newest version, if there is one that was not taken away."""
        found = self._newest.get(name)
        return found if found and found.body is not None else None

    def under(self, prefix: str) -> Mapping[str, Document]:
        """Those whose names begin with `prefix`, by the rest of their names."""
        named = ((name.removeprefix(prefix), one) for name, one in self._newest.items() if name.startswith(prefix))
        return {rest: one for rest, one in named if one.body is not None}

    def version(self, name: str) -> int:
        """The number of the newest version, also of what was taken away; 0 before the first."""
        return self._newest[name].version if name in self._newest else 0

    async def save(self, name: str, body: str | None, author: str, seen: int) -> Document:
        """Write the version after `seen`, the one its author started from. Raises `DocumentChanged`."""
        document = Document(name, seen + 1, body, author, self._clock.now())
        await self.load()
        if self.version(name) != seen:
            raise DocumentChanged
        await self._database.run(lambda transaction: _insert(transaction, document))
        self._take(document)
        return document

    async def history(self, name: str) -> list[Document]:
        """All versions, the newest first."""
        query = select(DocumentRow).where(DocumentRow.name == name).order_by(DocumentRow.version.desc())
        rows = await self._database.read(lambda transaction: transaction.scalars(query).all())
        return [_read(row) for row in rows]

    async def load(self) -> None:
        """Read what is new."""
        for document in await self._database.read(lambda transaction: _newer(transaction, self._seen - OVERLAP)):
            self._take(document)

    async def follow_for_ever(self) -> None:
        """Keep up with what other processes save."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.load()
            except (SQLAlchemyError, OSError) as error:
                log.warning("cannot look for new documents: %s", type(error).__name__)

    def _take(self, document: Document) -> None:
        self._seen = max(self._seen, document.at)
        if document.version > self.version(document.name):
            self._newest[document.name] = document
            self.revision += 1


def _newer(transaction: Transaction, at: int) -> list[Document]:
    """The newest versions of what was saved since `at`."""
    newest = (
        select(DocumentRow.name, func.max(DocumentRow.version).label("version"))
        .where(DocumentRow.at >= at)
        .group_by(DocumentRow.name)
        .subquery()
    )
    same = (DocumentRow.name == newest.c.name) & (DocumentRow.version == newest.c.version)
    return [_read(row) for row in transaction.scalars(select(DocumentRow).join(newest, same))]


def _read(row: DocumentRow) -> Document:
    return Document(row.name, row.version, row.body, row.author, row.at)


def _insert(transaction: Transaction, one: Document) -> None:
    transaction.add(DocumentRow(name=one.name, version=one.version, body=one.body, author=one.author, at=one.at))
    try:
        transaction.flush()
    except IntegrityError:
        raise DocumentChanged from None
