"""Parcels on their way: who to call, and what to do about one that did not come."""

from __future__ import annotations

from actions.parcels import ON_THE_WAY, Whereabouts, whereabouts
from actions.policies import Lost
from actions.requests import Trace
from actions.shop import Order
from bot.dialogue.flows.filing import open_requests, tell_filed
from bot.dialogue.flows.orders import say_status
from bot.dialogue.formats import moment
from bot.dialogue.port import Reason
from bot.dialogue.proof import seen_order
from bot.dialogue.scene import Scene
from bot.understanding.mood import Mood

LOOKED = (("looked", "way:looked"), ("found", "way:found"))


async def ask_courier_contact(scene: Scene) -> None:
    order = await seen_order(scene)
    if order is not None:
        tell_courier(scene, order)


def tell_courier(scene: Scene, order: Order) -> None:
    """The courier's telephone; the tracking number only to whoever has shown that the order is theirs."""
    if order.shipment is None:
        return say_status(scene, order)
    name = order.shipment.courier
    phone = (scene.policies.couriers or {}).get(name["zh-Hans"])
    if phone is None:
        return scene.admit_ignorance()
    key = "courier.contact_owner" if scene.owns(order) else "courier.contact"
    words = scene.word(key, courier=name[scene.language], phone=phone, tracking=order.shipment.tracking_number)
    if order.state in ON_THE_WAY:
        return scene.suggest(words, "urge_order")
    return scene.say(words)


async def parcel_not_received(scene: Scene) -> None:
    """Look around first, then have the courier search; what counts as lost is the shop's rule."""
    order, policy = await seen_order(scene), scene.policies.lost
    if order is None:
        return None
    if trace := scene.agreed(Trace):
        filed = await scene.file(trace)
        return tell_filed(scene, "trace", filed, outcome=False) if filed else None
    if policy is None:
        return scene.admit_ignorance()
    if under_way := open_requests(order, "trace"):
        by = under_way[-1].by
        key = "lost.searching_by" if by else "lost.searching"
        return scene.say(scene.word(key, order=order.number, by=moment(scene.language, by) if by else ""))
    return _by_whereabouts(scene, order, policy)


def _by_whereabouts(scene: Scene, order: Order, policy: Lost) -> None:
    place = whereabouts(order, policy, scene.now)
    if place is Whereabouts.SAID_DELIVERED:
        return _look_around(scene, order, policy)
    if place is Whereabouts.LOST:
        return _confirm_trace(scene, order, policy, "lost.ask_trace")
    return say_status(scene, order, worry=place is Whereabouts.ON_TIME)


def _look_around(scene: Scene, order: Order, policy: Lost) -> None:
    way = scene.slots.way
    if scene.slots.mood is Mood.ANGRY:
        return scene.hand_off(Reason.BUSINESS, scene.word("handoff.angry"))
    if way == "found":
        scene.slots.way = None
        return scene.say(scene.word("lost.found"))
    if way == "looked":
        return _confirm_trace(scene, order, policy, "lost.ask_trace_delivered")
    return scene.ask(
        "way",
        scene.word("lost.look", order=order.number, hours=str(policy.look_hours)),
        scene.buttons(LOOKED),
    )


def _confirm_trace(scene: Scene, order: Order, policy: Lost, key: str) -> None:
    wish = Trace(key=scene.key("trace", order.number), order=order.number)
    scene.confirm(wish, scene.word(key, order=order.number, days=str(policy.trace_days)))
