"""What the shop takes and what it refuses: whatever a flow may ask for, the shop itself keeps to its rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from actions import requests
from actions.demo.deeds import code_of
from actions.demo.life import GOODS_BACK, IN_PROGRESS, Life, owed, paid, promised
from actions.demo.visits import visits
from actions.policies import Policies
from actions.protection import Ground, difference
from actions.remedies import Claim, rule_on
from actions.requests import Kind, Refused, Request
from actions.returns import Verdict, decide
from actions.shop import Item, Order, OrderState, Product
from actions.values import Money

State = OrderState
Why = Literal["state", "unknown", "late", "excluded", "pending", "worth", "wrong"]

BOUGHT = (
    State.PAID,
    State.DISPATCHED,
    State.IN_TRANSIT,
    State.OUT_FOR_DELIVERY,
    State.DELIVERED,
    State.COMPLETED,
)
"""States in which the goods are, or will be, the shopper's."""
THERE = (State.DELIVERED, State.COMPLETED)
SENT = BOUGHT[1:]
TRACED_DAYS = 30
"""So many days after delivery a courier still looks for a parcel."""
MONTH = timedelta(days=30.5)

VERDICTS: dict[Verdict, Why] = {
    Verdict.NOT_SENT: "state",
    Verdict.ON_THE_WAY: "state",
    Verdict.TOO_LATE: "late",
    Verdict.EXCLUDED: "excluded",
    Verdict.UNDER_WAY: "pending",
    Verdict.REFUNDED: "state",
    Verdict.CANCELLED: "state",
}
GROUNDS: dict[Ground, Why] = {
    Ground.NOT_FALLEN: "excluded",
    Ground.NOT_BOUGHT: "wrong",
    Ground.NOT_PAID: "state",
    Ground.TOO_LATE: "late",
    Ground.OVER: "state",
}
CLAIMS: dict[Claim, Why] = {
    Claim.NOT_THERE: "state",
    Claim.OVER: "state",
    Claim.TOO_LATE: "late",
    Claim.HUMAN: "worth",
}


@dataclass(frozen=True)
class Case:
    """What a request is judged by: the order as it is, the shop's policies and its goods."""

    life: Life
    now: datetime
    policies: Policies
    goods: Callable[[str], Product | None]

    @property
    def order(self) -> Order:
        return self.life.order


@dataclass(frozen=True)
class Taken:
    """A request that the shop takes."""

    state: Literal["review", "approved", "done"]
    amount: Money | None = None
    code: str | None = None


Judgement = Taken | Refused


def judge(case: Case, request: Request) -> Judgement:
    """Whether the shop takes a request about an order."""
    if _pending(case, request.kind):
        return Refused(reason="pending")
    return JUDGES[request.kind](case, request)


def judge_coupon(request: requests.Compensate, policies: Policies, code: str) -> Judgement:
    """A coupon that makes up for something is the bot's to give up to a limit."""
    policy = policies.compensation
    if request.amount.amount <= 0:
        return Refused(reason="wrong")
    if policy is None or request.amount.amount > policy.most.amount:
        return Refused(reason="worth")
    return Taken("done", request.amount, code)


def judge_notice(product: Product | None) -> Judgement:
    """Only what is not there can be waited for."""
    if product is None:
        return Refused(reason="unknown")
    if product.stock and all(size.stock for size in product.sizes):
        return Refused(reason="state")
    return Taken("approved")


def _pending(case: Case, kind: Kind) -> bool:
    """One request of a kind at a time, and one at a time that decides about the whole order."""
    if kind == "undo":
        return False
    return case.life.busy(GOODS_BACK if kind in GOODS_BACK else {kind})


def _cancel(case: Case, request: requests.Cancel) -> Judgement:
    if _by_table(case, "cancelling") != "cancel":
        return Refused(reason="state")
    if case.order.state is State.UNPAID:
        return Taken("done")
    return Taken("approved", Money(amount=owed(case.order)))


