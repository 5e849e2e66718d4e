"""Who a visitor is: a random id in a signed token that only the widget and we hold."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256


class Visitors:
    """Makes and checks tokens `<visitor>.<signature>`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def new(self) -> str:
        return self.sign(secrets.token_urlsafe(16))

    def check(self, token: str) -> str | None:
        """The visitor's id, or None for a token we did not make."""
        visitor, _, _ = token.rpartition(".")
        expected = self.sign(visitor)
        good = hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
        return visitor if good and visitor else None

    def sign(self, visitor: str) -> str:
        """The token of a visitor whom we know by another proof."""
        digest = hmac.new(self._secret, visitor.encode("utf-8", "replace"), sha256).digest()[:18]
        return f"{visitor}.{urlsafe_b64encode(digest).decode()}"
