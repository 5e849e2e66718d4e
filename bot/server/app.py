"""The HTTP surface: who answers under which path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import swagger_ui_bundle
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from actions.shop import ShopFailed
from bot.demo.routes import make_demo_routes
from bot.dialogue.formats import money
from bot.messages import Card, Language
from bot.secrets import load_secret
from bot.server.desk import Desk
from bot.server.guard import Guard
from bot.server.help import Help, make_help_routes
from bot.store.keys import conversation_id
from bot.uploads import Uploads
from channels.web.door import CHANNEL, Door
from channels.web.frames import Problem
from channels.web.limits import Limits
from channels.web.logins import Logins
from channels.web.media import MediaPaths, make_media_routes
from channels.web.routes import CHAT, answer_problem, make_chat, make_routes
from handoff.feedback import make_feedback_routes
from handoff.workspace.routes import WorkspaceParts, make_workspace_routes
from handoff.workspace.sessions import Problem as WorkspaceProblem
from handoff.workspace.sessions import answer_problem as answer_workspace_problem

ROOT = Path(__file__).parents[2]
WIDGET = ROOT / "channels/web/static/widget.js"
WORKSPACE = ROOT / "handoff/workspace/static"
HERE = Path(__file__).parent / "static"


class FreshFiles(StaticFiles):
    """Files a browser asks for again each time, so that an upgrade never mixes modules of two versions."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


class Site(FastAPI):
    """`chat` serves the widgets' sockets."""

    def __init__(self, chat: ASGIApp, **more: Any) -> None:
        super().__init__(**more)
        self._chat = chat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_chat = scope["type"] == "websocket" and scope["path"] == CHAT
        await (self._chat if is_chat else super().__call__)(scope, receive, send)


def make_app(desk: Desk, *, demo_password: str | None) -> FastAPI:
    """The ASGI app of an open desk."""
    origins = desk.settings.origins
    paths = MediaPaths(load_secret(desk.settings.data, "media"))
    door = _web_door(desk, paths)
    app = Site(make_chat(door, origins), title="Jieli", docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.openapi_version = "3.0.3"  # what the bundled documentation page reads
    app.include_router(_web(desk, door))
    app.include_router(make_media_routes(desk.media, paths))
    app.include_router(make_workspace_routes(_workspace(desk)))
    app.include_router(_feedback(desk))
    app.include_router(make_help_routes(_help(desk)))
    if demo_password is not None:
        app.include_router(make_demo_routes(desk.shop, demo_password, _logins(desk)))
    for webhook in desk.webhooks:
        app.include_router(webhook)
    _serve_pages(app, desk)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(WorkspaceProblem, answer_workspace_problem)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(origins),
        allow_methods=["POST"],
        allow_headers=["content-type", "authorization"],
    )
    app.add_middleware(Guard)
    return app


def _web(desk: Desk, door: Door) -> APIRouter:
    limits, logins = Limits(desk.store), _logins(desk)
    return make_routes(door, limits, desk.settings.origins, demo=desk.demo, logins=logins, links=desk.links)


def _logins(desk: Desk) -> Logins | None:
    """The shop's signed logins; the demo is a shop of its own and signs by a key of its own."""
    given = desk.settings.login_secret
    if given is None and not desk.demo:
        return None
    secret = given.get_secret_value().encode() if given else load_secret(desk.settings.data, "logins")
    return Logins(secret, desk.clock.now)


def _web_door(desk: Desk, paths: MediaPaths) -> Door:
    async def product_card(id: str, language: Language) -> Card | None:
        try:
            product = await desk.shop.product(id)
        except ShopFailed:
            product = None
        if product is None:
            return None
        title, price = product.names[language], money(product.price)
        return Card(kind="product", ref=product.id, title=title, lines=(price,), image=product.image)

    uploads = Uploads(desk.media, desk.settings.desk, CHANNEL, desk.has_room)
    return Door(
        desk.store,
        desk.inbox,
        desk.log,
        desk.wire,
        desk.visitors,
        product_card,
        paths,
        desk.joins,
        uploads,
        desk.standings.of,
    )


