"""All entries that count now: those shipped, with the desk's own laid over them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from bot.knowledge.entries import BadEntry, Entry, read_entry, write_entry
from bot.record.documents import Document, Documents

log = logging.getLogger(__name__)

PREFIX = "knowledge/"


class Library:
    """`shipped`: a folder of `<id>.<zh|en>.md`, which the desk's entries of the same names replace or take away."""

    def __init__(self, documents: Documents, shipped: Path | None = None) -> None:
        self._documents = documents
        self._shipped = _read_folder(shipped) if shipped else {}
        self._made_of = -1
        self._read: Mapping[Document, Entry | None] = {}
        self._entries: Mapping[str, Entry] = {}

    def entries(self) -> Mapping[str, Entry]:
        """Every entry by its key, whether it holds now or not: the same object until one of them changes."""
        if self._made_of != self._documents.revision:
            self._made_of = self._documents.revision
            entries = {**self._kept(), **self._own()}
            self._entries = self._entries if entries == self._entries else entries
        return self._entries

    def shipped(self, key: str) -> Entry | None:
        """An entry as it came with the desk."""
        return self._shipped.get(key)

    def version(self, key: str) -> int:
        """What an author of the next version has seen: 0 where there is none but the shipped one."""
        return self._documents.version(PREFIX + key)

    async def save(self, entry: Entry, author: str, seen: int) -> Document:
        """Write an entry. Raises `DocumentChanged`."""
        return await self._documents.save(PREFIX + entry.key, write_entry(entry), author, seen)

    async def remove(self, key: str, author: str, seen: int) -> Document:
        """Take an entry away; its history stays. Raises `DocumentChanged`."""
        return await self._documents.save(PREFIX + key, None, author, seen)

    async def history(self, key: str) -> list[Document]:
        """All versions the desk has written of an entry, the newest first."""
        return await self._documents.history(PREFIX + key)

    def _kept(self) -> dict[str, Entry]:
        return {key: one for key, one in self._shipped.items() if not self.version(key)}

    def _own(self) -> dict[str, Entry]:
        """What the desk wrote; a version is read once."""
        documents = self._documents.under(PREFIX)
        self._read = {one: self._read[one] if one in self._read else _read(key, one) for key, one in documents.items()}
        return {entry.key: entry for entry in self._read.values() if entry}


def _read_folder(folder: Path) -> dict[str, Entry]:
    """The entries of a folder. Raises `BadEntry` with the file's name: what is shipped is right."""
    entries = {}
    for path in sorted(folder.glob("*.md")):
        key = path.name.removesuffix(".md")
        try:
            entries[key] = read_entry(key, path.read_text("utf-8"))
        except BadEntry as error:
            raise BadEntry(f"{path.name}: {error}") from None
    return entries


def _read(key: str, document: Document) -> Entry | None:
    try:
        return read_entry(key, document.body or "")
    except BadEntry as error:
        log.warning("knowledge: version %d of %s is left out: %s", document.version, key, error)
        return None
