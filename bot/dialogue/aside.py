"""What the bot does for somebody who waits for a human: keeps what is told, and answers what it surely can."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from bot.dialogue.flows import FLOWS, run
from bot.dialogue.intents import ABOUT_ORDER, CHANGES
from bot.dialogue.known import tell_meanwhile
from bot.dialogue.reading import Reading
from bot.dialogue.scene import Scene
from bot.dialogue.slots import Asked, Slots

TOLD: tuple[Asked, ...] = ("order_number", "tail", "product")
"""What the bot may ask for meanwhile: an agent needs it as well."""
PLAIN = frozenset(FLOWS) - CHANGES
"""Tasks that only tell something; the others change something, which is the human's now."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(ABOUT_ORDER, ("order_number",)),
    **dict.fromkeys(("parcel_not_received", "change_address", "modify_order", "undo_request"), ("order_number",)),
    **dict.fromkeys(("payment_problem", "ask_invoice", "ask_courier_contact", "price_protection"), ("order_number",)),
    **dict.fromkeys(("report_defect", "report_wrong_item"), ("order_number", "picture")),
    **dict.fromkeys(("request_return", "request_exchange"), ("order_number", "reason")),
}
"""What an agent will ask for first, by what the conversation is about."""


async def attend(scene: Scene, reading: Reading) -> None:
    """Answer a plain question, or go on with one; what would end with the offer of a human is left to that human."""
    slots = scene.slots
    if "complain" in reading.acts or await tell_meanwhile(scene, reading) or reading.unsure:
        return
    if reading.tasks:
        await _take_up(scene, reading)
    elif slots.asked in TOLD and _is_told(slots, reading):
        await run(scene, slots.todo)
    elif (reading.order_number or reading.tail) and slots.last in PLAIN & ABOUT_ORDER:
        await run(scene, (slots.last,))
    if scene.handoff or slots.asked not in (None, *TOLD):
        leave_to_human(scene)


async def _take_up(scene: Scene, reading: Reading) -> None:
    tasks = tuple(reading.tasks)
    if PLAIN.issuperset(tasks):
        await run(scene, tasks)
    else:
        scene.slots.close_topic()
        scene.slots.last = tasks[-1]


def _is_told(slots: Slots, reading: Reading) -> bool:
    told = {"order_number": reading.order_number, "tail": reading.tail or reading.order_number}
    return bool(told.get(slots.asked or "", reading.product))


def leave_to_human(scene: Scene) -> None:
    """Say nothing after all; what was told stays."""
    scene.said.clear()
    scene.notes.clear()
    scene.handoff = None
    scene.slots.close_topic()


def needs(raw: Mapping[str, JsonValue]) -> tuple[str, ...]:
    """What the agent will need and nobody has told yet, by a conversation's slots; a `picture` is in no slot."""
    slots = Slots.read(raw)
    told = {"order_number": slots.order_number, "reason": slots.reason}
    return tuple(need for need in NEEDS.get(slots.last or "", ()) if not told.get(need))
