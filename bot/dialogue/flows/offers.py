"""Prices under the shop's offers: what a basket costs, which coupon can be used, and the difference after buying."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from actions.baskets import Basket, Hindrance, Line, Quote, hindrance, missing, quote
from actions.policies import PriceProtection
from actions.protection import Difference, Ground, difference
from actions.requests import ProtectPrice
from actions.shop import Offer, Order, Product
from actions.values import Money
from bot.dialogue.flows.filing import open_requests, tell_filed
from bot.dialogue.formats import day, moment, money
from bot.dialogue.language import simplified
from bot.dialogue.proof import own_order
from bot.dialogue.scene import Scene, named_product, product_card
from bot.messages import Button

WHY = re.compile(
    r"为什么|为啥|怎么.{0,6}(?:贵|便宜|涨|降|变|不一样|不同)|[涨降]价|不一样|历史价|以前|之前|上次|昨天|"
    r"\bwhy\b|\bdifferen|\bwent (?:up|down)|\bcheaper|\bhistory|\bbefore\b|\byesterday\b|\blast (?:week|month)",
    re.I,
)
CANNOT = re.compile(
    r"[用领]不了|不能[用领]|没法用|失效|无法使用|用不上|\bnot work|n['o]t (?:work|use)|\bcannot\b|\binvalid", re.I
)
KEPT_PRICES = 3
"""Prices of the past that are told."""


async def tell_price(scene: Scene) -> None:
    """What it costs: one thing now, and if asked why it differs, before; several under the offers that hold."""
    if sum(quantity for _, quantity in scene.slots.basket) > 1:
        basket = await _basket(scene)
        if basket:
            return _tell_quote(scene, basket, await _quote(scene, basket))
    product = await named_product(scene)
    if product is None:
        return None
    name, card = product.names[scene.language], product_card(scene, product)
    key = "price.reduced" if product.was else "price.now"
    was = money(product.was) if product.was else ""
    scene.say(scene.word(key, product=name, price=money(product.price), was=was), card=card)
    if WHY.search(simplified(scene.slots.question)):
        await _tell_history(scene, product)
    return None


async def _tell_history(scene: Scene, product: Product) -> None:
    """What it cost before, the offers that hold for it now, and why people see different prices."""
    points, language = await scene.shop.prices(product.id), scene.language
    lines = [scene.word("prices.point", day=day(language, one.at), price=money(one.price)) for one in points]
    if len(lines) > 1:
        scene.say(scene.word("prices.history", lines="\n".join(lines[-KEPT_PRICES:])))
    basket = [Line(product, 1)]
    holding = [one for one in await scene.shop.promotions() if one.products and _holds(scene, one, basket)]
    if holding:
        scene.say(scene.word("prices.offers", lines="\n".join(offer_lines(scene, holding))))
    scene.say(scene.word("prices.why"))


def _holds(scene: Scene, offer: Offer, basket: Basket) -> bool:
    return hindrance(offer, scene.now, basket) in (None, Hindrance.THRESHOLD)


async def tell_promotions(scene: Scene) -> None:
    """Which there are, and what the basket at hand comes to under them."""
    offers = await scene.shop.promotions()
    if offers:
        scene.say(scene.word("promotion.list", lines="\n".join(offer_lines(scene, offers))))
    else:
        scene.say(scene.word("promotion.none"))
    if basket := await _basket(scene):
        _tell_quote(scene, basket, await _quote(scene, basket))


async def tell_coupons(scene: Scene) -> None:
    """Those there are; of somebody signed in, theirs, and why one cannot be used."""
    customer, basket = scene.customer, await _basket(scene)
    offers = await scene.shop.coupons(customer)
    if not offers and not customer:
        return scene.say(scene.word("coupon.none"))
    if customer and offers:
        first = not await scene.shop.orders(customer)
        lines = [_coupon_line(scene, one, basket, first=first) for one in offers]
        scene.say(scene.word("coupon.mine", lines="\n".join(lines)))
    elif customer:
        public = offer_lines(scene, await scene.shop.coupons())
        scene.say(scene.word("coupon.mine_none", lines="\n".join(public)))
    else:
        lines = [_coupon_line(scene, one, basket, first=True) for one in offers]
        scene.say(scene.word("coupon.list", lines="\n".join(lines)))
    if CANNOT.search(simplified(scene.slots.question)):
        scene.offer_human(scene.word("coupon.reasons"))
    return None


def _coupon_line(scene: Scene, offer: Offer, basket: Basket, *, first: bool) -> str:
    line = offer_lines(scene, (offer,))[0]
    why = hindrance(offer, scene.now, basket, first_order=first)
    if why is None:
        return line
    short, language = missing(offer, basket), scene.language
    fields = {"missing": money(short), "starts": day(language, offer.starts), "ends": day(language, offer.ends)}
    return line + scene.word(f"coupon_why.{why}", **fields)


async def bargain(scene: Scene) -> None:
    """No haggling: what the offers make of it, or a human."""
    offers = (*await scene.shop.promotions(), *await scene.shop.coupons(scene.customer))
    usable = [offer for offer in offers if hindrance(offer, scene.now) is None]
    if not usable:
        return scene.offer_human(scene.word("haggle.none"))
    basket = await _basket(scene)
    found = await _quote(scene, basket) if basket else None
    if found and found.savings:
        scene.say(scene.word("haggle.saves"))
        return _tell_quote(scene, basket, found)
    return scene.say("\n".join((scene.word("bargain"), *offer_lines(scene, usable))))


async def _basket(scene: Scene) -> list[Line]:
    """What is spoken of: several things, or the product at hand; nothing if it is gone."""
    slots = scene.slots
    wanted = slots.basket or (((slots.product, 1),) if slots.product else ())
    found = [(await scene.shop.product(id), quantity) for id, quantity in wanted]
    lines = [Line(product, quantity) for product, quantity in found if product]
    return lines if len({line.product.price.currency for line in lines}) == 1 else []


async def _quote(scene: Scene, basket: Basket) -> Quote:
    first = bool(scene.customer) and not await scene.shop.orders(scene.customer or "")
    offers = (*await scene.shop.promotions(), *await scene.shop.coupons(scene.customer))
    return quote(basket, offers, scene.now, first_order=first)


def _tell_quote(scene: Scene, basket: Basket, found: Quote) -> None:
    """The basket line by line: what it comes to, what comes off, and what is left."""
    name = scene.language
    lines = [
        scene.word(
            "basket.line",
            product=line.product.names[name],
            quantity=str(line.quantity),
            amount=money(Money(amount=line.amount, currency=line.product.price.currency)),
        )
        for line in basket
    ]
    lines += [
        scene.word("basket.saving", name=one.offer.names[name], amount=money(one.amount)) for one in found.savings
    ]
    key = "basket.total" if found.savings else "basket.plain"
    scene.say("\n".join((*lines, scene.word(key, total=money(found.total)))))


def offer_lines(scene: Scene, offers: Sequence[Offer]) -> list[str]:
    """A line for each: its name, its rule, and until when it holds or from when."""
    return [
        scene.word(
            "promotion.later" if offer.starts > scene.now else "promotion.line",
            name=offer.names[scene.language],
            rule=offer.rules[scene.language],
            starts=day(scene.language, offer.starts),
            ends=day(scene.language, offer.ends),
        )
        for offer in offers
    ]


async def protect_price(scene: Scene) -> None:
    """What the price fell by since it was bought, as the shop's own prices tell, is paid back."""
    policy = scene.policies.price_protection
    goods = {product.id: product for product in await scene.shop.products()}
    order = await own_order(scene, lambda one: policy is not None and _has_fallen(scene, one, goods, policy))
    if order is None:
        return None
    if wish := scene.agreed(ProtectPrice):
        filed = await scene.file(wish)
        return tell_filed(scene, "price_protection", filed) if filed else None
    if policy is None:
        return scene.admit_ignorance()
    if pending := open_requests(order, "price_protection"):
        return scene.say(scene.word("protection.pending", order=order.number, number=pending[-1].number))
    judged = [
        (product, difference(order, product, policy, scene.now, claimed=_paid_back(order)))
        for product in [await scene.shop.product(item.product) for item in order.items]
        if product
    ]
    fallen = [one for one in judged if one[1].ground is Ground.FALLEN]
    chosen = [one for one in fallen if one[0].id == scene.slots.product] or fallen
    if not chosen:
        return _tell_no_difference(scene, order, judged, policy.days)
    if len(chosen) > 1:
        buttons = [Button(label=one.names[scene.language], choice=f"product:{one.id}") for one, _ in chosen]
        return scene.ask("product", scene.word("protection.which", order=order.number), buttons)
    return _confirm_difference(scene, order, *chosen[0])


