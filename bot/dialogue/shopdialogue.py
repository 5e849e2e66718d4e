"""The bot's side of a conversation: reads a turn, runs the flows it asks for, and drafts the reply."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from actions.policies import Policies
from actions.shop import Shop, ShopFailed
from bot.dialogue.aside import attend, leave_to_human
from bot.dialogue.doubt import clarify, likely, misunderstand
from bot.dialogue.flows import run
from bot.dialogue.followup import follow
from bot.dialogue.intents import ABOUT_ORDER, ABOUT_PRODUCT, CHANGES, HURRIED, OF_PRODUCT
from bot.dialogue.known import Knowledge, helped, not_helped, note_unknown, tell_known
from bot.dialogue.language import choose_language, simplified
from bot.dialogue.pauses import come_back, left_open, take_up
from bot.dialogue.port import Draft, Reason, Turn
from bot.dialogue.reading import PHRASE_LIMIT, Reading, read
from bot.dialogue.scene import Counter, Scene, named_product
from bot.dialogue.slots import WAITING, Slots
from bot.dialogue.smalltalk import greet, talk
from bot.dialogue.switches import InHand, Silenced
from bot.dialogue.texts import Texts
from bot.messages import Content, Language
from bot.understanding.mood import Mood
from bot.understanding.port import Understander, UnderstandingFailed

log = logging.getLogger(__name__)

TASKS_A_TURN = 3
KEPT_MEDIA = 6


class ShopDialogue:
    """A `Dialogue` about a shop. It keeps nothing: everything remembered is in the conversation's slots.

    `fresh_after`: what was left open for longer is not gone on with; `in_hand`: what leads switched off, or tell all.
    """

    def __init__(
        self,
        understander: Understander,
        shop: Shop,
        texts: Texts,
        policies: Callable[[], Policies],
        counter: Counter,
        fresh_after: timedelta = timedelta(days=3),
        knowledge: Knowledge | None = None,
        in_hand: Callable[[datetime], InHand] = lambda now: InHand(),
    ) -> None:
        self._understander = understander
        self._shop = shop
        self._policies = policies
        self._texts = texts
        self._counter = counter
        self._fresh_after = fresh_after
        self._in_hand = in_hand
        self._knowledge = knowledge
        simplified("")  # loads its tables now, not while a shopper waits

    async def reply(self, turn: Turn) -> Draft:
        before = Slots.read(turn.conversation.slots)
        slots = self._remembered(before, turn.now)
        scene = self._open(turn, slots)
        if scene.hand.bot_off:
            return rest(scene, turn)
        try:
            if before.asked in WAITING and slots.asked is None:
                scene.say(scene.word("stale"))
            left, reading = left_open(slots), await self._read(turn, slots)
            take_up(slots, reading)
            await respond(scene, reading)
            come_back(scene, reading, left)
            scene.tell_notices()
        except Silenced:
            scene.said.clear()
            scene.slots.close_topic()
            scene.keep_silent()
        except (UnderstandingFailed, ShopFailed) as error:
            log.warning("conversation %s goes to a human: %s", turn.conversation.id, error)
            fail(scene)
        except Exception:  # a mistake of ours must cost the shopper no more than a wait for a human
            log.exception("conversation %s goes to a human", turn.conversation.id)
            fail(scene)
        return scene.draft()

    async def attend(self, turn: Turn) -> Draft:
        slots = self._remembered(Slots.read(turn.conversation.slots), turn.now)
        scene = self._open(turn, slots)
        if scene.hand.bot_off:
            return scene.draft()
        try:
            reading = await self._read(turn, slots)
            note_facts(slots, reading)
            slots.feel(reading.feeling)
            scene.heard = (*reading.tasks, *reading.acts)
            await attend(scene, reading)
        except (UnderstandingFailed, ShopFailed) as error:
            log.warning("conversation %s only waits for its human: %s", turn.conversation.id, error)
            leave_to_human(scene)
        except Silenced:
            leave_to_human(scene)
        return scene.draft()

    async def greet(self, language: Language, now: datetime) -> Content | None:
        """The first words to somebody who has said nothing yet; None when the shop does not say who it is."""
        scene = self._scene("", Slots(), language, now)
        try:
            await greet(scene)
        except (ShopFailed, Silenced) as error:
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
        scene = self._scene(turn.conversation.id, slots, slots.language, turn.now)
        scene.customer, scene.channel = turn.conversation.customer, turn.conversation.channel
        scene.knowledge = self._knowledge
        return scene

    def _scene(self, conversation: str, slots: Slots, language: Language, now: datetime) -> Scene:
        scene = Scene(conversation, slots, self._shop, self._policies(), self._texts, self._counter, language, now)
        scene.hand = self._in_hand(now)
        return scene

    def _remembered(self, slots: Slots, now: datetime) -> Slots:
        """The slots, or, after a long time, fresh ones: nobody is held to what they began a week ago."""
        if slots.at is None or now - slots.at <= self._fresh_after:
            return slots
        kept = {"followed": slots.followed, "muted": slots.muted}
        return Slots(language=slots.language, at=slots.at, **kept)


def fail(scene: Scene) -> None:
    """Say only that nothing can be looked up: half an answer may be a wrong one."""
    scene.said.clear()
    scene.notes.clear()
    scene.hand_off(Reason.FAILURE, scene.word("handoff.failure"))


def rest(scene: Scene, turn: Turn) -> Draft:
    """The whole bot is switched off: that is said, and whatever comes is a human's."""
    scene.slots.question = turn.messages[-1].content.text[:PHRASE_LIMIT]
    scene.hand_off(Reason.FAILURE, scene.word("silent.bot"))
    return scene.draft()


