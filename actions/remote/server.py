"""The reference server: any `Shop`, served as docs/shop-api.json has it."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from actions.remote.bodies import KEY, CodeChecked, CodeGuess, CodeSent, CodeWish, Failure, Fault
from actions.requests import Filed, Refused
from actions.requests import Request as Wish
from actions.shop import (
    Appointment,
    Changes,
    Member,
    Offer,
    Order,
    PricePoint,
    Product,
    Shop,
    ShopFailed,
    ShopInfo,
)

T = TypeVar("T")
Id = Annotated[str, Path(min_length=1, max_length=64)]
Customer = Annotated[str, Query(min_length=1, max_length=100)]
ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": Failure, "description": "The token is missing or wrong."},
    503: {"model": Failure, "description": "The shop cannot tell now; asking again may help."},
}
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Failure, "description": "There is none."}}
BEARER = HTTPBearer(auto_error=False)
CODES = {401: "unauthorized", 404: "not_found", 503: "unavailable"}


def make_shop_app(shop: Shop, token: str) -> FastAPI:
    """The ASGI app of a shop; whoever calls it shows `token`."""
    app = FastAPI(title="Jieli shop API", version="1", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    app.include_router(_goods(shop), dependencies=[Depends(_check(token))])
    app.include_router(_orders(shop), dependencies=[Depends(_check(token))])
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(ShopFailed, _answer_failed)
    return app


def _check(token: str) -> Callable[[HTTPAuthorizationCredentials | None], None]:
    def check(shown: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> None:
        if shown is None or not hmac.compare_digest(shown.credentials.encode(), token.encode()):
            raise HTTPException(401, "The token is missing or wrong.")

    return check


async def _found(work: Awaitable[T | None]) -> T:
    found = await work
    if found is None:
        raise HTTPException(404, "There is none.")
    return found


def _goods(shop: Shop) -> APIRouter:
    router = APIRouter(prefix="/v1", responses=ERRORS)

    @router.get("/info")
    async def info() -> ShopInfo:
        return await shop.info()

    @router.get("/products")
    async def products() -> tuple[Product, ...]:
        """All that is on sale."""
        return await shop.products()

    @router.get("/products/{id}", responses=MISSING)
    async def product(id: Id) -> Product:
        return await _found(shop.product(id))

    @router.get("/products/{id}/prices")
    async def prices(id: Id) -> tuple[PricePoint, ...]:
        """What it has cost, oldest first; the last one is the price now."""
        return await shop.prices(id)

    @router.get("/promotions")
    async def promotions() -> tuple[Offer, ...]:
        """Those that hold now or are announced, the first to end first."""
        return await shop.promotions()

    @router.get("/coupons")
    async def coupons(customer: Customer | None = None) -> tuple[Offer, ...]:
        """Those anybody can get now; of a customer: those they hold, used and expired ones of late included."""
        return await shop.coupons(customer)

    @router.get("/members/{customer}", responses=MISSING)
    async def member(customer: Annotated[str, Path(min_length=1, max_length=100)]) -> Member:
        return await _found(shop.member(customer))

    return router


def _orders(shop: Shop) -> APIRouter:
    router = APIRouter(prefix="/v1", responses=ERRORS)

    @router.get("/orders")
    async def orders(customer: Customer) -> tuple[Order, ...]:
        """A customer's orders, the newest first, at most 20."""
        return await shop.orders(customer)

    @router.get("/orders/{number}", responses=MISSING)
    async def order(number: Id) -> Order:
        return await _found(shop.order(number))

    @router.post("/orders/{number}/code")
    async def send_code(number: Id, wish: CodeWish) -> CodeSent:
        """Send a one-time code to the order's contact, once for a key."""
        return CodeSent(to=await shop.send_code(number, wish.key))

    @router.post("/orders/{number}/code/check")
    async def check_code(number: Id, guess: CodeGuess) -> CodeChecked:
        """Whether it is the code last sent for the order, within ten minutes; a code is good once."""
        return CodeChecked(right=await shop.check_code(number, guess.code))

    @router.get("/orders/{number}/appointments")
    async def appointments(number: Id) -> tuple[Appointment, ...]:
        """When somebody could come to install what was bought, soonest first."""
        return await shop.appointments(number)

    @router.get("/changes")
    async def changes(after: Annotated[str, Query(max_length=200)] = "") -> Changes:
        """What has happened since a cursor; since now for an empty one."""
        return await shop.changes(after)

    @router.post("/requests", responses={409: {"model": Refused, "description": "Nothing was done, and why."}})
    async def file(wish: Wish, response: Response, key: Annotated[str, Header(alias=KEY)]) -> Filed | Refused:
        """Ask for something to be done. The same key has one effect and gets the same answer, however often."""
        if key != wish.key:
            raise HTTPException(400, f"The header {KEY} and the body's key differ.")
        answer = await shop.file(wish)
        if isinstance(answer, Refused):
            response.status_code = 409
        return answer

    return router


async def _answer(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _fail(error.status_code, str(error.detail))


async def _answer_invalid(_: Request, error: Exception) -> JSONResponse:
    """Which field is wrong, and why; never what was sent."""
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = dict(error.errors()[0])
    return _fail(400, f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


async def _answer_failed(_: Request, error: Exception) -> JSONResponse:
    return _fail(503, "The shop cannot tell now.")


def _fail(status: int, message: str) -> JSONResponse:
    fault = Fault.model_validate({"code": CODES.get(status, "bad_request"), "message": message})
    return JSONResponse(Failure(error=fault).model_dump(), status)
