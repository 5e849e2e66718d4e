"""WeChat's API for the server: calls run in threads of their own, and fail by the port's `DeliveryError`s."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from typing import Any, Literal, TypeVar

from bot.clock import Clock
from bot.store.store import Store
from channels.port import (
    Ambiguous,
    DeliveryError,
    Fetched,
    NoRight,
    QuotaSpent,
    Rejected,
    RetryLater,
    Unreachable,
    WindowClosed,
)
from channels.wechat.api import BUSY, Account, Answer, Refusal, Silence, Token, ask, fetch_token, open_api
from channels.wechat.tokens import TokenKeeper

Kind = Literal["image", "voice", "video"]
"""What can be sent as a medium; anything else goes as a link in a text."""

THREADS = 10
"""As many as connections that wechatpy keeps open."""
PATIENCE = 5.0
"""Seconds a call waits for a thread before it is put off."""
LARGEST_MEDIUM = 20 * 1024 * 1024
"""Bytes."""

INVALID_TOKEN = (40001, 40014, 42001)
OUT_OF_CALLS = 45009
REFUSALS: Mapping[int, Callable[[str], DeliveryError]] = {
    45015: WindowClosed,
    45047: QuotaSpent,
    48001: NoRight,
    40003: Unreachable,
    43004: Unreachable,
    50005: Unreachable,
}
"""What WeChat will say again, whenever we ask. Not listed: `Rejected`."""
BUSY_WAIT = 2.0
WAITS = {BUSY: BUSY_WAIT, 45011: 60.0, 40001: 60.0, 40014: 60.0, 42001: 60.0}
"""Seconds after which WeChat may take it."""
NO_TOKEN = 60.0
"""Seconds to wait when the account gets no token: somebody has to put its settings right."""
CHINA = timezone(timedelta(hours=8))
"""WeChat's days begin at midnight there."""

FILE_NAME = re.compile(r'filename="?([^";]{1,200})')
SUFFIXES = {"image/png": "png", "image/gif": "gif", "audio/mpeg": "mp3"}
USUAL_SUFFIXES = {"image": "jpg", "voice": "amr", "video": "mp4"}
T = TypeVar("T")


class Done(Answer):
    errcode: Literal[0]


class Uploaded(Answer):
    media_id: str


class Film(Answer):
    video_url: str


class QrCode(Answer):
    """`url` is what the code says, for drawing it; `expire_seconds` is how long it works."""

    url: str
    expire_seconds: int = 0


class Person(Answer):
    """`subscribe`: 0 when the person does not follow the account, and nothing else is known then."""

    subscribe: int
    language: str = ""
    unionid: str | None = None


