"""The demo page, its pictures and what it offers to click."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response

from actions.demo import DemoShop, demo_showcase
from actions.pictures import product_svg
from actions.seed.load import goods, members
from actions.shop import Product, Shop
from bot.messages import Model
from channels.web.logins import Logins
from handoff.accounts import DEMO_NAME

LOGIN_LASTS = 3_600
"""Seconds."""
STATIC = Path(__file__).parent / "static"
FILES = {path.name: path for path in STATIC.iterdir() if path.suffix in {".css", ".js"}}


class Login(Model):
    """Which of the demo's customers a visitor wants to be."""

    customer: str


def make_demo_routes(shop: Shop, password: str, logins: Logins | None) -> APIRouter:
    """`password`: the demo agent's, told to this machine only; `logins`: by which the demo signs who somebody is."""
    router = APIRouter(prefix="/demo", include_in_schema=False)

    @router.get("")
    async def page() -> Response:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    @router.get("/static/{name}")
    async def file(name: str) -> Response:
        if name not in FILES:
            raise HTTPException(404)
        return FileResponse(FILES[name], headers={"Cache-Control": "no-cache"})

    @router.get("/products/{id}.svg")
    async def picture(id: str) -> Response:
        product = await shop.product(id)
        if product is None:
            raise HTTPException(404)
        return Response(product_svg(product), media_type="image/svg+xml")

    @router.get("/api/showcase")
    async def showcase(request: Request) -> JSONResponse:
        shown = demo_showcase()
        sign_in = {"name": DEMO_NAME, "password": password} if is_loopback(request) else None
        return JSONResponse(
            {
                "questions": [
                    {"language": language, "text": text} for one in shown.questions for language, text in one.items()
                ],
                "orders": [{"number": one.number, "phone_tail": one.tail, "state": one.titles} for one in shown.orders],
                "products": [_shown(product) for product in goods()],
                "customers": [
                    {"id": one.id, "name": one.name, "level": one.levels} for one in members().values() if logins
                ],
                "workspace": sign_in,
            }
        )

    @router.post("/api/login")
    async def login(wish: Login) -> JSONResponse:
        """What a shop's own server does for who has signed in there; the demo's customers are everybody's."""
        if logins is None or wish.customer not in members():
            raise HTTPException(404)
        return JSONResponse({"token": logins.sign(wish.customer, LOGIN_LASTS)})

    @router.get("/api/outbox")
    async def outbox() -> JSONResponse:
        """The codes that were "sent": the demo's phones are nobody's, so its page shows what they would."""
        sent = await shop.outbox() if isinstance(shop, DemoShop) else ()
        return JSONResponse([{"to": one.to, "code": one.code} for one in sent])

    return router


def is_loopback(request: Request) -> bool:
    return request.client is not None and ip_address(request.client.host).is_loopback


def _shown(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "name": product.names,
        "price": product.price.amount,
        "currency": product.price.currency,
        "image": product.image,
        "stock": product.stock,
    }
