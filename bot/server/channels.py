"""The channels a desk is connected to: made first, opened last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from fastapi import APIRouter

from bot.dialogue.shopdialogue import ShopDialogue
from bot.inbox import Inbox
from bot.joins import Joins
from bot.server.ground import Ground
from bot.server.links import telegram_link, wechat_link
from bot.server.telegram import Telegram, make_telegram, open_door
from bot.server.wechat import WeChatParts, make_wechat, open_callback
from channels.port import Channel, WebhookChannel
from channels.telegram.reader import CHANNEL as TELEGRAM
from channels.web.moving import Link
from channels.wechat.reader import CHANNEL as WECHAT


@dataclass(frozen=True)
class Channels:
    """The channels that the courier sends through, by name; `telegram` and `wechat` are None where not connected."""

    by_name: Mapping[str, Channel]
    telegram: Telegram | None
    wechat: WeChatParts | None
    more: Sequence[WebhookChannel]

    @property
    def couriered(self) -> frozenset[str]:
        return frozenset(self.by_name)

    @property
    def numbered(self) -> frozenset[str]:
        """Those where what would be a button is chosen by its number."""
        return frozenset(name for name, one in self.by_name.items() if not one.traits.buttons)


def connect_channels(stack: AsyncExitStack, ground: Ground, more: Sequence[WebhookChannel]) -> Channels:
    """Every channel that the settings name, and `more`; nothing comes in yet."""
    by_name: dict[str, Channel] = {one.traits.name: one for one in more}
    telegram = make_telegram(ground.settings, ground.store, ground.media)
    if telegram:
        stack.push_async_callback(telegram.api.close)
        by_name[TELEGRAM] = telegram.sender
    wechat = make_wechat(ground.settings, ground.store, ground.clock, ground.media)
    if wechat:
        stack.callback(wechat.client.close)
        by_name[WECHAT] = wechat.sender
    return Channels(by_name, telegram, wechat, more)


async def open_doors(
    stack: AsyncExitStack,
    ground: Ground,
    channels: Channels,
    inbox: Inbox,
    joins: Joins,
    dialogue: ShopDialogue,
) -> tuple[tuple[APIRouter, ...], dict[str, Link]]:
    """The routes that channels are called by, and how one-time codes are brought to them; from now on they come in."""
    settings, store, clock = ground.settings, ground.store, ground.clock
    webhooks = tuple(one.routes(inbox) for one in channels.more)
    links: dict[str, Link] = {}
    if telegram := channels.telegram:
        links[TELEGRAM] = telegram_link(telegram.api)
        webhooks += await stack.enter_async_context(open_door(telegram, store, clock, inbox, joins.redeem))
    if wechat := channels.wechat:
        links[WECHAT] = wechat_link(wechat.client)
        callback = open_callback(
            wechat, settings, store, clock, ground.wire, inbox, ground.texts, channels.couriered, joins.redeem, dialogue
        )
        webhooks += await stack.enter_async_context(callback)
    return webhooks, links
