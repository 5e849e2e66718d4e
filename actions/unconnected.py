"""The shop behind a desk that no shop system is connected to yet: it knows its name and nothing else."""

from __future__ import annotations

from typing import NoReturn

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
from actions.values import Words
from bot.messages import LANGUAGES

UNNAMED: Words = {"zh-Hans": "本店", "zh-Hant": "本店", "en": "our shop"}
ASK_US: Words = {"zh-Hans": "请咨询人工客服", "zh-Hant": "請洽真人客服", "en": "please ask our team"}


class UnconnectedShop:
    """A `Shop` that sells nothing it knows of and whose look-ups fail: a shopper gets a human instead of a guess."""

    def __init__(self, name: str) -> None:
        self._names: Words = dict.fromkeys(LANGUAGES, name) if name else UNNAMED

    async def info(self) -> ShopInfo:
        return ShopInfo(names=self._names, hours=ASK_US, contact=ASK_US, stores=ASK_US)

    async def products(self) -> tuple[Product, ...]:
        return ()

    async def changes(self, cursor: str) -> Changes:
        return Changes(cursor=cursor)

    async def product(self, id: str) -> Product | None:
        _fail()

    async def prices(self, product: str) -> tuple[PricePoint, ...]:
        _fail()

    async def promotions(self) -> tuple[Offer, ...]:
        _fail()

    async def coupons(self, customer: str | None = None) -> tuple[Offer, ...]:
        _fail()

    async def order(self, number: str) -> Order | None:
        _fail()

    async def orders(self, customer: str) -> tuple[Order, ...]:
        _fail()

    async def member(self, customer: str) -> Member | None:
        _fail()

    async def send_code(self, order: str, key: str) -> str | None:
        _fail()

    async def check_code(self, order: str, code: str) -> bool:
        _fail()

    async def appointments(self, order: str) -> tuple[Appointment, ...]:
        _fail()

    async def file(self, request: Request) -> Filed | Refused:
        _fail()


def _fail() -> NoReturn:
    raise ShopFailed("no shop system is connected")
