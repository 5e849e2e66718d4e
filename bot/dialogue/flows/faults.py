"""Faulty, wrong and missing items: a picture, then another one, the money back, or something for keeping it."""

from __future__ import annotations

import re

from actions.policies import Problem
from actions.remedies import Claim, Ruling, rule_on
from actions.requests import Remedy
from actions.shop import Order
from bot.dialogue.flows.filing import tell_filed
from bot.dialogue.flows.orders import say_status
from bot.dialogue.formats import money
from bot.dialogue.language import simplified
from bot.dialogue.port import Reason
from bot.dialogue.proof import own_order
from bot.dialogue.scene import Scene
from bot.understanding.mood import Mood

MISSING = re.compile(
    r"[少漏缺]|没(?:有)?[发送装放给看见]"
    r"|\bmissing\b|\b(?:left|leave)\b.*\bout\b|\bforgot\b|\bnot (?:in|included)\b|\bincomplete\b",
    re.I,
)


async def report_defect(scene: Scene) -> None:
    await _report(scene, "defect")


async def report_wrong_item(scene: Scene) -> None:
    scene.slots.described = scene.slots.described or scene.slots.question
    missing = MISSING.search(simplified(scene.slots.described))
    await _report(scene, "missing_item" if missing else "wrong_item")


async def _report(scene: Scene, problem: Problem) -> None:
    slots, remedies, returns = scene.slots, scene.policies.remedies, scene.policies.returns
    slots.described = slots.described or slots.question
    order = await own_order(scene)
    if order is None:
        return None
    if wish := scene.agreed(Remedy):
        filed = await scene.file(wish)
        return tell_filed(scene, wish.remedy, filed) if filed else None
    if slots.mood is Mood.ANGRY:
        return scene.hand_off(Reason.BUSINESS, scene.word("handoff.angry"))
    if remedies is None or returns is None:
        return scene.admit_ignorance()
    ruling = rule_on(order, problem, remedies, returns, scene.now)
    if ruling.claim in (Claim.OPEN, Claim.HUMAN) and not (slots.media or slots.no_photo):
        return scene.ask("photo", scene.word("ask.photo"))
    if ruling.claim is Claim.OPEN and (slots.claimed or 0) > remedies.most.amount:
        return scene.hand_off(Reason.BUSINESS, scene.word("fault.claim_over", most=money(remedies.most)))
    return _settle(scene, order, problem, ruling, str(returns.quality_days))


def _settle(scene: Scene, order: Order, problem: Problem, ruling: Ruling, days: str) -> None:
    match ruling.claim:
        case Claim.OPEN if scene.slots.way not in ruling.ways:
            amount = money(ruling.amount) if ruling.amount else ""
            offered = "compensation" in ruling.ways
            words = scene.word("fault.ways_compensation", amount=amount) if offered else scene.word("fault.ways")
            scene.ask("way", words, scene.buttons((way, f"way:{way}") for way in ruling.ways))
        case Claim.OPEN:
            _confirm(scene, order, problem, ruling)
        case Claim.HUMAN:
            scene.hand_off(Reason.BUSINESS, scene.word("fault.human"))
        case Claim.TOO_LATE:
            scene.suggest(scene.word("fault.too_late", order=order.number, days=days), "ask_warranty", human=True)
        case Claim.NOT_THERE | Claim.OVER:
            scene.say(scene.word(f"fault.{ruling.claim}"))
            say_status(scene, order)


def _confirm(scene: Scene, order: Order, problem: Problem, ruling: Ruling) -> None:
    way = next(way for way in ruling.ways if way == scene.slots.way)
    wish = Remedy(
        key=scene.key("remedy", order.number),
        order=order.number,
        problem=problem,
        remedy=way,
        description=scene.slots.described or "",
        amount=ruling.amount if way == "compensation" else None,
        media=scene.slots.media,
    )
    amount = money(wish.amount) if wish.amount else ""
    scene.confirm(wish, scene.word(f"fault.confirm_{way}", order=order.number, amount=amount))
