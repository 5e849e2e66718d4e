"""Albums: pictures that a shopper sent as one message and a channel brings one by one."""

from __future__ import annotations

from typing import Self

from bot.messages import MAX_TEXT, Content, Inbound, Model

MOST = 20
"""Attachments of one message."""


class Part(Model):
    """One of the messages an album comes in; `id` is its `external_id`."""

    id: str
    content: Content


class Album(Model):
    """The parts so far, in the order they came."""

    parts: tuple[Part, ...] = ()

    def with_part(self, message: Inbound) -> Self | None:
        """The album with one more part, or with a part's new version; None where that is more than one message."""
        id = message.edits or message.external_id
        part = Part(id=id, content=message.content)
        parts = tuple(part if known.id == id else known for known in self.parts)
        album = self.model_copy(update={"parts": parts if part in parts else (*parts, part)})
        return album if album._fits() else None

    def content(self) -> Content:
        """All parts as one message."""
        contents = [part.content for part in self.parts]
        return Content(
            text="\n".join(content.text for content in contents if content.text),
            attachments=tuple(one for content in contents for one in content.attachments),
            quote=next((content.quote for content in contents if content.quote), None),
        )

    def _fits(self) -> bool:
        contents = [part.content for part in self.parts]
        attachments = sum(len(content.attachments) for content in contents)
        return attachments <= MOST and sum(len(content.text) + 1 for content in contents) <= MAX_TEXT + 1
