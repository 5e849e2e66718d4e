"""What was never indexed, asked of the shipped entries: what the bot tells, and whether that is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.clock import Clock
from bot.dialogue.intents import TASKS
from bot.dialogue.known import least
from bot.knowledge.finder import KnowledgeFinder
from bot.knowledge.library import Library
from bot.knowledge.vectorbox import VectorBox
from bot.messages import Language
from bot.record.database import Database
from bot.record.documents import Documents
from bot.server.knowledge import SHIPPED
from bot.understanding.calibration import OUT_OF_SCOPE
from bot.understanding.encoder import Encoder
from bot.understanding.port import Understander
from bot.understanding.vectors import Vectors

QUESTIONS = Path(__file__).with_name("questions.yml")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
WRITTEN: dict[str, Language] = {"zh": "zh-Hans", "en": "en"}


@dataclass(frozen=True)
class Asked:
    """A question, the id of the entry that answers it, if any does, and of the one that the bot tells."""

    question: str
    expected: str | None
    told: str | None


@dataclass(frozen=True)
class Outcome:
    """`precision`: of what is told, the right part; `coverage`: of what could be answered, the part that rightly is;
    `needless`: of what no entry answers, the part that is told one all the same.
    """

    precision: float
    coverage: float
    needless: float


def questions() -> list[tuple[str, str, str | None]]:
    """Each with its tongue and the id of its entry."""
    read: Any = yaml.safe_load(QUESTIONS.read_text("utf-8"))
    answered = [
        (question, tongue, id)
        for id, by_tongue in read["answered"].items()
        for tongue, several in by_tongue.items()
        for question in several
    ]
    unanswered = [(question, tongue, None) for tongue, several in read["unanswered"].items() for question in several]
    return [*answered, *unanswered]


async def make_finder(box: Path) -> KnowledgeFinder:
    """Of the shipped entries; `box` keeps their vectors."""
    vectors = Vectors(Encoder().encode)
    library = Library(Documents(Database(f"sqlite:///{box.with_suffix('.db')}"), Clock()), SHIPPED)
    finder = KnowledgeFinder(library, vectors, VectorBox(box, vectors.encode))
    await finder.refresh()
    return finder


async def ask_all(finder: KnowledgeFinder, understander: Understander) -> list[Asked]:
    """What the bot tells for each of them as the first words of a chat."""
    asked = []
    for question, tongue, expected in questions():
        heard = await understander.understand(question)
        tasks = [heard.intent] if heard.answered and heard.intent in TASKS else []
        asks = tasks or not heard.answered or heard.intent == OUT_OF_SCOPE
        hit = await finder.answer(question, WRITTEN[tongue], "web", NOW)
        told = hit.entry.id if hit and asks and hit.score >= least(tasks) else None
        asked.append(Asked(question, expected, told))
    return asked


def judge(asked: Sequence[Asked]) -> Outcome:
    told = [one for one in asked if one.told]
    right = [one for one in told if one.told == one.expected]
    none = [one for one in asked if one.expected is None]
    return Outcome(
        len(right) / max(1, len(told)),
        len(right) / (len(asked) - len(none)),
        sum(one.expected is None for one in told) / len(none),
    )
