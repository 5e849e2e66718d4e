"""Answers to what asks for nothing: greetings, thanks, goodbyes, and whether we are a machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from actions.shop import Member, ShopFailed
from bot.dialogue.reading import Reading
from bot.dialogue.scene import Scene
from bot.dialogue.slots import WAITING


async def talk(scene: Scene, reading: Reading) -> bool:
    """Answer an act that asks for nothing; False if there is none.

    Weak acts do not cover up that something else was not understood, or is still missing.
    """
    waiting = scene.slots.asked in WAITING
    hidden = WEAK if reading.unsure or waiting else frozenset()
    act = next((act for act in SMALL_TALK if act in reading.acts and act not in hidden), None)
    if act is None:
        return False
    if not waiting:
        scene.slots.close_topic()
    await SMALL_TALK[act](scene)
    return True


async def greet(scene: Scene) -> None:
    info = await scene.shop.info()
    shop, member = info.names[scene.language], await important(scene)
    words = scene.word("greet_vip", shop=shop, name=member.name) if member else scene.word("greet", shop=shop)
    scene.say(words, buttons=scene.menu())


async def important(scene: Scene) -> Member | None:
    """The member who is signed in, if their level is one that leads call important; a greeting needs no more."""
    try:
        member = await scene.shop.member(scene.customer) if scene.customer else None
    except ShopFailed:
        return None
    return member if member and scene.hand.is_vip(member.level) else None


async def own_up(scene: Scene) -> None:
    info = await scene.shop.info()
    scene.say(
        scene.word("bot_challenge", shop=info.names[scene.language]), buttons=scene.buttons((("human", "human"),))
    )


async def show_menu(scene: Scene) -> None:
    scene.say(scene.word("menu"), buttons=scene.menu())


def just_say(key: str) -> Callable[[Scene], Awaitable[None]]:
    async def say(scene: Scene) -> None:
        scene.say(scene.word(key))

    return say


SMALL_TALK: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "bot_challenge": own_up,
    "thank": just_say("thank"),
    "goodbye": just_say("goodbye"),
    "deny": just_say("deny"),
    "affirm": just_say("affirm"),
    "greet": greet,
    "inform": show_menu,
}
"""What is answered to acts that ask for nothing; of several in one turn, the first here."""

WEAK = frozenset({"affirm", "greet", "inform"})
