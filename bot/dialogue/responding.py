"""Says and does what a turn asks for: what is wanted first, then answers, follow-ups, facts and small talk."""

from __future__ import annotations

import re

from bot.dialogue.doubt import clarify, likely, misunderstand
from bot.dialogue.flows import run
from bot.dialogue.followup import follow
from bot.dialogue.intents import ABOUT_ORDER, ABOUT_PRODUCT, CHANGES, HURRIED, OF_PRODUCT
from bot.dialogue.known import helped, not_helped, note_unknown, tell_known
from bot.dialogue.language import simplified
from bot.dialogue.noting import is_answered, note_consent, note_facts, note_wish
from bot.dialogue.port import Reason
from bot.dialogue.reading import PHRASE_LIMIT, Reading
from bot.dialogue.scene import Scene, named_product
from bot.dialogue.slots import WAITING, Slots
from bot.dialogue.smalltalk import talk
from bot.understanding.mood import Mood

TASKS_A_TURN = 3


async def respond(scene: Scene, reading: Reading) -> None:
    """Say and do what the turn asks for; what comes first here wins over what comes later."""
    note_facts(scene.slots, reading)
    note_consent(scene.slots, reading)
    scene.slots.feel(reading.feeling)
    scene.heard = (*reading.tasks, *reading.acts)
    if mutes(reading):
        scene.slots.muted = True
        return scene.say(scene.word("news.muted"))
    if reading.sent and not is_answered(scene.slots, reading):
        return take_thing(scene, reading.sent)
    if (reading.tasks or reading.unsure) and not (reading.pressed_task and scene.slots.asked == "intent"):
        scene.slots.question = reading.words[:PHRASE_LIMIT]
    if reading.pressed_human or "request_human" in reading.acts:
        return give_human(scene, reading)
    if "complain" in reading.acts and reading.feeling.mood is Mood.ANGRY:
        return take_complaint(scene, reading)
    if not is_answered(scene.slots, reading) and await tell_known(scene, reading):
        return None
    if reading.tasks:
        return await start(scene, reading)
    if "complain" in reading.acts:
        return take_complaint(scene, reading)
    if await take_answer(scene, reading):
        return None
    if reading.follow_up:
        return await follow(scene, reading.follow_up)
    if reading.facts and "bot_challenge" not in reading.acts:
        return await use_facts(scene, reading)
    if await talk(scene, reading):
        return None
    note_unknown(scene, reading)
    return misunderstand(scene, reading)


MUTES = re.compile(
    r"(?:别|不要|不用|停止|取消)(?:再|给我)*(?:发|推送|收)?(?:这些|这种)?(?:订单|物流|到货|状态)?(?:通知|提醒|推送)(?:我|了|啦|吧)*|"
    r"(?:please )?(?:stop|no more) (?:sending (?:me )?)?(?:these |order |the )*"
    r"(?:notifications?|notices|updates|notifying me)",
    re.I,
)
"""Words of somebody who wants to hear of no more changes."""


def mutes(reading: Reading) -> bool:
    return bool(MUTES.fullmatch(simplified(reading.words).strip(" ，。！,.!~")))


def give_human(scene: Scene, reading: Reading) -> None:
    """Whoever asks for a human gets one; whoever takes up our offer gets one for the reason it was made."""
    accepted = scene.slots.offer if reading.pressed_human else None
    scene.slots.last = next(reversed(reading.tasks), scene.slots.last)
    scene.slots.question = scene.slots.question or reading.words[:PHRASE_LIMIT]
    scene.hand_off(accepted or Reason.ASKED)


def take_complaint(scene: Scene, reading: Reading) -> None:
    scene.slots.question = reading.words[:PHRASE_LIMIT]
    scene.hand_off(Reason.COMPLAINT, scene.word("handoff.complaint"))


def take_thing(scene: Scene, sent: str) -> None:
    """What is no text is there for the humans; whatever was asked stays asked."""
    answers = scene.answers() if scene.slots.asked in WAITING else []
    scene.say(scene.word(f"received.{sent}"), buttons=[*answers, *scene.buttons((("human", "human"),))])


def wished(reading: Reading) -> tuple[str, ...]:
    """The tasks of a turn; when it will be there, asked with impatience, is the wish to hurry up."""
    tasks = reading.tasks[:TASKS_A_TURN]
    return tuple(dict.fromkeys("urge_order" if reading.urges and task in HURRIED else task for task in tasks))


