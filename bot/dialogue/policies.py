"""The policies that leads have written, table by table, over those that the shop was shipped with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, get_args

from pydantic import TypeAdapter

from actions.policies import Policies
from actions.shop import OrderState
from bot.messages import LANGUAGES
from bot.record.documents import Documents
from bot.record.planned import Kept, Planned

POLICIES = "policies/"
"""What the names of their documents begin with; a table's name follows."""


def table_of(name: str) -> Any:
    """The type of a table. Raises `KeyError` for one there is not."""
    return next(one for one in get_args(Policies.model_fields[name].annotation) if one is not NoneType)


SHAPES: Mapping[str, TypeAdapter[Planned[Any]]] = {
    name: TypeAdapter(Planned[table_of(name)])  # type: ignore[arg-type, misc]  # a type made while running
    for name in Policies.model_fields
}
"""What a table's document holds, by its name."""


class HandedPolicies:
    """The policies that hold now: ask anew each turn."""

    def __init__(self, documents: Documents, shipped: Policies, now: Callable[[], datetime]) -> None:
        self._kept = Kept(documents, POLICIES, SHAPES.get)
        self.shipped = shipped
        self._now = now

    def __call__(self) -> Policies:
        now = self._now()
        own = {name: table for name, one in self._kept.values().items() if (table := one.at(now)) is not None}
        return self.shipped.model_copy(update=own) if own else self.shipped


def find_nonsense(table: Any, where: str = "") -> tuple[str, str] | None:
    """Where a table says what no shop can mean, and why; None: nowhere. `table`: as JSON."""
    if isinstance(table, bool):
        return None
    if isinstance(table, int) and table < 0:
        return where, "it is below zero"
    if isinstance(table, list):
        if len(table) == 2 and all(isinstance(one, int) for one in table) and table[0] > table[1]:
            return where, "the most is less than the least"
        return _first(enumerate(table), where)
    if isinstance(table, dict):
        if (wrong := _missing(table)) is not None:
            return where, wrong
        return _first(table.items(), where)
    return None


def _first(parts: Iterable[tuple[object, Any]], where: str) -> tuple[str, str] | None:
    found = (find_nonsense(part, f"{where}.{name}" if where else str(name)) for name, part in parts)
    return next((one for one in found if one), None)


def _missing(table: Mapping[str, Any]) -> str | None:
    """What a table by language or by state leaves out."""
    for names in (LANGUAGES, tuple(OrderState)):
        if table and table.keys() <= set(names) and (left := [one for one in names if not table.get(one)]):
            return f"nothing is written for {', '.join(left)}"
    return None
