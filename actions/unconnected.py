"""The shop behind a desk that no shop system is connected to yet: it knows its name and nothing else."""

from __future__ import annotations

from typing import NoReturn

from actions.shop import Offer, Order, Product, Return, ReturnPolicy, ShippingRules, ShopFailed, ShopInfo, Words
from bot.messages import LANGUAGES

UNNAMED: Words = {"zh-Hans": "本店", "zh-Hant": "本店", "en": "our shop"}
ASK_US: Words = {"zh-Hans": "请咨询人工客服", "zh-Hant": "請洽真人客服", "en": "please ask our team"}


class UnconnectedShop:
    """A `Shop` whose look-ups fail, so that the shopper gets a human instead of a guess."""

    def __init__(self, name: str) -> None:
        self._names: Words = dict.fromkeys(LANGUAGES, name) if name else UNNAMED

    async def info(self) -> ShopInfo:
        return ShopInfo(names=self._names, hours=ASK_US, contact=ASK_US, stores=ASK_US)

    async def product(self, id: str) -> Product | None:
        _fail()

    async def promotions(self) -> tuple[Offer, ...]:
        _fail()

    async def coupons(self) -> tuple[Offer, ...]:
        _fail()

    async def order(self, number: str) -> Order | None:
        _fail()

    async def shipping(self) -> ShippingRules:
        _fail()

    async def return_policy(self) -> ReturnPolicy:
        _fail()

    async def start_return(self, order: str, reason: str, key: str, *, refund_only: bool = False) -> Return | None:
        _fail()


def _fail() -> NoReturn:
    raise ShopFailed("no shop system is connected")
