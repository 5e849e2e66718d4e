"""Proof of ownership: what may be told of an order, and to whom.

Two levels. Number and phone are printed on every parcel: they open the order's status only (`seen_order`). Address,
money and changes need a signed login or a code sent to the order's contact (`own_order`). A flow's first line says
which one it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from actions.shop import Order
from bot.dialogue.formats import day
from bot.dialogue.port import Reason
from bot.dialogue.scene import Scene
from bot.messages import Button

WRONG_PROOFS = 3
"""So many wrong proofs in a conversation, and a human takes over."""
DAY = 86_400
TRIES = {"proof-of": 10, "proof-by": 10, "code-to": 5}
"""What is counted over all conversations for a day, and how often it may be: proofs of an order, proofs by a
conversation, codes sent for an order."""
CODE_LIFE = timedelta(minutes=10)
"""How long the shop takes a code."""
KEPT_PROOFS = 10
LISTED = 6
"""Orders offered to choose from."""


Fits = Callable[[Order], bool]
"""Whether a task may be about an order: of many, those are offered to choose from."""


async def seen_order(scene: Scene, fits: Fits | None = None) -> Order | None:
    """The order spoken of, once the shopper may hear its status. None: something was asked or said instead.

    A stranger's order, an unknown one and a wrong phone get the same words: whoever guesses learns nothing.
    """
    slots = scene.slots
    if not slots.order_number:
        return await _choose(scene, fits)
    order = await scene.shop.order(slots.order_number)
    if order and (scene.owns(order) or order.number in slots.proved):
        slots.follow(f"order:{order.number}")
        return order
    if slots.wrong_proofs >= WRONG_PROOFS:
        _stop(scene)
    elif not slots.tail:
        scene.ask("tail", scene.word("ask.tail", order=slots.order_number))
    else:
        return await _check_tail(scene, slots.order_number, order, slots.tail)
    return None


async def own_order(scene: Scene, fits: Fits | None = None) -> Order | None:
    """The order spoken of, once it is sure to be the shopper's. None: something was asked or said instead."""
    order = await seen_order(scene, fits)
    if order is None or scene.owns(order):
        return order
    if scene.slots.wrong_proofs >= WRONG_PROOFS:
        _stop(scene)
    elif scene.slots.code and scene.slots.code_sent == order.number:
        return await _check_code(scene, order, scene.slots.code)
    else:
        await _send_code(scene, order)
    return None


async def speaks_of_order(scene: Scene) -> bool:
    """Whether a question that may be one in general is one about an order of the shopper's."""
    slots = scene.slots
    return bool(slots.order_number or slots.orders or (scene.customer and await scene.shop.orders(scene.customer)))


def order_words(scene: Scene, order: Order) -> str:
    """An order in a few words: what, when, and where it stands."""
    names = [item.names[scene.language] for item in order.items]
    what = names[0] if len(names) == 1 else scene.word("order.more", product=names[0], count=str(len(names)))
    when = day(scene.language, order.timeline[0].at) if order.timeline else order.number
    return scene.word("order.line", what=what[:40], day=when, state=scene.word(f"state.{order.state}"))


async def _choose(scene: Scene, fits: Fits | None) -> Order | None:
    """Offer the orders that are known to be the shopper's; ask for a number where there is none."""
    slots = scene.slots
    if slots.orders:
        buttons = [await _told_button(scene, number) for number in slots.orders]
        scene.ask("order_number", scene.word("ask.one_of"), buttons)
        return None
    mine = await _known_orders(scene, fits)
    if len(mine) == 1:
        slots.order_number = mine[0].number
        slots.follow(f"order:{mine[0].number}")
        return mine[0]
    if mine:
        scene.ask("order_number", scene.word("ask.which_order"), [_button(scene, order) for order in mine])
    else:
        scene.ask("order_number", scene.word("ask.order_number"))
    return None


