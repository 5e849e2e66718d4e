"""Opens the WeChat channel as the settings say: an account with the customer-service API, or one that only replies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import httpx
from fastapi import APIRouter

from bot.clock import Clock
from bot.inbox import Inbox
from bot.media import Media
from bot.messages import Content, Inbound, Language
from bot.secrets import BadSecret, load_secret
from bot.settings import Settings
from bot.store.keys import conversation_id
from bot.store.store import Store
from bot.wire import Wire
from channels.web.media import MediaPaths
from channels.wechat.api import WECHAT
from channels.wechat.api import Account as ApiAccount
from channels.wechat.client import WeChatClient
from channels.wechat.crypto import Seal
from channels.wechat.forwarder import Forwarder
from channels.wechat.passive import Passive, Words
from channels.wechat.reader import CHANNEL
from channels.wechat.sender import Notice, WeChat
from channels.wechat.webhook import Account, Door, make_wechat_routes

Redeem = Callable[[str, Inbound], Awaitable[bool]]


class Greeter(Protocol):
    async def greet(self, language: Language, now: datetime) -> Content | None: ...


@dataclass(frozen=True)
class WeChatParts:
    account: Account
    client: WeChatClient
    sender: WeChat


def make_wechat(settings: Settings, store: Store, clock: Clock, media: Media) -> WeChatParts | None:
    """None without an app id; close its `client` in the end. Raises `BadSecret` when a setting is missing or wrong."""
    if settings.wechat_app_id is None:
        return None
    client = WeChatClient(api_account(settings), store, clock)
    sender = WeChat(
        client,
        media,
        passive_only=settings.wechat_passive_only,
        link=_link(settings),
        notice=_notice(settings),
    )
    return WeChatParts(_account(settings), client, sender)


def api_account(settings: Settings) -> ApiAccount:
    """The account as its API knows it. Raises `BadSecret`."""
    if settings.wechat_app_id is None or settings.wechat_app_secret is None:
        raise BadSecret("Set WECHAT_APP_ID and WECHAT_APP_SECRET (AppID and AppSecret): see docs/wechat.md.")
    return ApiAccount(settings.wechat_app_id, settings.wechat_app_secret, settings.wechat_api or WECHAT)


def _account(settings: Settings) -> Account:
    if settings.wechat_app_id is None or settings.wechat_token is None:
        raise BadSecret("Set WECHAT_TOKEN to the Token on WeChat's page: see docs/wechat.md.")
    return Account(settings.wechat_token.get_secret_value(), _seal(settings, settings.wechat_app_id), settings.desk)


def _seal(settings: Settings, app_id: str) -> Seal | None:
    key = settings.wechat_aes_key
    try:
        return Seal(key.get_secret_value(), app_id) if key else None
    except ValueError as error:
        raise BadSecret(f"WECHAT_AES_KEY is wrong: {error}.") from None


def _link(settings: Settings) -> Callable[[str], str] | None:
    """The address of a medium that WeChat does not take, where the desk has a public one."""
    site = settings.public_url
    if site is None:
        return None
    paths = MediaPaths(load_secret(settings.data, "media"))
    return lambda id: f"{site}{paths.path(id)}"


def _notice(settings: Settings) -> Notice | None:
    template = settings.wechat_template
    return Notice(template, settings.wechat_template_fields) if template else None


@asynccontextmanager
async def open_callback(
    parts: WeChatParts,
    settings: Settings,
    store: Store,
    clock: Clock,
    wire: Wire,
    inbox: Inbox,
    words: Words,
    couriered: frozenset[str],
    redeem: Redeem,
    greeter: Greeter,
) -> AsyncIterator[tuple[APIRouter, ...]]:
    """The routes that WeChat calls; callbacks are handed on until the block ends, where the settings say so."""
    passive = Passive(store, clock, wire, words, parts.sender.traits, couriered)

    async def greet(identity: str) -> Content | None:
        known = await store.conversation(conversation_id(store.keys.desk, CHANNEL, identity))
        return await greeter.greet(known.language, clock.moment())

    async with _handing_on(settings.wechat_forward) as hand_on:
        door = Door(parts.account, clock, inbox, passive, redeem, greet, hand_on)
        yield (make_wechat_routes(door),)


@asynccontextmanager
async def _handing_on(url: str | None) -> AsyncIterator[Callable[[str, bytes], None] | None]:
    if url is None:
        yield None
        return
    async with httpx.AsyncClient() as client:
        forwarder = Forwarder(client, url)
        running = asyncio.create_task(forwarder.run_for_ever())
        try:
            yield forwarder.hand_on
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