class WeChatClient:
    """Everything raises a `DeliveryError`; only the `send_` methods raise `Ambiguous`, the others may be repeated."""

    def __init__(self, account: Account, store: Store, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._tokens = TokenKeeper(store, clock, account.app_id, self._fetch_token)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="wechat")
        self._free = asyncio.Semaphore(THREADS)
        self._token = ""
        self._api: Any = None

    def close(self) -> None:
        """Let no further call begin."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send_text(self, openid: str, text: str) -> None:
        """At most 2,048 bytes of text."""
        await self._send(lambda api: api.message.send_text(openid, text))

    async def send_image(self, openid: str, media_id: str) -> None:
        await self._send(lambda api: api.message.send_image(openid, media_id))

    async def send_voice(self, openid: str, media_id: str) -> None:
        await self._send(lambda api: api.message.send_voice(openid, media_id))

    async def send_video(self, openid: str, media_id: str) -> None:
        await self._send(lambda api: api.message.send_video(openid, media_id))

    async def send_template(
        self, openid: str, template: str, fields: Mapping[str, str], url: str | None = None
    ) -> None:
        """A template message (模板消息), which may go out at any time; `fields` as the template names them."""
        data = {name: {"value": value} for name, value in fields.items()}
        await self._send(lambda api: api.message.send_template(openid, template, data, url=url))

    async def typing(self, openid: str) -> None:
        """Show that somebody types, for 15 s or until the next message; within those it is `Rejected`."""
        asked = {"touser": openid, "command": "Typing"}
        await self._call(lambda api: Done.model_validate(api.post("message/custom/typing", data=asked)))

    async def upload(self, kind: Kind, content: bytes, type: str | None = None) -> str:
        """Lend a medium to WeChat for three days; returns its media_id. `type` is its MIME type."""
        suffix = SUFFIXES.get(type or "", USUAL_SUFFIXES[kind])
        name = f"{kind}.{suffix}"  # WeChat loses a file whose name is not ASCII
        answer = await self._call(lambda api: Uploaded.model_validate(api.media.upload(kind, (name, content, type))))
        return answer.media_id

    async def download(self, media_id: str) -> Fetched:
        """What a shopper sent, within three days. `Rejected` when it is gone, or larger than 20 MB."""
        fetched = await self._call(lambda api: _download(api, media_id))
        if len(fetched.content) > LARGEST_MEDIUM:
            raise Rejected("the medium is too large")
        return fetched

    async def create_qr(self, scene: str, seconds: int) -> QrCode:
        """A QR code that says `scene` (at most 64 characters) when it is scanned; at most 30 days. `NoRight` often."""
        asked = {
            "expire_seconds": seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        return await self._call(lambda api: QrCode.model_validate(api.qrcode.create(asked)))

    async def user_info(self, openid: str) -> Person:
        return await self._call(lambda api: Person.model_validate(api.user.get(openid)))

    async def _send(self, call: Callable[[Any], Any]) -> None:
        """Nothing but WeChat's own word proves that it was sent: a proxy's page in its place does not."""
        await self._call(lambda api: Done.model_validate(call(api)), once=True)

    async def _call(self, call: Callable[[Any], T], *, once: bool = False) -> T:
        """`once`: it must not be repeated when it may have been carried out."""
        try:
            return await self._ask(call)
        except Refusal as refusal:
            raise self._refused(refusal) from refusal
        except Silence as silence:
            raise (
                Ambiguous(str(silence)) if once and silence.arrived else RetryLater(BUSY_WAIT, str(silence))
            ) from silence

    async def _ask(self, call: Callable[[Any], T]) -> T:
        """An invalid token costs one renewal and one retry, whatever comes of it."""
        token = await self._tokens.token()
        try:
            return await self._in_thread(self._with_token(call, token))
        except Refusal as refusal:
            if refusal.code not in INVALID_TOKEN:
                raise
        return await self._in_thread(self._with_token(call, await self._tokens.renewed(token)))

    def _with_token(self, call: Callable[[Any], T], token: str) -> Callable[[], T]:
        """A call through the library's client of this token, which lives as long as the token does."""
        if token != self._token:
            self._token, self._api = token, open_api(self._account, token)
        api = self._api
        return lambda: ask(lambda: call(api))

    async def _fetch_token(self, force: bool) -> Token:
        """Whatever goes wrong here, the call it was wanted for has not begun."""
        try:
            return await self._in_thread(lambda: fetch_token(self._account, force=force))
        except Refusal as refusal:
            raise RetryLater(NO_TOKEN, f"no access token, see `jieli wechat check`: {refusal}") from refusal
        except Silence as silence:
            raise RetryLater(BUSY_WAIT, f"no access token: {silence}") from silence

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._free.acquire()
        except TimeoutError:
            raise RetryLater(BUSY_WAIT, "too many calls at once") from None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free.release()

    def _refused(self, refusal: Refusal) -> DeliveryError:
        if refusal.code == OUT_OF_CALLS:
            return RetryLater(self._seconds_of_the_day(), str(refusal))
        if wait := WAITS.get(refusal.code):
            return RetryLater(wait, str(refusal))
        return REFUSALS.get(refusal.code, Rejected)(str(refusal))

    def _seconds_of_the_day(self) -> float:
        """Until midnight in China, when the day's calls are counted anew."""
        now = self._clock.moment().astimezone(CHINA)
        return (now.replace(hour=0, minute=0, second=0) + timedelta(days=1) - now).total_seconds()


def _download(api: Any, media_id: str) -> Fetched:
    """WeChat hands out the bytes themselves, or an address where a film is."""
    answer = api.media.download(media_id)
    if isinstance(answer, dict):
        no_token = ()  # the library adds it to a dict of parameters, and this address is another server's
        answer = api.get(Film.model_validate(answer).video_url, params=no_token)
    type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    name = FILE_NAME.search(answer.headers.get("Content-Disposition", ""))
    return Fetched(answer.content, type or None, name[1] if name else None)
