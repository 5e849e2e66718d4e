"""What agents correct of the bot's understanding: kept for training, and written as examples that train it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from pydantic import Field, JsonValue, field_validator
from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from bot.clock import Clock
from bot.dialogue.intents import ACTS, TASKS
from bot.messages import Model, Text
from bot.record.database import Database
from bot.record.tables import CorrectionRow
from handoff.broker import Agent
from handoff.personal import mask

MOST_INTENTS = 3
Slot = Literal["order_number", "product", "reason"]


class Meaning(Model):
    """What a message means: its intents in their order, and the values it tells."""

    intents: tuple[str, ...] = Field((), max_length=MOST_INTENTS)
    slots: dict[Slot, Text] = Field({}, max_length=3)

    @field_validator("intents")
    @classmethod
    def _known(cls, intents: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(intents) - TASKS - ACTS:
            raise ValueError(f"{sorted(unknown)[0]} is no intent")
        return tuple(dict.fromkeys(intents))

    @field_validator("slots")
    @classmethod
    def _short(cls, slots: dict[Slot, str]) -> dict[Slot, str]:
        if any(len(value) > 200 for value in slots.values()):
            raise ValueError("a value has at most 200 characters")
        return {name: value.strip() for name, value in slots.items() if value.strip()}


class Correction(Model):
    """The message `seq` of a conversation as the bot understood it and as an agent does; `at` in ms."""

    id: str
    conversation: str
    seq: int
    understood: dict[str, JsonValue]
    corrected: Meaning
    agent: str
    agent_name: str
    at: int


@dataclass(frozen=True)
class Spoken:
    """The message that is corrected, and the shopper's name, which is masked in what is exported."""

    conversation: str
    seq: int
    text: str
    name: str | None
    understood: Mapping[str, JsonValue]


class Corrections:
    """One a message; the newest counts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of(self, conversations: Sequence[str]) -> list[Correction]:
        query = select(CorrectionRow).where(CorrectionRow.conversation.in_(conversations)).order_by(CorrectionRow.seq)
        rows = await self._database.read(lambda transaction: transaction.scalars(query).all())
        return [_correction(row) for row in rows]

    async def save(self, by: Agent, spoken: Spoken, corrected: Meaning) -> Correction:
        """Keep it in place of an earlier one of the same message."""
        row = CorrectionRow(
            id=uuid4().hex,
            conversation=spoken.conversation,
            seq=spoken.seq,
            text=spoken.text,
            name=spoken.name,
            understood=json.dumps(dict(spoken.understood), ensure_ascii=False),
            corrected=corrected.model_dump_json(),
            agent=by.id,
            agent_name=by.name,
            at=self._clock.now(),
        )
        same = CorrectionRow.conversation == spoken.conversation, CorrectionRow.seq == spoken.seq

        def work(transaction: Transaction) -> None:
            transaction.execute(delete(CorrectionRow).where(*same))
            transaction.add(row)

        await self._database.run(work)
        return _correction(row)

    async def remove(self, by: Agent, id: str) -> bool:
        """Take back one of one's own; False where there is none of that id."""

        def work(transaction: Transaction) -> bool:
            row = transaction.get(CorrectionRow, id)
            if row is None or row.agent != by.id:
                return False
            transaction.delete(row)
            return True

        return await self._database.run(work)

    async def examples(self) -> list[tuple[str, str]]:
        """Texts with the one intent they have, the newest first, masked; what means several things trains nothing."""
        query = select(CorrectionRow).order_by(CorrectionRow.at.desc())
        rows = await self._database.read(lambda transaction: transaction.scalars(query).all())
        meant = [(row, Meaning.model_validate_json(row.corrected).intents) for row in rows]
        return [(mask(row.text, [row.name]), intents[0]) for row, intents in meant if len(intents) == 1]


def write_examples(examples: Iterable[tuple[str, str]], known: Mapping[str, str]) -> tuple[str, list[str]]:
    """A Rasa file of texts with their intents, and a line for each that is left out.

    `known`: the intents of texts trained on already. A text cannot be trained on with two intents; of two corrections
    the first counts.
    """
    meant: dict[str, str] = {}
    left_out = []
    for raw, intent in examples:
        text = _one_line(raw)
        if not text or "[" in text:
            left_out.append(f"{text}: brackets would be read as marks" if text else "a text without letters")
        elif known.get(text, intent) != intent:
            left_out.append(f"{text}: trained on as {known[text]} already")
        elif text not in known:
            meant.setdefault(text, intent)
    return "".join(_lines(meant)), left_out


def _lines(meant: Mapping[str, str]) -> Iterable[str]:
    yield 'version: "3.1"\n\nnlu:\n' if meant else 'version: "3.1"\n\nnlu: []\n'
    for intent in sorted(set(meant.values())):
        yield f"  - intent: {intent}\n    examples: |\n"
        yield from (f"      - {text}\n" for text, its in meant.items() if its == intent)


def _one_line(text: str) -> str:
    """Without what YAML takes for a line's end or for nothing that can be printed."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _correction(row: CorrectionRow) -> Correction:
    return Correction(
        id=row.id,
        conversation=row.conversation,
        seq=row.seq,
        understood=json.loads(row.understood),
        corrected=Meaning.model_validate_json(row.corrected),
        agent=row.agent,
        agent_name=row.agent_name,
        at=row.at,
    )
