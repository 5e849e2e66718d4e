"""Signed logins: the shop's own server says who its customer is, by the key that only it and we have.

Either a JWT (HS256) with `sub` and `exp`, or `<user>:<expires>:<signature>`, where `expires` is in seconds since the
epoch and `signature` the hex HMAC-SHA256 of `<user>:<expires>`. A JWT's `nbf` is heeded where it has one.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256

import jwt

from bot.messages import ACCOUNT

LONGEST = 100
"""Characters of a user id."""
LONGEST_LIFE = 86_400
"""Seconds until a login expires, at most: it stands in a page, which may be open, kept or copied for long."""
SKEW = 60
"""Seconds by which the clock of the shop's server may be ahead of ours."""


class BadLogin(Exception):
    """The token is no proof; the message says why, for the shop's developers."""


class Logins:
    """`now` in ms since the epoch."""

    def __init__(self, secret: bytes, now: Callable[[], int]) -> None:
        self._secret = secret
        self._now = now

    def read(self, token: str) -> str:
        """The identity of the account that `token` proves. Raises `BadLogin`."""
        user = self._read_jwt(token) if token.count(".") == 2 and ":" not in token else self._read_signed(token)
        if not 0 < len(user) <= LONGEST:
            raise BadLogin(f"A user id has 1 to {LONGEST} characters.")
        return ACCOUNT + user

    def sign(self, user: str, seconds: int) -> str:
        """A token that proves `user` for so long, as the shop's own server makes it."""
        said = f"{user}:{self._now() // 1_000 + seconds}"
        return f"{said}:{self._signature(said)}"

    def _read_jwt(self, token: str) -> str:
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                options={"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            self._check_time(int(claims["exp"]), int(claims.get("nbf", 0)))
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
            raise BadLogin(f"The JWT is not good: {error}") from None
        return str(claims["sub"])

    def _read_signed(self, token: str) -> str:
        said, _, signature = token.rpartition(":")
        user, _, expires = said.rpartition(":")
        expected = self._signature(said)
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
            raise BadLogin("The signature does not match.")
        if not expires.isascii() or not expires.isdigit():
            raise BadLogin("The time of expiry is no number.")
        self._check_time(int(expires))
        return user

    def _signature(self, said: str) -> str:
        return hmac.new(self._secret, said.encode("utf-8", "replace"), sha256).hexdigest()

    def _check_time(self, expires: int, begins: int = 0) -> None:
        now = self._now() / 1000
        if expires <= now:
            raise BadLogin("The login has expired.")
        if expires > now + LONGEST_LIFE + SKEW:
            raise BadLogin("The login expires too late: a day from now is the latest.")
        if begins > now + SKEW:
            raise BadLogin("The login is not valid yet.")
