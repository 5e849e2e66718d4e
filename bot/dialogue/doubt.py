"""What to do with what was not understood: ask once more, then offer a human, then hand over."""

from __future__ import annotations

from bot.dialogue.intents import TASKS
from bot.dialogue.port import Reason
from bot.dialogue.reading import Reading
from bot.dialogue.scene import Scene
from bot.dialogue.slots import WAITING
from bot.understanding.mood import Mood

CANDIDATES = 3
OFFERS_AFTER = 2
"""Turns in a row not understood, at which a human is offered; at one more the conversation is handed over."""

LIKELY = 0.05
"""Confidence from which an intent is worth naming in a clarifying question."""
OUTSIDE = 0.5
"""Confidence from which something out of scope is taken for that: no question about it is worth asking."""


def misunderstand(scene: Scene, reading: Reading) -> None:
    """Every turn in a row that is not understood brings a human nearer; of somebody angry, the first one."""
    slots = scene.slots
    slots.misunderstood += 1
    if slots.misunderstood > OFFERS_AFTER or slots.mood is Mood.ANGRY:
        scene.hand_off(Reason.NOT_UNDERSTOOD, scene.word("handoff.not_understood"))
    elif slots.misunderstood == OFFERS_AFTER:
        scene.offer_human(scene.word("offer.not_understood"), Reason.NOT_UNDERSTOOD)
    elif slots.asked in WAITING:
        scene.ask(slots.asked, scene.word(f"again.{slots.asked}"))
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


def likely(reading: Reading) -> tuple[str, ...]:
    """The tasks that what was not understood may have meant, the likeliest first."""
    inside = [heard for heard in reading.unsure if heard.intent != "out_of_scope" or heard.confidence < OUTSIDE]
    guesses = [guess for heard in inside for guess in ((heard.intent, heard.confidence), *heard.alternatives)]
    guesses.sort(key=lambda guess: -guess[1])
    named = (intent for intent, confidence in guesses if intent in TASKS and confidence >= LIKELY)
    return tuple(dict.fromkeys(named))[:CANDIDATES]
