"""The bot apologises once and not thrice, whatever is sent; important members are greeted by name."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage import LINES, TEXTS, Stage, an_order, press, proof

from actions.demo import DemoShop
from actions.shop import OrderState
from bot.dialogue.switches import InHand
from bot.dialogue.texts import APOLOGY, apologise
from bot.messages import LANGUAGES, Language
from tests.conftest import NOW

SORRY = re.compile(r"抱歉|不好意思|对不起|對不起|\bsorry\b|apolog", re.IGNORECASE)
SPOKEN_BY_OTHERS = ("queue.", "rating.", "ticket.", "trigger.", "link.", "human.", "news.")
SAID = [*LINES, "什么鬼", "听不懂你说的", "asdf", proof(an_order(OrderState.DELIVERED)), "垃圾，烦死了！！！"]
PRESSED = ["human", "no", "yes", "skip", "intent:report_defect", "intent:parcel_not_received", "reason:quality"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_apology_of_the_dialogue_is_marked_as_one(language: Language) -> None:
    lines = TEXTS.below(language)
    plain = {key: APOLOGY.sub("", line) for key, line in lines.items() if not key.startswith(SPOKEN_BY_OTHERS)}
    assert [key for key, line in plain.items() if SORRY.search(line)] == []


def test_what_is_left_of_a_text_without_its_apology_is_a_sentence() -> None:
    composed = TEXTS.compose("en", "clarify.open")
    assert apologise(composed, again=False).startswith("Sorry, I didn't")
    assert apologise(composed, again=True).startswith("I didn't")
    assert apologise(composed + composed, again=False).count("Sorry") == 1


@settings(max_examples=30)
@given(
    st.sampled_from(LANGUAGES),
    st.lists(st.one_of(st.sampled_from(SAID), st.sampled_from(PRESSED).map(press)), min_size=2, max_size=8),
)
def test_the_bot_apologises_at_most_once(seeded: Path, language: Language, turns: list[str]) -> None:
    async def play(folder: str) -> Stage:
        shop = DemoShop.open(shutil.copy(seeded, Path(folder) / "shop.db"), clock=lambda: NOW)
        stage = Stage(shop, language)
        for turn in turns:
            await stage.play(turn)
        shop.close()
        return stage

    with TemporaryDirectory() as folder:
        stage = asyncio.run(play(folder))
    assert len(SORRY.findall("\n".join(stage.said))) <= 1, stage.said


async def test_an_important_member_is_greeted_by_name(shop: DemoShop) -> None:
    stage = Stage(shop, identity="user:demo-1", hand=InHand(is_vip=lambda level: level >= 2))
    await stage.play("你好")
    assert stage.said[0].startswith("橘子汽水，欢迎回来")
    stage.hand = InHand(is_vip=lambda level: level >= 3)
    await stage.play("你好")
    assert "橘子汽水" not in stage.said[1], "how important one must be is the lead's to say"


async def test_who_has_not_signed_in_is_greeted_like_everybody(shop: DemoShop) -> None:
    stage = Stage(shop, hand=InHand(is_vip=lambda level: True))
    await stage.play("你好")
    assert "欢迎回来" not in stage.said[0]
