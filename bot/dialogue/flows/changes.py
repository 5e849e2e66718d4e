"""Changing an order: calling it off, another address, another size, and taking a request back."""

from __future__ import annotations

from actions.parcels import ARRIVED
from actions.requests import Cancel, ChangeAddress, Filed, Intercept, Kind, Modify, Undo
from actions.shop import Order, OrderState
from bot.dialogue.addresses import Destination, read_destination
from bot.dialogue.flows.filing import names_of, open_requests, tell_filed
from bot.dialogue.flows.orders import say_status
from bot.dialogue.flows.parcels import tell_courier
from bot.dialogue.formats import day, money
from bot.dialogue.proof import own_order
from bot.dialogue.scene import Scene
from bot.messages import Button


async def cancel_order(scene: Scene) -> None:
    """Cancel, stop the parcel or send it back, by the order's state."""
    order = await own_order(scene)
    if order is None:
        return
    if wish := scene.agreed(Cancel) or scene.agreed(Intercept):
        filed = await scene.file(wish)
        return tell_filed(scene, filed.kind, filed, outcome=filed.kind == "cancel") if filed else None
    match (scene.policies.cancelling or {}).get(order.state):
        case "cancel":
            scene.confirm(
                Cancel(key=scene.key("cancel", order.number), order=order.number), _cancel_words(scene, order)
            )
        case "intercept":
            words = scene.word("cancel.ask_intercept", order=order.number, what=names_of(scene, order))
            scene.confirm(Intercept(key=scene.key("intercept", order.number), order=order.number), words)
        case "return":
            scene.suggest(scene.word("cancel.delivered", order=order.number), "request_return")
        case "none":
            scene.say(scene.word("cancel.over"))
            say_status(scene, order)
        case _:
            scene.admit_ignorance()


def _cancel_words(scene: Scene, order: Order) -> str:
    key = "cancel.ask_unpaid" if order.state is OrderState.UNPAID else "cancel.ask_paid"
    return scene.word(key, order=order.number, what=names_of(scene, order), money=money(order.total))


async def modify_order(scene: Scene) -> None:
    """Another size, colour or quantity, or a note; once it is sent, an exchange when it is there."""
    order = await own_order(scene)
    if order is None:
        return
    if modify := scene.agreed(Modify):
        filed = await scene.file(modify)
        return tell_filed(scene, "modify", filed) if filed else None
    match (scene.policies.modifying or {}).get(order.state):
        case "change" if not scene.slots.wanted:
            scene.ask("wanted", scene.word("modify.ask_wanted", what=names_of(scene, order)))
        case "change" if new := read_destination(scene.slots.wanted or ""):
            await _change_where(scene, new)
        case "change":
            _confirm_modifying(scene, order, scene.slots.wanted or "")
        case "exchange" if order.state in ARRIVED:
            scene.suggest(scene.word("modify.arrived", order=order.number), "request_exchange")
        case "exchange":
            scene.suggest(scene.word("modify.too_late", order=order.number), "cancel_order")
        case "none":
            scene.say(scene.word("modify.over"))
            say_status(scene, order)
        case _:
            scene.admit_ignorance()


def _confirm_modifying(scene: Scene, order: Order, wanted: str) -> None:
    wish = Modify(key=scene.key("modify", order.number), order=order.number, wanted=wanted)
    scene.confirm(wish, scene.word("modify.confirm", order=order.number, wanted=wanted))


async def _change_where(scene: Scene, new: Destination) -> None:
    """What is to be changed is where it goes."""
    slots = scene.slots
    slots.receiver, slots.phone, slots.address, slots.wanted = new.receiver, new.phone, new.address, None
    scene.turn_into("change_address")
    await change_address(scene)


async def change_address(scene: Scene) -> None:
    """Another receiver, phone or address: a change before dispatch, a wish to the courier after."""
    order = await own_order(scene)
    if order is None:
        return
    if change := scene.agreed(ChangeAddress):
        filed = await scene.file(change)
        sent = order.shipment is not None
        return tell_filed(scene, "address_wish" if sent else "change_address", filed) if filed else None
    match (scene.policies.addressing or {}).get(order.state):
        case "change":
            _ask_destination(scene, order, "address.confirm")
        case "wish":
            _ask_destination(scene, order, "address.confirm_wish")
        case "courier":
            scene.say(scene.word("address.courier", order=order.number))
            tell_courier(scene, order)
        case "none":
            scene.say(scene.word("address.over"))
            say_status(scene, order)
        case _:
            scene.admit_ignorance()


def _ask_destination(scene: Scene, order: Order, key: str) -> None:
    slots = scene.slots
    phone = slots.phone if slots.phone != order.phone else None
    if not (slots.receiver or phone or slots.address):
        return scene.ask("address", scene.word("address.ask"))
    wish = ChangeAddress(
        key=scene.key("address", order.number),
        order=order.number,
        receiver=slots.receiver,
        phone=phone,
        address=slots.address,
    )
    new = {"receiver": wish.receiver, "phone": wish.phone, "address": wish.address}
    lines = [scene.word(f"address.{name}", value=value) for name, value in new.items() if value]
    return scene.confirm(wish, scene.word(key, order=order.number, lines="\n".join(lines)))


UNDOABLE: tuple[Kind, ...] = (
    "cancel",
    "intercept",
    "return",
    "exchange",
    "remedy",
    "change_address",
    "modify",
    "trace",
)


async def undo_request(scene: Scene) -> None:
    """Take back what was filed; the words of an undoing never start anything."""
    order = await own_order(scene)
    if order is None:
        return None
    if undo := scene.agreed(Undo):
        filed = await scene.file(undo)
        return tell_filed(scene, "undo", filed, outcome=False) if filed else None
    found = open_requests(order, *UNDOABLE)
    chosen = [one for one in found if one.number == scene.slots.filed] or found
    if not found:
        say_status(scene, order, offer=False)
        return scene.offer_human(scene.word("undo.none", order=order.number))
    if len(chosen) > 1:
        buttons = [Button(label=_request_words(scene, one), choice=f"filed:{one.number}") for one in chosen]
        return scene.ask("filed", scene.word("undo.which", order=order.number), buttons)
    wish = Undo(key=scene.key("undo", order.number), order=order.number, filed=chosen[0].key)
    return scene.confirm(wish, scene.word("undo.confirm", order=order.number, what=_request_words(scene, chosen[0])))


def _request_words(scene: Scene, filed: Filed) -> str:
    return scene.word("undo.request", kind=scene.word(f"kind.{filed.kind}"), day=day(scene.language, filed.at))
