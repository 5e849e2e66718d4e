"""Where an order and its refund stand, and hurrying it up."""

from __future__ import annotations

from actions.parcels import ON_THE_WAY, Whereabouts, is_late, whereabouts
from actions.requests import Urge
from actions.shop import Order, OrderState
from bot.dialogue.flows.filing import joined, tell_filed
from bot.dialogue.formats import day, moment, money
from bot.dialogue.proof import seen_order
from bot.dialogue.scene import Scene

COMING_BACK = (OrderState.RETURN_REQUESTED, OrderState.RETURNING)
REFUND = (OrderState.REFUNDING, OrderState.REFUNDED)
WORRY = (OrderState.PAID, *ON_THE_WAY, OrderState.DELIVERED)
"""States after which something may go wrong: what to do then is said along."""


async def track_order(scene: Scene) -> None:
    """What happened, what is next, and when to worry."""
    order = await seen_order(scene)
    return tell_way(scene, order) if order else None


def tell_way(scene: Scene, order: Order) -> None:
    """How far an order is on its way; of a late or lost one, what can be done."""
    if _is_lost(scene, order):
        return scene.suggest(_status_words(scene, order, "lost"), "parcel_not_received", human=True)
    say_status(scene, order, worry=True)
    if order.state in REFUND:
        _tell_money(scene, order)
    return None


async def tell_refund(scene: Scene) -> None:
    """Where the money is; the amount only to whoever has shown that the order is theirs."""
    order = await seen_order(scene)
    if order is None:
        return
    if order.refund_by and order.state is OrderState.REFUNDING and order.refund_by < scene.now:
        return scene.offer_human(
            scene.word("refund.late", order=order.number, refund_by=day(scene.language, order.refund_by))
        )
    if order.state in (*COMING_BACK, *REFUND, OrderState.CANCELLED):
        say_status(scene, order)
        _tell_money(scene, order)
    else:
        scene.suggest(scene.word("refund.none", order=order.number), "request_return")
    if order.state in COMING_BACK and (policy := scene.policies.returns):
        least, most = policy.refund_days
        scene.say(scene.word("refund.general", least=str(least), most=str(most)))


def _tell_money(scene: Scene, order: Order) -> None:
    if order.refund and scene.owns(order):
        scene.say(scene.word("refund.amount", money=money(order.refund)))
    if order.refund_by and order.state is OrderState.CANCELLED:
        scene.say(scene.word("refund.expected", refund_by=day(scene.language, order.refund_by)))


async def urge_order(scene: Scene) -> None:
    """Hurry up the warehouse or the courier, once a day."""
    order = await seen_order(scene)
    if order is None:
        return None
    if order.state not in (OrderState.PAID, *ON_THE_WAY):
        return say_status(scene, order)
    today = scene.now.date()
    if any(one.kind == "urge" and one.at.astimezone(scene.now.tzinfo).date() == today for one in order.filed):
        return scene.offer_human(scene.word("urge.already", order=order.number))
    filed = await scene.file(Urge(key=scene.key("urge", order.number, str(today)), order=order.number))
    if filed is None:
        return None
    say_status(scene, order, offer=False)
    return tell_filed(
        scene, "urge_dispatch" if order.state is OrderState.PAID else "urge_delivery", filed, outcome=False
    )


def say_status(scene: Scene, order: Order, *, worry: bool = False, offer: bool = True) -> None:
    """Tell where an order stands; of a late one, `offer` to hurry it. `worry`: add when something is wrong."""
    late = is_late(order, scene.now)
    if late and offer:
        kind = "paid_late" if order.state is OrderState.PAID else "in_transit_late"
        return scene.suggest(_status_words(scene, order, kind), "urge_order", human=True)
    words = [_status_words(scene, order, str(order.state))]
    if worry and not late:
        words.append(_worry_words(scene, order))
    return scene.say(joined(scene, words))


def _is_lost(scene: Scene, order: Order) -> bool:
    policy = scene.policies.lost
    return policy is not None and whereabouts(order, policy, scene.now) is Whereabouts.LOST


def _worry_words(scene: Scene, order: Order) -> str:
    if order.state not in WORRY or scene.policies.lost is None:
        return ""
    return scene.word(f"worry.{order.state}", days=str(scene.policies.lost.silent_days))


def _status_words(scene: Scene, order: Order, kind: str) -> str:
    """All that is known of an order's status; of a shop that knows little, only the state."""
    if order.state is OrderState.UNPAID and scene.policies.shipping is None:
        kind = "unpaid_only"
    try:
        return scene.word(f"status.{kind}", **_status_fields(scene, order))
    except KeyError:
        return scene.word("status.short", order=order.number, state=scene.word(f"state.{order.state}"))


def _status_fields(scene: Scene, order: Order) -> dict[str, str]:
    language, reached = scene.language, order.reached(order.state)
    fields = {"order": order.number}
    if rules := scene.policies.shipping:
        fields["dispatch_hours"] = str(rules.dispatch_hours)
    expected = {"dispatch_by": order.dispatch_by, "arrives_by": order.arrives_by}
    fields |= {name: moment(language, at) for name, at in expected.items() if at}
    if reached:
        fields["at"] = moment(language, reached)
    if order.refund_by:
        fields["refund_by"] = day(language, order.refund_by)
    if order.shipment:
        fields["courier"] = order.shipment.courier[language]
    if order.shipment and order.shipment.events:
        latest = order.shipment.events[-1]
        fields |= {"event": latest.words[language], "event_at": moment(language, latest.at)}
    return fields
