"""What an answer must tell, computed from the shop: the names that `tells` of a case may use."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.policies import Policies
from actions.requests import Filed
from actions.shop import Order, OrderState, Product, Shop
from actions.values import Money
from bot.messages import Language
from tests.simulate.facts import among, amounts, as_date, dates, fits, states
from tests.simulate.world import Filing


@dataclass(frozen=True)
class Told:
    """All that the bot has said in a dialogue, and what it may have been about."""

    text: str
    language: Language
    shop: Shop
    policies: Policies
    order: Order | None
    product: Product | None
    filings: list[Filing]

    def day(self, at: datetime | None) -> bool:
        """Whether a day was told. Nothing can be told of a day that there is not."""
        return at is not None and any(among(one, {as_date(at)}) for one in dates(self.text))

    def money(self, value: Money | None) -> bool:
        return value is not None and value.amount in amounts(self.text)

    def any_of(self, *words: str) -> bool:
        return any(word.lower() in self.text.lower() for word in words)


async def told(name: str, scene: Told) -> bool:
    """Whether a fact was told. Raises KeyError for a fact that nobody knows how to judge."""
    return await FACTS[name](scene)


async def _state(scene: Told) -> bool:
    return scene.order is not None and any(fits(state, scene.order) for state in states(scene.text))


async def _arrives(scene: Told) -> bool:
    return scene.order is not None and scene.day(scene.order.arrives_by)


async def _dispatched_by(scene: Told) -> bool:
    return scene.order is not None and scene.day(scene.order.dispatch_by)


async def _delivered(scene: Told) -> bool:
    return scene.order is not None and scene.day(scene.order.reached(OrderState.DELIVERED))


async def _refund_by(scene: Told) -> bool:
    return scene.order is not None and scene.day(scene.order.refund_by)


async def _refunded(scene: Told) -> bool:
    return scene.order is not None and scene.day(scene.order.reached(OrderState.REFUNDED))


async def _refund(scene: Told) -> bool:
    return scene.order is not None and scene.money(scene.order.refund)


async def _courier(scene: Told) -> bool:
    shipment = scene.order.shipment if scene.order else None
    phone = (scene.policies.couriers or {}).get(shipment.courier["zh-Hans"]) if shipment else None
    return bool(phone and phone in scene.text)


async def _tracking(scene: Told) -> bool:
    return bool(scene.order and scene.order.shipment and scene.order.shipment.tracking_number in scene.text)


async def _filed(scene: Told) -> bool:
    """The number of what was filed was told."""
    return any(isinstance(one.answer, Filed) and one.answer.number in scene.text for one in scene.filings)


async def _price(scene: Told) -> bool:
    return scene.product is not None and scene.money(scene.product.price)


async def _was(scene: Told) -> bool:
    return scene.product is not None and scene.money(scene.product.was)


async def _stock(scene: Told) -> bool:
    if scene.product is None:
        return False
    none = re.search(r"没货|沒貨|缺货|缺貨|\bout of\b", scene.text)
    some = re.search(r"有货|有貨|有現貨|有现货|只剩|in stock|only \d+ left", scene.text, re.I)
    return bool(none and not some if scene.product.stock == 0 else some)


async def _specs(scene: Told) -> bool:
    return scene.product is not None and any(line in scene.text for line in scene.product.specs[scene.language])


async def _fee(scene: Told) -> bool:
    rules = scene.policies.shipping
    return rules is not None and scene.money(rules.fee) and scene.money(rules.free_from)


async def _free_from(scene: Told) -> bool:
    rules = scene.policies.shipping
    return rules is not None and scene.money(rules.free_from)


async def _remote(scene: Told) -> bool:
    rules = scene.policies.shipping
    return rules is not None and scene.money(rules.remote_fee)


async def _area(scene: Told) -> bool:
    rules = scene.policies.shipping
    return rules is not None and scene.any_of(rules.not_served[scene.language])


async def _days(scene: Told) -> bool:
    rules = scene.policies.shipping
    return rules is not None and bool(re.search(rf"{rules.days[0]}\s?[–-]\s?{rules.days[1]}", scene.text))


async def _dispatch_hours(scene: Told) -> bool:
    rules = scene.policies.shipping
    return rules is not None and bool(re.search(rf"{rules.dispatch_hours} ?(?:小时|小時|hours)", scene.text))


async def _return_days(scene: Told) -> bool:
    rules = scene.policies.returns
    return rules is not None and bool(re.search(rf"{rules.days} ?(?:天|days)", scene.text))


async def _return_until(scene: Told) -> bool:
    rules, arrived = scene.policies.returns, scene.order and scene.order.reached(OrderState.DELIVERED)
    return bool(rules and arrived and scene.day(arrived + timedelta(days=rules.days)))


async def _postage(scene: Told) -> bool:
    rules = scene.policies.returns
    return rules is not None and scene.any_of(rules.postage[scene.language])


async def _method(scene: Told) -> bool:
    rules = scene.policies.returns
    return bool(rules and rules.method and scene.any_of(rules.method[scene.language]))


async def _promotions(scene: Told) -> bool:
    return all(scene.any_of(one.names[scene.language]) for one in await scene.shop.promotions())


async def _coupons(scene: Told) -> bool:
    return any(scene.any_of(one.names[scene.language]) for one in await scene.shop.coupons())


async def _store(scene: Told) -> bool:
    info = await scene.shop.info()
    return scene.any_of(info.hours[scene.language])


async def _stores(scene: Told) -> bool:
    info = await scene.shop.info()
    return scene.any_of(info.stores[scene.language])


async def _protected(scene: Told) -> bool:
    """The difference that is paid back was told."""
    order = scene.order
    if order is None:
        return False
    now = {product.id: product.price.amount for product in await scene.shop.products()}
    fallen = sum(max(0, one.price.amount - now[one.product]) * one.quantity for one in order.items)
    return fallen > 0 and fallen in amounts(scene.text)


async def _points(scene: Told) -> bool:
    member = await scene.shop.member(scene.order.customer or "") if scene.order else None
    return member is not None and f"{member.points:,}" in scene.text and scene.any_of(member.levels[scene.language])


async def _duty(scene: Told) -> bool:
    return bool(scene.order and scene.order.customs and scene.money(scene.order.customs.duty))


async def _missing(scene: Told) -> bool:
    missing = scene.order.customs.missing if scene.order and scene.order.customs else None
    return missing is not None and scene.any_of(missing[scene.language])


async def _warranty(scene: Told) -> bool:
    months = scene.product.warranty if scene.product else None
    return months is not None and bool(re.search(rf"(?<!\d){months} ?(?:个月|個月|months?)", scene.text))


async def _warranty_until(scene: Told) -> bool:
    arrived = scene.order.reached(OrderState.DELIVERED) if scene.order else None
    goods = {product.id: product for product in await scene.shop.products()}
    months = goods[scene.order.items[0].product].warranty if scene.order else None
    if arrived is None or months is None:
        return False
    years, month = divmod(arrived.month - 1 + months, 12)
    return str(arrived.year + years) in scene.text and any(one.month == month + 1 for one in dates(scene.text))


async def _used_coupon(scene: Told) -> bool:
    held = await scene.shop.coupons(scene.order.customer) if scene.order else ()
    return bool(held) and all(scene.any_of(one.names[scene.language]) for one in held)


FACTS: dict[str, Callable[[Told], Awaitable[bool]]] = {
    "state": _state,
    "arrives": _arrives,
    "dispatched_by": _dispatched_by,
    "delivered": _delivered,
    "refund_by": _refund_by,
    "refunded": _refunded,
    "refund": _refund,
    "courier": _courier,
    "tracking": _tracking,
    "filed": _filed,
    "price": _price,
    "was": _was,
    "stock": _stock,
    "specs": _specs,
    "fee": _fee,
    "free_from": _free_from,
    "remote": _remote,
    "area": _area,
    "days": _days,
    "dispatch_hours": _dispatch_hours,
    "return_days": _return_days,
    "return_until": _return_until,
    "postage": _postage,
    "method": _method,
    "promotions": _promotions,
    "coupons": _coupons,
    "store": _store,
    "stores": _stores,
    "protected": _protected,
    "points": _points,
    "duty": _duty,
    "missing": _missing,
    "warranty": _warranty,
    "warranty_until": _warranty_until,
    "used_coupon": _used_coupon,
}
