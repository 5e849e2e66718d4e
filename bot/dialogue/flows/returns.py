"""Sending things back: the rules, returns and exchanges, and how they go."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.policies import Returns
from actions.requests import Exchange, Return
from actions.returns import Verdict, decide
from actions.shop import Order, OrderState
from bot.dialogue.flows.changes import cancel_order, modify_order
from bot.dialogue.flows.filing import names_of, open_requests, outcome_words, tell_filed
from bot.dialogue.flows.orders import say_status
from bot.dialogue.formats import day, moment
from bot.dialogue.proof import own_order, seen_order
from bot.dialogue.scene import Scene

TOO_EARLY = (Verdict.NOT_SENT, Verdict.ON_THE_WAY)
"""Nothing can be sent back that is not there: the wish is then to call the order off, or to change it."""


async def tell_policy(scene: Scene) -> None:
    """The rule; of an order known to be the shopper's, until when it holds."""
    policy, language = scene.policies.returns, scene.language
    if policy is None:
        return scene.admit_ignorance()
    scene.say(
        scene.word(
            "return.policy",
            days=str(policy.days),
            quality_days=str(policy.quality_days),
            condition=policy.condition[language],
            excluded=policy.excluded[language],
        )
    )
    number = scene.slots.order_number
    order = await scene.shop.order(number) if number else None
    if order and scene.owns(order) and decide(order, policy, scene.now) is Verdict.ALLOWED:
        scene.suggest(
            scene.word("return.eligible", order=order.number, until=day(language, _until(order, policy))),
            "request_return",
            "request_exchange",
        )
    return None


def _until(order: Order, policy: Returns) -> datetime:
    delivered = order.reached(OrderState.DELIVERED) or order.timeline[-1].at
    return delivered + timedelta(days=policy.days)


async def tell_postage(scene: Scene) -> None:
    policy = scene.policies.returns
    if policy is None:
        return scene.admit_ignorance()
    return scene.say(scene.word("return.postage", postage=policy.postage[scene.language]))


async def tell_method(scene: Scene) -> None:
    """How to send it back; of an order being returned, how far that is."""
    policy = scene.policies.returns
    if policy is None or policy.method is None:
        return scene.admit_ignorance()
    scene.say(scene.word("return.method", method=policy.method[scene.language]))
    if scene.slots.order_number is None:
        return scene.suggest(scene.word("return.method_start"), "request_return")
    order = await seen_order(scene)
    return _tell_progress(scene, order) if order else None


def _tell_progress(scene: Scene, order: Order) -> None:
    say_status(scene, order)
    for one in open_requests(order, "return", "exchange", "remedy"):
        scene.say(outcome_words(scene, one))
        if one.code and scene.owns(order):
            scene.say(scene.word("outcome.code", code=one.code))
        if one.by:
            scene.say(scene.word("outcome.by", by=moment(scene.language, one.by)))


async def request_return(scene: Scene) -> None:
    order, policy, slots = await own_order(scene), scene.policies.returns, scene.slots
    if order is None:
        return None
    if wish := scene.agreed(Return):
        return await _file_return(scene, wish)
    if policy is None:
        return scene.admit_ignorance()
    verdict = decide(order, policy, scene.now)
    if verdict in TOO_EARLY:
        scene.turn_into("cancel_order")
        return await cancel_order(scene)
    if verdict is not Verdict.ALLOWED:
        return _explain(scene, order, policy, verdict)
    if not slots.reason:
        return scene.ask("reason", scene.word("ask.reason"))
    wish = Return(
        key=scene.key("return", order.number), order=order.number, reason=slots.reason, refund_only=slots.refund_only
    )
    key = "ask.confirm_refund_only" if slots.refund_only else "ask.confirm"
    return scene.confirm(
        wish, scene.word(key, order=order.number, reason=slots.reason, postage=policy.postage[scene.language])
    )


async def _file_return(scene: Scene, wish: Return) -> None:
    filed = await scene.file(wish)
    if filed is None:
        return
    tell_filed(scene, "refund_only" if wish.refund_only else "return", filed)
    if wish.refund_only:
        return
    policy = scene.policies.returns
    if filed.state == "review":
        scene.say(scene.word("return.wait"))
    elif policy and policy.method:
        scene.say(scene.word("return.method", method=policy.method[scene.language]))


async def request_exchange(scene: Scene) -> None:
    order, policy, slots = await own_order(scene), scene.policies.returns, scene.slots
    if order is None:
        return None
    if wish := scene.agreed(Exchange):
        filed = await scene.file(wish)
        return tell_filed(scene, "exchange", filed) if filed else None
    if policy is None:
        return scene.admit_ignorance()
    verdict = decide(order, policy, scene.now)
    if verdict in TOO_EARLY:
        scene.turn_into("modify_order")
        return await modify_order(scene)
    if verdict is not Verdict.ALLOWED:
        return _explain(scene, order, policy, verdict)
    if not slots.wanted:
        return scene.ask("wanted", scene.word("exchange.ask_wanted", what=names_of(scene, order)))
    wish = Exchange(
        key=scene.key("exchange", order.number),
        order=order.number,
        reason=slots.reason or slots.wanted,
        wanted=slots.wanted,
    )
    return scene.confirm(
        wish,
        scene.word("exchange.confirm", order=order.number, wanted=slots.wanted, postage=policy.postage[scene.language]),
    )


def _explain(scene: Scene, order: Order, policy: Returns, verdict: Verdict) -> None:
    """Why nothing can be sent back, and what can be done instead."""
    scene.slots.forget_request()
    fields = {"order": order.number, "days": str(policy.days), "excluded": policy.excluded[scene.language]}
    match verdict:
        case Verdict.UNDER_WAY | Verdict.REFUNDED | Verdict.CANCELLED:
            say_status(scene, order)
        case _:
            scene.suggest(scene.word(f"return.{verdict}", **fields), "report_defect", human=True)
