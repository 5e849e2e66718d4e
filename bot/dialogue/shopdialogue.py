"""The bot's side of a conversation: reads a turn, runs the flows it asks for, and drafts the reply."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from actions.policies import Policies
from actions.shop import Shop, ShopFailed
from bot.dialogue.aside import attend, leave_to_human
from bot.dialogue.known import Knowledge
from bot.dialogue.language import choose_language, simplified
from bot.dialogue.noting import note_facts
from bot.dialogue.pauses import come_back, left_open, take_up
from bot.dialogue.port import Draft, Reason, Turn
from bot.dialogue.reading import PHRASE_LIMIT, Reading, read
from bot.dialogue.responding import (
    respond,
)
from bot.dialogue.scene import Counter, Scene
from bot.dialogue.slots import WAITING, Slots
from bot.dialogue.smalltalk import greet
from bot.dialogue.switches import InHand, Silenced
from bot.dialogue.texts import Texts
from bot.messages import Content, Language
from bot.understanding.port import Understander, UnderstandingFailed

log = logging.getLogger(__name__)


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
