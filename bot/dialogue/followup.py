"""Answers what follows on the previous turn: looks again, explains differently, or asks what is meant."""

from __future__ import annotations

from bot.dialogue.doubt import propose
from bot.dialogue.flows import FLOWS, run
from bot.dialogue.intents import ABOUT_ORDER, AFTER_SALES, WAITS
from bot.dialogue.port import Reason
from bot.dialogue.scene import Scene
from bot.understanding.context import FollowUp, task_after

NEXT = {
    "ask_price": ("ask_stock", "ask_promotion"),
    "ask_stock": ("ask_price", "ask_delivery_time"),
    "ask_product_info": ("ask_price", "ask_stock"),
    "ask_promotion": ("ask_coupon",),
    "ask_coupon": ("ask_promotion",),
    "bargain": ("ask_promotion", "ask_coupon"),
    "ask_shipping_fee": ("ask_delivery_time", "ask_delivery_area"),
    "ask_delivery_area": ("ask_shipping_fee", "ask_delivery_time"),
    "ask_return_policy": ("request_return", "return_shipping_fee"),
    "return_shipping_fee": ("request_return", "ask_return_policy"),
}
"""What shoppers usually want to know after a task that has nothing to look up again."""


async def follow(scene: Scene, follow_up: FollowUp) -> None:
    """Answer a follow-up by what was last asked, else by what was last told."""
    match follow_up:
        case FollowUp.EXPLAIN:
            await explain(scene)
        case FollowUp.LOST:
            scene.offer_human(scene.word("offer.lost"))
        case FollowUp.AFTER_SALES:
            propose(scene, AFTER_SALES, scene.word("clarify.after_sales"))
        case _ if scene.slots.asked:
            ask_again(scene, "need")
        case _:
            await look(scene, follow_up)


async def explain(scene: Scene) -> None:
    """Say the same differently; whoever still does not understand is offered a human."""
    slots = scene.slots
    if slots.misunderstood:
        return scene.offer_human(scene.word("offer.explain"), Reason.NOT_UNDERSTOOD)
    if slots.asked:
        ask_again(scene, "explain")
    elif slots.last in FLOWS:
        scene.say(scene.word(f"explain.{slots.last}"))
    else:
        propose(scene, (), "")
    slots.misunderstood = 1
    return None


def ask_again(scene: Scene, why: str) -> None:
    """Repeat the open question: `need` says what waits for it, `explain` what it is about."""
    asked = scene.slots.asked
    if asked == "intent":
        propose(scene, scene.slots.candidates, scene.word(f"{why}.intent"))
    elif asked:
        scene.ask_again(why)


async def look(scene: Scene, follow_up: FollowUp) -> None:
    """Look up once more what was told; what cannot be looked up leads on to what is usually asked next."""
    slots = scene.slots
    task = task_after(follow_up, slots.last)
    if task is None and follow_up is FollowUp.HOW_LONG:
        return propose(scene, WAITS, scene.word("clarify.how_long"))
    if task is None:
        return propose(scene, NEXT.get(slots.last or "", ()), scene.word("clarify.next"))
    if follow_up is FollowUp.HURRY:
        return await run(scene, ("urge_order",))
    if slots.order_number in slots.proved and task in ABOUT_ORDER:
        scene.say(scene.word("looked_again"))
    return await run(scene, (task,))
