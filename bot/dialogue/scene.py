"""One turn as a flow sees it: what is remembered, whom to ask, and what has been said so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from actions.shop import Order, Product, Shop
from bot.dialogue.formats import money
from bot.dialogue.port import Draft, Handoff, Reason
from bot.dialogue.slots import WRONG_PROOFS, Asked, Slots
from bot.dialogue.texts import Texts
from bot.messages import Button, Card, Content, Language

MENU = (
    ("menu_track", "intent:track_order"),
    ("menu_promotion", "intent:ask_promotion"),
    ("menu_return", "intent:ask_return_policy"),
    ("human", "human"),
)
ANSWERS: dict[Asked, tuple[tuple[str, str], ...]] = {
    "reason": tuple((reason, f"reason:{reason}") for reason in ("dislike", "size", "differs", "quality")),
    "confirm": (("yes", "yes"), ("no", "no")),
    "human": (("human", "human"), ("no", "no")),
}
"""What may be pressed for an answer: the button's text and its choice."""

KEPT_PROOFS = 10


@dataclass
class Scene:
    """`conversation` is its id: with it a request to the shop is the same request when the turn is done again."""

    conversation: str
    slots: Slots
    shop: Shop
    texts: Texts
    language: Language
    now: datetime
    said: list[Content] = field(default_factory=list)
    handoff: Handoff | None = None
    done: bool = False
    heard: tuple[str, ...] = ()

    def word(self, key: str, **fields: str) -> str:
        return self.texts.say(self.language, key, **fields)

    def say(self, text: str, *, buttons: Iterable[Button] = (), card: Card | None = None) -> None:
        """Add to the reply; what two flows would both say is said once."""
        if all(text != content.text for content in self.said):
            self.said.append(Content(text=text, buttons=tuple(buttons), card=card))

    def ask(self, slot: Asked, text: str) -> None:
        """Ask for a slot; its answer brings the flow back here with the slot filled."""
        self.slots.asked = slot
        self.say(text, buttons=self.buttons(ANSWERS.get(slot, ())))

    def offer_human(self, text: str, reason: Reason = Reason.BUSINESS) -> None:
        self.slots.offer = reason
        self.ask("human", text)

    def hand_off(self, reason: Reason, text: str | None = None) -> None:
        """Pass the conversation on; `text` is what to say about it, if anything."""
        if text:
            self.say(text)
        self.handoff = Handoff(reason, self.slots.question, next(iter(self.slots.todo), self.slots.last))
        self.slots.close_topic()

    def buttons(self, pairs: Iterable[tuple[str, str]]) -> list[Button]:
        return [Button(label=self.word(f"button.{label}"), choice=choice) for label, choice in pairs]

    def choices(self, tasks: Iterable[str]) -> list[Button]:
        """A button for each task, to start it."""
        return [Button(label=self.word(f"intent.{task}"), choice=f"intent:{task}") for task in tasks]

    def menu(self) -> list[Button]:
        return self.buttons(MENU)

    def draft(self) -> Draft:
        done = self.done and not self.slots.asked
        return Draft(tuple(self.said), self.slots.write(), self.handoff, done, self.heard)


async def named_product(scene: Scene) -> Product | None:
    """The product spoken of; None when it had to be asked for or is gone, which has then been said."""
    if scene.slots.product is None:
        scene.ask("product", scene.word("ask.product"))
        return None
    product = await scene.shop.product(scene.slots.product)
    if product is None:
        scene.slots.product = None
        scene.say(scene.word("product.gone"))
    return product


async def proved_order(scene: Scene) -> Order | None:
    """The order the shopper has shown to be theirs, by its number and the last four digits of its phone.

    None when something had to be asked or said instead. An order that does not exist and a wrong phone get the same
    words: whoever guesses learns nothing.
    """
    slots = scene.slots
    if slots.order_number and slots.order_number in slots.proved:
        return await scene.shop.order(slots.order_number)
    if slots.wrong_proofs >= WRONG_PROOFS:
        scene.hand_off(Reason.BUSINESS, scene.word("handoff.proof"))
    elif not slots.order_number:
        scene.ask("order_number", scene.word("ask.order_number"))
    elif not slots.tail:
        scene.ask("tail", scene.word("ask.tail", order=slots.order_number))
    else:
        return await _check_proof(scene, slots.order_number, slots.tail)
    return None


async def _check_proof(scene: Scene, number: str, tail: str) -> Order | None:
    slots = scene.slots
    slots.tail = None
    found = await scene.shop.order(number)
    if found is not None and found.phone[-4:] == tail:
        slots.proved = (*slots.proved, number)[-KEPT_PROOFS:]
        return found
    slots.order_number = None
    slots.wrong_proofs += 1
    if slots.wrong_proofs >= WRONG_PROOFS:
        scene.hand_off(Reason.BUSINESS, scene.word("handoff.proof"))
    else:
        scene.ask("order_number", scene.word("proof.wrong"))
    return None


def product_card(scene: Scene, product: Product) -> Card:
    title = product.names[scene.language]
    return Card(kind="product", ref=product.id, title=title, lines=(money(product.price),), image=product.image)
