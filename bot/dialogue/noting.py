"""Remembers what a turn has told: facts, wishes, and a yes to what was shown."""

from __future__ import annotations

from bot.dialogue.reading import Reading
from bot.dialogue.slots import WAITING, Slots

KEPT_MEDIA = 6


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
