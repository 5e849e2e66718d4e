"""A shop somewhere else, asked over HTTP as docs/shop-api.json has it. Whatever goes wrong there is a `ShopFailed`."""

from __future__ import annotations

import asyncio
import random
from functools import cache
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from actions.remote.bodies import KEY, CodeChecked, CodeGuess, CodeSent, CodeWish
from actions.remote.circuit import Circuit
from actions.requests import Filed, Refused, Request
from actions.shop import (
    Appointment,
    Changes,
    Member,
    Offer,
    Order,
    PricePoint,
    Product,
    ShopFailed,
    ShopInfo,
)

READ_WITHIN, WRITE_WITHIN = 2.0, 4.0
"""Seconds for a call with all its attempts: the bot has five for a turn."""
ATTEMPTS = 3
PAUSES = (0.05, 0.2)
"""Seconds between two attempts, at least and at most."""
LARGEST = 16 * 1024 * 1024
"""Bytes of an answer."""
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""What another attempt may mend."""
T = TypeVar("T")


class HttpShop:
    """A `Shop` at `url`, which knows us by `token`. Reads, and writes that have a key, are tried up to three times."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._http = httpx.AsyncClient(base_url=f"{url}/v1", headers=headers, timeout=WRITE_WITHIN)
        self._circuit = Circuit()

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def info(self) -> ShopInfo:
        return await self._get(ShopInfo, "/info")

    async def products(self) -> tuple[Product, ...]:
        return await self._get(tuple[Product, ...], "/products")

    async def product(self, id: str) -> Product | None:
        return await self._find(Product, f"/products/{_part(id)}")

    async def prices(self, product: str) -> tuple[PricePoint, ...]:
        return await self._get(tuple[PricePoint, ...], f"/products/{_part(product)}/prices")

    async def promotions(self) -> tuple[Offer, ...]:
        return await self._get(tuple[Offer, ...], "/promotions")

    async def coupons(self, customer: str | None = None) -> tuple[Offer, ...]:
        return await self._get(tuple[Offer, ...], "/coupons", customer=customer)

    async def order(self, number: str) -> Order | None:
        return await self._find(Order, f"/orders/{_part(number)}")

    async def orders(self, customer: str) -> tuple[Order, ...]:
        return await self._get(tuple[Order, ...], "/orders", customer=customer)

    async def member(self, customer: str) -> Member | None:
        return await self._find(Member, f"/members/{_part(customer)}")

    async def send_code(self, order: str, key: str) -> str | None:
        path = f"/orders/{_part(order)}/code"
        sent: CodeSent = await self._call(CodeSent, "POST", path, body=CodeWish(key=key))
        return sent.to

    async def check_code(self, order: str, code: str) -> bool:
        """Tried once: a code is good once, and an answer that is lost is no answer."""
        path, guess = f"/orders/{_part(order)}/code/check", CodeGuess(code=code)
        checked: CodeChecked = await self._call(CodeChecked, "POST", path, body=guess, attempts=1)
        return checked.right

    async def appointments(self, order: str) -> tuple[Appointment, ...]:
        return await self._get(tuple[Appointment, ...], f"/orders/{_part(order)}/appointments")

    async def changes(self, cursor: str) -> Changes:
        return await self._get(Changes, "/changes", after=cursor)

    async def file(self, request: Request) -> Filed | Refused:
        answer: Filed | Refused = await self._call(
            Filed | Refused, "POST", "/requests", body=request, headers={KEY: request.key}
        )
        return answer

    async def _get(self, kind: type[T], path: str, **query: str | None) -> T:
        known = {name: value for name, value in query.items() if value is not None}
        found: T = await self._call(kind, "GET", path, query=known)
        return found

    async def _find(self, kind: type[T], path: str) -> T | None:
        """As `_get`, where there may be none."""
        found: T | None = await self._call(kind, "GET", path, optional=True)
        return found

    async def _call(
        self,
        kind: Any,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: BaseModel | None = None,
        headers: dict[str, str] | None = None,
        attempts: int = ATTEMPTS,
        optional: bool = False,
    ) -> Any:
        content = body.model_dump_json() if body else None
        sent = {**(headers or {}), **({"Content-Type": "application/json"} if body else {})}
        request = self._http.build_request(method, path, params=query, content=content, headers=sent)
        status, raw = await self._fetch(request, READ_WITHIN if method == "GET" else WRITE_WITHIN, attempts)
        if optional and status == 404:
            return None
        if status not in (200, 409):
            raise ShopFailed(f"the shop answered {status}")
        return _read(kind, raw)

    async def _fetch(self, request: httpx.Request, within: float, attempts: int) -> tuple[int, bytes]:
        """The shop's answer, whatever it says. Raises `ShopFailed` where there is none that would stay the same."""
        with self._circuit.watching():
            try:
                async with asyncio.timeout(within):
                    status, raw = await self._try(request, attempts)
            except TimeoutError:
                raise ShopFailed(f"the shop did not answer within {within} s") from None
            if status in AGAIN:
                raise ShopFailed(f"the shop answered {status}")
            return status, raw

    async def _try(self, request: httpx.Request, attempts: int) -> tuple[int, bytes]:
        for attempt in range(1, attempts + 1):
            last = attempt == attempts
            try:
                status, raw = await self._send(request)
            except httpx.HTTPError as error:
                if last:
                    raise ShopFailed(f"the shop cannot be reached: {type(error).__name__}") from None
            else:
                if last or status not in AGAIN:
                    return status, raw
            await asyncio.sleep(random.uniform(*PAUSES))
        raise AssertionError("unreachable")

    async def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        answer = await self._http.send(request, stream=True)
        raw = bytearray()
        try:
            async for piece in answer.aiter_bytes():
                raw += piece
                if len(raw) > LARGEST:
                    raise ShopFailed("the shop's answer is too large")
        finally:
            await answer.aclose()
        return answer.status_code, bytes(raw)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _read(kind: Any, raw: bytes) -> Any:
    """What an answer says. The error names fields and never what stands in them."""
    try:
        return _adapter(kind).validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise ShopFailed(f"the shop's answer breaks the contract: {where}: {first['type']}") from None


def _part(text: str) -> str:
    """One segment of a path."""
    return quote(text, safe="") if text.strip(".") else "%2E" * len(text) or "-"
