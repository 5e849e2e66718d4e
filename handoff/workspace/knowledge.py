"""Knowledge over HTTP: entries listed, written with a preview, taken away and undone, and what came of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import JSONResponse

from bot.clock import Clock
from bot.knowledge.entries import LONGEST, BadEntry, Entry, read_entry
from bot.knowledge.library import Library
from bot.knowledge.markdown import to_html, to_words
from bot.messages import Model, Text
from bot.record.documents import Document, DocumentChanged
from handoff.broker import Agent
from handoff.knowledgereport import KnowledgeReports
from handoff.ledger import Notes
from handoff.workspace.sessions import Problem

Key = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,59}\.(zh|en)$")]
LISTED = 300
"""Entries of a list; a search narrows it."""


class EntryBody(Model):
    """An entry as it shall be, and `version`: the one its author began with, 0 before the first of the desk's own."""

    entry: Entry
    version: int = Field(ge=0)


class VersionBody(Model):
    version: int = Field(ge=0)


class UndoBody(VersionBody):
    """`to`: the version to be in force again; 0 is what was shipped."""

    to: int = Field(ge=0)


class PreviewBody(Model):
    title: Text = Field(max_length=120)
    text: Text = Field(max_length=LONGEST)


@dataclass(frozen=True)
class KnowledgeParts:
    library: Library
    reports: KnowledgeReports
    clock: Clock
    ledger: Notes


def make_knowledge_routes(parts: KnowledgeParts, lead: Callable[..., Awaitable[Agent]]) -> APIRouter:
    """`lead` is the dependency that gives whoever may write it, or answers 401 or 403 itself."""
    router = APIRouter(prefix="/workspace/api/knowledge", tags=["workspace"])
    library = parts.library

    @router.get("", dependencies=[Depends(lead)])
    async def entries(q: Annotated[str, Query(max_length=100)] = "") -> JSONResponse:
        """The entries with the words of `q`, by title."""
        found = sorted(
            (one for one in library.entries().values() if _has(one, q)), key=lambda one: (one.title, one.key)
        )
        shown = [_row(parts, one) for one in found[:LISTED]]
        return JSONResponse({"entries": shown, "more": len(found) > LISTED})

    @router.get("/report", dependencies=[Depends(lead)])
    async def report(days: Annotated[int, Query(ge=1, le=92)] = 30) -> JSONResponse:
        """What was told in the last `days`, what came of it, and what nothing was found for."""
        return JSONResponse((await parts.reports.of(days)).model_dump(mode="json"))

    @router.post("/preview", dependencies=[Depends(lead)])
    async def preview(body: PreviewBody) -> JSONResponse:
        """A text as its page shows it, safe to be put into a frame, and as it is said in a chat."""
        page = f"<article><h2>{escape(body.title)}</h2>{to_html(body.text)}</article>"
        return JSONResponse({"page": page, "words": to_words(body.text)})

    @router.get("/{key}", dependencies=[Depends(lead)])
    async def one(key: Key) -> JSONResponse:
        """An entry as it is now (none where it was taken away), and its versions, the newest first."""
        return JSONResponse(await _whole(library, key))

    @router.post("/{key}")
    async def save(key: Key, body: EntryBody, agent: Agent = Depends(lead)) -> JSONResponse:
        """Write an entry; it is told everywhere within seconds."""
        if body.entry.key != key:
            raise Problem(400, "bad_request", "The entry has another name than its path.")
        await _changing(library, key, library.save(body.entry, agent.name, body.version))
        await parts.ledger.note("knowledge_saved", agent=agent, entry=key)
        return JSONResponse(await _whole(library, key))

    @router.post("/{key}/remove")
    async def remove(key: Key, body: VersionBody, agent: Agent = Depends(lead)) -> JSONResponse:
        """Take an entry away; its versions stay."""
        await _changing(library, key, library.remove(key, agent.name, body.version))
        await parts.ledger.note("knowledge_removed", agent=agent, entry=key)
        return JSONResponse(await _whole(library, key))

    @router.post("/{key}/undo")
    async def undo(key: Key, body: UndoBody, agent: Agent = Depends(lead)) -> JSONResponse:
        """Write an earlier version again, as the newest."""
        earlier = await _earlier(library, key, body.to)
        again = library.save(earlier, agent.name, body.version) if earlier else None
        await _changing(library, key, again or library.remove(key, agent.name, body.version))
        await parts.ledger.note("knowledge_saved", agent=agent, entry=key)
        return JSONResponse(await _whole(library, key))

    return router


def _has(entry: Entry, words: str) -> bool:
    text = "\n".join((entry.key, entry.title, *entry.questions, entry.text)).lower()
    return all(word in text for word in words.lower().split())


def _row(parts: KnowledgeParts, entry: Entry) -> dict[str, Any]:
    """An entry in the list; `told`: whether it holds now."""
    own = parts.library.version(entry.key) > 0
    told = entry.holds(parts.clock.moment())
    return {"key": entry.key, "title": entry.title, "language": entry.language, "told": told, "own": own}


async def _whole(library: Library, key: str) -> dict[str, Any]:
    entry = library.entries().get(key)
    versions: list[Mapping[str, Any]] = [_version(one) for one in await library.history(key)]
    if library.shipped(key):
        versions.append({"version": 0, "author": "", "at": None, "removed": False})
    shown = entry.model_dump(mode="json") if entry else None
    return {"key": key, "entry": shown, "version": library.version(key), "versions": versions}


def _version(document: Document) -> dict[str, Any]:
    removed = document.body is None
    return {"version": document.version, "author": document.author, "at": document.at, "removed": removed}


async def _earlier(library: Library, key: str, version: int) -> Entry | None:
    """An entry as it was in a version; None where it was taken away. Raises `Problem` for one that never was."""
    if version == 0 and (shipped := library.shipped(key)):
        return shipped
    for one in await library.history(key):
        if one.version == version:
            try:
                return read_entry(key, one.body) if one.body is not None else None
            except BadEntry as error:
                raise Problem(409, "refused", f"Version {version} cannot be read: {error}") from None
    raise Problem(404, "not_found", f"There is no version {version}.")


async def _changing(library: Library, key: str, work: Awaitable[Document]) -> None:
    try:
        await work
    except DocumentChanged:
        newest = library.version(key)
        message = f"Somebody has saved version {newest} meanwhile."
        raise Problem(409, "refused", message, reason="entry_changed") from None
