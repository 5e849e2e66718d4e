"""What becomes of each request once it is taken: the steps it goes through by itself, and their traces on the order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zlib import crc32

from actions import requests
from actions.demo.days import CHINA
from actions.demo.journey import complete_in_time, look_again, set_out, stop
from actions.demo.life import GOODS_BACK, Asked, Life, owed
from actions.demo.pace import Pace
from actions.demo.visits import VISIT
from actions.parcels import is_late
from actions.requests import Filed, Kind
from actions.seed.orders import invoice_url
from actions.shop import Appointment, Change, Invoice, Order, OrderState
from actions.values import Money

State = OrderState


def live(seeded: Callable[[datetime], Order], asked: Iterable[Asked], now: datetime, pace: Pace) -> Life:
    """The life of an order until `now`; `seeded` tells it as it is on a day when nothing has been asked yet."""
    took = sorted(asked, key=lambda one: one.filed.at)
    begun = took[0].filed.at if took else now
    life = Life(seeded(begun), pace)
    if took:
        begin(life, begun)
    for one in took:
        life.until(one.filed.at)
        take(life, one)
    life.until(now.astimezone(CHINA))
    return life


def begin(life: Life, at: datetime) -> None:
    """From now on the order's time runs."""
    if life.order.state is State.DELIVERED:
        return complete_in_time(life, at)
    seeded = next((one.key for one in life.order.filed if one.kind == "return" and one.state != "done"), None)
    if seeded is None:
        return set_out(life, at)
    if life.order.state is State.RETURN_REQUESTED:
        return life.go_on(at, "review", seeded, approve)
    if life.order.state is State.RETURNING:
        return life.go_on(at, "way_back", seeded, receive)
    return life.go_on(at, "refund", seeded, repay)


def take(life: Life, one: Asked) -> None:
    """A request enters the order's life."""
    filed = one.filed
    life.requests[filed.key] = one.request
    life.update(filed=(*life.order.filed, filed))
    life.note(filed.key)
    if deed := TAKEN.get(filed.kind):
        deed(life, one.request, filed)


def approve(life: Life, at: datetime, key: str) -> None:
    """A human of the shop has said yes."""
    life.note(key, state="approved", code=code_of(key))
    life.tell("approved", at, key)
    carry_out(life, at, key)


def carry_out(life: Life, at: datetime, key: str) -> None:
    """What an approved request waits for next."""
    request = life.requests.get(key)
    match request:
        case requests.Modify():
            life.go_on(at, "change", key, done)
        case requests.Register():
            life.go_on(at, "way_back", key, done)
        case requests.Remedy(remedy="replacement"):
            life.go_on(at, "replace", key, replace)
        case requests.Remedy(remedy="compensation"):
            life.go_on(at, "refund", key, pay_part)
        case requests.Remedy() | requests.Return(refund_only=True):
            start_refund(life, at, key)
        case requests.Exchange():
            life.go_on(at, "collect", key, collect_for_exchange)
        case _:
            life.go_on(at, "collect", key, send_back)


def send_back(life: Life, at: datetime, key: str) -> None:
    life.enter(State.RETURNING, at)
    life.go_on(at, "way_back", key, receive)


def receive(life: Life, at: datetime, key: str) -> None:
    life.tell("return_received", at, key)
    start_refund(life, at, key)


def collect_for_exchange(life: Life, at: datetime, key: str) -> None:
    life.tell("return_received", at, key)
    life.go_on(at, "replace", key, replace)


def replace(life: Life, at: datetime, key: str) -> None:
    """The other one is on its way; the request's code is its tracking number."""
    life.note(key, code=f"JX{crc32(key.encode()):011d}")
    life.end(key, "done")
    life.tell("dispatched", at, key)


def start_refund(life: Life, at: datetime, key: str) -> None:
    stop(life)
    life.enter(State.REFUNDING, at)
    life.update(refund_by=at + life.pace.told("refund"))
    life.go_on(at, "refund", key, repay)


def repay(life: Life, at: datetime, key: str) -> None:
    life.enter(State.REFUNDED, at)
    pay_part(life, at, key)


def pay_part(life: Life, at: datetime, key: str) -> None:
    life.end(key, "done")
    life.tell("refunded", at, key)


def done(life: Life, at: datetime, key: str) -> None:
    life.end(key, "done")


def code_of(key: str) -> str:
    """The number of a label or a pickup."""
    return f"{crc32(key.encode()) % 10**6:06d}"


def _cancel(life: Life, request: requests.Cancel, filed: Filed) -> None:
    stop(life)
    life.enter(State.CANCELLED, filed.at)
    if filed.state == "approved":
        life.update(refund_by=filed.at + life.pace.told("cancel") + life.pace.told("refund"))
        life.go_on(filed.at, "cancel", filed.key, start_refund)


def _intercept(life: Life, request: requests.Intercept, filed: Filed) -> None:
    if filed.state == "review":
        return life.go_on(filed.at, "stop", filed.key, _miss)
    stop(life)
    return life.go_on(filed.at, "stop", filed.key, send_back)


