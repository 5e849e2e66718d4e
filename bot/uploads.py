"""Uploads: what shoppers and agents send from their browsers, checked by its bytes and kept among our media."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Annotated, Literal

from pydantic import Field

from bot.media import LARGEST, Media, MediaFile, media_id, sniffed
from bot.messages import Attachment

MOST = 5
"""Attachments of one message."""
UploadId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{8,64}$")]
"""A random id, made by who uploads; the same one again is the same medium."""
Kind = Literal["image", "voice", "video", "file"]

ACCEPTED: dict[str, Kind] = {
    "image/jpeg": "image",
    "image/png": "image",
    "image/gif": "image",
    "image/webp": "image",
    "audio/mpeg": "voice",
    "audio/ogg": "voice",
    "audio/wav": "voice",
    "audio/mp4": "voice",
    "video/mp4": "video",
    "application/pdf": "file",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "file",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "file",
}
"""What may be uploaded, by what its first bytes show, and what it is shown as."""
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Office files are archives by their bytes: their names tell them apart."""
ARCHIVE = b"PK\x03\x04"
FILMS = {b"M4A ": "audio/mp4", b"qt  ": "video/quicktime", b"heic": "image/heic", b"mif1": "image/heif"}
"""What the container of MP4 holds besides films, by its brand."""
LONGEST_NAME = 120


class UploadRefused(Exception):
    """The upload is not kept; `code` as in docs/protocol.md, the message a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Uploads:
    """`channel`: whose uploads these are; an id is its owner's own, so nobody can name what another one sent."""

    def __init__(self, media: Media, desk: str, channel: str, has_room: Callable[[], bool]) -> None:
        self._media = media
        self._desk = desk
        self._channel = channel
        self._has_room = has_room

    async def put(self, owner: str, id: str, name: str, chunks: AsyncIterator[bytes]) -> Attachment:
        """Keep an upload; what came first under an id stays. Raises `UploadRefused`."""
        if known := await self._media.get(self._media_id(owner, id)):
            return _attachment(self._media_id(owner, id), known)
        if not self._has_room():
            raise UploadRefused("full", "There is no room for files right now; please try later.")
        content = await _read(chunks)
        await self._media.put(self._media_id(owner, id), content, _checked_type(content, name), _plain_name(name))
        found = await self._find(owner, id)
        assert found is not None
        return found

    async def find(self, owner: str, ids: Iterable[str]) -> tuple[Attachment, ...]:
        """The attachments of uploads, in their order. Raises `UploadRefused` for what is not here."""
        found = [await self._find(owner, id) for id in ids]
        here = tuple(one for one in found if one)
        if len(here) < len(found):
            raise UploadRefused("not_found", "A file is not here; please choose it again.")
        return here

    async def _find(self, owner: str, id: str) -> Attachment | None:
        media = self._media_id(owner, id)
        file = await self._media.get(media)
        return _attachment(media, file) if file else None

    def _media_id(self, owner: str, id: str) -> str:
        return media_id(self._desk, f"upload:{self._channel}", f"{owner}\0{id}")


def _attachment(media: str, file: MediaFile) -> Attachment:
    kind = ACCEPTED.get(file.type, "file")
    return Attachment(kind=kind, media=media, type=file.type, name=file.name, size=file.size)


async def _read(chunks: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > LARGEST:
            raise UploadRefused("too_large", "A file may have 20 MB.")
    return bytes(content)


def _checked_type(content: bytes, name: str) -> str:
    """The type by the bytes, whatever was said of it."""
    if not content:
        raise UploadRefused("empty", "The file is empty.")
    type = sniffed(content) or _type_of_container(content, name)
    if type not in ACCEPTED:
        raise UploadRefused("bad_type", "Only pictures, sounds, MP4, PDF, DOCX and XLSX are taken.")
    return type


def _type_of_container(content: bytes, name: str) -> str | None:
    """The type of what many kinds of files share the first bytes of."""
    if content.startswith(ARCHIVE):
        return next((type for suffix, type in OFFICE.items() if name.lower().endswith(suffix)), None)
    return FILMS.get(content[8:12], "video/mp4") if content[4:8] == b"ftyp" else None


def _plain_name(name: str) -> str | None:
    """The last part of a path, without what could mislead: control and direction marks."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[-LONGEST_NAME:].strip() or None
