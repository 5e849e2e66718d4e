"""What the bot does for somebody who waits for a human: it keeps facts, and answers only what it is sure of."""

from __future__ import annotations

import pytest
from stage import LINES, TEXTS, Heart, Stage, an_order, turn

from actions.demo import DemoShop
from actions.seed.load import policies
from actions.shop import OrderState
from bot.dialogue.aside import NEEDS, PLAIN, needs
from bot.dialogue.intents import TASKS
from bot.dialogue.port import Draft
from bot.dialogue.shopdialogue import ShopDialogue
from bot.messages import Content


class Waiting(Stage):
    """A stage whose shopper waits for a human."""

    async def play(self, *lines: str | Content) -> Draft:
        contents = [Content(text=line) if isinstance(line, str) else line for line in lines]
        draft = await ShopDialogue(self.heart, self.shop, TEXTS, policies, self.counts).attend(
            turn(contents, self.language, self.slots, self.now)
        )
        self.slots = dict(draft.slots)
        self.said += [content.text for content in draft.say]
        return draft


@pytest.fixture
def waiting(shop: DemoShop) -> Waiting:
    return Waiting(shop)


async def test_a_plain_question_is_answered(waiting: Waiting) -> None:
    draft = await waiting.play("运费多少")
    assert "包邮" in draft.say[0].text
    assert draft.handoff is None


async def test_an_order_is_looked_up_for_whoever_shows_it_is_theirs(waiting: Waiting) -> None:
    order = an_order(OrderState.DELIVERED)
    await waiting.play("我的快递到哪了")
    assert waiting.slots["asked"] == "order_number"
    await waiting.play(order.number)
    assert waiting.slots["asked"] == "tail"
    draft = await waiting.play(order.phone[-4:])
    assert order.number in draft.say[0].text


async def test_facts_are_kept_without_a_word(waiting: Waiting) -> None:
    draft = await waiting.play("JL2611210001 尾号 1234")
    assert draft.say == ()
    assert (draft.slots["order_number"], draft.slots["tail"]) == ("JL2611210001", "1234")


@pytest.mark.parametrize(
    "words",
    ["我要退货", "取消订单", "别退了，我还要", "收到是坏的", "给我转人工", "垃圾店铺，再也不来了", "完全听不懂的话呀"],
)
async def test_what_is_the_humans_is_left_to_the_human(waiting: Waiting, words: str) -> None:
    draft = await waiting.play(words)
    assert (draft.say, draft.handoff) == ((), None)
    assert "asked" not in draft.slots


@pytest.mark.parametrize("words", sorted(LINES))
async def test_nobody_who_waits_for_a_human_is_offered_one(waiting: Waiting, words: str) -> None:
    draft = await waiting.play(words)
    assert draft.handoff is None
    assert "human" not in [button.choice for content in draft.say for button in content.buttons]


async def test_an_understander_that_fails_costs_nothing_but_the_answer(shop: DemoShop) -> None:
    heart = Heart()
    heart.fails = True
    draft = await Waiting(shop, heart=heart).play("运费多少")
    assert (draft.say, draft.handoff) == ((), None)


def test_what_the_agent_needs_is_what_was_not_told() -> None:
    assert needs({"last": "report_defect"}) == ("order_number", "picture")
    assert needs({"last": "report_defect", "order_number": "JL1"}) == ("picture",)
    assert needs({"last": "request_return", "reason": "size"}) == ("order_number",)
    assert needs({}) == ()


def test_only_known_tasks_are_named() -> None:
    assert TASKS >= PLAIN
    assert NEEDS.keys() <= TASKS
