"""One turn as a flow sees it: what is remembered, whom to ask, and what has been said so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from pydantic import JsonValue

from actions.policies import Policies
from actions.requests import Filed, Refused, Request
from actions.shop import Order, Product, Shop
from bot.dialogue.formats import money
from bot.dialogue.intents import TASKS
from bot.dialogue.port import Draft, Handoff, Note, Reason
from bot.dialogue.slots import Asked, Slots
from bot.dialogue.switches import InHand, Notice, Silenced
from bot.dialogue.texts import Texts, apologise, has_apology
from bot.messages import Button, Card, Content, Language, Model
from bot.understanding.mood import Mood

if TYPE_CHECKING:
    from bot.dialogue.known import Knowledge

MENU = (
    ("menu_track", "intent:track_order"),
    ("menu_promotion", "intent:ask_promotion"),
    ("menu_return", "intent:ask_return_policy"),
    ("human", "human"),
)
ANSWERS: dict[Asked, tuple[tuple[str, str], ...]] = {
    "reason": tuple((reason, f"reason:{reason}") for reason in ("dislike", "size", "differs", "quality")),
    "code": (("resend", "code:again"), ("human", "human")),
    "photo": (("skip", "skip"),),
    "title": (("personal", "way:personal"),),
    "confirm": (("yes", "yes"), ("no", "no")),
    "human": (("human", "human"), ("no", "no")),
    "helped": (("helped", "yes"), ("not_helped", "no")),
}
"""What may be pressed for an answer: the button's text and its choice."""


class Counter(Protocol):
    """Counts over all conversations and processes."""

    async def count(self, what: str, seconds: int, by: int = 1) -> int:
        """Add to a counter that lives `seconds` from its first use; what it says now."""
        ...


W = TypeVar("W", bound=Model)


