"""Tells what was seeded around day zero as if it were today, so that the demo is never stale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from actions.requests import Filed
from actions.shop import Appointment, Invoice, Order, Shipment

CHINA = timezone(timedelta(hours=8))
DAY_ZERO = datetime(2000, 1, 1, tzinfo=CHINA)
"""Orders are stored as if placed around this day, and told as if it were today."""

Clock = Callable[[], datetime]
Move = Callable[[datetime], datetime]


def midnight(moment: datetime) -> datetime:
    """The midnight before, where the shop is."""
    return moment.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)


def told_today(order: Order, moment: datetime) -> Order:
    """The order moved from day zero to the day of `moment`: what has happened is never in the future."""
    shift = midnight(moment) - DAY_ZERO

    def happened(at: datetime) -> datetime:
        return min(at + shift, moment).astimezone(CHINA)

    def expected(at: datetime) -> datetime:
        return (at + shift).astimezone(CHINA)

    return order.model_copy(
        update={
            "timeline": tuple(one.model_copy(update={"at": happened(one.at)}) for one in order.timeline),
            "payments": tuple(one.model_copy(update={"at": happened(one.at)}) for one in order.payments),
            "filed": tuple(_filed(one, happened, expected) for one in order.filed),
            "dispatch_by": order.dispatch_by and expected(order.dispatch_by),
            "arrives_by": order.arrives_by and expected(order.arrives_by),
            "refund_by": order.refund_by and expected(order.refund_by),
            "shipment": order.shipment and _shipment(order.shipment, happened),
            "invoice": order.invoice and _invoice(order.invoice, happened),
            "appointment": order.appointment and _appointment(order.appointment, expected),
        }
    )


def _filed(filed: Filed, happened: Move, expected: Move) -> Filed:
    return filed.model_copy(update={"at": happened(filed.at), "by": filed.by and expected(filed.by)})


def _shipment(shipment: Shipment, happened: Move) -> Shipment:
    events = tuple(event.model_copy(update={"at": happened(event.at)}) for event in shipment.events)
    return shipment.model_copy(update={"events": events})


def _invoice(invoice: Invoice, happened: Move) -> Invoice:
    return invoice.model_copy(update={"issued": invoice.issued and happened(invoice.issued)})


def _appointment(appointment: Appointment, expected: Move) -> Appointment:
    return Appointment(starts=expected(appointment.starts), ends=expected(appointment.ends))