def _intercept(case: Case, request: requests.Intercept) -> Judgement:
    if _by_table(case, "cancelling") != "intercept":
        return Refused(reason="state")
    at_the_door = case.order.state is State.OUT_FOR_DELIVERY
    return Taken("review" if at_the_door else "approved", Money(amount=owed(case.order)))


def _by_table(case: Case, table: str) -> str | None:
    """What one of the policies' tables by state says; None: nobody has said."""
    rows: dict[State, str] | None = getattr(case.policies, table)
    return rows.get(case.order.state) if rows else None


def _return(case: Case, request: requests.Return) -> Judgement:
    refused = _no_return(case)
    amount = owed(case.order) - case.order.postage.amount
    if refused or amount <= 0:
        return refused or Refused(reason="excluded")
    money = Money(amount=amount)
    if _automatic(case, amount) and not request.refund_only:
        return Taken("approved", money, code_of(request.key))
    return Taken("review", money)


def _exchange(case: Case, request: requests.Exchange) -> Judgement:
    refused = _no_return(case)
    if refused:
        return refused
    if _automatic(case, case.order.total.amount):
        return Taken("approved", code=code_of(request.key))
    return Taken("review")


def _automatic(case: Case, amount: int) -> bool:
    """Whether something of this worth needs no human."""
    return case.policies.approval is not None and amount <= case.policies.approval.up_to.amount


def _no_return(case: Case) -> Refused | None:
    if case.policies.returns is None:
        return Refused(reason="worth")
    verdict = decide(case.order, case.policies.returns, case.now)
    return None if verdict is Verdict.ALLOWED else Refused(reason=VERDICTS[verdict])


def _remedy(case: Case, request: requests.Remedy) -> Judgement:
    remedies, returns = case.policies.remedies, case.policies.returns
    if remedies is None or returns is None:
        return Refused(reason="worth")
    if any(one.kind == "remedy" and one.state == "done" for one in case.order.filed):
        return Refused(reason="pending")
    ruling = rule_on(case.order, request.problem, remedies, returns, case.now)
    if ruling.claim is not Claim.OPEN:
        return Refused(reason=CLAIMS[ruling.claim])
    if request.remedy not in ruling.ways:
        return Refused(reason="worth")
    return _priced_remedy(case, request, ruling.amount)


def _priced_remedy(case: Case, request: requests.Remedy, most: Money | None) -> Judgement:
    """A compensation up to what the rules allow; the money back up to what was paid."""
    if request.remedy == "replacement":
        return Taken("approved" if _automatic(case, case.order.total.amount) else "review")
    whole = request.remedy == "refund"
    amount = request.amount.amount if request.amount else owed(case.order) if whole else 0
    allowed = owed(case.order) if whole else most.amount if most else 0
    if amount <= 0:
        return Refused(reason="wrong")
    if amount > min(allowed, owed(case.order)):
        return Refused(reason="worth")
    return Taken("approved" if _automatic(case, amount) else "review", Money(amount=amount))


def _undo(case: Case, request: requests.Undo) -> Judgement:
    filed = next((one for one in case.order.filed if one.key == request.filed), None)
    if filed is None:
        return Refused(reason="unknown")
    if filed.state not in IN_PROGRESS:
        return Refused(reason="state")
    reached = case.order.state in UNDONE_IN.get(filed.kind, ())
    return Taken("done") if reached else Refused(reason="late")


UNDONE_IN: dict[Kind, tuple[State, ...]] = {
    "cancel": (State.CANCELLED,),
    "intercept": (State.DISPATCHED, State.IN_TRANSIT, State.OUT_FOR_DELIVERY),
    "return": (State.RETURN_REQUESTED,),
    "exchange": THERE,
    "remedy": THERE,
    "change_address": (State.DISPATCHED, State.IN_TRANSIT),
    "modify": (State.UNPAID, State.PAID),
}
"""The states in which a request is not carried out yet."""


def _change_address(case: Case, request: requests.ChangeAddress) -> Judgement:
    if not (request.receiver or request.phone or request.address):
        return Refused(reason="wrong")
    match _by_table(case, "addressing"):
        case "change":
            return Taken("done")
        case "wish":
            return Taken("approved")
        case "courier":
            return Refused(reason="late")
        case _:
            return Refused(reason="state")


