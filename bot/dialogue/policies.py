"""The policies that leads have written, table by table, over those that the shop was shipped with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, get_args

from pydantic import TypeAdapter

from actions.policies import Policies
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