async def start(scene: Scene, reading: Reading) -> None:
    """Begin the tasks of this turn, after the one at hand if its question was answered as well, else in its place."""
    slots, tasks = scene.slots, wished(reading)
    if "complain" in reading.acts:
        scene.say(scene.word("apology"))
    if "undo_request" in tasks:
        return await undo(scene)
    answered = is_answered(slots, reading)
    if slots.todo[:1] != tasks[:1] and not answered:
        slots.forget_request()
        note_wish(slots, reading)
    slots.refund_only |= reading.refund_only
    rest = tuple(task for task in tasks if task not in slots.todo)
    await run(scene, (*slots.todo, *rest) if answered else tasks)
    if reading.feeling.mood is Mood.ANGRY and not scene.handoff and slots.asked is None:
        scene.offer_human(scene.word("offer.angry"))
    return None


UNFILED = frozenset({"reason", "wanted", "address", "photo", "way", "title", "tax_id", "fault", "confirm"})
"""Questions about a request that the shop has not been asked for yet."""


async def undo(scene: Scene) -> None:
    """Of several wishes the undoing wins: doing any other would be the opposite of it."""
    unfiled = scene.slots.asked in UNFILED
    drop(scene.slots)
    if not unfiled:
        return await run(scene, ("undo_request",))
    return scene.say(scene.word("undo.nothing"))


async def take_answer(scene: Scene, reading: Reading) -> bool:
    """Take the turn as the answer to what we asked; False if it is none."""
    slots = scene.slots
    yes, no = "affirm" in reading.acts, "deny" in reading.acts
    if slots.asked in WAITING:
        return await _take_flow_answer(scene, reading, no)
    if slots.asked == "human" and yes:
        scene.hand_off(slots.offer or Reason.ASKED)
    elif slots.asked == "human" and no:
        await stay(scene)
    elif slots.asked == "helped" and (yes or no):
        (helped if yes else not_helped)(scene)
    elif slots.asked in ("intent", "next") and yes and slots.candidates:
        await run(scene, slots.candidates[:1])
    elif slots.asked == "next" and no:
        slots.close_topic()
        scene.say(scene.word("deny"))
    elif slots.asked == "intent" and no:
        scene.offer_human(scene.word("offer.not_understood"), Reason.NOT_UNDERSTOOD)
    else:
        return False
    return True


AWAITED = frozenset(
    {"order_number", "tail", "code", "product", "address", "photo", "wanted", "title", "tax_id", "measures", "fault"}
)
"""Questions that somebody who says "好的" is going to answer next."""


async def _take_flow_answer(scene: Scene, reading: Reading, no: bool) -> bool:
    slots = scene.slots
    if is_answered(slots, reading):
        await run(scene, slots.todo)
    elif no:
        drop(slots)
        scene.say(scene.word("dropped"))
    elif slots.asked in AWAITED and {"affirm", "thank"} & set(reading.acts):
        scene.say(scene.word("waiting"))
    else:
        return False
    return True


def drop(slots: Slots) -> None:
    """Leave the flow at hand."""
    slots.forget_request()
    slots.todo, slots.asked, slots.paused = (), None, None


async def stay(scene: Scene) -> None:
    """No human wanted: back to the flow at hand, if there is one."""
    slots = scene.slots
    if slots.todo:
        return await run(scene, slots.todo)
    unclear = slots.offer is Reason.NOT_UNDERSTOOD
    slots.close_topic()
    if unclear:
        return scene.say(scene.word("stay"), buttons=scene.menu())
    return scene.say(scene.word("deny"))


async def use_facts(scene: Scene, reading: Reading) -> None:
    """Something was told that nobody asked for: it goes to the task before, or to the likeliest one."""
    slots = scene.slots
    if slots.todo:
        return await run(scene, slots.todo)
    guesses = likely(reading)
    if reading.order_number and guesses and guesses[0] in CHANGES:
        return clarify(scene, reading)  # what is to be done with it is not clear: how it stands would be no answer
    if reading.order_number or reading.tail:
        return await run(scene, (slots.last if slots.last in ABOUT_ORDER else "track_order",))
    if reading.reason:
        return await run(scene, ("request_return",))
    if slots.last in ABOUT_PRODUCT:
        return await run(scene, (slots.last,))
    return await ask_about_product(scene)


async def ask_about_product(scene: Scene) -> None:
    product = await named_product(scene)
    if product is not None:
        name = product.names[scene.language]
        scene.say(scene.word("about_product", product=name), buttons=scene.choices(OF_PRODUCT))
