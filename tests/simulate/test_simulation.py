"""The simulation itself: its phrases are its own, a sample of it comes out well, and its judge sees what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from actions.requests import Intercept
from bot.dialogue.port import Draft
from bot.messages import Content
from bot.understanding.examples import read_examples
from bot.understanding.text import view_of
from tests.simulate.__main__ import SEED, measure
from tests.simulate.cases import dialogues, read_cases
from tests.simulate.judge import Judge, Outcome
from tests.simulate.play import choose_order, play_all
from tests.simulate.shopper import Move
from tests.simulate.world import make_template, open_world

CASES = read_cases()
ALL = dialogues(CASES, SEED)
NLU_DATA = Path(__file__).parents[2] / "nlu_data"
SAMPLE = 40


def bare(text: str) -> str:
    """A text without marks, case and script."""
    return re.sub(r"\W+", "", view_of(text).text)


def test_there_are_many_dialogues_and_phrases() -> None:
    openings = {bare(one.opening) for one in ALL}
    assert len(ALL) >= 300
    assert len(openings) >= 150
    assert len({one.id for one in ALL}) == len(ALL)


def test_every_area_and_language_is_played() -> None:
    assert {case.area for case in CASES} >= {"price", "logistics", "returns", "orders", "product", "account", "human"}
    assert {one.language for one in ALL} == {"zh-Hans", "zh-Hant", "en"}


def test_no_opening_is_a_training_example() -> None:
    known = {bare(example.text) for example in read_examples(NLU_DATA)}
    assert not [one.opening for one in ALL if bare(one.opening) in known]


def test_the_same_seed_makes_the_same_dialogues() -> None:
    assert dialogues(CASES, SEED) == ALL
    assert dialogues(CASES, SEED + 1) != ALL


@pytest.mark.timeout(300)
async def test_a_sample_comes_out_well() -> None:
    played = await play_all(Random(SEED).sample(ALL, SAMPLE))
    figures = {name: value for name, value, _ in measure(played)}
    failed = "\n".join("\n".join(one.transcript) for one in played if one.outcome is Outcome.WRONG)
    assert figures["unsafe"] == 0, failed
    assert sum(bool(one.wrong) for one in played) <= 1, failed
    assert figures["finished_by_bot"] >= 80, failed


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    """A judge of a stranger's dialogue about a parcel under way."""
    dialogue = next(one for one in ALL if one.case.id == "stranger-tracks")
    world = open_world(make_template(tmp_path), tmp_path / "shop.db")
    yield Judge(dialogue, world, choose_order(dialogue.case.order, 0), None)
    world.shop.close()


def reply(text: str) -> Draft:
    return Draft((Content(text=text),), {})


async def test_the_judge_sees_a_figure_and_a_day_that_are_untrue(judge: Judge) -> None:
    await judge.watch(Move([Content(text="多少钱")]), reply("运费 ¥8.00，一共 ¥123.45，2月3日 送到。"))
    assert len(judge.wrong) == 2


async def test_the_judge_sees_what_is_told_to_a_stranger(judge: Judge) -> None:
    order = judge.order
    assert order and order.shipment
    move = Move([Content(text=f"{order.number} 到哪了")])
    await judge.watch(move, reply(f"订单 {order.number} 在运输途中。运单号 {order.shipment.tracking_number}。"))
    assert len(judge.unsafe) == 2


async def test_the_judge_sees_a_state_that_is_another(judge: Judge) -> None:
    order = judge.order
    assert order
    move = Move([Content(text=f"{order.number} {order.phone[-4:]}")])
    await judge.watch(move, reply(f"订单 {order.number} 在运输途中。"))
    assert not judge.wrong
    await judge.watch(move, reply(f"订单 {order.number} 还没有付款。"))
    assert len(judge.wrong) == 1


async def test_the_judge_sees_what_is_filed_without_a_yes(judge: Judge) -> None:
    assert judge.order
    await judge.world.watched.file(Intercept(key="k" * 8, order=judge.order.number))
    await judge.watch(Move([Content(text="你好")]), reply("好的"))
    assert any("without a yes" in one for one in judge.unsafe)
    assert any("at level" in one for one in judge.unsafe)


async def test_the_judge_sees_the_same_said_thrice(judge: Judge) -> None:
    for _ in range(3):
        await judge.watch(Move([Content(text="嗯")]), reply("请再说一遍"))
    assert judge.clumsy
