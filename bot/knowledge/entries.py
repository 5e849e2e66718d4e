"""One thing the shop has to say: a Markdown text under a short head, with the questions it answers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import yaml
from pydantic import AwareDatetime, Field, StringConstraints, ValidationError, model_validator

from bot.messages import Language, Model, Text

Tongue = Literal["zh", "en"]
LONGEST = 20_000
HEAD = re.compile(r"---\n(?P<head>.*?)\n---\n?(?P<text>.*)", re.DOTALL)
Question = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}\.(zh|en)$")]


class BadEntry(ValueError):
    """A text is no entry; the message says what to mend."""


class Entry(Model):
    """`id` is shared by the same entry in both languages. `channels`: where it is told; none means everywhere.

    `starts` and `ends` are when it holds: outside of them it is told nowhere. `link`: where more about it is.
    """

    id: Id
    language: Tongue
    title: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    questions: tuple[Question, ...] = Field((), max_length=50)
    text: Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]
    channels: tuple[Annotated[str, Field(max_length=32)], ...] = ()
    starts: AwareDatetime | None = None
    ends: AwareDatetime | None = None
    link: Annotated[str, StringConstraints(pattern=r"^(https?://|/)\S{1,480}$")] | None = None

    @model_validator(mode="after")
    def _check_times(self) -> Entry:
        if self.starts and self.ends and self.ends <= self.starts:
            raise ValueError("it ends before it begins")
        return self

    @property
    def key(self) -> str:
        """What it is called among all entries."""
        return f"{self.id}.{self.language}"

    def holds(self, now: datetime) -> bool:
        return (self.starts is None or self.starts <= now) and (self.ends is None or now < self.ends)

    def is_told(self, now: datetime, channel: str | None = None) -> bool:
        """Whether it may be told now, on a channel or (None) on the help page."""
        return self.holds(now) and (not self.channels or channel is None or channel in self.channels)


def tongue_of(language: Language) -> Tongue:
    """In which of the two an entry for a reader is written."""
    return "en" if language == "en" else "zh"


def read_entry(key: str, source: str) -> Entry:
    """The entry in a file's text, called `<id>.<zh|en>`. Raises `BadEntry`."""
    found = HEAD.fullmatch(source.replace("\r\n", "\n").lstrip("\ufeff"))
    if found is None:
        raise BadEntry("it begins with a head between two lines of ---")
    id, _, language = key.rpartition(".")
    try:
        head: Any = yaml.load(found["head"], yaml.CSafeLoader) or {}
        if not isinstance(head, dict):
            raise BadEntry("its head has no names")
        return Entry.model_validate({**head, "id": id, "language": language, "text": found["text"]})
    except yaml.YAMLError as error:
        raise BadEntry(f"its head is no YAML: {getattr(error, 'problem', None) or 'unreadable'}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise BadEntry(f"{'.'.join(str(part) for part in first['loc']) or 'entry'}: {first['msg']}") from None


def write_entry(entry: Entry) -> str:
    """The file's text of an entry, which `read_entry` reads."""
    head = entry.model_dump(mode="json", exclude={"id", "language", "text"}, exclude_defaults=True)
    return f"---\n{yaml.safe_dump(head, allow_unicode=True, sort_keys=False, width=1000)}---\n{entry.text}\n"
