"""Price, payment, invoices, sizes, warranty, visits, members and customs: each ends in an answer that is right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from papershop import ME, NUMBER, PaperShop, an_order_of
from stage import NOW, Stage, an_order, press, text_of

from actions.baskets import Line
from actions.demo import DemoShop
from actions.policies import Policies
from actions.requests import IssueInvoice, ProtectPrice, ReturnDouble
from actions.seed.load import goods
from actions.shop import OrderState, Payment
from actions.sizes import fitting
from actions.taxids import is_tax_id
from actions.values import Money
from actions.warranties import warranty_until
from bot.dialogue.invoices import Heading, read_heading
from bot.dialogue.measures import Measures, read_measures
from bot.dialogue.port import Draft
from bot.dialogue.quantities import read_quantity
from bot.messages import LANGUAGES, Content, Language

State = OrderState
GOODS = {one.id: one for one in goods()}
YOGAMAT = GOODS["yogamat"]
BOUGHT = (State.PAID, State.DISPATCHED, State.IN_TRANSIT, State.OUT_FOR_DELIVERY, State.DELIVERED, State.COMPLETED)


def stage_of(state: OrderState, **of_order: object) -> Stage:
    return Stage(PaperShop([an_order_of(state, **of_order)]), identity=f"user:{ME}")  # type: ignore[arg-type]


async def play(stage: Stage, *turns: str | Content) -> Draft:
    draft = Draft((), {})
    for turn in turns:
        draft = await stage.play(turn)
    return draft


def filed(stage: Stage) -> list[object]:
    return list(stage.shop.filed)  # type: ignore[attr-defined]


def task(name: str) -> Content:
    return press(f"intent:{name}")


# Price


async def test_a_basket_is_told_line_by_line(stage: Stage) -> None:
    stage.slots = {"basket": [["yogamat", 3], ["powerbank-20k", 1]], "product": "yogamat"}
    text = text_of(await stage.play(task("ask_price")))
    assert "青苔加厚瑜伽垫 × 3：¥357.00" in text
    assert "-¥40.00" in text
    assert "¥431.00" in text, "486 less 40 less 15"


async def test_coupons_say_why_they_cannot_be_used(shop: DemoShop) -> None:
    stage = Stage(shop, identity="user:demo-1")
    text = text_of(await stage.play("怎么领券"))
    assert stage.word("coupon_why.used") in text


@pytest.mark.parametrize("state", State)
async def test_the_difference_is_paid_back_in_the_states_in_which_it_may_be(state: OrderState) -> None:
    stage = stage_of(state, price=15900)
    text = text_of(await stage.play(task("price_protection")))
    assert NUMBER in text
    assert ("¥40.00" in text) == (state in BOUGHT)
    await stage.play(press("yes"))
    assert [type(one) for one in filed(stage)] == ([ProtectPrice] if state in BOUGHT else [])


async def test_a_price_that_did_not_fall_and_one_too_old_are_refused_politely() -> None:
    assert NUMBER in text_of(await stage_of(State.DELIVERED).play(task("price_protection")))
    late = await stage_of(State.COMPLETED, price=15900, days=40).play(task("price_protection"))
    assert "15" in text_of(late)


async def test_a_claim_out_of_all_proportion_gets_what_the_prices_say() -> None:
    stage = stage_of(State.DELIVERED, price=15900)
    text = text_of(await stage.play("降价了，差我20000000元"))
    assert "¥20,000,000.00" in text
    await stage.play(press("yes"))
    assert [one.amount.amount for one in filed(stage) if isinstance(one, ProtectPrice)] == [4000]


# Payment and invoices


async def test_what_was_paid_twice_goes_back_after_a_yes() -> None:
    order = an_order_of(State.PAID)
    one = Payment(method=YOGAMAT.names, amount=order.total, at=NOW)
    stage = Stage(PaperShop([order.model_copy(update={"payments": (one, one)})]), identity=f"user:{ME}")
    assert "¥119.00" in text_of(await stage.play("被扣了两次钱"))
    assert filed(stage) == []
    await stage.play(press("yes"))
    assert [type(one) for one in filed(stage)] == [ReturnDouble]


async def test_what_was_paid_once_is_said_to_be_and_a_human_offered() -> None:
    stage = stage_of(State.PAID)
    assert NUMBER in text_of(await stage.play("charged me twice"))
    assert stage.slots["asked"] == "human"


@pytest.mark.parametrize("state", State)
async def test_an_invoice_is_made_out_once_it_is_paid(state: OrderState) -> None:
    stage = stage_of(state)
    await play(stage, "开发票", press("way:personal"), press("yes"))
    wanted = [one for one in filed(stage) if isinstance(one, IssueInvoice)]
    assert [one.title for one in wanted] == (["个人"] if state in BOUGHT else [])


async def test_a_company_needs_a_number_that_adds_up() -> None:
    stage = stage_of(State.PAID)
    await play(stage, "开发票", "示例科技有限公司")
    assert stage.slots["asked"] == "tax_id"
    wrong = await stage.play("91310000MA00000000")
    assert "91310000MA00000000" in text_of(wrong)
    await play(stage, "91310000MA0000000Y a@example.com", press("yes"))
    (one,) = filed(stage)
    assert isinstance(one, IssueInvoice)
    assert (one.title, one.tax_id, one.email) == ("示例科技有限公司", "91310000MA0000000Y", "a@example.com")


async def test_an_invoice_needs_the_full_proof() -> None:
    stage = Stage(PaperShop([an_order_of(State.PAID, customer=None)]))
    await play(stage, "开发票", NUMBER, "7788")
    assert stage.slots["asked"] == "code"


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("91350100M000100Y43", True),
        ("91310000MA0000000Y", True),
        ("91310000MA00000001", False),
        ("9131000OMA0000000Y", False),
        ("123456789012345", True),
        ("12345678901234567890", True),
        ("1234567890123456", False),
    ],
)
def test_tax_numbers_are_checked(number: str, good: bool) -> None:
    assert is_tax_id(number) is good


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("开个人", Heading(personal=True)),
        ("抬头写张三", Heading(title="张三")),
        ("Made out to: Example Trading Ltd", Heading(title="Example Trading Ltd")),
        ("示例科技有限公司 91310000ma0000000y", Heading("示例科技有限公司", "91310000MA0000000Y")),
        ("发到 a@example.com", Heading(email="a@example.com")),
        ("运费多少", Heading()),
    ],
)
def test_headings_are_read(text: str, heading: Heading) -> None:
    assert read_heading(text) == heading


# Goods


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("170 60", Measures(170, 60)),
        ("身高170体重120斤", Measures(170, 60)),
        ("1米75，70kg", Measures(175, 70)),
        ("一米六五", Measures(165)),
        ("5'7\", 130 lb", Measures(170, 59)),
        ("脚长24.5厘米", Measures(foot=245)),
        ("我172，65公斤", Measures(172, 65)),
        ("运费多少", Measures()),
    ],
)
def test_measures_are_read_in_many_units(text: str, measures: Measures) -> None:
    assert read_measures(text) == measures


@pytest.mark.parametrize(("text", "many"), [("买三件多少钱", 3), ("how much for two", 2), ("满300减40", None)])
def test_quantities_are_read(text: str, many: int | None) -> None:
    assert read_quantity(text) == many


@pytest.mark.parametrize(
    ("height", "weight", "sizes"),
    [(163, 56, ["M"]), (166, 61, ["M", "L"]), (158, 80, []), (230, 60, [])],
)
def test_a_size_fits_or_two_are_named_or_none(height: int, weight: int, sizes: list[str]) -> None:
    assert [one.name for one in fitting(GOODS["parka-down"], height, weight, None)] == sizes


async def test_a_size_is_advised_after_asking_for_what_is_lacking(stage: Stage) -> None:
    stage.slots = {"product": "parka-down"}
    await stage.play("穿着太小")
    assert stage.slots["asked"] == "measures"
    assert "M" in text_of(await stage.play("163cm 56kg"))


async def test_what_is_sold_out_is_told_of_when_it_is_back(stage: Stage) -> None:
    draft = await stage.play("手环有货没")
    assert [button.choice for button in draft.say[-1].buttons] == ["intent:notify_restock"]
    await stage.play(press("intent:notify_restock"))
    assert stage.slots["followed"] == ["product:band-lite"]


def test_a_warranty_begins_with_delivery() -> None:
    product = GOODS["earbuds-air"]
    order = an_order_of(State.DELIVERED, product=product, days=3)
    until = warranty_until(order, product)
    assert until
    assert until - NOW == timedelta(days=362)
    assert warranty_until(an_order_of(State.PAID, product=product), product) is None


async def test_a_repair_is_registered_for_what_has_a_warranty() -> None:
    stage = stage_of(State.DELIVERED, product=GOODS["earbuds-air"])
    await play(stage, task("register_repair"), "左边没声音")
    assert filed(stage) == []
    await stage.play(press("yes"))
    assert len(filed(stage)) == 1


async def test_a_visit_is_chosen_and_confirmed(shop: DemoShop) -> None:
    stage = Stage(shop, identity="user:demo-2")
    draft = await stage.play(task("ask_installation"))
    draft = await stage.play(press(draft.say[-1].buttons[0].choice))
    draft = await stage.play(press(draft.say[-1].buttons[0].choice))
    assert stage.slots["asked"] == "confirm"
    await stage.play(press("yes"))
    order = await shop.order(str(stage.slots["order_number"]))
    assert order
    assert order.appointment


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("identity", ["v1", "user:demo-1", "user:demo-4"])
async def test_members_and_customs_are_told_what_is_theirs(shop: DemoShop, language: Language, identity: str) -> None:
    stage = Stage(shop, language=language, identity=identity)
    text = text_of(await stage.play(task("ask_membership")))
    assert ("4,860" in text) is (identity == "user:demo-1")
    assert text_of(await stage.play(task("ask_customs")))


NEW = (
    *("ask_price", "ask_promotion", "ask_coupon", "bargain", "price_protection", "payment_problem", "ask_invoice"),
    *("ask_stock", "ask_product_info", "ask_size", "ask_warranty", "ask_installation", "ask_membership", "ask_customs"),
    *("notify_restock", "register_repair"),
)


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("place", [None, *State])
async def test_every_task_says_something_in_every_state_and_promises_nothing_it_was_not_told(
    shop: DemoShop, name: str, place: OrderState | None
) -> None:
    order = an_order(place) if place else None
    for policies in (None, Policies()):
        stage = Stage(shop, **({"policies": policies} if policies else {}))
        stage.slots = {"product": "yogamat"} | (
            {"order_number": order.number, "owned": [order.number]} if order else {}
        )
        draft = await stage.play(task(name))
        assert draft.say
        assert draft.handoff is None


def test_a_line_costs_its_number() -> None:
    assert Line(YOGAMAT, 3).amount == 3 * YOGAMAT.price.amount
    assert Money(amount=Line(YOGAMAT, 1).amount) == YOGAMAT.price
