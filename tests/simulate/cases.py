"""Reads the cases, and makes many different dialogues of each: one for every opening, with chances drawn by a seed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from actions.requests import Kind
from actions.shop import OrderState
from bot.dialogue.port import Reason
from bot.messages import Language

HERE = Path(__file__).parent / "dialogues"
AREAS = ("price", "logistics", "returns", "orders", "product", "account", "human", "bad_input")

Words = dict[Language, str]
Who = Literal["anybody", "buyer", "signed", "finder", "stranger", "other"]
"""Who writes: somebody without an order; who placed it; who did and is signed in; who only found the parcel; who only
knows its number; who is signed in as another customer, and only knows its number."""
Trouble = Literal[
    "hello",
    "typo",
    "pieces",
    "told",
    "wrong_tail",
    "wrong_code",
    "detour",
    "wait",
    "annoyed",
    "thanks",
    "lower",
    "phone",
]
"""What goes otherwise than planned: see `shopper.py`."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pick(Strict):
    """Which of the demo's orders it is about: the dialogues take turns with those that fit."""

    state: OrderState | None = None
    customer: str | None = None
    products: tuple[str, ...] = ()
    number: tuple[str, ...] = ()


class Finish(Strict):
    """What must hold for the dialogue to be finished: facts told, words said, requests filed.

    `tells` names facts of the judge; `says`: patterns of which one must be found, by language; `files`: what must have
    been filed, nothing else being; `sets`: what the request must say.
    """

    tells: tuple[str, ...] = ()
    says: Words = Field(default_factory=dict)
    files: tuple[Kind, ...] = ()
    sets: dict[str, str | bool | int] = Field(default_factory=dict)


class Act(Strict):
    """Something a shopper does by plan: write, press, send a picture, after `wait` hours."""

    say: Words | None = None
    press: str | None = None
    picture: bool = False
    wait: float = 0


class Second(Strict):
    """What the shopper wants next, once the first goal is reached."""

    about: tuple[str, ...]
    say: Words
    finish: Finish
    agrees: bool = True


class Case(Strict):
    """A goal with everything a shopper knows who has it.

    `about`: tasks that it may be taken for; `finish` or `handoff` says how it has to end (both: either is right).
    `answers`: what is answered, in one's own words, when the bot asks for it, by the question's name; `agrees`: whether
    a yes is given to what is shown to be confirmed. `acts`: what is done by plan after the opening. `sums`: amounts in
    minor units that follow from those the shop knows, and may be told. An opening may be a button, `@choice label`.
    """

    id: str
    area: str = ""
    about: tuple[str, ...]
    who: Who = "anybody"
    order: Pick | None = None
    products: tuple[str, ...] = ()
    openings: dict[Language, tuple[str, ...]]
    answers: dict[str, Words] = Field(default_factory=dict)
    presses: dict[str, str] = Field(default_factory=dict)
    agrees: bool = True
    acts: tuple[Act, ...] = ()
    troubles: tuple[Trouble, ...] | None = None
    finish: Finish | None = None
    handoff: tuple[Reason, ...] = ()
    second: Second | None = None
    sums: tuple[int, ...] = ()
    times: int = 1


class Dialogue(Strict):
    """One dialogue to be played: a case, an opening, and what chance has added."""

    id: str
    case: Case
    language: Language
    opening: str
    others: tuple[str, ...]
    turn: int
    troubles: frozenset[Trouble]
    seed: int


ALWAYS: tuple[Trouble, ...] = ("hello", "typo", "pieces", "annoyed", "thanks")
OF_ORDERS: tuple[Trouble, ...] = ("told", "wrong_tail", "wrong_code", "detour", "wait", "lower", "phone")
LIKELY = 0.3
"""How likely each of the troubles is in a dialogue."""
MOST_TROUBLES = 3


def read_cases() -> tuple[Case, ...]:
    """All cases, of every area. Raises pydantic's ValidationError for one that is written wrongly."""
    return tuple(case for area in AREAS for case in _of_area(area))


def _of_area(area: str) -> Iterator[Case]:
    path = HERE / f"{area}.yml"
    if not path.exists():
        return
    for row in yaml.safe_load(path.read_text("utf-8")):
        yield Case.model_validate({"area": area, **row})


def dialogues(cases: tuple[Case, ...], seed: int) -> tuple[Dialogue, ...]:
    """Every case with each of its openings, `times` over; the same ones for the same seed."""
    made: list[Dialogue] = []
    for case in cases:
        turn = 0
        for language, openings in case.openings.items():
            for index, opening in enumerate(openings):
                for time in range(case.times):
                    name = f"{case.id}/{language}/{index + 1}" + (f".{time + 1}" if case.times > 1 else "")
                    dice = Random(f"{seed}:{name}")
                    others = tuple(one for one in openings if one != opening)
                    made.append(
                        Dialogue(
                            id=name,
                            case=case,
                            language=language,
                            opening=opening,
                            others=others,
                            turn=turn,
                            troubles=_troubles(case, dice, plain=time == 0 and index == 0),
                            seed=dice.randrange(2**31),
                        )
                    )
                    turn += 1
    return tuple(made)


def _troubles(case: Case, dice: Random, *, plain: bool) -> frozenset[Trouble]:
    """The first opening of a case is played as planned."""
    possible = case.troubles
    if possible is None:
        possible = (*ALWAYS, *OF_ORDERS) if case.order else (*ALWAYS, "detour")
    drawn = [one for one in possible if dice.random() < LIKELY]
    dice.shuffle(drawn)
    return frozenset() if plain else frozenset(drawn[:MOST_TROUBLES])
