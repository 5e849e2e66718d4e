"""`jieli telegram setup`: tells Telegram our commands and where to call us, and shows what it knows of us."""

from __future__ import annotations

from collections.abc import AsyncIterator

from channels.port import DeliveryError, Rejected
from channels.telegram.api import Api, NoToken
from channels.telegram.webhook import Webhook, register, trouble

COMMANDS = {
    "": {"start": "开始 / Start", "human": "转人工 / Talk to a person"},
    "zh": {"start": "开始", "human": "转人工"},
    "en": {"start": "Start", "human": "Talk to a person"},
}
"""By the language of the shopper's Telegram, as two letters; "" is for all others."""


class SetupFailed(Exception):
    """The message says what to do."""


async def set_up(api: Api, webhook: Webhook | None) -> AsyncIterator[str]:
    """Do it, telling each step. Raises `SetupFailed`."""
    try:
        me = await api.call("getMe")
        yield f"Telegram knows the bot: {me.get('first_name')} (https://t.me/{me.get('username')})"
        for language, commands in COMMANDS.items():
            shown = [{"command": name, "description": text} for name, text in commands.items()]
            await api.call("setMyCommands", commands=shown, language_code=language or None)
        yield f"Commands: {', '.join(f'/{name}' for name in COMMANDS[''])}"
        yield await _connect(api, webhook)
    except NoToken as error:
        raise SetupFailed("Telegram does not know this token: copy TELEGRAM_TOKEN again from @BotFather.") from error
    except Rejected as error:
        raise SetupFailed(f"Telegram refuses: {error}.") from error
    except DeliveryError as error:
        raise SetupFailed(
            f"Telegram does not answer as it should ({error}). "
            "From mainland China it is reached through a proxy: set TELEGRAM_PROXY, then try again."
        ) from error


async def _connect(api: Api, webhook: Webhook | None) -> str:
    if webhook is None:
        await api.call("deleteWebhook", drop_pending_updates=False)
        return "No JIELI_PUBLIC_URL: `jieli run` asks Telegram for messages (polling). That works everywhere."
    await register(api, webhook)
    info = await api.call("getWebhookInfo")
    why = trouble(info)
    reach = f"Telegram says it cannot reach it: {why}" if why else "Telegram calls it as soon as somebody writes."
    return f"Webhook: {webhook.site}/telegram/… ({info.get('pending_update_count', 0)} messages wait). {reach}"