async def _known_orders(scene: Scene, fits: Fits | None) -> tuple[Order, ...]:
    """Those that the task may be about; all, where it may be about none of them."""
    if scene.customer:
        found = await scene.shop.orders(scene.customer)
    else:
        looked_up = [await scene.shop.order(number) for number in scene.slots.proved[-LISTED:]]
        found = tuple(order for order in looked_up if order)
    fitting = tuple(order for order in found if fits is None or fits(order))
    return (fitting or found)[:LISTED]


async def _told_button(scene: Scene, number: str) -> Button:
    """Of an order that is not shown to be the shopper's, only the number they told is said."""
    order = await scene.shop.order(number)
    known = order and (scene.owns(order) or number in scene.slots.proved)
    return _button(scene, order) if order and known else Button(label=number, choice=f"order:{number}")


def _button(scene: Scene, order: Order) -> Button:
    return Button(label=order_words(scene, order), choice=f"order:{order.number}")


async def _check_tail(scene: Scene, number: str, order: Order | None, tail: str) -> Order | None:
    slots = scene.slots
    slots.tail = None
    if not await _may_try(scene, number):
        _stop(scene)
        return None
    if order is not None and order.phone[-4:] == tail:
        await _forgive(scene, number)
        slots.proved = (*slots.proved, number)[-KEPT_PROOFS:]
        slots.follow(f"order:{number}")
        return order
    slots.order_number = None
    slots.wrong_proofs += 1
    if slots.wrong_proofs >= WRONG_PROOFS:
        _stop(scene)
        return None
    scene.ask("order_number", scene.word("proof.wrong"))
    return None


async def _check_code(scene: Scene, order: Order, code: str) -> Order | None:
    slots = scene.slots
    slots.code = None
    if not await _may_try(scene, order.number):
        _stop(scene)
        return None
    scene.acted = True  # a code is good once
    if await scene.shop.check_code(order.number, code):
        await _forgive(scene, order.number)
        slots.owned, slots.code_sent = (*slots.owned, order.number)[-KEPT_PROOFS:], None
        return order
    slots.wrong_proofs += 1
    if slots.wrong_proofs >= WRONG_PROOFS:
        _stop(scene)
        return None
    scene.ask("code", scene.word("proof.wrong_code"))
    return None


async def _send_code(scene: Scene, order: Order) -> None:
    """Send a code to the order's contact, unless one is on its way; whoever cannot get one needs a human."""
    slots = scene.slots
    slots.code = None
    if slots.code_sent != order.number or not slots.code_at or scene.now - slots.code_at > CODE_LIFE:
        if await scene.counter.count(f"code-to:{order.number}", DAY) > TRIES["code-to"]:
            return _stop(scene)
        before = int(slots.at.timestamp() * 1000) if slots.at else 0
        where = await scene.shop.send_code(order.number, scene.key("code", order.number, str(before)))
        if where is None:
            return scene.hand_off(Reason.BUSINESS, scene.word("handoff.no_code"))
        slots.code_sent, slots.code_to, slots.code_at = order.number, where, scene.now
    return scene.ask("code", scene.word("ask.code", where=slots.code_to))


async def _may_try(scene: Scene, number: str) -> bool:
    """Count a try, of the order and of the conversation; the order is counted whether it exists or not."""
    of = await scene.counter.count(f"proof-of:{number}", DAY)
    by = await scene.counter.count(f"proof-by:{scene.conversation}", DAY)
    return of <= TRIES["proof-of"] and by <= TRIES["proof-by"]


async def _forgive(scene: Scene, number: str) -> None:
    """A right proof is no guess."""
    await scene.counter.count(f"proof-of:{number}", DAY, -1)
    await scene.counter.count(f"proof-by:{scene.conversation}", DAY, -1)


def _stop(scene: Scene) -> None:
    scene.hand_off(Reason.BUSINESS, scene.word("handoff.proof"))
