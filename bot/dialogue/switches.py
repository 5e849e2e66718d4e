"""What leads switch off or tell everybody: answers, flows or the whole bot, and a notice before answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated

from pydantic import Field, TypeAdapter, field_validator

from bot.dialogue.intents import TASKS
from bot.messages import LANGUAGES, Language, Model
from bot.record.documents import Documents
from bot.record.planned import Kept, Span

SWITCHES, NOTICES = "switches", "notice"
"""The names of their documents."""
ENTRY = "entry:"
"""What stands before the id of a knowledge entry where it is switched off."""
SPOKEN_ALWAYS = frozenset(
    {"button", "intent", "silent", "offer", "handoff", "human", "ask", "again", "need", "explain", "queue", "trigger"}
    | {"rating", "link", "door", "ticket", "date", "state", "kind", "deny", "stay", "clarify", "apology"}
    | {"stale", "news"}
)
"""Texts, by the first part of their keys, that lead through a conversation or are parts of others: they stay on."""
NOTICE_LENGTH = 300


class Silenced(Exception):
    """An answer was about to be given that is switched off."""


class Off(Span):
    """Switched off from `start` until `end`; None: at once, until it is switched on again. `why` is for colleagues."""

    why: str = Field(default="", max_length=120)


class Switches(Model):
    """What is off: `bot` is all of it, `flows` are tasks, `answers` keys of texts, or `entry:` with an entry's id."""

    bot: Off | None = None
    flows: dict[str, Off] = Field(default={}, max_length=len(TASKS))
    answers: dict[Annotated[str, Field(max_length=120)], Off] = Field(default={}, max_length=200)

    @field_validator("flows")
    @classmethod
    def _are_tasks(cls, flows: dict[str, Off]) -> dict[str, Off]:
        if unknown := sorted(flows.keys() - TASKS):
            raise ValueError(f"there is no flow {unknown[0]}")
        return flows

    @field_validator("answers")
    @classmethod
    def _may_be_silent(cls, answers: dict[str, Off]) -> dict[str, Off]:
        if kept := sorted(key for key in answers if key.split(".")[0] in SPOKEN_ALWAYS):
            raise ValueError(f"{kept[0]} leads through conversations and cannot be switched off")
        return answers


class Notice(Span):
    """Told before answers, once per conversation and day: before any, or before those to `intents`."""

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    text: dict[Language, Annotated[str, Field(max_length=NOTICE_LENGTH)]]
    intents: tuple[str, ...] = ()

    @field_validator("text")
    @classmethod
    def _is_said_in_every_language(cls, text: dict[Language, str]) -> dict[Language, str]:
        if missing := [language for language in LANGUAGES if not text.get(language, "").strip()]:
            raise ValueError(f"it is not said in {', '.join(missing)}")
        return text

    @field_validator("intents")
    @classmethod
    def _are_tasks(cls, intents: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(intents) - TASKS):
            raise ValueError(f"there is no flow {unknown[0]}")
        return intents


class Notices(Model):
    notices: tuple[Notice, ...] = Field(default=(), max_length=10)

    @field_validator("notices")
    @classmethod
    def _have_each_an_id(cls, notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
        if len({one.id for one in notices}) < len(notices):
            raise ValueError("two have the same id")
        return notices


def nobody(level: int) -> bool:
    """Nobody is anybody special."""
    return False


@dataclass(frozen=True)
class InHand:
    """What holds in one turn. `today` is the desk's day; `is_vip` says it of a member's level."""

    bot_off: bool = False
    flows: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()
    today: str = ""
    is_vip: Callable[[int], bool] = nobody


class Switchboard:
    """The switches and notices that leads have set, as they hold now."""

    def __init__(
        self, documents: Documents, zone: Callable[[], tzinfo], is_vip: Callable[[int], bool] = nobody
    ) -> None:
        self._switches = Kept(documents, SWITCHES, lambda _: TypeAdapter(Switches))
        self._notices = Kept(documents, NOTICES, lambda _: TypeAdapter(Notices))
        self._zone = zone
        self._is_vip = is_vip

    def at(self, now: datetime) -> InHand:
        set_so, told = self._switches.values().get("", Switches()), self._notices.values().get("", Notices())
        return InHand(
            bot_off=set_so.bot is not None and set_so.bot.holds(now),
            flows=_holding(set_so.flows, now),
            answers=_holding(set_so.answers, now),
            notices=tuple(one for one in told.notices if one.holds(now)),
            today=now.astimezone(self._zone()).date().isoformat(),
            is_vip=self._is_vip,
        )


def _holding(offs: dict[str, Off], now: datetime) -> frozenset[str]:
    return frozenset(name for name, off in offs.items() if off.holds(now))
