"""The help page shoppers read by themselves, and the search behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

import bot.knowledge
from bot.knowledge.entries import Entry, tongue_of
from bot.knowledge.finder import KnowledgeFinder
from bot.knowledge.library import Library
from bot.knowledge.pages import address, draw_entry, draw_gone, draw_list, excerpt, written_for
from bot.messages import LANGUAGES, Language

STATIC = Path(bot.knowledge.__file__).parent / "static"
FILES = {path.name: path for path in STATIC.iterdir() if path.suffix in {".css", ".js"}}
SHOWN = 10
NEAR = 0.35
"""From which score an entry is shown for a search: whoever looks at a list judges by themselves."""
TRADITIONAL = ("tw", "hk", "mo", "hant")
Question = Annotated[str, Query(max_length=200)]
Id = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]


@dataclass(frozen=True)
class Help:
    """What the page is made of; `allow`: whether an address may search once more."""

    library: Library
    finder: KnowledgeFinder
    shop_name: Callable[[Language], Awaitable[str]]
    now: Callable[[], datetime]
    allow: Callable[[str], Awaitable[bool]]

    def told(self, language: Language) -> list[Entry]:
        """What holds now, by title."""
        entries = self.library.entries().values()
        found = [one for one in entries if one.language == tongue_of(language) and one.is_told(self.now())]
        return sorted(found, key=lambda entry: entry.title)

    async def search(self, question: str, language: Language) -> list[Entry]:
        hits = await self.finder.find(question, language, self.now(), most=SHOWN)
        return [hit.entry for hit in hits if hit.score >= NEAR]


def make_help_routes(help: Help) -> APIRouter:
    router = APIRouter()
    _add_pages(router, help)

    @router.get("/api/help", tags=["help"])
    async def search(request: Request, q: Question = "", lang: str | None = None) -> JSONResponse:
        """The entries that may answer a question, the best first."""
        language = language_of(request, lang)
        await _check(help, request)
        entries = await help.search(q, language)
        return JSONResponse({"entries": [_shown(entry, language) for entry in entries]})

    return router


def _add_pages(router: APIRouter, help: Help) -> None:
    @router.get("/help", include_in_schema=False)
    async def everything(request: Request, q: Question = "", lang: str | None = None) -> Response:
        language, question = language_of(request, lang), q.strip()
        if question:
            await _check(help, request)
        entries = await help.search(question, language) if question else help.told(language)
        return HTMLResponse(draw_list(language, await help.shop_name(language), entries, question))

    @router.get("/help/static/{name}", include_in_schema=False)
    async def file(name: str) -> Response:
        if name not in FILES:
            raise HTTPException(404)
        return FileResponse(FILES[name], headers={"Cache-Control": "no-cache"})

    @router.get("/help/{id}", include_in_schema=False)
    async def one(request: Request, id: str, lang: str | None = None) -> Response:
        language = language_of(request, lang)
        entry = help.library.entries().get(f"{id}.{tongue_of(language)}")
        shop = await help.shop_name(language)
        if entry is None or not entry.is_told(help.now()):
            return HTMLResponse(draw_gone(language, shop), 404)
        return HTMLResponse(draw_entry(language, shop, entry))


async def _check(help: Help, request: Request) -> None:
    if not await help.allow(request.client.host if request.client else ""):
        raise HTTPException(429, "Too many requests; please wait a moment.")


def _shown(entry: Entry, language: Language) -> dict[str, str]:
    return {
        "id": entry.id,
        "title": written_for(language, entry.title),
        "excerpt": excerpt(entry, language),
        "url": address(entry, language),
    }


def language_of(request: Request, wished: str | None) -> Language:
    """The language asked for, else the first of the browser's that we speak, else English."""
    for language in LANGUAGES:
        if wished == language:
            return language
    for part in request.headers.get("accept-language", "").lower().split(","):
        tag = part.partition(";")[0].strip()
        if tag.startswith("zh"):
            return "zh-Hant" if tag.rpartition("-")[2] in TRADITIONAL or "hant" in tag else "zh-Hans"
        if tag.startswith("en"):
            return "en"
    return "en"