async def respond(scene: Scene, reading: Reading) -> None:
    """Say and do what the turn asks for; what comes first here wins over what comes later."""
    note_facts(scene.slots, reading)
    note_consent(scene.slots, reading)
    scene.slots.feel(reading.feeling)
    scene.heard = (*reading.tasks, *reading.acts)
    if mutes(reading):
        scene.slots.muted = True
        return scene.say(scene.word("news.muted"))
    if reading.sent and not is_answered(scene.slots, reading):
        return take_thing(scene, reading.sent)
    if (reading.tasks or reading.unsure) and not (reading.pressed_task and scene.slots.asked == "intent"):
        scene.slots.question = reading.words[:PHRASE_LIMIT]
    if reading.pressed_human or "request_human" in reading.acts:
        return give_human(scene, reading)
    if "complain" in reading.acts and reading.feeling.mood is Mood.ANGRY:
        return take_complaint(scene, reading)
    if not is_answered(scene.slots, reading) and await tell_known(scene, reading):
        return None
    if reading.tasks:
        return await start(scene, reading)
    if "complain" in reading.acts:
        return take_complaint(scene, reading)
    if await take_answer(scene, reading):
        return None
    if reading.follow_up:
        return await follow(scene, reading.follow_up)
    if reading.facts and "bot_challenge" not in reading.acts:
        return await use_facts(scene, reading)
    if await talk(scene, reading):
        return None
    note_unknown(scene, reading)
    return misunderstand(scene, reading)


MUTES = re.compile(
    r"(?:别|不要|不用|停止|取消)(?:再|给我)*(?:发|推送|收)?(?:这些|这种)?(?:订单|物流|到货|状态)?(?:通知|提醒|推送)(?:我|了|啦|吧)*|"
    r"(?:please )?(?:stop|no more) (?:sending (?:me )?)?(?:these |order |the )*"
    r"(?:notifications?|notices|updates|notifying me)",
    re.I,
)
"""Words of somebody who wants to hear of no more changes."""


def mutes(reading: Reading) -> bool:
    return bool(MUTES.fullmatch(simplified(reading.words).strip(" ，。！,.!~")))


def note_facts(slots: Slots, reading: Reading) -> None:
    """Remember what was told. Another order takes back what was wished for the one before."""
    note_order(slots, reading)
    if reading.page and reading.page != slots.page:
        slots.page = slots.product = reading.page
    slots.product = reading.product or slots.product
    note_basket(slots, reading)
    slots.tail = reading.tail or slots.tail
    slots.media = (*slots.media, *reading.media)[-KEPT_MEDIA:]
    slots.code = reading.code
    if reading.resend:
        slots.code_sent = None
    note_wish(slots, reading)


def note_order(slots: Slots, reading: Reading) -> None:
    if len(reading.numbers) > 1:
        slots.forget_request()
        slots.orders, slots.order_number = reading.numbers, None
    elif reading.order_number:
        if slots.order_number and reading.order_number != slots.order_number:
            slots.forget_request()
            slots.tail = None
        slots.order_number, slots.orders = reading.order_number, ()


def note_basket(slots: Slots, reading: Reading) -> None:
    """What and how many is spoken of; of what is not named, it is the product at hand."""
    if reading.basket:
        slots.basket = reading.basket
    elif reading.quantity and slots.product:
        slots.basket = ((slots.product, reading.quantity),)
    elif reading.product or (reading.page and slots.product == reading.page):
        slots.basket = ()
    slots.height = reading.measures.height or slots.height
    slots.weight = reading.measures.weight or slots.weight
    slots.foot = reading.measures.foot or slots.foot


def note_wish(slots: Slots, reading: Reading) -> None:
    slots.reason = reading.reason or slots.reason
    slots.wanted = reading.wanted or slots.wanted
    slots.way = reading.way or slots.way
    slots.claimed = reading.claimed or slots.claimed
    slots.day = reading.day or slots.day
    slots.filed = reading.filed or slots.filed
    slots.title = reading.heading.title or ("" if reading.heading.personal else slots.title)
    slots.tax_id = reading.heading.tax_id or slots.tax_id
    slots.email = reading.heading.email or slots.email
    if slots.asked == "photo" and (reading.skips or "deny" in reading.acts):
        slots.no_photo = True
    if new := reading.destination:
        slots.receiver = new.receiver or slots.receiver
        slots.phone = new.phone or slots.phone
        slots.address = new.address or slots.address


