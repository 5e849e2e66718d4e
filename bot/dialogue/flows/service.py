"""What comes after buying: warranty and repair, and somebody who comes to install."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.parcels import ARRIVED
from actions.requests import Install, Register
from actions.shop import Appointment, Order, OrderState, Product
from actions.warranties import warranty_until
from bot.dialogue.flows.filing import open_requests, tell_filed
from bot.dialogue.flows.orders import say_status
from bot.dialogue.formats import day, moment
from bot.dialogue.proof import own_order, seen_order
from bot.dialogue.scene import Scene, named_product
from bot.messages import Button

TIMES = 6
"""Times offered to choose from."""
OVER = (
    OrderState.CANCELLED,
    OrderState.RETURN_REQUESTED,
    OrderState.RETURNING,
    OrderState.REFUNDING,
    OrderState.REFUNDED,
)


async def tell_warranty(scene: Scene) -> None:
    """How long, what for, and, of something bought, until when."""
    slots, policy = scene.slots, scene.policies.warranty
    if policy is None:
        return scene.admit_ignorance()
    if slots.order_number or (slots.product is None and scene.customer):
        order = await seen_order(scene)
        return await _tell_terms(scene, order) if order else None
    product = await named_product(scene)
    if product is None:
        return None
    name, language = product.names[scene.language], scene.language
    if product.warranty is None:
        return scene.suggest(scene.word("warranty.none", product=name), "report_defect", human=True)
    covers, excluded = policy.covers[language], policy.excluded[language]
    return scene.suggest(
        scene.word("warranty.months", product=name, months=str(product.warranty), covers=covers, excluded=excluded),
        "register_repair",
    )


async def _tell_terms(scene: Scene, order: Order) -> None:
    """Item by item: a warranty begins with delivery."""
    lines, holds = list[str](), False
    for product in await _products_of(scene, order):
        until, name = warranty_until(order, product), product.names[scene.language]
        if product.warranty is None:
            lines.append(scene.word("warranty.none", product=name))
        elif until is None:
            lines.append(scene.word("warranty.begins", product=name, months=str(product.warranty)))
        else:
            key = "warranty.until" if until >= scene.now else "warranty.over"
            lines.append(scene.word(key, product=name, until=_date(scene, until)))
            holds |= until >= scene.now
    text = "\n".join(lines) or scene.word("product.gone")
    if holds:
        return scene.suggest(text, "register_repair")
    return scene.suggest(text, "report_defect", human=True)


def _date(scene: Scene, at: datetime) -> str:
    """A day that may be years away."""
    shown = day(scene.language, at)
    return f"{shown}, {at.year}" if scene.language == "en" else f"{at.year}年{shown}"


async def _products_of(scene: Scene, order: Order) -> list[Product]:
    found = [await scene.shop.product(item.product) for item in order.items]
    return [product for product in found if product]


async def register_repair(scene: Scene) -> None:
    """A case for the warranty, of something that holds one; what has no warranty is a fault like any other."""
    order, slots = await own_order(scene, lambda one: one.state in ARRIVED), scene.slots
    if order is None:
        return None
    if wish := scene.agreed(Register):
        filed = await scene.file(wish)
        return tell_filed(scene, "repair", filed) if filed else None
    if order.state not in ARRIVED:
        scene.say(scene.word("repair.not_there"))
        return say_status(scene, order)
    if pending := open_requests(order, "repair"):
        return scene.say(scene.word("repair.pending", order=order.number, number=pending[-1].number))
    until = {one.id: warranty_until(order, one) for one in await _products_of(scene, order)}
    covered = [one for one in order.items if (end := until.get(one.product)) and end >= scene.now]
    chosen = [one for one in covered if one.product == slots.product] or covered
    if not chosen:
        return scene.suggest(scene.word("repair.none", order=order.number), "report_defect", human=True)
    if len(chosen) > 1:
        buttons = [Button(label=one.names[scene.language], choice=f"product:{one.product}") for one in chosen]
        return scene.ask("product", scene.word("repair.which"), buttons)
    if not slots.reason:
        return scene.ask("fault", scene.word("repair.ask_fault"))
    name = chosen[0].names[scene.language]
    wish = Register(
        key=scene.key("repair", order.number),
        order=order.number,
        product=chosen[0].product,
        description=slots.reason,
    )
    return scene.confirm(wish, scene.word("repair.confirm", product=name, fault=slots.reason))


async def ask_installation(scene: Scene) -> None:
    """When somebody comes and what it costs; a time to choose, or another one."""
    policy, slots = scene.policies.installation, scene.slots
    if policy is None:
        return scene.admit_ignorance()
    if not (slots.order_number or slots.orders or scene.customer or slots.proved):
        scene.say(scene.word("visit.fee", fee=policy.fee[scene.language]))
    installed = {product.id for product in await scene.shop.products() if product.installed}
    wanted = {slots.product or ""} & installed or installed
    order = await own_order(scene, lambda one: _may_be_installed(one, wanted))
    if order is None:
        return None
    if wish := scene.agreed(Install):
        filed = await scene.file(wish)
        return tell_filed(scene, "installation", filed, outcome=False) if filed else None
    if order.state is OrderState.UNPAID or order.state in OVER:
        return say_status(scene, order)
    if not installed & {item.product for item in order.items}:
        return scene.offer_human(scene.word("visit.not_needed", order=order.number))
    offered = await scene.shop.appointments(order.number)
    chosen = next((one for one in offered if one.starts.isoformat() == slots.way), None)
    if chosen:
        return _confirm_visit(scene, order, chosen)
    return _offer_visits(scene, order, offered)


def _may_be_installed(order: Order, installed: set[str]) -> bool:
    over = order.state is OrderState.UNPAID or order.state in OVER
    return not over and bool(installed & {item.product for item in order.items})


def _offer_visits(scene: Scene, order: Order, offered: tuple[Appointment, ...]) -> None:
    policy = scene.policies.installation
    fee = policy.fee[scene.language] if policy else ""
    earliest = order.arrives_by if order.state not in ARRIVED else None
    open_times = [one for one in offered if earliest is None or one.starts > earliest] or list(offered)
    booked = order.appointment
    if booked and booked.ends > scene.now:
        words = scene.word("visit.booked", order=order.number, time=_span(scene, booked), fee=fee)
    else:
        words = scene.word("visit.choose", order=order.number, fee=fee)
    if not open_times:
        return scene.offer_human(scene.word("visit.no_times", order=order.number))
    buttons = [Button(label=_span(scene, one), choice=f"way:{one.starts.isoformat()}") for one in open_times[:TIMES]]
    return scene.ask("way", words, [*buttons, *scene.buttons((("no", "no"),))])


def _confirm_visit(scene: Scene, order: Order, visit: Appointment) -> None:
    wish = Install(key=scene.key("visit", order.number), order=order.number, starts=visit.starts)
    scene.confirm(wish, scene.word("visit.confirm", order=order.number, time=_span(scene, visit)))


def _span(scene: Scene, visit: Appointment) -> str:
    """A day with its hours: 11月23日 09:00–12:00."""
    same_day = visit.ends - visit.starts < timedelta(days=1)
    ends = f"{visit.ends:%H:%M}" if same_day else moment(scene.language, visit.ends)
    return f"{moment(scene.language, visit.starts)}–{ends}"
