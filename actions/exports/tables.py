"""Reads a CSV file into rows by the names of our columns, whatever language its head is in."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from actions.exports.cells import BadCell

log = logging.getLogger(__name__)

LARGEST = 200_000_000
"""Bytes of a file that are read."""
TOLD = 20
"""Bad rows of a file that are named in the log."""
T = TypeVar("T")
V = TypeVar("V")
Columns = Mapping[str, tuple[str, ...]]
"""Our columns, and what heads call them besides."""


class BadTable(Exception):
    """A file that cannot be used as a whole; the message says why."""


@dataclass(frozen=True)
class Row:
    """One line of a file: its cells by our columns' names, without those that are empty."""

    line: int
    cells: Mapping[str, str]

    def get(self, column: str, read: Callable[[str], V]) -> V | None:
        """What stands in a column, or None where nothing does. Raises `BadCell`."""
        cell = self.cells.get(column)
        if cell is None:
            return None
        try:
            return read(cell)
        except BadCell as error:
            raise BadCell(f"{column}: {error}") from None

    def need(self, column: str, read: Callable[[str], V]) -> V:
        """As `get`, where something has to stand."""
        value = self.get(column, read)
        if value is None:
            raise BadCell(f"{column}: this is empty")
        return value


def read_rows(path: Path, columns: Columns) -> list[Row]:
    """All rows of a file. Raises `BadTable`."""
    lines = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        head = _head(next(lines, []), columns)
        return [_row(lines.line_num, head, cells) for cells in lines if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise BadTable(f"line {lines.line_num}: {error}") from None


def usable(name: str, rows: Iterable[Row], read: Callable[[Row], T]) -> Iterator[tuple[Row, T]]:
    """What the rows say; those that cannot be read are left out, and the log says why without saying what they hold."""
    bad = 0
    for row in rows:
        try:
            value = read(row)
        except ValueError as error:
            bad += 1
            if bad <= TOLD:
                log.warning("%s, line %d is left out: %s", name, row.line, _reason(error))
        else:
            yield row, value
    if bad > TOLD:
        log.warning("%s: %d lines are left out in all", name, bad)


def _reason(error: ValueError) -> str:
    return str(error) if isinstance(error, BadCell) else "its cells do not go together"


def _text(path: Path) -> str:
    raw = path.read_bytes()
    if len(raw) > LARGEST:
        raise BadTable(f"it has more than {LARGEST} bytes")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadTable("it is written neither in UTF-8 nor in GB 18030")


def _head(cells: list[str], columns: Columns) -> list[str | None]:
    names = {alias: name for name, aliases in columns.items() for alias in (name, *aliases)}
    head = [names.get(cell.strip().lower()) for cell in cells]
    if not any(head):
        raise BadTable("its first line names none of our columns")
    return head


def _row(line: int, head: list[str | None], cells: list[str]) -> Row:
    named = zip(head, cells, strict=False)
    return Row(line, {name: text for name, cell in named if name and (text := cell.strip())})
