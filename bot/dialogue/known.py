"""Answers out of the shop's knowledge: what no flow is for, and what an entry knows much better than a flow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.dialogue.port import Reason
from bot.dialogue.reading import Reading
from bot.dialogue.scene import Scene
from bot.dialogue.slots import WAITING
from bot.dialogue.switches import ENTRY, Silenced
from bot.knowledge.entries import Entry
from bot.knowledge.finder import SURE, SURE_OVER_GENERAL, SURE_OVER_QUESTION, SURE_OVER_TASK
from bot.knowledge.index import Hit
from bot.knowledge.markdown import to_words
from bot.knowledge.pages import written_for
from bot.messages import Card, Language
from bot.understanding.calibration import OUT_OF_SCOPE
from bot.understanding.mood import Mood

log = logging.getLogger(__name__)

GENERAL = frozenset({"ask_product_info", "ask_store_info", "ask_membership"})
"""Tasks that many questions are taken for which their flows say nothing about."""
COMPLAINT = "complain"
LONGEST = 600
"""Characters of an entry said in a chat; the rest is behind its link."""
DEADLINE = 1.0
"""Seconds a search may take before the conversation goes on without it."""


class Knowledge(Protocol):
    async def answer(self, question: str, language: Language, channel: str, now: datetime, least: float) -> Hit | None:
        """The entry that surely answers a question, with a score of `least` at least, if there is one."""
        ...

    def page(self, entry: Entry, language: Language, channel: str) -> str | None:
        """Where it can be read, as far as a link on the channel leads there."""
        ...


async def tell_known(scene: Scene, reading: Reading) -> bool:
    """Answer from knowledge; False where it has no sure answer, or the turn is none of its business."""
    slots = scene.slots
    if not is_asking(scene, reading) or not (hit := await look_up(scene, reading)):
        return False
    told_again = slots.told == hit.entry.key and slots.asked in ("helped", "human")
    scene.note("known", entry=hit.entry.key, score=round(hit.score, 3))
    if told_again:
        not_helped(scene)
    elif slots.asked in WAITING:
        tell(scene, hit.entry)
        scene.ask_again("need")
    else:
        slots.close_topic()
        tell(scene, hit.entry)
        scene.ask("helped", scene.word("known.ask"))
    return True


async def tell_meanwhile(scene: Scene, reading: Reading) -> bool:
    """As `tell_known`, to somebody who waits for a human: nothing is asked."""
    if not is_asking(scene, reading) or not (hit := await look_up(scene, reading)):
        return False
    scene.note("known", entry=hit.entry.key, score=round(hit.score, 3))
    tell(scene, hit.entry)
    return True


def is_asking(scene: Scene, reading: Reading) -> bool:
    """Whether the turn may ask for knowledge: it has typed words of its own and brings no facts of an order."""
    told = any((reading.order_number, reading.tail, reading.numbers, reading.code, reading.destination, reading.way))
    heard = reading.unsure or reading.tasks or {OUT_OF_SCOPE, COMPLAINT} & {*reading.acts}
    angry = scene.slots.mood is Mood.ANGRY
    return bool(reading.typed and heard) and not (told or angry or reading.follow_up or len(reading.tasks) > 1)


async def look_up(scene: Scene, reading: Reading) -> Hit | None:
    """The sure answer; over a flow or an open question it has to be surer. A search that fails finds nothing."""
    if scene.knowledge is None:
        return None
    understood = [*reading.tasks, *({COMPLAINT} & {*reading.acts})]  # who asks about fraud may sound like a complaint
    needed, question = least(understood, waiting=scene.slots.asked in WAITING), " ".join(reading.typed)
    try:
        async with asyncio.timeout(DEADLINE):
            return await scene.knowledge.answer(question, scene.language, scene.channel, scene.now, needed)
    except TimeoutError:
        log.warning("knowledge is not searched: it took more than %s s", DEADLINE)
    except Exception:  # a turn never breaks over it
        log.exception("knowledge is not searched")
    return None


def least(tasks: Sequence[str], *, waiting: bool = False) -> float:
    """The score from which an entry is told over the tasks understood; `waiting`: for the answer to a question."""
    if not tasks:
        return SURE_OVER_QUESTION if waiting else SURE
    if not GENERAL.issuperset(tasks):
        return SURE_OVER_TASK
    return SURE_OVER_QUESTION if waiting else SURE_OVER_GENERAL


def tell(scene: Scene, entry: Entry) -> None:
    """Say an entry in plain words, with a card that leads to its page. Raises `Silenced` where it is switched off."""
    if f"{ENTRY}{entry.key}" in scene.hand.answers:
        raise Silenced(entry.key)
    language = scene.language
    title, words = written_for(language, entry.title), shorten(to_words(written_for(language, entry.text)))
    page = scene.knowledge.page(entry, language, scene.channel) if scene.knowledge else None
    url = page or (entry.link if entry.link and entry.link.startswith("http") else None)
    scene.slots.told = entry.key
    scene.say(words, card=Card(kind="page", ref=entry.key, title=title, url=url) if url else None)


def shorten(words: str) -> str:
    """As many whole lines as fit into a chat."""
    if len(words) <= LONGEST:
        return words
    kept = words[:LONGEST].rpartition("\n")[0] or words[: LONGEST - 1]
    return f"{kept.rstrip()}…"


def helped(scene: Scene) -> None:
    """The answer was a good one."""
    scene.note("known_yes", entry=scene.slots.told or "")
    scene.slots.close_topic()
    scene.say(scene.word("known.glad"))


def not_helped(scene: Scene) -> None:
    """The answer was none: other words or a human may help."""
    scene.note("known_no", entry=scene.slots.told or "")
    scene.offer_human(scene.word("known.other"), Reason.NOT_UNDERSTOOD)


def note_unknown(scene: Scene, reading: Reading) -> None:
    """Knowledge has nothing for it: the report counts that, the words stay in the conversation."""
    if scene.knowledge is not None and reading.typed:
        scene.note("unknown")
