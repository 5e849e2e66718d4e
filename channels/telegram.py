"""The Telegram door: private text in by polling, text out by the Bot API. An `Update` is known nowhere else."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ChatType, MessageLimit
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from bot.inbox import ShopFull
from bot.messages import MAX_TEXT, Content, Inbound, Language
from channels.degrade import split_text
from channels.port import Ambiguous, DeliveryError, Rejected, RetryLater, Traits, Unreachable

log = logging.getLogger(__name__)

CHANNEL = "telegram"
POLL = 25
"""Seconds a poll waits for updates."""
PATIENCE = 10.0
"""Seconds Telegram may take to answer."""
PAUSE = 2.0
"""Seconds between two tries while Telegram, or our store, is away."""
CALLBACK_BYTES = 64
"""A button's callback data; a button with more is left out."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, RuntimeError)
"""Causes that prove that nothing left; a `RuntimeError` is a client that was closed before."""
FULL = "店铺暂时无法接待新的会话，请稍后再来。\nThe shop cannot take new conversations right now; please try later."
WANTED = ["message", "callback_query"]

Receive = Callable[[Inbound], Awaitable[object]]


class Telegram:
    """`receive` is the inbox; an update counts as read only after it returned."""

    traits = Traits(CHANNEL, buttons=8, cards=False, max_text=MessageLimit.MAX_TEXT_LENGTH)

    def __init__(self, token: str, *, api: str | None = None, proxy: str | None = None) -> None:
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)  # they log addresses, and ours hold the token
        warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'", PTBUserWarning)  # it fails on odd updates
        sending = HTTPXRequest(proxy=proxy, read_timeout=PATIENCE)
        polling = HTTPXRequest(proxy=proxy, read_timeout=POLL + PATIENCE, connection_pool_size=1)
        base = {"base_url": f"{api}/bot", "base_file_url": f"{api}/file/bot"} if api else {}
        self._requests = (sending, polling)
        self._bot = Bot(token, request=sending, get_updates_request=polling, **base)  # type: ignore[arg-type]

    async def send(self, identity: str, content: Content) -> None:
        """Raises the `DeliveryError` that says what to do."""
        with _mapped_errors():
            await self._bot.send_message(int(identity), content.text, reply_markup=_keyboard(content))

    async def close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    async def poll_for_ever(self, receive: Receive) -> None:
        """Take updates in, each until it is durable, whatever goes wrong in between; close when cancelled."""
        offset = 0
        try:
            while True:
                try:
                    offset = await self._poll(receive, offset)
                except Exception as error:
                    log.warning("telegram's updates wait: %s", type(error).__name__)
                    await asyncio.sleep(_pause(error))
        finally:
            await self.close()

    async def _poll(self, receive: Receive, offset: int) -> int:
        """The offset for the next poll: asking for it confirms everything before."""
        asked = {"offset": offset, "timeout": POLL, "allowed_updates": WANTED}
        updates: Any = await self._bot.do_api_request("getUpdates", api_kwargs=asked)
        for update in updates or []:
            if isinstance(update, Mapping):
                await self._take(update, receive)
                id = update.get("update_id")
                offset = max(offset, id + 1) if isinstance(id, int) else offset
        return offset

    async def _take(self, raw: Mapping[str, Any], receive: Receive) -> None:
        messages = read_update(raw, self._bot)
        if not messages:
            log.info("telegram update %r is nothing for us", raw.get("update_id"))
            return
        try:
            for message in messages:
                await receive(message)
        except ShopFull:
            with _logged_errors():
                await self._bot.send_message(int(messages[0].identity), FULL)
        if callback := raw.get("callback_query"):
            with _logged_errors():
                await self._bot.answer_callback_query(callback["id"])


def read_update(raw: Mapping[str, Any], bot: Bot | None = None) -> list[Inbound]:
    """A private text or a pressed button as ours; nothing for everything else, malformed updates included.

    A text is longer than a message may be in rare cases; it comes as two then.
    """
    try:
        update = Update.de_json(dict(raw), bot)
        return _pressed(update) if update.callback_query else _written(update)
    except Exception as error:  # the library raises whatever comes of a field it takes for granted
        log.warning("telegram update %r cannot be read: %s", raw.get("update_id"), type(error).__name__)
        return []


def _written(update: Update) -> list[Inbound]:
    message = update.message
    if message is None or message.chat.type != ChatType.PRIVATE or message.from_user is None or not message.text:
        return []
    return [
        Inbound(
            channel=CHANNEL,
            identity=str(message.chat.id),
            external_id=f"{message.message_id}:{number}" if number else str(message.message_id),
            content=Content(text=text),
            name=message.from_user.first_name[:64],
            language=_language(message.from_user.language_code),
        )
        for number, text in enumerate(split_text(message.text, MAX_TEXT))
    ]


def _pressed(update: Update) -> list[Inbound]:
    query = update.callback_query
    if query is None or query.message is None or not query.data or query.message.chat.type != ChatType.PRIVATE:
        return []
    return [
        Inbound(
            channel=CHANNEL,
            identity=str(query.message.chat.id),
            external_id=f"callback:{query.id}",
            content=Content(text=_label(query) or query.data, choice=query.data),
            name=query.from_user.first_name[:64],
            language=_language(query.from_user.language_code),
        )
    ]


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
    return _seconds(error.retry_after) if isinstance(error, RetryAfter) else PAUSE


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
    except TelegramError as error:
        raise Ambiguous("the answer makes no sense") from error


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
