"""A flow left for another question: it is offered once more when that is answered, and goes on where it was."""

from __future__ import annotations

from bot.dialogue.intents import CHANGES
from bot.dialogue.reading import Reading
from bot.dialogue.scene import Scene
from bot.dialogue.slots import TOLD_FOR_REQUEST, WAITING, Paused, Slots


def left_open(slots: Slots) -> Paused | None:
    """The flow that waits for an answer, with what it was told; None where nothing worth going back to does."""
    if slots.asked not in WAITING or not slots.todo or slots.todo[0] not in CHANGES:
        return None
    told = slots.model_dump(mode="json", include=set(TOLD_FOR_REQUEST), exclude_defaults=True)
    return Paused(task=slots.todo[0], told=told)


def take_up(slots: Slots, reading: Reading) -> None:
    """Whoever says yes to the offer, or presses it, has again what the flow was told."""
    paused = slots.paused
    if paused is None or slots.asked != "next" or slots.candidates[:1] != (paused.task,):
        return
    agreed = "affirm" in reading.acts and "deny" not in reading.acts and not reading.tasks
    if agreed or reading.tasks[:1] == [paused.task]:
        again = Slots.read(paused.told)
        for name in TOLD_FOR_REQUEST:
            setattr(slots, name, getattr(again, name))
        slots.todo, slots.paused = (paused.task,), None


def come_back(scene: Scene, reading: Reading, left: Paused | None) -> None:
    """Put aside the flow that another question interrupted; once that is answered, offer to go on, and only once.

    Whoever gave it up, got a human, or goes past the offer has done with it.
    """
    slots = scene.slots
    if scene.handoff or {"undo_request"} & {*reading.tasks} or "deny" in reading.acts:
        slots.paused = None
    elif left and reading.tasks and left.task not in (*reading.tasks, *slots.todo, slots.last):
        slots.paused = left
    elif slots.paused and slots.paused.offered and slots.asked != "next":
        slots.paused = None
    if slots.paused and not slots.paused.offered and slots.asked is None and scene.said:
        slots.paused = slots.paused.model_copy(update={"offered": True})
        topic = scene.word(f"intent.{slots.paused.task}")
        scene.suggest(scene.word("resume.ask", topic=topic), slots.paused.task)