def _modify(case: Case, request: requests.Modify) -> Judgement:
    return Taken("review") if _by_table(case, "modifying") == "change" else Refused(reason="state")


def _urge(case: Case, request: requests.Urge) -> Judgement:
    return Taken("done") if case.order.state in BOUGHT[:4] else Refused(reason="state")


def _trace(case: Case, request: requests.Trace) -> Judgement:
    if case.order.state not in SENT:
        return Refused(reason="state")
    delivered = case.order.reached(State.DELIVERED)
    if delivered and case.now > delivered + timedelta(days=TRACED_DAYS):
        return Refused(reason="late")
    return Taken("review")


def _protect_price(case: Case, request: requests.ProtectPrice) -> Judgement:
    product, policy = case.goods(request.product), case.policies.price_protection
    if product is None or request.amount.amount <= 0:
        return Refused(reason="wrong")
    if policy is None:
        return Refused(reason="worth")
    claimed = _protected(case, request.product)
    found = difference(case.order, product, policy, case.now, claimed=claimed)
    if found.amount is None:
        return Refused(reason=GROUNDS[found.ground])
    if request.amount.amount > min(found.amount.amount, owed(case.order)):
        return Refused(reason="wrong")
    return Taken("approved", request.amount)


def _bought(case: Case, product: str) -> Item | None:
    return next((item for item in case.order.items if item.product == product), None)


def _protected(case: Case, product: str) -> int:
    """What has been paid back already because a product's price fell."""
    asked = case.life.requests
    keys = {key for key, one in asked.items() if isinstance(one, requests.ProtectPrice) and one.product == product}
    back = promised(one for one in case.order.filed if one.key in keys)
    return back.amount if back else 0


def _return_double(case: Case, request: requests.ReturnDouble) -> Judgement:
    more = paid(case.order) - case.order.total.amount
    back = promised(case.order.filed, frozenset({"double_payment"}))
    if len(case.order.payments) < 2 or more <= 0:
        return Refused(reason="wrong")
    return Refused(reason="excluded") if back else Taken("approved", Money(amount=more))


def _issue_invoice(case: Case, request: requests.IssueInvoice) -> Judgement:
    if case.order.state not in BOUGHT:
        return Refused(reason="state")
    invoice = case.order.invoice
    same = invoice and invoice.issued and (invoice.title, invoice.tax_id) == (request.title, request.tax_id)
    return Taken("done" if same else "approved")


def _install(case: Case, request: requests.Install) -> Judgement:
    if case.order.state not in BOUGHT:
        return Refused(reason="state")
    if not installed(case.order, case.goods):
        return Refused(reason="excluded")
    offered = any(visit.starts == request.starts for visit in visits(case.now))
    return Taken("done") if offered else Refused(reason="wrong")


def installed(order: Order, goods: Callable[[str], Product | None]) -> bool:
    """Whether anything in the order is installed by somebody who comes."""
    products = (goods(item.product) for item in order.items)
    return any(product.installed for product in products if product)


def _register(case: Case, request: requests.Register) -> Judgement:
    product = case.goods(request.product)
    if _bought(case, request.product) is None or product is None:
        return Refused(reason="wrong")
    delivered = case.order.reached(State.DELIVERED)
    if case.order.state not in THERE or delivered is None:
        return Refused(reason="state")
    if product.warranty is None:
        return Refused(reason="excluded")
    if case.now > delivered + product.warranty * MONTH:
        return Refused(reason="late")
    return Taken("review")


JUDGES: dict[Kind, Callable[[Case, Any], Judgement]] = {
    "cancel": _cancel,
    "intercept": _intercept,
    "return": _return,
    "exchange": _exchange,
    "remedy": _remedy,
    "undo": _undo,
    "change_address": _change_address,
    "modify": _modify,
    "urge": _urge,
    "trace": _trace,
    "price_protection": _protect_price,
    "double_payment": _return_double,
    "invoice": _issue_invoice,
    "installation": _install,
    "repair": _register,
}
