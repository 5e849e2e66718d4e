"""Questions about the shop itself: its offers, its prices in general, where it is."""

from __future__ import annotations

from collections.abc import Iterable

from actions.shop import Offer
from bot.dialogue.formats import day
from bot.dialogue.scene import Scene


async def tell_promotions(scene: Scene) -> None:
    _tell_offers(scene, "promotion", await scene.shop.promotions())


async def tell_coupons(scene: Scene) -> None:
    _tell_offers(scene, "coupon", await scene.shop.coupons())


async def refuse_bargain(scene: Scene) -> None:
    offers = (*await scene.shop.promotions(), *await scene.shop.coupons())
    scene.say("\n".join((scene.word("bargain"), *_lines(scene, offers))))


async def tell_about_shop(scene: Scene) -> None:
    info, language = await scene.shop.info(), scene.language
    scene.say(
        scene.word(
            "store.info",
            shop=info.names[language],
            hours=info.hours[language],
            contact=info.contact[language],
            stores=info.stores[language],
        )
    )


def _tell_offers(scene: Scene, kind: str, offers: Iterable[Offer]) -> None:
    lines = _lines(scene, offers)
    if lines:
        scene.say(scene.word(f"{kind}.list", lines="\n".join(lines)))
    else:
        scene.say(scene.word(f"{kind}.none"))


def _lines(scene: Scene, offers: Iterable[Offer]) -> list[str]:
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
