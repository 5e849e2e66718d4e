"""Tells what became of a request to the shop: its number, who decides by when, the money, the code."""

from __future__ import annotations

from actions.requests import Filed, Kind
from actions.shop import Order
from bot.dialogue.formats import moment, money
from bot.dialogue.scene import Scene

OPEN = ("review", "approved")
"""States of a request that is not carried out yet."""


def tell_filed(scene: Scene, topic: str, filed: Filed, *, outcome: bool = True) -> None:
    """Say what was filed and what comes of it; `outcome`: somebody decides about it."""
    order = scene.slots.order_number or ""
    parts = [scene.word(f"filed.{topic}", order=order, number=filed.number)]
    parts += [outcome_words(scene, filed)] if outcome else []
    scene.say(joined(scene, [*parts, *_details(scene, filed)]))


def outcome_words(scene: Scene, filed: Filed) -> str:
    """Whether it is decided, and if not, by when a human decides."""
    if filed.state == "review" and (rules := scene.policies.returns):
        return scene.word("outcome.review_within", hours=str(rules.review_hours))
    return scene.word(f"outcome.{filed.state}")


def open_requests(order: Order, *kinds: Kind) -> list[Filed]:
    """What was asked of the shop about the order and is not carried out yet, the newest last."""
    return [one for one in order.filed if one.kind in kinds and one.state in OPEN]


def joined(scene: Scene, sentences: list[str]) -> str:
    """Sentences one after the other."""
    return (" " if scene.language == "en" else "").join(sentence for sentence in sentences if sentence)


def names_of(scene: Scene, order: Order) -> str:
    """What is in an order, in words."""
    between = ", " if scene.language == "en" else "、"
    return between.join(item.names[scene.language] for item in order.items)


def _details(scene: Scene, filed: Filed) -> list[str]:
    details = []
    if filed.amount:
        details.append(scene.word("outcome.amount", money=money(filed.amount)))
    if filed.code:
        details.append(scene.word("outcome.code", code=filed.code))
    if filed.by:
        details.append(scene.word("outcome.by", by=moment(scene.language, filed.by)))
    return details
