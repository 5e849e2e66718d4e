"""Calls of the Bot API: raw parameters in, raw results out, and every failure as the `DeliveryError` to act on.

Results stay raw: the library's own classes raise on fields they take for granted. The token is part of every address
that Telegram gives us, so addresses are kept out of the log.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from telegram import Bot, InputFile
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from channels.port import Ambiguous, DeliveryError, Rejected, RetryLater, Unreachable

POLL = 25
"""Seconds a poll waits for updates."""
PATIENCE = 10.0
"""Seconds Telegram may take to answer."""
CONNECTIONS = 64
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, RuntimeError)
"""Causes that prove that nothing left; a `RuntimeError` is a client that was closed before."""


class NoToken(Rejected):
    """Telegram does not know the bot's token."""


class Api:
    """`base`: another Bot API server than Telegram's; `proxy`: as `http://user:password@host:port`."""

    def __init__(self, token: str, *, base: str | None = None, proxy: str | None = None) -> None:
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        warnings.filterwarnings("ignore", "Please use 'Bot.", PTBUserWarning)
        calling = HTTPXRequest(proxy=proxy, read_timeout=PATIENCE, connection_pool_size=CONNECTIONS, pool_timeout=5.0)
        polling = HTTPXRequest(proxy=proxy, read_timeout=POLL + PATIENCE, connection_pool_size=1)
        where = {"base_url": f"{base}/bot", "base_file_url": f"{base}/file/bot"} if base else {}
        self._calling = calling
        self._polling = polling
        self._bot = Bot(token, request=calling, get_updates_request=polling, **where)  # type: ignore[arg-type]

    async def call(self, method: str, **parameters: object) -> Any:
        """The result of a method as JSON; parameters that are None are left out. Raises a `DeliveryError`."""
        given = {name: value for name, value in parameters.items() if value is not None}
        with mapped_errors():
            return await self._bot.do_api_request(method, api_kwargs=given)

    async def download(self, file_id: str) -> bytes:
        """A file that a shopper sent, at most 20 MB. Raises a `DeliveryError`."""
        path = _path(await self.call("getFile", file_id=file_id))
        with mapped_errors():
            return bytes(await self._calling.retrieve(f"{self._bot.base_file_url}/{path}"))

    async def close(self) -> None:
        await self._calling.shutdown()
        await self._polling.shutdown()


def upload(content: bytes, name: str) -> InputFile:
    """A file as a parameter of a call."""
    return InputFile(content, filename=name)


@contextmanager
def mapped_errors() -> Iterator[None]:
    """The library's errors as ours, which say what to do next."""
    try:
        yield
    except RetryAfter as error:
        raise RetryLater(_seconds(error.retry_after), "flood limit") from error
    except Forbidden as error:
        raise Unreachable("blocked") from error
    except InvalidToken as error:
        raise NoToken("Telegram does not know the token") from error
    except BadRequest as error:
        raise Rejected(error.message) from error
    except NetworkError as error:
        raise _after_network_error(error) from error
    except TelegramError as error:
        raise Ambiguous(f"the answer makes no sense: {type(error).__name__}") from error


def _after_network_error(error: NetworkError) -> DeliveryError:
    """Telegram's own answer (5xx) or no connection at all prove that nothing was sent; a lost answer proves nothing."""
    proven = error.__cause__ is None or isinstance(error.__cause__, NOT_SENT)
    return RetryLater(2.0, type(error).__name__) if proven else Ambiguous("the answer was lost")


def _path(file: Any) -> str:
    path = file.get("file_path") if isinstance(file, dict) else None
    if not isinstance(path, str):
        raise RetryLater(60.0, "Telegram has the file not ready")
    return path


def _seconds(value: Any) -> float:
    return float(value.total_seconds() if hasattr(value, "total_seconds") else value)
