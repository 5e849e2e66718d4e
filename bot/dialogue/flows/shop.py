"""Questions about the shop itself: where it is, and when somebody is there."""

from __future__ import annotations

from bot.dialogue.scene import Scene


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
