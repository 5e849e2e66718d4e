"""The Telegram door: private text in by polling, text out by the Bot API. An `Update` is known nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from pydantic import ValidationError
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ChatType, MessageLimit
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.messages import MAX_TEXT, Content, Inbound, Language
from channels.port import Ambiguous, DeliveryError, Rejected, RetryLater, Traits, Unreachable

log = logging.getLogger(__name__)

CHANNEL = "telegram"
POLL = 25
"""Seconds a poll waits for updates."""
CALLBACK_BYTES = 64
"""A button's callback data; longer choices are sent as nothing but their label."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
WANTED = ["message", "callback_query"]

Receive = Callable[[Inbound], Awaitable[object]]


class Telegram:
    """`receive` is the inbox; an update counts as read only after it returned."""

    traits = Traits(CHANNEL, buttons=8, cards=False, max_text=MessageLimit.MAX_TEXT_LENGTH)

    def __init__(self, token: str, *, api: str | None = None, proxy: str | None = None) -> None:
        request = HTTPXRequest(proxy=proxy, read_timeout=10)
        polling = HTTPXRequest(proxy=proxy, read_timeout=POLL + 10, connection_pool_size=1)
        base = {"base_url": f"{api}/bot", "base_file_url": f"{api}/file/bot"} if api else {}
        self._bot = Bot(token, request=request, get_updates_request=polling, **base)  # type: ignore[arg-type]

    async def send(self, identity: str, content: Content) -> None:
        """Raises the `DeliveryError` that says what to do."""
        with _mapped_errors():
            await self._bot.send_message(int(identity), content.text, reply_markup=_keyboard(content))

    async def poll_for_ever(self, receive: Receive) -> None:
        """Take updates in, each until it is durable, whatever goes wrong in between."""
        offset = 0
        async with self._bot:
            while True:
                try:
                    offset = await self._poll(receive, offset)
                except (TelegramError, OSError) as error:
                    log.warning("telegram does not answer: %s", type(error).__name__)
                    await asyncio.sleep(_pause(error))

    async def _poll(self, receive: Receive, offset: int) -> int:
        """The offset for the next poll: asking for it confirms everything before."""
        asked = {"offset": offset, "timeout": POLL, "allowed_updates": WANTED}
        updates: Any = await self._bot.do_api_request("getUpdates", api_kwargs=asked)
        for update in updates or []:
            if isinstance(update, Mapping):
                await self._take(update, receive)
                offset = max(offset, int(update.get("update_id", 0)) + 1)
        return offset

    async def _take(self, raw: Mapping[str, Any], receive: Receive) -> None:
        message = read_update(raw, self._bot)
        if message is None:
            log.info("telegram update %s is nothing for us", raw.get("update_id"))
            return
        await receive(message)
        if callback := raw.get("callback_query"):
            with _logged_errors():
                await self._bot.answer_callback_query(callback["id"])


def read_update(raw: Mapping[str, Any], bot: Bot | None = None) -> Inbound | None:
    """A private text or a pressed button as our message; None for everything else, malformed updates included."""
    try:
        update = Update.de_json(dict(raw), bot)
        return _pressed(update) if update.callback_query else _written(update)
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as error:
        log.warning("telegram update %s cannot be read: %s", raw.get("update_id"), type(error).__name__)
        return None


def _written(update: Update) -> Inbound | None:
    message = update.message
    if message is None or message.chat.type != ChatType.PRIVATE or message.from_user is None or not message.text:
        return None
    return Inbound(
        channel=CHANNEL,
        identity=str(message.chat.id),
        external_id=str(message.message_id),
        content=Content(text=message.text[:MAX_TEXT]),
        name=message.from_user.first_name[:64],
        language=_language(message.from_user.language_code),
    )


def _pressed(update: Update) -> Inbound | None:
    query = update.callback_query
    if query is None or query.message is None or not query.data or query.message.chat.type != ChatType.PRIVATE:
        return None
    return Inbound(
        channel=CHANNEL,
        identity=str(query.message.chat.id),
        external_id=f"callback:{query.id}",
        content=Content(text=_label(query) or query.data, choice=query.data),
        name=query.from_user.first_name[:64],
        language=_language(query.from_user.language_code),
    )


def _label(query: Any) -> str | None:
    """The text of the pressed button, as far as Telegram still shows us the message it hangs on."""
    markup = getattr(query.message, "reply_markup", None)
    rows = markup.inline_keyboard if markup else ()
    return next((button.text for row in rows for button in row if button.callback_data == query.data), None)


def _language(code: str | None) -> Language | None:
    """Telegram's IETF tag as one of our languages."""
    tag = (code or "").lower()
    if tag.startswith("zh"):
        return "zh-Hant" if any(part in tag for part in ("hant", "tw", "hk", "mo")) else "zh-Hans"
    return "en" if tag else None


def _keyboard(content: Content) -> InlineKeyboardMarkup | None:
    fitting = [button for button in content.buttons if len(button.choice.encode()) <= CALLBACK_BYTES]
    rows = [[InlineKeyboardButton(button.label, callback_data=button.choice)] for button in fitting]
    return InlineKeyboardMarkup(rows) if rows else None


def _pause(error: Exception) -> float:
    return _seconds(error.retry_after) if isinstance(error, RetryAfter) else 2.0


def _seconds(value: Any) -> float:
    return float(value.total_seconds() if hasattr(value, "total_seconds") else value)


@contextmanager
def _mapped_errors() -> Iterator[None]:
    try:
        yield
    except RetryAfter as error:
        raise RetryLater(_seconds(error.retry_after), "flood limit") from error
    except Forbidden as error:
        raise Unreachable("blocked") from error
    except (BadRequest, InvalidToken) as error:
        raise Rejected(type(error).__name__) from error
    except NetworkError as error:
        raise _after_network_error(error) from error


def _after_network_error(error: NetworkError) -> DeliveryError:
    """Telegram's own answer (5xx) or no connection at all prove that nothing was sent; a lost answer proves nothing."""
    proven = error.__cause__ is None or isinstance(error.__cause__, NOT_SENT)
    return RetryLater(2.0, type(error).__name__) if proven else Ambiguous("the answer was lost")


@contextmanager
def _logged_errors() -> Iterator[None]:
    try:
        yield
    except TelegramError as error:
        log.info("telegram: %s", type(error).__name__)
