"""Taking back a request never does the opposite, whatever understanding makes of the words."""

from __future__ import annotations

import pytest

from actions.demo import DemoShop
from actions.shop import OrderState
from bot.dialogue.intents import CHANGES
from bot.messages import Language
from bot.understanding.local import LocalUnderstander
from tests.dialogue.stage import ORDERS, Stage, an_order, proof, text_of

CHINESE = [
    "别退了，我还要",
    "取消退款，我不退了",
    "不退了，帮我把退货申请撤销",
    "我不想取消了，订单照常发货",
    "刚才点错了，别取消订单",
    "退款申请撤回一下",
    "先别退款，东西我留着",
    "不换了，原来那个就行",
    "把取消订单的申请撤掉吧",
    "麻烦别给我退，我想通了还是要",
    "我后悔了，不退货了",
    "申请退货点错了，怎么撤销",
    "取消取消订单",
    "退货取消掉，我自己留着用",
    "我刚申请了退款，现在不想退了",
    "能不能撤销退货申请",
    "不要取消，我还要的",
    "还是发货吧，不退了",
    "別退款了，我還要這件",
    "我不想取消訂單了，請照常出貨",
]
ENGLISH = [
    "please don't cancel my order, I still want it",
    "cancel my return request, I'm keeping it",
    "I changed my mind, I don't want the refund anymore",
    "undo the cancellation please",
    "don't refund me, just ship it",
    "I clicked cancel by mistake, keep my order",
    "can I withdraw my return request?",
    "stop the refund, I'll keep the shoes",
    "I no longer want to exchange it, the first one is fine",
    "please reinstate my cancelled order",
]
WORDINGS: list[tuple[Language, str]] = [*(("zh-Hans", text) for text in CHINESE), *(("en", text) for text in ENGLISH)]
STATES = (OrderState.UNPAID, OrderState.PAID, OrderState.IN_TRANSIT, OrderState.DELIVERED, OrderState.RETURN_REQUESTED)


async def states_of(shop: DemoShop) -> list[OrderState | None]:
    found = [await shop.order(order.number) for order in ORDERS]
    return [order.state if order else None for order in found]


@pytest.mark.parametrize(("language", "text"), WORDINGS)
async def test_nothing_is_cancelled_or_returned_by_an_undoing(
    language: Language, text: str, shop: DemoShop, understander: LocalUnderstander
) -> None:
    before = await states_of(shop)
    for state in STATES:
        stage = Stage(shop, language, understander)
        await stage.play(proof(an_order(state)))
        draft = await stage.play(text)
        assert "asked" not in draft.slots or draft.slots["asked"] != "confirm", text_of(draft)
    assert await states_of(shop) == before


@pytest.mark.parametrize(("language", "text"), WORDINGS)
async def test_an_undoing_in_the_middle_of_a_return_files_none(
    language: Language, text: str, shop: DemoShop, understander: LocalUnderstander
) -> None:
    before = await states_of(shop)
    stage = Stage(shop, language, understander)
    await stage.play("我要退货", proof(an_order(OrderState.DELIVERED)))
    await stage.play("尺码不合适")
    await stage.play(text)
    assert await states_of(shop) == before


async def test_nearly_all_wordings_are_understood_and_start_no_opposite(
    shop: DemoShop, understander: LocalUnderstander
) -> None:
    wrong = []
    for language, text in WORDINGS:
        draft = await Stage(shop, language, understander).play(text)
        if CHANGES & {*draft.slots.get("todo", ())} - {"undo_request"}:  # type: ignore[misc]
            wrong.append(text)
    assert len(wrong) <= 2, wrong
