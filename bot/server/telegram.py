"""Opens the Telegram channel as the settings say: by webhook where the desk has a public address, else by polling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import APIRouter
from pydantic import SecretStr

from bot.background import in_background
from bot.clock import Clock
from bot.inbox import Inbox
from bot.media import Media
from bot.secrets import load_secret
from bot.settings import Settings
from bot.store.store import Store
from channels.telegram.api import Api
from channels.telegram.contact import Contact
from channels.telegram.door import Door, Redeem
from channels.telegram.pace import Pace
from channels.telegram.polling import poll_for_ever
from channels.telegram.screen import Screen
from channels.telegram.sender import Sender
from channels.telegram.webhook import Webhook, keep_webhook, make_webhook, make_webhook_routes


@dataclass(frozen=True)
class Telegram:
    """`webhook` is None where the desk polls."""

    api: Api
    screen: Screen
    sender: Sender
    webhook: Webhook | None


def make_telegram(settings: Settings, store: Store, media: Media) -> Telegram | None:
    """None without a token; close its `api` in the end."""
    api = make_api(settings)
    if api is None:
        return None
    screen = Screen(store)
    return Telegram(api, screen, Sender(api, screen, media, Pace()), find_webhook(settings))


def make_api(settings: Settings) -> Api | None:
    """The bot's calls; None without a token."""
    token = settings.telegram_token
    if token is None:
        return None
    return Api(token.get_secret_value(), base=settings.telegram_api, proxy=_value(settings.telegram_proxy))


def find_webhook(settings: Settings) -> Webhook | None:
    """Where Telegram calls us, from a secret of the data folder; None without a public address."""
    if settings.public_url is None:
        return None
    return make_webhook(settings.public_url, load_secret(settings.data, "telegram"))


@asynccontextmanager
async def open_door(
    telegram: Telegram, store: Store, clock: Clock, inbox: Inbox, redeem: Redeem | None = None
) -> AsyncIterator[tuple[APIRouter, ...]]:
    """Updates come in until the block ends, by the routes it gives or by polling."""
    door = Door(store, inbox, telegram.api, telegram.sender, telegram.screen, redeem)
    contact = Contact(store, clock)
    if telegram.webhook:
        routes: tuple[APIRouter, ...] = (make_webhook_routes(telegram.webhook, door.take),)
        listening = keep_webhook(telegram.api, telegram.webhook, contact)
    else:
        routes = ()
        listening = poll_for_ever(telegram.api, door.take, contact)
    try:
        async with in_background(listening):
            yield routes
    finally:
        await door.close()


def _value(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
