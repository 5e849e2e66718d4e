"""The desk's rules over a turn: whom they call, what is said then, and how soon somebody comes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import JsonValue

from bot.dialogue.port import Draft, Handoff, Reason, Turn
from bot.inbox import BURST
from bot.messages import Content, State
from bot.store.store import Store
from handoff.brief import Brief, Why, make_brief
from handoff.broker import Agent, Moved
from handoff.routing import MOST_HEAD_START, Routing
from handoff.rules import DeskRules
from handoff.service import Service
from handoff.triggers import Trigger, When
from tests.test_turns import ID, LIN, Scene

KEPT = (Trigger(when=When.ASKED), Trigger(when=When.FAILURE))


def rules(*triggers: Trigger, **more: Any) -> DeskRules:
    return DeskRules(triggers=(*triggers, *KEPT), **more)


class Drafts:
    """Says what it is told to, whatever is said to it."""

    def __init__(self, **draft: Any) -> None:
        self.draft: dict[str, Any] = {"say": (Content(text="answer"),), "slots": {}, **draft}

    async def reply(self, turn: Turn) -> Draft:
        if "human" in [message.content.choice for message in turn.messages]:
            return Draft((), self.draft["slots"], Handoff(Reason.ASKED, "?", "request_return"))
        return Draft(**self.draft)

    async def attend(self, turn: Turn) -> Draft:
        return Draft((), dict(turn.conversation.slots))


def play(store: Store, rules: DeskRules, dialogue: Drafts) -> Scene:
    scene = Scene(store, rules=rules)
    scene.router._dialogue = dialogue
    return scene


async def say(scene: Scene, text: str, choice: str | None = None) -> None:
    await scene.say(text, choice)
    await scene.after(BURST)


async def brief(scene: Scene) -> Brief:
    return make_brief(await scene.entries())


async def test_a_question_answered_twice_and_asked_again_goes_to_a_human_with_the_answer(store: Store) -> None:
    dialogue = Drafts(heard=("ask_shipping_fee",), done=True)
    scene = play(store, rules(Trigger(when=When.REPEATED, times=3)), dialogue)
    for text in ("运费多少", "邮费怎么算的"):
        await say(scene, text)
        assert (await store.conversation(ID)).state is State.BOT
    await say(scene, "我是问寄过来要付多少钱")
    asked = await store.conversation(ID)
    assert (asked.state, asked.reason, asked.topic) == (State.QUEUED, "not_understood", "logistics")
    why = (await brief(scene)).why
    assert why == Why(when="repeated", number=1, facts={"intents": ["ask_shipping_fee"], "again": 3, "channel": "web"})
    said = [entry.content.text for entry in await scene.entries() if entry.author == "bot"]
    assert said[-3:-1] == ["answer", "trigger.human"]


@pytest.mark.parametrize(
    "second",
    [
        {"heard": ("ask_price",), "slots": {"product": "p2"}},
        {"heard": ("ask_shipping_fee",), "slots": {"product": "p1"}},
        {"heard": (), "slots": {"product": "p1"}},
    ],
)
async def test_another_question_or_the_same_about_something_else_is_no_repetition(
    store: Store, second: dict[str, Any]
) -> None:
    dialogue = Drafts(heard=("ask_price",), done=True, slots={"product": "p1"})
    scene = play(store, rules(Trigger(when=When.REPEATED, times=2)), dialogue)
    await say(scene, "这个多少钱")
    dialogue.draft |= second
    await say(scene, "那个呢")
    assert (await store.conversation(ID)).state is State.BOT


async def test_a_menu_gone_through_again_is_no_repetition(store: Store) -> None:
    scene = play(store, rules(Trigger(when=When.REPEATED, times=2)), Drafts(heard=("ask_coupon",), done=True))
    for _ in range(3):
        await say(scene, "优惠券", "intent:ask_coupon")
    assert (await store.conversation(ID)).state is State.BOT


async def test_a_question_that_only_waits_for_a_number_was_not_answered(store: Store) -> None:
    scene = play(store, rules(Trigger(when=When.REPEATED, times=2)), Drafts(heard=("track_order",)))
    for _ in range(3):
        await say(scene, "到哪了")
    assert (await store.conversation(ID)).state is State.BOT


async def test_what_the_desk_does_not_want_handed_over_stays_with_a_human_a_button_away(store: Store) -> None:
    dialogue = Drafts(say=(Content(text="I call somebody"),), handoff=Handoff(Reason.NOT_UNDERSTOOD, "?"))
    scene = play(store, rules(), dialogue)
    await say(scene, "呜噜呜噜")
    last = (await scene.entries())[-1].content
    assert (last.text, [button.choice for button in last.buttons]) == ("trigger.stay", ["human"])
    await say(scene, "转人工", "human")
    assert (await store.conversation(ID)).reason == "asked"


async def test_a_dialogue_that_fails_calls_a_human_whatever_the_rules(store: Store) -> None:
    scene = play(store, rules(), Drafts(handoff=Handoff(Reason.FAILURE, "?")))
    await say(scene, "在吗")
    assert (await store.conversation(ID)).reason == "failure"


async def test_what_the_bot_would_have_asked_is_left_to_the_human(store: Store) -> None:
    slots: dict[str, JsonValue] = {"asked": "order_number", "todo": ["report_defect"], "question": "杯子裂了"}
    case = Trigger(when=When.CASE, intents=("report_defect",), urgent=True)
    scene = play(store, rules(case), Drafts(heard=("report_defect",), slots=slots))
    await say(scene, "杯子裂了")
    asked = await store.conversation(ID)
    assert (asked.topic, asked.reason) == ("returns", "business")
    assert asked.place == scene.milliseconds - Routing().head_start("business", urgent=True)
    texts = [entry.content.text for entry in await scene.entries()]
    assert "answer" not in texts and "trigger.human" in texts
    assert (await brief(scene)).question == "杯子裂了"


async def test_a_member_comes_sooner_and_is_shown_as_one(store: Store) -> None:
    scene = play(store, rules(routing=Routing(vip_level=2, level_head_start=60)), Drafts())
    await scene.say("在吗")
    await scene.after(BURST)
    await store.redis.hset(store.keys.conversation(ID), "user", "user:u7")
    scene.shop.levels["u7"] = 2
    await say(scene, "转人工", "human")
    asked = await store.conversation(ID)
    assert (asked.customer, asked.vip, asked.place) == ("u7", True, scene.milliseconds - 120_000)
    told = await brief(scene)
    assert (told.level, told.vip, told.topic) == (2, True, "returns")


async def test_a_rule_for_members_looks_up_who_asks(store: Store) -> None:
    scene = play(store, rules(Trigger(when=When.MEMBER, level=3)), Drafts(heard=("ask_stock",), done=True))
    await scene.say("还有货吗")
    await store.redis.hset(store.keys.conversation(ID), "user", "user:u7")
    scene.shop.levels["u7"] = 3
    await scene.after()
    assert (await store.conversation(ID)).state is State.QUEUED


def test_head_starts_add_up_and_are_bounded() -> None:
    routing = Routing(level_head_start=200, urgent_head_start=200, head_starts={"complaint": 120})
    assert routing.head_start("complaint", 1, urgent=True) == 520_000
    assert routing.head_start("complaint", 9, urgent=True) == MOST_HEAD_START * 1_000


async def closed_chat(store: Store, reopen: int = 600) -> Scene:
    """The agent is here and has just closed the chat."""
    scene = play(store, rules(service=Service(reopen=reopen)), Drafts(heard=("ask_stock",)))
    await scene.presence.beat(LIN.id)
    await say(scene, "转人工", "human")
    await scene.agent("claim")
    await scene.agent("close")
    return scene


async def test_who_writes_again_soon_is_back_with_the_same_agent(store: Store) -> None:
    scene = await closed_chat(store)
    before = await store.conversation(ID)
    scene.milliseconds += 5_000
    await say(scene, "对了，还有一件事")
    again = await store.conversation(ID)
    assert (again.state, again.agent, again.waiting) == (State.ASSIGNED, LIN.id, scene.milliseconds)
    assert (again.episode, again.reason, again.topic) == (before.episode + 1, "asked", "returns")
    entries = await scene.entries()
    assert entries[-1].data["event"] == "reopened"
    assert "answer" not in [entry.content.text for entry in entries]
    await scene.after()
    assert not await store.is_due("turn", ID)


async def test_a_thank_you_calls_nobody_back_and_a_question_after_it_does(store: Store) -> None:
    scene = await closed_chat(store)
    scene.router._dialogue.draft["heard"] = ("thank",)  # type: ignore[attr-defined]
    await say(scene, "谢谢")
    assert (await store.conversation(ID)).state is State.BOT
    scene.router._dialogue.draft["heard"] = ("ask_stock",)  # type: ignore[attr-defined]
    await say(scene, "还有货吗")
    assert (await store.conversation(ID)).state is State.ASSIGNED


@pytest.mark.parametrize("why", ["gone", "away", "full", "late", "off"])
async def test_who_is_not_free_or_asked_too_late_is_not_called_back(store: Store, why: str) -> None:
    scene = await closed_chat(store, reopen=0 if why == "off" else 600)
    scene.milliseconds += 601_000 if why == "late" else 1_000
    await scene.presence.beat(LIN.id)
    if why == "gone":
        await scene.presence.leave(LIN.id)
    if why == "away":
        await scene.presence.rest(LIN.id)
    if why == "full":
        await store.redis.sadd(store.keys.load(LIN.id), *(f"c{n}" for n in range(8)))
    await say(scene, "对了")
    stays = await store.conversation(ID)
    assert (stays.state, stays.closed_at) == (State.BOT, 0)
    await scene.presence.resume(LIN.id)
    await store.redis.delete(store.keys.load(LIN.id))
    await scene.presence.beat(LIN.id)
    await say(scene, "还有吗")
    assert (await store.conversation(ID)).state is State.BOT  # it has gone on with the bot


async def test_a_chat_handed_back_is_the_bots(store: Store) -> None:
    scene = play(store, rules(), Drafts(heard=("ask_stock",)))
    await scene.presence.beat(LIN.id)
    await say(scene, "转人工", "human")
    await scene.agent("claim")
    await scene.agent("hand_back")
    await say(scene, "还有货吗")
    assert (await store.conversation(ID)).state is State.BOT


async def test_another_agent_who_takes_it_first_keeps_it(store: Store) -> None:
    scene = await closed_chat(store)
    await scene.say("对了")
    assert isinstance(await scene.broker.reply(ID, Agent("mei", "Mei"), "takeover1", "我来"), Moved)
    await scene.after(BURST)
    assert (await store.conversation(ID)).agent == "mei"
