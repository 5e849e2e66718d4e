"""Takes requests into the demo shop's file: each key once, whatever is retried, runs at once or dies in between."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, insert, select

from actions.demo.days import CHINA, told_today
from actions.demo.deeds import live, take
from actions.demo.life import Asked, Life
from actions.demo.pace import pace
from actions.demo.rules import Case, Judgement, judge, judge_coupon, judge_notice
from actions.demo.tables import filings, orders_
from actions.policies import Policies
from actions.requests import Compensate, Filed, Kind, Refused, Request, TellWhenBack
from actions.shop import Order, Product

REQUEST: TypeAdapter[Request] = TypeAdapter(Request)

PREFIXES: dict[Kind, str] = {
    "cancel": "QX",
    "intercept": "LJ",
    "return": "TH",
    "exchange": "HH",
    "remedy": "SH",
    "undo": "CX",
    "change_address": "DZ",
    "modify": "XG",
    "urge": "CJ",
    "trace": "CC",
    "price_protection": "JB",
    "invoice": "FP",
    "double_payment": "CF",
    "installation": "AZ",
    "repair": "BX",
    "stock_notice": "DH",
    "compensation": "BC",
}
"""What the numbers of requests begin with."""


def life_of(db: Connection, number: str, now: datetime) -> Life | None:
    """An order and what has become of it until now; None: there is none."""
    body = db.execute(select(orders_.c.body).where(orders_.c.number == number)).scalar()
    if body is None:
        return None
    seeded = partial(told_today, Order.model_validate(body))
    return live(seeded, asked_about(db, number), now, pace())


def asked_about(db: Connection, number: str) -> list[Asked]:
    """The requests about an order, oldest first."""
    rows = db.execute(select(filings).where(filings.c.order_number == number).order_by(filings.c.n))
    return [asked(row.request, row.answer) for row in rows]


def asked(request: object, answer: object) -> Asked:
    """A request as its row has it."""
    return Asked(REQUEST.validate_python(request), Filed.model_validate(answer))


def file(
    db: Connection,
    request: Request,
    now: datetime,
    policies: Policies,
    goods: Callable[[str], Product | None],
) -> Filed | Refused:
    """Take a request, or say why not. `db` must have the file for itself; a key it knows is answered as before."""
    known = db.execute(select(filings.c.request, filings.c.answer).where(filings.c.key == request.key)).first()
    if known:
        before = asked(*known)
        return before.filed if before.request == request else Refused(reason="wrong")
    n = (db.execute(select(func.max(filings.c.n))).scalar() or 0) + 1
    answer = _answer(db, request, n, now.astimezone(CHINA), policies, goods)
    if isinstance(answer, Filed):
        _store(db, request, answer, n)
    return answer


def _answer(
    db: Connection,
    request: Request,
    n: int,
    now: datetime,
    policies: Policies,
    goods: Callable[[str], Product | None],
) -> Filed | Refused:
    if isinstance(request, TellWhenBack):
        return _filed(request, judge_notice(goods(request.product)), n, now)
    life = life_of(db, request.order, now) if request.order else None
    if request.order and life is None:
        return Refused(reason="unknown")
    if isinstance(request, Compensate):
        return _filed(request, _coupon(request, life, policies), n, now)
    assert life is not None
    answer = _filed(request, judge(Case(life, now, policies, goods), request), n, now)
    if isinstance(answer, Filed):
        take(life, Asked(request, answer))
        return life.entry(request.key)
    return answer


def _coupon(request: Compensate, life: Life | None, policies: Policies) -> Judgement:
    """One an order."""
    if life and any(one.kind == "compensation" for one in life.order.filed):
        return Refused(reason="pending")
    return judge_coupon(request, policies, f"SORRY{secrets.token_hex(4).upper()}")


def _filed(request: Request, judgement: Judgement, n: int, now: datetime) -> Filed | Refused:
    if isinstance(judgement, Refused):
        return judgement
    return Filed(
        key=request.key,
        kind=request.kind,
        number=f"{PREFIXES[request.kind]}{now:%y%m%d}{n:04d}",
        state=judgement.state,
        at=now,
        by=now + pace().told("restock") if request.kind == "stock_notice" else None,
        amount=judgement.amount,
        code=judgement.code,
    )


def _store(db: Connection, request: Request, answer: Filed, n: int) -> None:
    db.execute(
        insert(filings).values(
            n=n,
            key=request.key,
            kind=request.kind,
            order_number=None if isinstance(request, TellWhenBack) else request.order,
            customer=request.customer if isinstance(request, Compensate) else None,
            at=int(answer.at.timestamp() * 1000),
            request=request.model_dump(mode="json"),
            answer=answer.model_dump(mode="json"),
        )
    )


def of_kind(db: Connection, kind: Kind) -> Iterable[Asked]:
    """All requests of a kind, oldest first."""
    rows = db.execute(select(filings.c.request, filings.c.answer).where(filings.c.kind == kind).order_by(filings.c.n))
    return [asked(*row) for row in rows]
