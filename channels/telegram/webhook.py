"""Telegram calls us: at a path nobody can guess, with a secret in a header, answered when the update is durable."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import time
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from channels.telegram.api import Api
from channels.telegram.contact import Contact
from channels.telegram.polling import Take
from channels.telegram.updates import WANTED

log = logging.getLogger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"
CONNECTIONS = 40
"""Updates that Telegram brings at the same time; those of one chat come one after the other."""
LOOK_EVERY = 600.0
"""Seconds between two looks at whether Telegram reaches us."""
PAUSE = 10.0
"""Seconds to the next try to register."""


@dataclass(frozen=True)
class Webhook:
    """Where Telegram calls us and what it shows there; both from one secret of ours, none from the bot's token."""

    site: str
    path: str
    token: str

    @property
    def url(self) -> str:
        return f"{self.site}/telegram/{self.path}"

    def lets_in(self, path: str, token: str) -> bool:
        """Compared in constant time."""
        fits = [hmac.compare_digest(a.encode(), b.encode()) for a, b in ((path, self.path), (token, self.token))]
        return all(fits)


def make_webhook(site: str, secret: bytes) -> Webhook:
    """`site`: our public address, as `https://shop.example`."""
    path, token = (hmac.digest(secret, purpose, "sha256").hex() for purpose in (b"path", b"token"))
    return Webhook(site, path[:32], token)


def make_webhook_routes(webhook: Webhook, take: Take) -> APIRouter:
    """The route that Telegram calls. It answers 200 to whatever a repetition would not make better."""
    router = APIRouter()

    @router.post("/telegram/{path}", include_in_schema=False)
    async def update(path: str, request: Request) -> Response:
        if not webhook.lets_in(path, request.headers.get(HEADER, "")):
            log.warning("a call of telegram's webhook without its secret is refused")
            return Response(status_code=403)
        try:
            raw = json.loads(await request.body())
        except (ValueError, RecursionError) as error:
            log.warning("a telegram update is no JSON: %s", type(error).__name__)
            return Response()
        await take(raw)
        return Response()

    return router


async def keep_webhook(api: Api, webhook: Webhook, contact: Contact) -> None:
    """Register the webhook, and see from time to time that it is still ours and that Telegram reaches it."""
    while True:
        try:
            await register(api, webhook)
            if why := trouble(await api.call("getWebhookInfo")):
                log.warning("telegram does not reach us: %s", why)
            else:
                await contact.note()
            pause = LOOK_EVERY
        except Exception as error:
            log.warning("telegram's webhook is not registered: %s: %s", type(error).__name__, error)
            pause = PAUSE
        await asyncio.sleep(pause)


async def register(api: Api, webhook: Webhook) -> None:
    """Tell Telegram where to call us; what waits for us stays. Raises a `DeliveryError`."""
    await api.call(
        "setWebhook",
        url=webhook.url,
        secret_token=webhook.token,
        max_connections=CONNECTIONS,
        allowed_updates=list(WANTED),
        drop_pending_updates=False,
    )


def trouble(info: Any) -> str | None:
    """What keeps Telegram from bringing us what waits, as it says itself; None when nothing does."""
    if not isinstance(info, dict) or not info.get("pending_update_count"):
        return None
    recent = info.get("last_error_date", 0) > time.time() - LOOK_EVERY
    return str(info.get("last_error_message", "unknown")) if recent else None
