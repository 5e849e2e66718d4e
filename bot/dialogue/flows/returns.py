"""Sending things back: the rules, the start of a return, and taking a request back."""

from __future__ import annotations

from actions.policies import Returns
from actions.requests import Refused, Return
from actions.returns import Verdict, decide
from actions.shop import Order
from bot.dialogue.flows.orders import say_status
from bot.dialogue.port import Reason
from bot.dialogue.proof import seen_order
from bot.dialogue.scene import Scene


async def tell_policy(scene: Scene) -> None:
    policy, language = scene.policies.returns, scene.language
    if policy is None:
        return scene.admit_ignorance()
    return scene.say(
        scene.word(
            "return.policy",
            days=str(policy.days),
            quality_days=str(policy.quality_days),
            condition=policy.condition[language],
            excluded=policy.excluded[language],
        )
    )


async def tell_postage(scene: Scene) -> None:
    policy = scene.policies.returns
    if policy is None:
        return scene.admit_ignorance()
    return scene.say(scene.word("return.postage", postage=policy.postage[scene.language]))


async def request_return(scene: Scene) -> None:
    order = await seen_order(scene)
    if order is None:
        return None
    slots = scene.slots
    if slots.confirmed and slots.reason:
        return await _file(scene, order, slots.reason)
    policy = scene.policies.returns
    if policy is None:
        return scene.admit_ignorance()
    verdict = decide(order, policy, scene.now)
    if verdict is not Verdict.ALLOWED:
        return await _explain(scene, order, policy, verdict)
    if not slots.reason:
        return scene.ask("reason", scene.word("ask.reason"))
    key = "ask.confirm_refund_only" if slots.refund_only else "ask.confirm"
    question = scene.word(key, order=order.number, reason=slots.reason)
    return scene.ask("confirm", question)


async def undo_request(scene: Scene) -> None:
    """What was asked of the shop is a human's to take back; the words of an undoing never start anything."""
    scene.hand_off(Reason.BUSINESS, scene.word("handoff.undo"))


async def _file(scene: Scene, order: Order, reason: str) -> None:
    wish = Return(
        key=f"{scene.conversation}:{order.number}:return",
        order=order.number,
        reason=reason,
        refund_only=scene.slots.refund_only,
    )
    filed = await scene.shop.file(wish)
    scene.slots.forget_request()
    if isinstance(filed, Refused):
        scene.offer_human(scene.word("return.refused"))
    else:
        key = "return.filed_refund_only" if wish.refund_only else "return.filed"
        scene.say(scene.word(key, order=order.number))


async def _explain(scene: Scene, order: Order, policy: Returns, verdict: Verdict) -> None:
    scene.slots.forget_request()
    if verdict in (Verdict.UNDER_WAY, Verdict.REFUNDED, Verdict.CANCELLED):
        return await say_status(scene, order)
    fields = {"order": order.number, "days": str(policy.days), "excluded": policy.excluded[scene.language]}
    return scene.offer_human(scene.word(f"return.{verdict}", **fields))
