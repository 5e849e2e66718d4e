"""Sends one message as one call of the customer-service API, and fetches what shoppers sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.media import Media
from bot.messages import Attachment, Content
from channels.degrade import attachment_text
from channels.port import DeliveryError, Fetched, Rejected, Traits
from channels.wechat.client import CHINA, Kind
from channels.wechat.reader import CHANNEL

log = logging.getLogger(__name__)

LONGEST_TEXT = 2_048
"""Bytes, of a passive reply and of a customer-service message alike."""
UPLOADS: Mapping[str, Kind] = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/gif": "image",
    "audio/amr": "voice",
    "audio/mpeg": "voice",
    "video/mp4": "video",
}
"""What WeChat shows or plays, by MIME type; everything else is only named."""
LONGEST_FIELD = 20
"""Characters of a template's field, where WeChat cuts it off or refuses it."""
LARGEST: Mapping[Kind, int] = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20}
"""Bytes WeChat takes."""


def traits(*, passive_only: bool, link: Callable[[str], str] | None = None) -> Traits:
    """What an account can show and send; without the customer-service API it has only text, in passive replies."""
    return Traits(
        CHANNEL,
        buttons=0,
        cards=False,
        max_text=LONGEST_TEXT,
        max_bytes=LONGEST_TEXT,
        attachments=not passive_only,
        counted=True,
        passive_only=passive_only,
        link=link,
    )


class Client(Protocol):
    """What is needed of WeChat's API. Everything raises a `DeliveryError`."""

    async def send_text(self, openid: str, text: str) -> None: ...

    async def send_image(self, openid: str, media_id: str) -> None: ...

    async def send_voice(self, openid: str, media_id: str) -> None: ...

    async def send_video(self, openid: str, media_id: str) -> None: ...

    async def send_template(self, openid: str, template: str, fields: Mapping[str, str]) -> None: ...

    async def typing(self, openid: str) -> None: ...

    async def upload(self, kind: Kind, content: bytes, type: str | None = None) -> str: ...

    async def download(self, media_id: str) -> Fetched: ...


@dataclass(frozen=True)
class Notice:
    """A template message (模板消息) that tells the shopper of an answer: the template's id and what its fields say.

    `{text}` stands for the beginning of the answer, `{time}` for when it was given, in China.
    """

    template: str
    fields: Mapping[str, str]

    def filled(self, text: str, at: int) -> dict[str, str]:
        """The fields for `text` said at `at` (ms)."""
        begun = text if len(text) <= LONGEST_FIELD else f"{text[: LONGEST_FIELD - 1]}…"
        time = datetime.fromtimestamp(at / 1000, CHINA).strftime("%Y-%m-%d %H:%M")
        return {name: said.replace("{time}", time).replace("{text}", begun) for name, said in self.fields.items()}


class WeChat:
    """A `Channel` and a `Source`. `link` makes the address of a medium that WeChat itself does not take."""

    def __init__(
        self,
        client: Client,
        media: Media,
        *,
        passive_only: bool,
        link: Callable[[str], str] | None = None,
        notice: Notice | None = None,
    ) -> None:
        self.traits = traits(passive_only=passive_only, link=link)
        self._client = client
        self._media = media
        self._notice = notice

    async def send(self, identity: str, content: Content) -> None:
        """Raises the `DeliveryError` that says what to do."""
        if content.attachments:
            await self._upload(identity, content.attachments[0])
        else:
            await self._client.send_text(identity, content.text)

    async def notify(self, identity: str, text: str, at: int) -> bool:
        """Say that `text`, said at `at` (ms), waits, though it cannot be sent now; False where no template is set.

        Raises the `DeliveryError` that says what to do.
        """
        if self._notice is None:
            return False
        await self._client.send_template(identity, self._notice.template, self._notice.filled(text, at))
        return True

    async def show_typing(self, identity: str) -> None:
        """For 15 s or until the next message, to who wrote within 30 s; what WeChat refuses is let be."""
        if self.traits.passive_only:
            return
        try:
            await self._client.typing(identity)
        except DeliveryError as error:
            log.info("typing is not shown: %s", error)

    async def fetch(self, attachment: Attachment) -> Fetched:
        """Raises the `DeliveryError` that says what to do; after three days WeChat has it no more."""
        return await self._client.download(attachment.source or "")

    async def _upload(self, openid: str, attachment: Attachment) -> None:
        file = await self._media.get(attachment.media)
        if file is None:
            raise Rejected("the medium is not here")
        kind = UPLOADS.get(file.type)
        if kind is None or file.size > LARGEST[kind]:
            await self._client.send_text(openid, attachment_text(attachment, self.traits.link))
            return
        send = {
            "image": self._client.send_image,
            "voice": self._client.send_voice,
            "video": self._client.send_video,
        }
        await send[kind](openid, await self._client.upload(kind, await file.read(), file.type))
