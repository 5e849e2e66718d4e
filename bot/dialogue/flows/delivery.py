"""Questions about delivery: in general by the shop's rules, or of the shopper's own order once that is known."""

from __future__ import annotations

from bot.dialogue.flows.orders import track_order
from bot.dialogue.formats import money
from bot.dialogue.proof import speaks_of_order
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
    if await speaks_of_order(scene):
        return await track_order(scene)
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
