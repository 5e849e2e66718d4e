"""What leads set, with what they plan ahead: read from documents once a change, and asked by the time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Generic, Self, TypeVar

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError, model_validator

from bot.messages import Model
from bot.record.documents import Document, Documents

log = logging.getLogger(__name__)

MOST_PLANS = 20

T = TypeVar("T")


class Span(Model):
    """From `start` until `end`, which is the first moment after it; None: always, for ever."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.start and self.end and self.start >= self.end:
            raise ValueError("it ends before it begins")
        return self

    def holds(self, now: datetime) -> bool:
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


class Plan(Span, Generic[T]):
    """What shall hold for a time; None: what it was shipped as."""

    value: T | None = None


class Planned(Model, Generic[T]):
    """What holds, and over it what is planned, the last plan of a time winning; None: what it was shipped as."""

    value: T | None = None
    plans: tuple[Plan[T], ...] = Field(default=(), max_length=MOST_PLANS)

    def at(self, now: datetime) -> T | None:
        return next((plan.value for plan in reversed(self.plans) if plan.holds(now)), self.value)


class Kept(Generic[T]):
    """The documents whose names begin with a prefix, as values; one that cannot be read counts for nothing."""

    def __init__(self, documents: Documents, prefix: str, shape: Callable[[str], TypeAdapter[T] | None]) -> None:
        """`shape`: what one is, by the rest of its name; None: nothing we know."""
        self._documents = documents
        self._prefix = prefix
        self._shape = shape
        self._revision = -1
        self._values: Mapping[str, T] = {}

    def values(self) -> Mapping[str, T]:
        """By the rest of their names."""
        if self._revision != self._documents.revision:
            self._revision = self._documents.revision
            read = {rest: self._read(rest, one) for rest, one in self._documents.under(self._prefix).items()}
            self._values = {rest: value for rest, value in read.items() if value is not None}
        return self._values

    def _read(self, rest: str, document: Document) -> T | None:
        shape = self._shape(rest)
        try:
            return shape.validate_json(document.body) if shape and document.body else None
        except ValidationError as error:
            log.warning("version %s of %s cannot be read: %s", document.version, document.name, error)
            return None