def _miss(life: Life, at: datetime, key: str) -> None:
    """The courier was already at the door."""
    life.end(key, "rejected")
    life.tell("rejected", at, key)


def _return(life: Life, request: requests.Return, filed: Filed) -> None:
    life.enter(State.RETURN_REQUESTED, filed.at)
    _review(life, request, filed)


def _review(life: Life, request: requests.Request, filed: Filed) -> None:
    """What needs a human waits for one; everything else goes on at once."""
    if filed.state == "review":
        life.go_on(filed.at, "review", filed.key, approve)
    else:
        carry_out(life, filed.at, filed.key)


def _undo(life: Life, request: requests.Undo, filed: Filed) -> None:
    """As if it had not been asked: a state it led to was never reached, and a parcel it stopped goes on."""
    undone = life.entry(request.filed)
    life.end(request.filed, "undone")
    if life.order.state in (State.CANCELLED, State.RETURN_REQUESTED):
        life.step_back()
        life.update(refund_by=None)
    if undone.kind in ("cancel", "intercept"):
        set_out(life, filed.at)


def _change_address(life: Life, request: requests.ChangeAddress, filed: Filed) -> None:
    if filed.state == "done":
        _write_address(life, request)
    else:
        life.go_on(filed.at, "change", filed.key, _ask_courier)


def _ask_courier(life: Life, at: datetime, key: str) -> None:
    """The courier takes it, unless the parcel has been quicker."""
    request = life.requests[key]
    reached = life.order.state in (State.OUT_FOR_DELIVERY, State.DELIVERED, State.COMPLETED)
    if reached or not isinstance(request, requests.ChangeAddress):
        life.end(key, "rejected")
        return life.tell("rejected", at, key)
    _write_address(life, request)
    life.end(key, "done")
    return life.tell("approved", at, key)


def _write_address(life: Life, request: requests.ChangeAddress) -> None:
    life.update(phone=request.phone or life.order.phone, address=request.address or life.order.address)


def _modify(life: Life, request: requests.Modify, filed: Filed) -> None:
    life.go_on(filed.at, "change", filed.key, approve)


def _urge(life: Life, request: requests.Urge, filed: Filed) -> None:
    if is_late(life.order, filed.at):
        life.after(filed.at, "look_again", look_again)


def _trace(life: Life, request: requests.Trace, filed: Filed) -> None:
    stuck = is_late(life.order, filed.at) or life.order.state in (State.DELIVERED, State.COMPLETED)

    def conclude(life: Life, at: datetime, key: str) -> None:
        lost = stuck and is_lost(life.order.number) and owed(life.order) and not life.busy(GOODS_BACK)
        if lost:
            return _give_up(life, at, key)
        life.end(key, "done")
        life.tell("found", at, key)
        return look_again(life, at)

    life.go_on(filed.at, "search", filed.key, conclude)


def is_lost(number: str) -> bool:
    """Whether a parcel that is searched for will not be found: every third."""
    return crc32(number.encode()) % 3 == 0


def _give_up(life: Life, at: datetime, key: str) -> None:
    life.note(key, state="approved", amount=Money(amount=owed(life.order)))
    life.tell("lost", at, key)
    start_refund(life, at, key)


def _pay_part(life: Life, request: requests.Request, filed: Filed) -> None:
    life.go_on(filed.at, "refund", filed.key, pay_part)


def _invoice(life: Life, request: requests.IssueInvoice, filed: Filed) -> None:
    if filed.state == "done":
        return
    life.update(invoice=Invoice(title=request.title, tax_id=request.tax_id))

    def issue(life: Life, at: datetime, key: str) -> None:
        invoice = Invoice(title=request.title, tax_id=request.tax_id, url=invoice_url(life.order.number), issued=at)
        life.update(invoice=invoice)
        life.end(key, "done")

    life.go_on(filed.at, "invoice", filed.key, issue)


def _install(life: Life, request: requests.Install, filed: Filed) -> None:
    starts = request.starts.astimezone(CHINA)
    life.update(appointment=Appointment(starts=starts, ends=starts + VISIT))


TAKEN: dict[Kind, Callable[[Life, Any, Filed], None]] = {
    "cancel": _cancel,
    "intercept": _intercept,
    "return": _return,
    "exchange": _review,
    "remedy": _review,
    "undo": _undo,
    "change_address": _change_address,
    "modify": _modify,
    "urge": _urge,
    "trace": _trace,
    "price_protection": _pay_part,
    "double_payment": _pay_part,
    "invoice": _invoice,
    "installation": _install,
    "repair": _review,
}
"""What is done when a request is taken; a coupon and a notice of restocking leave no trace on an order."""


def restocked(one: Asked, pace: Pace) -> Change:
    """When what somebody waits for is there again."""
    product = one.request.product if isinstance(one.request, requests.TellWhenBack) else None
    return Change(what="restocked", at=one.filed.at + pace.real("restock"), product=product, key=one.filed.key)
