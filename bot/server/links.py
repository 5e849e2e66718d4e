"""The addresses that bring a one-time code to another channel, as its platform makes them."""

from __future__ import annotations

import logging

from channels.port import DeliveryError
from channels.telegram.api import Api
from channels.web.moving import Link
from channels.wechat.client import WeChatClient

log = logging.getLogger(__name__)

LIVES = 600
"""Seconds a WeChat code lives: as long as ours."""


def telegram_link(api: Api) -> Link:
    """`https://t.me/<bot>?start=<code>`; the bot's name is asked for once."""
    name = ""

    async def link(code: str) -> str | None:
        nonlocal name
        try:
            name = name or str((await api.call("getMe"))["username"])
        except DeliveryError as error:
            log.warning("telegram does not tell the bot's name: %s", type(error).__name__)
            return None
        return f"https://t.me/{name}?start={code}"

    return link


def wechat_link(client: WeChatClient) -> Link:
    """The address of a parametric QR code; None for accounts that may not make one: the code is typed then."""

    async def link(code: str) -> str | None:
        try:
            return (await client.create_qr(code, LIVES)).url
        except DeliveryError as error:
            log.info("wechat makes no QR code: %s", type(error).__name__)
            return None

    return link