def _feedback(desk: Desk) -> APIRouter:
    def conversation_of(token: str) -> str | None:
        visitor = desk.visitors.check(token)
        return conversation_id(desk.settings.desk, CHANNEL, visitor) if visitor else None

    return make_feedback_routes(desk.tickets.sources, desk.store, conversation_of, desk.settings.origins)


SEARCHES = 60
"""Of the help page, of an address within a minute: it searches as one types."""


def _help(desk: Desk) -> Help:
    async def shop_name(language: Language) -> str:
        return (await _shop_names(desk)).get(language, "")

    async def allow(address: str) -> bool:
        return await desk.store.count(f"help:{address}", 60) <= SEARCHES

    return Help(desk.library, desk.knowledge, shop_name, desk.clock.moment, allow)


async def _shop_names(desk: Desk) -> Mapping[Language, str]:
    try:
        return (await desk.shop.info()).names
    except ShopFailed:
        return {}


def _workspace(desk: Desk) -> WorkspaceParts:
    async def shop_names() -> Mapping[Language, str]:
        return await _shop_names(desk)

    return WorkspaceParts(
        store=desk.store,
        log=desk.log,
        wire=desk.wire,
        broker=desk.broker,
        transfers=desk.transfers,
        ledger=desk.ledger,
        reports=desk.reports,
        checkbook=desk.checkbook,
        clock=desk.clock,
        joins=desk.joins,
        presence=desk.presence,
        accounts=desk.accounts,
        canned=desk.canned,
        suggestions=desk.suggestions,
        corrections=desk.corrections,
        texts=desk.texts,
        shop=desk.shop,
        mentions=desk.mentions,
        tickets=desk.tickets.book,
        archive=desk.archive,
        shop_names=shop_names,
        rulekeeper=desk.rulekeeper,
        documents=desk.documents,
        library=desk.library,
        knowledge_reports=desk.knowledge_reports,
        policies=desk.policies,
        switchboard=desk.switchboard,
        media=desk.media,
        uploads=Uploads(desk.media, desk.settings.desk, "workspace", desk.has_room),
        secret=load_secret(desk.settings.data, "workspace"),
        demo=desk.demo,
    )


def _serve_pages(app: FastAPI, desk: Desk) -> None:
    @app.get("/", include_in_schema=False)
    async def start() -> Response:
        return RedirectResponse("/demo" if desk.demo else "/workspace")

    @app.get("/widget.js", include_in_schema=False)
    async def widget() -> Response:
        headers = {"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
        return FileResponse(WIDGET, media_type="text/javascript", headers=headers)

    @app.get("/workspace", include_in_schema=False)
    async def workspace() -> Response:
        return FileResponse(WORKSPACE / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return FileResponse(HERE / "docs.html")

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Whether the store answers."""
        await desk.store.now()
        return {"status": "ok"}

    app.mount("/workspace/static", FreshFiles(directory=WORKSPACE))
    app.mount("/docs/swagger", StaticFiles(directory=swagger_ui_bundle.swagger_ui_path))
    app.mount("/docs/static", StaticFiles(directory=HERE))


async def _answer_invalid(_: Request, error: Exception) -> JSONResponse:
    """A body that is not what the path takes: the first field that is wrong, and why; never what was sent."""
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = dict(error.errors()[0])
    if first["type"] == "json_invalid":
        return _error(400, "bad_json", "This is not JSON.")
    where = ".".join(str(part) for part in first["loc"][1:])
    return _error(400, "bad_request", f"{where or 'body'}: {first['msg']}")


async def _answer_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "bad_request"}.get(error.status_code, "bad_request")
    return _error(error.status_code, code, str(error.detail))


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
