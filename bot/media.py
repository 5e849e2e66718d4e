"""Media: pictures, sounds, films and files that shoppers and agents sent, kept as files in the shop's data folder."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import os
from base64 import b32encode
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from starlette.responses import FileResponse, JSONResponse, Response

from bot.messages import Model

LARGEST = 20 * 1024 * 1024
"""Bytes of one medium: what Telegram lets a bot download; WeChat's are smaller."""
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What a browser may show in a page of ours: pictures that cannot hold a script."""
UNKNOWN = "application/octet-stream"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, max-age=31536000, immutable",
}


class MediaTooLarge(Exception):
    """More than `LARGEST`."""


class Facts(Model):
    """What is known of a medium beside its bytes."""

    type: str
    name: str | None
    size: int


@dataclass(frozen=True)
class MediaFile:
    """A medium that is here whole. `type` is its MIME type, `size` in bytes."""

    path: Path
    type: str
    name: str
    size: int

    async def read(self) -> bytes:
        return await asyncio.to_thread(self.path.read_bytes)


def media_id(desk: str, channel: str, source: str) -> str:
    """The id of what a channel calls `source`: the same for ever, so that it can be named before it is fetched."""
    digest = hashlib.blake2b(f"media\0{desk}\0{channel}\0{source}".encode(), digest_size=10).digest()
    return b32encode(digest).decode().lower()


class Media:
    """The media in `folder`: each a file of bytes, and beside it a small JSON file, which is written last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, id: str, content: bytes, type: str | None, name: str | None) -> None:
        """Keep a medium durably; again changes nothing. Raises `MediaTooLarge`."""
        if len(content) > LARGEST:
            raise MediaTooLarge(f"{len(content)} bytes")
        facts = Facts(type=sniffed(content) or type or UNKNOWN, name=name, size=len(content))
        await asyncio.to_thread(self._write, id, content, facts)

    async def get(self, id: str) -> MediaFile | None:
        """The medium, or None while it is not here."""
        return await asyncio.to_thread(self._find, id)

    def _write(self, id: str, content: bytes, facts: Facts) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_whole(self._folder / id, content)
        _write_whole(self._folder / f"{id}.json", facts.model_dump_json().encode())

    def _find(self, id: str) -> MediaFile | None:
        try:
            facts = Facts.model_validate_json((self._folder / f"{id}.json").read_bytes())
        except FileNotFoundError:
            return None
        name = facts.name or f"{id}{mimetypes.guess_extension(facts.type) or ''}"
        return MediaFile(self._folder / id, facts.type, name, facts.size)


def serve(file: MediaFile) -> Response:
    """A medium as browsers get it: pictures may be shown, everything else is saved; nothing in it may run."""
    how = "inline" if file.type in PICTURES else "attachment"
    return FileResponse(
        file.path, media_type=file.type, filename=file.name, content_disposition_type=how, headers=HEADERS
    )


def absent() -> Response:
    """There is no such medium, or it is still on its way: worth asking again."""
    error = {"code": "not_found", "message": "This is not here, or not here yet."}
    return JSONResponse({"error": error}, 404, headers={"Cache-Control": "no-store"})


def sniffed(content: bytes) -> str | None:
    """The type that the first bytes show: channels name it wrongly, or not at all."""
    head = content[:16]
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    return next((type for magic, type in MAGIC if head.startswith(magic)), None)


MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"#!AMR\n", "audio/amr"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)


def _write_whole(path: Path, content: bytes) -> None:
    """Nobody ever sees half a file, not even after a power cut."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
