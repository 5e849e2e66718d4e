"""The bot's side of a conversation: reads a turn, runs the flows it asks for, and drafts the reply."""

from __future__ import annotations

import logging
from datetime import datetime

from actions.shop import Shop, ShopFailed
from bot.dialogue.aside import attend, leave_to_human
from bot.dialogue.doubt import misunderstand
from bot.dialogue.flows import run
from bot.dialogue.followup import follow
from bot.dialogue.intents import ABOUT_ORDER, ABOUT_PRODUCT
from bot.dialogue.language import choose_language, simplified
from bot.dialogue.port import Draft, Reason, Turn
from bot.dialogue.reading import PHRASE_LIMIT, Reading, read
from bot.dialogue.scene import ANSWERS, Scene, named_product
from bot.dialogue.slots import WAITING, Slots
from bot.dialogue.smalltalk import greet, talk
from bot.dialogue.texts import Texts
from bot.messages import Content, Language
from bot.understanding.mood import Mood
from bot.understanding.port import Understander, UnderstandingFailed

log = logging.getLogger(__name__)

TASKS_A_TURN = 3


class ShopDialogue:
    """A `Dialogue` about a shop. It keeps nothing: everything remembered is in the conversation's slots."""

    def __init__(self, understander: Understander, shop: Shop, texts: Texts) -> None:
        self._understander = understander
        self._shop = shop
        self._texts = texts
        simplified("")  # loads its tables now, not while a shopper waits

    async def reply(self, turn: Turn) -> Draft:
        slots = Slots.read(turn.conversation.slots)
        scene = self._open(turn, slots)
        try:
            await respond(scene, await self._read(turn, slots))
        except (UnderstandingFailed, ShopFailed) as error:
            log.warning("conversation %s goes to a human: %s", turn.conversation.id, error)
            fail(scene)
        except Exception:  # a mistake of ours must cost the shopper no more than a wait for a human
            log.exception("conversation %s goes to a human", turn.conversation.id)
            fail(scene)
        return scene.draft()

    async def attend(self, turn: Turn) -> Draft:
        slots = Slots.read(turn.conversation.slots)
        scene = self._open(turn, slots)
        try:
            reading = await self._read(turn, slots)
            note_facts(slots, reading)
            slots.feel(reading.feeling)
            scene.heard = (*reading.tasks, *reading.acts)
            await attend(scene, reading)
        except (UnderstandingFailed, ShopFailed) as error:
            log.warning("conversation %s only waits for its human: %s", turn.conversation.id, error)
            leave_to_human(scene)
        return scene.draft()

    async def greet(self, language: Language, now: datetime) -> Content | None:
        """The first words to somebody who has said nothing yet; None when the shop does not say who it is."""
        scene = Scene("", Slots(), self._shop, self._texts, language, now)
        try:
            await greet(scene)
        except ShopFailed as error:
            log.warning("somebody who came is not greeted: %s", error)
            return None
        return scene.said[0]

    async def _read(self, turn: Turn, slots: Slots) -> Reading:
        try:
            return await read(turn, slots, self._understander)
        except UnderstandingFailed:
            slots.question = " ".join(entry.content.text for entry in turn.messages)[:PHRASE_LIMIT]
            raise

    def _open(self, turn: Turn, slots: Slots) -> Scene:
        typed = " ".join(entry.content.text for entry in turn.messages if entry.content.choice is None)
        slots.language = choose_language(turn.conversation.language, slots.language, typed)
        return Scene(turn.conversation.id, slots, self._shop, self._texts, slots.language, turn.now)


def fail(scene: Scene) -> None:
    """Say only that nothing can be looked up: half an answer may be a wrong one."""
    scene.said.clear()
    scene.hand_off(Reason.FAILURE, scene.word("handoff.failure"))


async def respond(scene: Scene, reading: Reading) -> None:
    """Say and do what the turn asks for; what comes first here wins over what comes later."""
    note_facts(scene.slots, reading)
    note_consent(scene.slots, reading)
    scene.slots.feel(reading.feeling)
    scene.heard = (*reading.tasks, *reading.acts)
    if reading.sent:
        return take_thing(scene, reading.sent)
    if reading.tasks or reading.unsure:
        scene.slots.question = reading.words[:PHRASE_LIMIT]
    if reading.pressed_human or "request_human" in reading.acts:
        return give_human(scene, reading)
    if "complain" in reading.acts and reading.feeling.mood is Mood.ANGRY:
        return take_complaint(scene, reading)
    if reading.tasks:
        return await start(scene, reading)
    if "complain" in reading.acts:
        return take_complaint(scene, reading)
    if await take_answer(scene, reading):
        return None
    if reading.follow_up:
        return await follow(scene, reading.follow_up)
    if reading.facts:
        return await use_facts(scene, reading)
    if await talk(scene, reading):
        return None
    return misunderstand(scene, reading)


def note_facts(slots: Slots, reading: Reading) -> None:
    """Remember what was told. Another order takes back what was wished for the one before."""
    if reading.order_number and reading.order_number != slots.order_number:
        slots.forget_request()
        slots.tail = None if slots.order_number else slots.tail
        slots.order_number = reading.order_number
    if reading.page and reading.page != slots.page:
        slots.page = slots.product = reading.page
    slots.product = reading.product or slots.product
    slots.tail = reading.tail or slots.tail
    slots.reason = reading.reason or slots.reason


