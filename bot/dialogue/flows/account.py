"""A customer's standing with the shop, and parcels at the customs."""

from __future__ import annotations

from actions.shop import Customs, Order
from bot.dialogue.formats import money
from bot.dialogue.proof import own_order
from bot.dialogue.scene import Scene


async def tell_membership(scene: Scene) -> None:
    """Level, points and balance of whoever is signed in; how levels and points come about, to everybody."""
    policy, language = scene.policies.membership, scene.language
    member = await scene.shop.member(scene.customer) if scene.customer else None
    if member:
        fields = {"level": member.levels[language], "points": f"{member.points:,}", "balance": money(member.balance)}
        scene.say(scene.word("member.standing", **fields))
    if policy is None:
        return None if member else scene.admit_ignorance()
    scene.say(scene.word("member.rules", levels=policy.levels[language], points=policy.points[language]))
    if scene.customer is None:
        scene.say(scene.word("member.sign_in", how=policy.sign_in[language]))
    return None


async def tell_customs(scene: Scene) -> None:
    """Of an order, where it stands with the customs; in general, how duty and documents go."""
    policy, slots, language = scene.policies.clearance, scene.slots, scene.language
    mine = await scene.shop.orders(scene.customer) if scene.customer else ()
    if slots.order_number or slots.orders or slots.proved or any(_is_waiting(one) for one in mine):
        order = await own_order(scene, _is_waiting)
        if order is None:
            return None
        if order.customs:
            return _tell_state(scene, order, order.customs)
        return scene.say(scene.word("customs.none", order=order.number))
    if policy is None:
        return scene.admit_ignorance()
    least, most = policy.days
    fields = {"duty": policy.duty[language], "documents": policy.documents[language]}
    return scene.say(scene.word("customs.general", least=str(least), most=str(most), **fields))


def _is_waiting(order: Order) -> bool:
    """Whether a parcel is at the customs now."""
    return order.customs is not None and order.customs.state != "cleared"


def _tell_state(scene: Scene, order: Order, customs: Customs) -> None:
    """What the customs wait for, if they wait for anything."""
    if customs.state == "held" and customs.duty:
        return scene.offer_human(scene.word("customs.duty", order=order.number, duty=money(customs.duty)))
    if customs.state == "held" and customs.missing:
        return scene.offer_human(
            scene.word("customs.missing", order=order.number, missing=customs.missing[scene.language])
        )
    if customs.state == "held":
        return scene.offer_human(scene.word("customs.held", order=order.number))
    return scene.say(scene.word(f"customs.{customs.state}", order=order.number))