def note_consent(slots: Slots, reading: Reading) -> None:
    """A clear yes counts for what was just shown to be confirmed, and for nothing else."""
    agreed = (
        "affirm" in reading.acts and "deny" not in reading.acts and not reading.unsure and reading.follow_up is None
    )
    slots.confirmed = agreed and slots.asked == "confirm" and not changes_wish(reading)


def changes_wish(reading: Reading) -> bool:
    """Whether the turn tells something that what was shown to be confirmed does not have."""
    told = (reading.reason, reading.wanted, reading.way, reading.filed, reading.destination, reading.heading)
    return any(told)


def is_answered(slots: Slots, reading: Reading) -> bool:
    """Whether the turn brings what a flow is waiting for."""
    order = bool(reading.order_number or reading.numbers)
    told = {
        "order_number": order,
        "tail": reading.tail,
        "code": reading.code or reading.resend,
        "product": reading.product,
        "reason": reading.reason,
        "wanted": reading.wanted,
        "address": reading.destination,
        "photo": reading.media or slots.no_photo,
        "way": reading.way or reading.claimed,
        "filed": reading.filed,
        "title": reading.heading or reading.way == "personal",
        "tax_id": reading.heading,
        "measures": reading.measures,
        "fault": reading.reason,
        "confirm": slots.confirmed or changes_wish(reading),
    }
    if slots.asked is None or slots.asked not in WAITING:
        return False
    return bool(told.get(slots.asked) or (order and slots.asked != "product"))


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
    answers = scene.answers() if scene.slots.asked in WAITING else []
    scene.say(scene.word(f"received.{sent}"), buttons=[*answers, *scene.buttons((("human", "human"),))])


def wished(reading: Reading) -> tuple[str, ...]:
    """The tasks of a turn; when it will be there, asked with impatience, is the wish to hurry up."""
    tasks = reading.tasks[:TASKS_A_TURN]
    return tuple(dict.fromkeys("urge_order" if reading.urges and task in HURRIED else task for task in tasks))


async def start(scene: Scene, reading: Reading) -> None:
    """Begin the tasks of this turn, after the one at hand if its question was answered as well, else in its place."""
    slots, tasks = scene.slots, wished(reading)
    if "complain" in reading.acts:
        scene.say(scene.word("apology"))
    if "undo_request" in tasks:
        return await undo(scene)
    answered = is_answered(slots, reading)
    if slots.todo[:1] != tasks[:1] and not answered:
        slots.forget_request()
        note_wish(slots, reading)
    slots.refund_only |= reading.refund_only
    rest = tuple(task for task in tasks if task not in slots.todo)
    await run(scene, (*slots.todo, *rest) if answered else tasks)
    if reading.feeling.mood is Mood.ANGRY and not scene.handoff and slots.asked is None:
        scene.offer_human(scene.word("offer.angry"))
    return None


UNFILED = frozenset({"reason", "wanted", "address", "photo", "way", "title", "tax_id", "fault", "confirm"})
"""Questions about a request that the shop has not been asked for yet."""


async def undo(scene: Scene) -> None:
    """Of several wishes the undoing wins: doing any other would be the opposite of it."""
    unfiled = scene.slots.asked in UNFILED
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
    elif slots.asked == "helped" and (yes or no):
        (helped if yes else not_helped)(scene)
    elif slots.asked in ("intent", "next") and yes and slots.candidates:
        await run(scene, slots.candidates[:1])
    elif slots.asked == "next" and no:
        slots.close_topic()
        scene.say(scene.word("deny"))
    elif slots.asked == "intent" and no:
        scene.offer_human(scene.word("offer.not_understood"), Reason.NOT_UNDERSTOOD)
    else:
        return False
    return True


AWAITED = frozenset(
    {"order_number", "tail", "code", "product", "address", "photo", "wanted", "title", "tax_id", "measures", "fault"}
)
"""Questions that somebody who says "好的" is going to answer next."""


async def _take_flow_answer(scene: Scene, reading: Reading, no: bool) -> bool:
    slots = scene.slots
    if is_answered(slots, reading):
        await run(scene, slots.todo)
    elif no:
        drop(slots)
        scene.say(scene.word("dropped"))
    elif slots.asked in AWAITED and {"affirm", "thank"} & set(reading.acts):
        scene.say(scene.word("waiting"))
    else:
        return False
    return True


def drop(slots: Slots) -> None:
    """Leave the flow at hand."""
    slots.forget_request()
    slots.todo, slots.asked, slots.paused = (), None, None


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
    guesses = likely(reading)
    if reading.order_number and guesses and guesses[0] in CHANGES:
        return clarify(scene, reading)  # what is to be done with it is not clear: how it stands would be no answer
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
        scene.say(scene.word("about_product", product=name), buttons=scene.choices(OF_PRODUCT))
