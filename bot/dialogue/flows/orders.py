"""Questions about an order, answered only to whoever has shown that it is theirs, and only with its status."""

from __future__ import annotations

from actions.shop import Order, OrderState
from bot.dialogue.formats import day, moment
from bot.dialogue.port import Reason
from bot.dialogue.proof import seen_order
from bot.dialogue.scene import Scene

ON_THE_WAY = (OrderState.DISPATCHED, OrderState.IN_TRANSIT, OrderState.OUT_FOR_DELIVERY)
COMING_BACK = (OrderState.RETURN_REQUESTED, OrderState.RETURNING)
REFUND = (OrderState.REFUNDING, OrderState.REFUNDED)


async def tell_status(scene: Scene) -> None:
    order = await seen_order(scene)
    if order is not None:
        await say_status(scene, order)


async def tell_refund(scene: Scene) -> None:
    order = await seen_order(scene)
    if order is None:
        return
    if order.state in (*COMING_BACK, *REFUND, OrderState.CANCELLED):
        await say_status(scene, order)
    else:
        scene.say(scene.word("refund.none", order=order.number))
    if order.state in COMING_BACK:
        _tell_refund_days(scene)


def _tell_refund_days(scene: Scene) -> None:
    if policy := scene.policies.returns:
        least, most = policy.refund_days
        scene.say(scene.word("refund.general", least=str(least), most=str(most)))


async def explain_cancelling(scene: Scene) -> None:
    order = await seen_order(scene)
    if order is None:
        return
    if order.state is OrderState.UNPAID:
        scene.say(scene.word("cancel.unpaid", order=order.number))
    elif order.state is OrderState.PAID:
        scene.hand_off(Reason.BUSINESS, scene.word("handoff.cancel_paid", order=order.number))
    elif order.state in ON_THE_WAY:
        scene.offer_human(scene.word("cancel.on_the_way", order=order.number))
    elif order.state in (OrderState.DELIVERED, OrderState.COMPLETED):
        scene.say(scene.word("cancel.delivered", order=order.number))
    else:
        await say_status(scene, order)


async def say_status(scene: Scene, order: Order) -> None:
    """Tell where an order stands; of a late one, offer a human who can hurry it."""
    fields = _status_fields(scene, order)
    if _is_late(scene, order):
        late = "paid_late" if order.state is OrderState.PAID else "in_transit_late"
        scene.offer_human(scene.word(f"status.{late}", **fields))
    elif order.state is OrderState.UNPAID and "dispatch_hours" not in fields:
        scene.say(scene.word("status.unpaid_only", **fields))
    else:
        scene.say(scene.word(f"status.{order.state}", **fields))


def _is_late(scene: Scene, order: Order) -> bool:
    due = order.dispatch_by if order.state is OrderState.PAID else order.arrives_by
    return order.state in (OrderState.PAID, *ON_THE_WAY) and due is not None and due < scene.now


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
