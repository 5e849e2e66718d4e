"""One-time codes: the demo "sends" them into an outbox that its page can show; only their hashes are checked."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from pydantic import AwareDatetime
from sqlalchemy import Connection, Row, func, insert, select, update

from actions.demo.days import CHINA
from actions.demo.tables import codes, outbox
from actions.shop import ShopFailed
from bot.messages import Model

LIVES = timedelta(minutes=10)
WRONG_TRIES = 5
SENT_AN_HOUR = 5
DIGITS = 6


class Sent(Model):
    """A code that a real shop would have sent in a text message, to a masked phone."""

    at: AwareDatetime
    to: str
    code: str


def send(db: Connection, order: str, phone: str, key: str, now: datetime) -> str:
    """Send a code to a phone, once for a key; where to, masked. Raises ShopFailed when too many were sent."""
    masked = f"{phone[:3]}****{phone[-4:]}"
    if db.execute(select(codes.c.n).where(codes.c.key == key)).first():
        return masked
    hour = codes.c.at > _ms(now - timedelta(hours=1))
    if db.execute(select(func.count()).where(codes.c.order_number == order, hour)).scalar_one() >= SENT_AN_HOUR:
        raise ShopFailed("too many codes were sent for this order")
    code, salt = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", secrets.token_hex(8)
    row = {"key": key, "order_number": order, "at": _ms(now), "salt": salt, "hash": _hash(salt, code)}
    db.execute(insert(codes).values(**row, wrong=0, used=0))
    db.execute(insert(outbox).values(at=_ms(now), to=masked, code=code))
    return masked


def check(db: Connection, order: str, code: str, now: datetime) -> bool:
    """Whether it is the order's last code, not too old, not used, and not guessed at too often."""
    last = db.execute(select(codes).where(codes.c.order_number == order).order_by(codes.c.n.desc()).limit(1)).first()
    if last is None or not _good(last, now):
        return False
    if not hmac.compare_digest(last.hash, _hash(last.salt, code)):
        db.execute(update(codes).where(codes.c.n == last.n).values(wrong=last.wrong + 1))
        return False
    db.execute(update(codes).where(codes.c.n == last.n).values(used=1))
    return True


def sent(db: Connection, now: datetime) -> tuple[Sent, ...]:
    """What was sent within the life of a code, the latest first."""
    rows = db.execute(select(outbox).where(outbox.c.at > _ms(now - LIVES)).order_by(outbox.c.n.desc()).limit(10))
    return tuple(Sent(at=datetime.fromtimestamp(row.at / 1000, CHINA), to=row.to, code=row.code) for row in rows)


def _good(row: Row[tuple[object, ...]], now: datetime) -> bool:
    return bool(not row.used and row.wrong < WRONG_TRIES and _ms(now - LIVES) <= row.at)


def _hash(salt: str, code: str) -> str:
    return sha256(f"{salt}:{code}".encode()).hexdigest()


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