@dataclass
class Scene:
    """`conversation` is its id: with it a request to the shop is the same request when the turn is done again.

    `customer` is the shop's id of the signed-in shopper.
    """

    conversation: str
    slots: Slots
    shop: Shop
    policies: Policies
    texts: Texts
    counter: Counter
    language: Language
    now: datetime
    customer: str | None = None
    channel: str = ""
    knowledge: Knowledge | None = None
    hand: InHand = field(default_factory=InHand)
    said: list[Content] = field(default_factory=list)
    handoff: Handoff | None = None
    done: bool = False
    heard: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)
    acted: bool = False

    def word(self, key: str, **fields: str) -> str:
        """A text in the shopper's language. Raises `Silenced` where leads have switched it off.

        What the shop was asked for in this turn is told all the same: nobody may be left believing that nothing was.
        """
        if key in self.hand.answers and not self.acted:
            raise Silenced(key)
        return self.texts.compose(self.language, key, **fields)

    def say(self, text: str, *, buttons: Iterable[Button] = (), card: Card | None = None) -> None:
        """Add to the reply; what two flows would both say is said once."""
        if all(text != content.text for content in self.said):
            self.said.append(Content(text=text, buttons=tuple(buttons), card=card))

    def ask(self, slot: Asked, text: str, buttons: Iterable[Button] = ()) -> None:
        """Ask for a slot; its answer brings the flow back here with the slot filled.

        `buttons`: its answers, where they depend on more than the question.
        """
        self.slots.asked, self.slots.buttons = slot, tuple(buttons)
        self.say(text, buttons=self.answers())

    def ask_again(self, why: str) -> None:
        """Repeat the open question with its buttons, in the words of `<why>.<asked>`."""
        self.say(self.word(f"{why}.{self.slots.asked}"), buttons=self.answers())

    def answers(self) -> list[Button]:
        """What may be pressed for an answer to the open question."""
        slots = self.slots
        return list(slots.buttons) or self.buttons(ANSWERS.get(slots.asked, ()) if slots.asked else ())

    def suggest(self, text: str, *tasks: str, human: bool = False) -> None:
        """Say something and offer tasks that go on from it; a yes takes the first. `human`: offer one as well."""
        self.slots.candidates, self.slots.offer = tasks, Reason.BUSINESS
        more = self.buttons((("human", "human"),) if human else ())
        self.ask("next", text, [*self.choices(tasks), *more])

    def note(self, kind: str, **data: JsonValue) -> None:
        """Tell the ledger something, if this is what is said in the end."""
        self.notes.append(Note(kind, data))

    def turn_into(self, task: str) -> None:
        """The task at hand is another one after all, as the order shows."""
        self.slots.todo = (task, *self.slots.todo[1:])

    def key(self, kind: str, order: str, once: str = "") -> str:
        """The key of a request to the shop: `once` tells it from others of its kind, by default the time does."""
        return f"{self.conversation}:{order}:{kind}:{once or int(self.now.timestamp() * 1000)}"

    def confirm(self, wish: Request, text: str) -> None:
        """Show a request and ask for a yes, which files it as it was shown."""
        shown = self.slots.wish
        if shown is None or shown.model_copy(update={"key": wish.key}) != wish:
            self.slots.wish = wish
        self.ask("confirm", text)

    def agreed(self, kind: type[W]) -> W | None:
        """The request of this kind that was shown and has now got its yes."""
        wish = self.slots.wish if self.slots.confirmed else None
        return wish if isinstance(wish, kind) else None

    async def file(self, wish: Request) -> Filed | None:
        """Ask the shop to do it. None: it refused, and the shopper has been told why. Raises `ShopFailed`."""
        self.acted = True
        answer = await self.shop.file(wish)
        self.slots.forget_request()
        if isinstance(answer, Refused):
            self.offer_human(self.word(f"refused.{answer.reason}"))
            return None
        return answer

    def owns(self, order: Order) -> bool:
        """Whether the shopper has shown by a login or a code that the order is theirs."""
        signed = self.customer is not None and order.customer == self.customer
        return signed or order.number in self.slots.owned

    def offer_human(self, text: str, reason: Reason = Reason.BUSINESS) -> None:
        self.slots.offer = reason
        self.ask("human", text)

    def keep_silent(self, task: str | None = None) -> None:
        """What was asked is switched off: instead of an answer a human is offered."""
        about = self.word("silent.flow", topic=self.word(f"intent.{task}")) if task else self.word("silent.answer")
        if self.slots.mood is Mood.ANGRY:
            return self.hand_off(Reason.BUSINESS, self.word("handoff.angry"))
        return self.offer_human(about)

    def tell_notices(self) -> None:
        """Put before the answers what leads tell everybody, once per conversation and day."""
        due = [one for one in self.hand.notices if self._is_due(one)]
        for one in reversed(due):
            self.said.insert(0, Content(text=one.text[self.language]))
        self.slots.noticed |= {one.id: self.hand.today for one in due}

    def _is_due(self, notice: Notice) -> bool:
        tasks = TASKS.intersection(self.heard)
        wanted = tasks.intersection(notice.intents) if notice.intents else tasks
        return bool(wanted and self.said) and self.slots.noticed.get(notice.id) != self.hand.today

    def admit_ignorance(self) -> None:
        """The shop has not told us its rule for this: we say so instead of making one up.

        Whoever is angry is not asked whether they want a human.
        """
        if self.slots.mood is Mood.ANGRY:
            return self.hand_off(Reason.BUSINESS, self.word("handoff.angry"))
        return self.offer_human(self.word("policy.unknown"))

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

    def apologise_once(self) -> None:
        """One apology is enough for all that is said until the conversation begins afresh."""
        said = []
        for content in self.said:
            text = apologise(content.text, again=self.slots.sorry)
            self.slots.sorry |= has_apology(content.text)
            if text or content.buttons or content.card:
                said.append(content.model_copy(update={"text": text}))
        self.said[:] = said

    def draft(self) -> Draft:
        self.apologise_once()
        self.slots.at = self.now
        done = self.done and not self.slots.asked
        made = tuple(self.said), self.slots.write(), self.handoff, done, self.heard, tuple(self.notes)
        return Draft(*made, acted=self.acted)


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


def product_card(scene: Scene, product: Product) -> Card:
    title = product.names[scene.language]
    return Card(kind="product", ref=product.id, title=title, lines=(money(product.price),), image=product.image)