def note_consent(slots: Slots, reading: Reading) -> None:
    """A clear yes counts for what was just shown to be confirmed, and for nothing else."""
    agreed = (
        "affirm" in reading.acts and "deny" not in reading.acts and not reading.unsure and reading.follow_up is None
    )
    as_shown = slots.asked == "confirm" and slots.reason is not None and reading.reason is None
    slots.confirmed = agreed and as_shown


def is_answered(slots: Slots, reading: Reading) -> bool:
    """Whether the turn brings what a flow is waiting for."""
    match slots.asked:
        case "order_number":
            return reading.order_number is not None
        case "tail":
            return bool(reading.tail or reading.order_number)
        case "product":
            return reading.product is not None
        case "reason":
            return bool(reading.reason or reading.order_number)
        case "confirm":
            return bool(slots.confirmed or reading.reason or reading.order_number)
        case _:
            return False


def give_human(scene: Scene, reading: Reading) -> None:
    """Whoever asks for a human gets one; whoever takes up our offer gets one for the reason it was made."""
    accepted = scene.slots.offer if reading.pressed_human else None
    scene.slots.last = next(reversed(reading.tasks), scene.slots.last)
    scene.slots.question = scene.slots.question or reading.words[:PHRASE_LIMIT]
    scene.hand_off(accepted or Reason.ASKED)


def take_complaint(scene: Scene, reading: Reading) -> None:
    scene.slots.question = reading.words[:PHRASE_LIMIT]
    scene.hand_off(Reason.COMPLAINT, scene.word("handoff.complaint"))


def take_thing(scene: Scene, sent: str) -> None:
    """What is no text is there for the humans; whatever was asked stays asked."""
    answers = ANSWERS.get(scene.slots.asked, ()) if scene.slots.asked in WAITING else ()
    scene.say(scene.word(f"received.{sent}"), buttons=scene.buttons((*answers, ("human", "human"))))


async def start(scene: Scene, reading: Reading) -> None:
    """Begin the tasks of this turn, after the one at hand if its question was answered as well, else in its place."""
    slots, tasks = scene.slots, tuple(reading.tasks[:TASKS_A_TURN])
    if "complain" in reading.acts:
        scene.say(scene.word("apology"))
    if "undo_request" in tasks:
        return await undo(scene)
    answered = is_answered(slots, reading)
    if slots.todo[:1] != tasks[:1] and not answered:
        slots.forget_request()
    slots.refund_only |= reading.refund_only
    rest = tuple(task for task in tasks if task not in slots.todo)
    await run(scene, (*slots.todo, *rest) if answered else tasks)
    if reading.feeling.mood is Mood.ANGRY and not scene.handoff and slots.asked is None:
        scene.offer_human(scene.word("offer.angry"))
    return None


async def undo(scene: Scene) -> None:
    """Of several wishes the undoing wins: doing any other would be the opposite of it."""
    unfiled = scene.slots.asked in ("reason", "confirm")
    drop(scene.slots)
    if not unfiled:
        return await run(scene, ("undo_request",))
    return scene.say(scene.word("undo.nothing"))


async def take_answer(scene: Scene, reading: Reading) -> bool:
    """Take the turn as the answer to what we asked; False if it is none."""
    slots = scene.slots
    yes, no = "affirm" in reading.acts, "deny" in reading.acts
    if slots.asked in WAITING:
        return await _take_flow_answer(scene, reading, no)
    if slots.asked == "human" and yes:
        scene.hand_off(slots.offer or Reason.ASKED)
    elif slots.asked == "human" and no:
        await stay(scene)
    elif slots.asked == "intent" and yes and slots.candidates:
        await run(scene, slots.candidates[:1])
    elif slots.asked == "intent" and no:
        scene.offer_human(scene.word("offer.not_understood"), Reason.NOT_UNDERSTOOD)
    else:
        return False
    return True


async def _take_flow_answer(scene: Scene, reading: Reading, no: bool) -> bool:
    slots = scene.slots
    if is_answered(slots, reading):
        await run(scene, slots.todo)
    elif no:
        drop(slots)
        scene.say(scene.word("dropped"))
    elif slots.asked in ("order_number", "tail", "product") and {"affirm", "thank"} & set(reading.acts):
        scene.say(scene.word("waiting"))
    else:
        return False
    return True


def drop(slots: Slots) -> None:
    """Leave the flow at hand."""
    slots.forget_request()
    slots.todo, slots.asked = (), None


async def stay(scene: Scene) -> None:
    """No human wanted: back to the flow at hand, if there is one."""
    slots = scene.slots
    if slots.todo:
        return await run(scene, slots.todo)
    unclear = slots.offer is Reason.NOT_UNDERSTOOD
    slots.close_topic()
    if unclear:
        return scene.say(scene.word("stay"), buttons=scene.menu())
    return scene.say(scene.word("deny"))


async def use_facts(scene: Scene, reading: Reading) -> None:
    """Something was told that nobody asked for: it goes to the task before, or to the likeliest one."""
    slots = scene.slots
    if slots.todo:
        return await run(scene, slots.todo)
    if reading.order_number or reading.tail:
        return await run(scene, (slots.last if slots.last in ABOUT_ORDER else "track_order",))
    if reading.reason:
        return await run(scene, ("request_return",))
    if slots.last in ABOUT_PRODUCT:
        return await run(scene, (slots.last,))
    return await ask_about_product(scene)


async def ask_about_product(scene: Scene) -> None:
    product = await named_product(scene)
    if product is not None:
        name = product.names[scene.language]
        scene.say(scene.word("about_product", product=name), buttons=scene.choices(sorted(ABOUT_PRODUCT)))
