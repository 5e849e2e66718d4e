"""What to do with what was not understood: ask once more, then hand over."""

from __future__ import annotations

from bot.dialogue.intents import TASKS
from bot.dialogue.port import Reason
from bot.dialogue.reading import Reading
from bot.dialogue.scene import Scene
from bot.dialogue.slots import WAITING
from bot.understanding.calibration import OUT_OF_SCOPE
from bot.understanding.mood import Mood
from bot.understanding.port import Understanding

CANDIDATES = 3

LIKELY = 0.05
"""Confidence from which an intent is worth naming in a clarifying question."""
OUTSIDE = 0.5
"""Confidence from which something out of scope is taken for that: no question about it is worth asking."""


def misunderstand(scene: Scene, reading: Reading) -> None:
    """The second turn in a row that is not understood is a human's, of somebody angry the first one.

    Whoever goes on about what no shop does is only offered one.
    """
    slots = scene.slots
    slots.misunderstood += 1
    again = slots.misunderstood > 1
    if slots.mood is Mood.ANGRY or (again and not outside(reading)):
        scene.hand_off(Reason.NOT_UNDERSTOOD, scene.word("handoff.not_understood"))
    elif again:
        scene.offer_human(scene.word("offer.not_understood"), Reason.NOT_UNDERSTOOD)
    elif slots.asked in WAITING:
        scene.ask_again("again")
    else:
        clarify(scene, reading)


def clarify(scene: Scene, reading: Reading) -> None:
    """Ask which of the likely tasks is meant; without a likely one, offer the usual ones."""
    propose(scene, likely(reading), scene.word("clarify.options"))


def propose(scene: Scene, tasks: tuple[str, ...], question: str) -> None:
    """Ask by `question` which of the tasks is meant; the first is taken for a yes."""
    slots = scene.slots
    slots.candidates = tasks
    slots.asked, slots.todo, slots.offer = "intent", (), Reason.NOT_UNDERSTOOD
    if not tasks:
        scene.say(scene.word("clarify.open"), buttons=scene.menu())
    else:
        scene.say(question, buttons=[*scene.choices(tasks), *scene.buttons((("other", "human"),))])


def outside(reading: Reading) -> bool:
    """Whether all that was not understood is surely nothing a shop does."""
    return bool(reading.unsure) and all(_is_outside(heard) for heard in reading.unsure)


def _is_outside(heard: Understanding) -> bool:
    return heard.intent == OUT_OF_SCOPE and heard.confidence >= OUTSIDE


def likely(reading: Reading) -> tuple[str, ...]:
    """The tasks that what was not understood may have meant, the likeliest first."""
    inside = [heard for heard in reading.unsure if not _is_outside(heard)]
    guesses = [guess for heard in inside for guess in ((heard.intent, heard.confidence), *heard.alternatives)]
    guesses.sort(key=lambda guess: -guess[1])
    named = (intent for intent, confidence in guesses if intent in TASKS and confidence >= LIKELY)
    return tuple(dict.fromkeys(named))[:CANDIDATES]
