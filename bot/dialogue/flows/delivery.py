"""Questions about delivery: in general by the shop's rules, or of the shopper's own order once that is known."""

from __future__ import annotations

from actions.parcels import ON_THE_WAY
from actions.shop import Order
from bot.dialogue.dates import Day, read_day
from bot.dialogue.flows.orders import tell_way, track_order
from bot.dialogue.formats import money
from bot.dialogue.proof import seen_order, speaks_of_order
from bot.dialogue.scene import Scene


async def tell_fee(scene: Scene) -> None:
    rules, language = scene.policies.shipping, scene.language
    if rules is None:
        return scene.admit_ignorance()
    return scene.say(
        scene.word(
            "shipping.fee",
            fee=money(rules.fee),
            free_from=money(rules.free_from),
            remote=rules.remote[language],
            remote_fee=money(rules.remote_fee),
        )
    )


async def tell_area(scene: Scene) -> None:
    rules, language = scene.policies.shipping, scene.language
    if rules is None:
        return scene.admit_ignorance()
    return scene.say(
        scene.word(
            "shipping.area",
            couriers=rules.couriers[language],
            not_served=rules.not_served[language],
            remote=rules.remote[language],
            remote_fee=money(rules.remote_fee),
        )
    )


async def tell_dispatch_time(scene: Scene) -> None:
    if await speaks_of_order(scene):
        return await track_order(scene)
    rules = scene.policies.shipping
    if rules is None:
        return scene.admit_ignorance()
    return scene.say(scene.word("shipping.dispatch", dispatch_hours=str(rules.dispatch_hours)))


async def tell_delivery_time(scene: Scene) -> None:
    """When it arrives; asked about a day, whether it is there by then."""
    wished = read_day(scene.slots.day, scene.now) if scene.slots.day else None
    if wished and wished.day is None:
        return scene.say(scene.word("date.wrong", date=wished.written))
    if await speaks_of_order(scene):
        order = await seen_order(scene)
        return _tell_arrival(scene, order, wished) if order else None
    rules = scene.policies.shipping
    if rules is None:
        return scene.admit_ignorance()
    return scene.say(
        scene.word(
            "shipping.days",
            least=str(rules.days[0]),
            most=str(rules.days[1]),
            remote=rules.remote[scene.language],
            remote_least=str(rules.remote_days[0]),
            remote_most=str(rules.remote_days[1]),
        )
    )


def _tell_arrival(scene: Scene, order: Order, wished: Day | None) -> None:
    scene.slots.day = None
    if wished and wished.day and order.state in ON_THE_WAY and order.arrives_by:
        in_time = order.arrives_by.astimezone(scene.now.tzinfo).date() <= wished.day
        scene.say(scene.word("date.in_time" if in_time else "date.not_in_time", date=wished.written))
    tell_way(scene, order)