def _has_fallen(scene: Scene, order: Order, goods: Mapping[str, Product], policy: PriceProtection) -> bool:
    """Whether there is a difference to pay back for the product at hand, or, without one, for any."""
    items = [item.product for item in order.items if scene.slots.product in (None, item.product)]
    judged = (difference(order, goods[id], policy, scene.now, claimed=_paid_back(order)) for id in items if id in goods)
    return any(one.ground is Ground.FALLEN for one in judged)


def _paid_back(order: Order) -> int:
    """What was paid back before: of which item is known only where there is one."""
    known = [one for one in order.filed if one.kind == "price_protection" and one.state in ("approved", "done")]
    return sum(one.amount.amount for one in known if one.amount) if len(order.items) == 1 else 0


def _confirm_difference(scene: Scene, order: Order, product: Product, found: Difference) -> None:
    assert found.amount is not None
    claimed, amount = scene.slots.claimed or 0, found.amount
    if claimed > amount.amount:
        asked = Money(amount=claimed, currency=amount.currency)
        scene.say(scene.word("protection.not_that", claimed=money(asked), amount=money(amount)))
    paid = next(item.price for item in order.items if item.product == product.id)
    wish = ProtectPrice(
        key=scene.key("protection", f"{order.number}:{product.id}"),
        order=order.number,
        product=product.id,
        amount=amount,
    )
    fields = {"product": product.names[scene.language], "paid": money(paid), "price": money(product.price)}
    scene.confirm(wish, scene.word("protection.confirm", order=order.number, amount=money(amount), **fields))


def _tell_no_difference(scene: Scene, order: Order, judged: list[tuple[Product, Difference]], days: int) -> None:
    """Why nothing is paid back; whoever saw another price is offered a human."""
    if not judged:
        return scene.offer_human(scene.word("product.gone"))
    found = next((one for _, one in judged if one.ground is Ground.NOT_FALLEN), judged[0][1])
    until = moment(scene.language, found.until.astimezone(scene.now.tzinfo)) if found.until else ""
    words = scene.word(f"protection.{found.ground}", order=order.number, days=str(days), until=until)
    if found.ground in (Ground.NOT_FALLEN, Ground.TOO_LATE):
        return scene.offer_human(words)
    return scene.say(words)
