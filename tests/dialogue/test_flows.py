"""What the bot answers to each task, over products and order states."""

from __future__ import annotations

import pytest
from stage import NOW, Stage, an_order, press, proof, text_of

from actions.demo import DemoShop
from actions.policies import Policies
from actions.shop import OrderState
from bot.dialogue.port import Reason
from bot.messages import Card, Content

State = OrderState


async def test_the_price_of_a_named_product_is_told_with_its_card(stage: Stage) -> None:
    draft = await stage.play("充电宝多少钱")
    assert "¥129.00" in text_of(draft)
    assert "¥149.00" in text_of(draft)
    assert draft.say[0].card is not None
    assert draft.say[0].card.ref == "powerbank-20k"


async def test_the_product_of_the_page_answers_what_this_costs(stage: Stage) -> None:
    page = Card(kind="product", ref="yogamat", title="瑜伽垫")
    assert "¥119.00" in text_of(await stage.play(Content(text="这个多少钱", card=page)))


async def test_a_product_named_later_is_not_undone_by_the_page_behind_it(stage: Stage) -> None:
    page = Card(kind="product", ref="yogamat", title="瑜伽垫")
    await stage.play(Content(text="充电宝多少钱", card=page))
    assert "充电宝" in text_of(await stage.play(Content(text="有货没", card=page)))


async def test_a_price_without_a_product_asks_which_one(stage: Stage) -> None:
    assert text_of(await stage.play("这个多少钱")) == stage.word("ask.product")
    assert "¥299.00" in text_of(await stage.play("降噪耳机"))


async def test_a_product_alone_is_asked_about(stage: Stage) -> None:
    draft = await stage.play(press("product:yogamat"))
    assert {button.choice for button in draft.say[0].buttons} == {
        "intent:ask_price",
        "intent:ask_stock",
        "intent:ask_product_info",
    }
    assert "¥119.00" in text_of(await stage.play(press("intent:ask_price")))


async def test_a_product_that_is_gone_is_said_to_be_gone(stage: Stage) -> None:
    assert text_of(await stage.play(press("product:no-such-thing"))) == stage.word("product.gone")


async def test_stock_is_told_as_it_is(stage: Stage) -> None:
    assert "暂时没货" in text_of(await stage.play("手环有货没"))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("有什么活动", "每满 300 元减 40 元"),
        ("怎么领券", "首单满 150 元减 20 元"),
        ("便宜点", "每满 300 元减 40 元"),
        ("运费多少", "满 ¥99.00 包邮，不满收 ¥8.00"),
        ("哪些地方能送", "云雀速运"),
        ("什么时候发货", "48 小时内发货"),
        ("几天能到", "2–4 天"),
        ("能退吗", "签收后 7 天内"),
        ("退货运费谁出", "其他原因由您承担"),
        ("店在哪里", "没有实体门店"),
    ],
)
async def test_general_questions_are_answered_at_once(stage: Stage, question: str, answer: str) -> None:
    assert answer in text_of(await stage.play(question))


STATUS = {
    State.UNPAID: "还没有付款",
    State.PAID: "正在准备",
    State.DISPATCHED: "已于 11月21日 15:30 发货",
    State.IN_TRANSIT: "在运输途中",
    State.OUT_FOR_DELIVERY: "正在派送",
    State.DELIVERED: "已于 11月19日 14:00 签收",
    State.COMPLETED: "完成",
    State.CANCELLED: "取消",
    State.RETURN_REQUESTED: "正在审核",
    State.RETURNING: "收到并检查后退款",
    State.REFUNDING: "正在处理",
    State.REFUNDED: "退回原付款方式",
}


@pytest.mark.parametrize("state", State)
async def test_an_order_is_told_of_after_number_and_proof(stage: Stage, state: OrderState) -> None:
    order = an_order(state)
    assert text_of(await stage.play("我的快递到哪了")) == stage.word("ask.order_number")
    assert text_of(await stage.play(order.number)) == stage.word("ask.tail", order=order.number)
    draft = await stage.play(order.phone[-4:])
    assert STATUS[state] in text_of(draft)
    assert draft.handoff is None


async def test_an_order_once_proved_answers_later_questions_without_asking(stage: Stage) -> None:
    order = an_order(State.IN_TRANSIT)
    await stage.play("我的快递到哪了", proof(order))
    assert "在运输途中" in text_of(await stage.play("什么时候发货"))


async def test_a_follow_up_looks_again(stage: Stage) -> None:
    await stage.play("我的快递到哪了", proof(an_order(State.IN_TRANSIT)))
    assert "在运输途中" in text_of(await stage.play("查到了吗"))


async def test_a_number_after_a_general_answer_goes_to_that_question(stage: Stage) -> None:
    order = an_order(State.PAID)
    await stage.play("什么时候发货")
    assert "前发货" in text_of(await stage.play(proof(order)))


async def test_a_whole_phone_proves_as_well_as_its_end(stage: Stage) -> None:
    order = an_order(State.DELIVERED)
    await stage.play("我的快递到哪了", order.number)
    assert "签收" in text_of(await stage.play(order.phone))


async def test_a_refund_is_told_by_its_day(stage: Stage) -> None:
    assert "11月23日 前到账" in text_of(await stage.play("退款到哪了", proof(an_order(State.REFUNDING))))
    assert "没有退款" in text_of(await stage.play("退款到哪了", proof(an_order(State.DELIVERED))))


async def test_two_questions_in_one_turn_are_both_answered(stage: Stage) -> None:
    draft = await stage.play("充电宝多少钱", "运费多少")
    assert len(draft.say) == 2
    assert "¥129.00" in draft.say[0].text
    assert "包邮" in draft.say[1].text


async def test_a_task_beside_a_question_of_another_flow_is_answered(stage: Stage) -> None:
    await stage.play("我的快递到哪了", an_order(State.PAID).number)
    assert "¥129.00" in text_of(await stage.play("充电宝多少钱"))


async def test_what_the_shop_has_not_said_is_a_humans(stage: Stage) -> None:
    stage.policies = Policies()
    draft = await stage.play("运费多少")
    assert draft.say[0].text == stage.word("policy.unknown")
    accepted = await stage.play(press(draft.say[0].buttons[0].choice))
    assert accepted.handoff is not None
    assert (accepted.handoff.reason, accepted.handoff.question) == (Reason.BUSINESS, "运费多少")


async def test_dates_are_told_in_the_shops_day(stage: Stage) -> None:
    assert NOW.tzinfo is not None
    assert "11月22日" in text_of(await stage.play("什么时候发货", proof(an_order(State.PAID, 5))))


@pytest.mark.parametrize("line", ["运费多少", "哪些地方能送", "什么时候发货", "几天能到", "能退吗", "退货运费谁出"])
async def test_a_rule_nobody_told_us_is_not_made_up(shop: DemoShop, line: str) -> None:
    stage = Stage(shop, policies=Policies())
    assert text_of(await stage.play(line)) == stage.word("policy.unknown")
    assert (await stage.play("好的呀")).handoff is not None
