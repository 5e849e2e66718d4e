"""Regression dialogues: what shoppers type, and what it must lead to with the shipped bundle and the demo shop."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import pytest
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter

from actions.demo import DemoShop
from actions.shop import OrderState
from bot.dialogue.port import Draft
from bot.messages import Language
from bot.understanding.local import LocalUnderstander
from tests.dialogue.stage import TEXTS, Stage, an_order, text_of


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Strings = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Line(BaseModel):
    """One turn of the shopper and what must come of it."""

    model_config = ConfigDict(extra="forbid")

    say: Strings
    bot: Strings = ()
    tells: str = ""
    asks: str | None = None
    human: str | None = None


class Talk(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    language: Language = "zh-Hans"
    turns: tuple[Line, ...]


TALKS = TypeAdapter(list[Talk]).validate_python(yaml.safe_load(Path(__file__).with_name("dialogues.yml").read_text()))
STATES = {
    "unpaid": OrderState.UNPAID,
    "paid": OrderState.PAID,
    "transit": OrderState.IN_TRANSIT,
    "delivered": OrderState.DELIVERED,
    "refunding": OrderState.REFUNDING,
    "completed": OrderState.COMPLETED,
}
ORDERS = {name: an_order(state) for name, state in STATES.items()}
NAMES = {name: order.number for name, order in ORDERS.items()} | {f"{n}4": o.phone[-4:] for n, o in ORDERS.items()}


@pytest.mark.parametrize("talk", TALKS, ids=[talk.name for talk in TALKS])
async def test_a_dialogue_goes_where_it_must(talk: Talk, shop: DemoShop, understander: LocalUnderstander) -> None:
    stage = Stage(shop, talk.language, understander)
    for line in talk.turns:
        names = NAMES | {"code": await last_code(shop)}
        draft = await stage.play(*(text.format_map(names) for text in line.say))
        told = f"{' / '.join(line.say)} -> {text_of(draft)} {draft.slots} {draft.handoff}"
        assert said_in_order(draft, line.bot, talk.language), told
        assert line.tells in text_of(draft), told
        assert draft.slots.get("asked") == line.asks, told
        assert (draft.handoff.reason if draft.handoff else None) == line.human, told


async def last_code(shop: DemoShop) -> str:
    """The code that the shop sent last."""
    sent = await shop.outbox()
    return sent[0].code if sent else ""


def said_in_order(draft: Draft, keys: Strings, language: Language) -> bool:
    """Whether the texts of the keys were said, each after the one before, whatever their fields hold."""
    rest = iter([content.text for content in draft.say])
    return all(any(template(language, key).match(text) for text in rest) for key in keys)


def template(language: Language, key: str) -> re.Pattern[str]:
    names = dict.fromkeys(("shop", "topic", "product", "price", "was", "count", "lines", "order", "reason"), "\0")
    fields = {**names, **dict.fromkeys(RULES, "\0")}
    return re.compile(
        re.escape(TEXTS.say(language, key, **fields)).replace("\0", ".*").replace("\\\0", ".*"), re.DOTALL
    )


RULES = ("fee", "free_from", "remote", "remote_fee", "couriers", "not_served", "dispatch_hours", "postage", "days")
RULES += ("where", "number", "what", "money", "hours", "lines", "value")
RULES += ("quality_days", "condition", "excluded", "least", "most", "remote_least", "remote_most")


def test_there_are_dialogues_in_every_language() -> None:
    assert len(TALKS) >= 40
    assert {talk.language for talk in TALKS} == {"zh-Hans", "zh-Hant", "en"}
    assert len({talk.name for talk in TALKS}) == len(TALKS)
