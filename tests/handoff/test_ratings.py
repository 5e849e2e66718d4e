"""Shoppers are asked how it was: once per chat, where the channel has room for it; the bot never reads the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.messages import Content, Conversation, Entry, State
from bot.numbered import pressed
from bot.store.store import Store
from channels.degrade import degrade
from channels.port import Traits
from handoff.afterwards import RatingRules
from handoff.broker import Moved
from handoff.ratings import COMMENT_WAIT, DAY, SECOND, Question, next_question, read_answer, read_low
from handoff.rules import DeskRules
from tests.test_turns import ID, LIN, Scene

NOW = 5 * DAY
RULES = RatingRules()


def chat(**facts: Any) -> Conversation:
    known = {"episode": 1, "taken": 1, "since": NOW, "at": NOW, "ended": NOW, "state": State.CLOSED}
    return Conversation.model_validate({"id": "c", "channel": "web", "identity": "v", **known, **facts})


def test_a_chat_with_a_human_is_asked_about_after_a_moment_of_quiet() -> None:
    assert next_question(chat(), RULES, NOW) == Question(NOW + RULES.human_after * SECOND, "human", 1)
    assert next_question(chat(at=NOW + 9), RULES, NOW + 9) == Question(NOW + 9 + RULES.human_after * SECOND, "human", 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"asked_human": 1},
        {"taken": 0},
        {"state": State.QUEUED, "episode": 2},
        {"reachable": False},
        {"joined": "other"},
        {"left": 1, "left_until": NOW + DAY},
        {"left": 3, "left_until": NOW},
    ],
    ids=["asked before", "no agent came", "waits again", "blocked us", "joined", "the last message", "window closed"],
)
def test_nobody_is_asked(facts: dict[str, Any]) -> None:
    assert next_question(chat(**facts), RULES, NOW) is None


def test_where_messages_count_there_has_to_be_one_to_spare() -> None:
    assert next_question(chat(left=2, left_until=NOW + DAY), RULES, NOW) is not None


def test_the_bot_is_asked_about_once_between_two_human_chats_and_a_day() -> None:
    done = chat(taken=0, episode=0, since=0, ended=NOW, state=State.BOT)
    after = Question(NOW + RULES.bot_after * SECOND, "bot", NOW + RULES.bot_after * SECOND)
    assert next_question(done, RULES, NOW) == after
    asked = done.model_copy(update={"asked_bot": NOW + 1, "ended": NOW + 2})
    assert next_question(asked, RULES, NOW + 2) is None
    later = asked.model_copy(update={"ended": NOW + 2 + DAY, "at": NOW + 2 + DAY})
    assert next_question(later, RULES, NOW + 2 + DAY) is not None


def test_a_question_of_the_bot_is_not_cut_into() -> None:
    asking = chat(taken=0, episode=0, since=0, state=State.BOT, slots={"asked": "order_number"})
    assert next_question(asking, RULES, NOW) is None


def test_a_desk_that_asks_for_nothing_asks_nobody() -> None:
    assert next_question(chat(), RatingRules(human=False, bot=False), NOW) is None


def test_a_share_of_the_shoppers_is_asked_whether_they_recommend_us_once_in_a_while() -> None:
    rules = RatingRules(human=False, bot=False, nps_share=30)
    asked = [id for id in map(str, range(1_000)) if next_question(chat(id=id), rules, NOW)]
    assert 250 < len(asked) < 350
    everybody = RatingRules(human=False, bot=False, nps_share=100)
    question = next_question(chat(), everybody, NOW)
    assert question == Question(NOW + everybody.nps_after * SECOND, "nps", NOW + everybody.nps_after * SECOND)
    assert next_question(chat(asked_nps=NOW - 89 * DAY), everybody, NOW) is None
    assert next_question(chat(asked_nps=NOW - 90 * DAY), everybody, NOW) is not None


def test_only_what_was_on_the_buttons_is_an_answer() -> None:
    assert read_answer("rate:human:3:5") is not None
    assert read_answer("rate:nps:99:10") is not None
    for choice in ("human:3:6", "human:3:0", "nps:9:11", "shop:1:5", "human:x:5", "human:3"):
        assert read_answer(f"rate:{choice}") is None
    assert read_answer("human") is read_answer(None) is None


def test_a_scale_is_pressed_by_its_number_where_buttons_are_a_list() -> None:
    labels = [{"label": str(score), "choice": f"rate:nps:7:{score}"} for score in range(11)]
    content = Content.model_validate({"text": "How likely?", "buttons": labels})
    shown = degrade(content, Traits("wechat", buttons=0, cards=False, max_text=600))
    assert [piece.text for piece in shown] == ["How likely?\n0 1 2 3 4 5 6 7 8 9 10"]
    asked, said = entry(1, "bot", content), entry(2, "shopper", Content(text="10"))
    assert pressed(said, [asked]).content.choice == "rate:nps:7:10"
    assert pressed(entry(2, "shopper", Content(text="11")), [asked]).content.choice is None


def entry(seq: int, author: str, content: Content) -> Entry:
    facts = {"seq": seq, "prev": 0, "at": 0, "epoch": 0, "author": author, "audience": "all", "content": content}
    return Entry.model_validate(facts)


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store)


async def be_served(scene: Scene, command: str = "claim000") -> None:
    """A human chat that is over, and asked about."""
    await scene.say("转人工", "human")
    await scene.after()
    await scene.broker.claim(ID, LIN, command)
    assert isinstance(await scene.broker.close(ID, LIN, f"close{command}"), Moved)
    await scene.after(RULES.human_after * SECOND)


async def read(scene: Scene) -> Conversation:
    return await scene.store.conversation(ID)


async def lines(scene: Scene, kind: str) -> list[dict[str, Any]]:
    found = await scene.store.redis.xrange(scene.store.keys.ledger)
    known = [json.loads(fields["line"]) for _, fields in found]
    return [line for line in known if line["kind"] == kind]


async def said(scene: Scene) -> list[str]:
    return [entry.content.text for entry in await scene.entries() if entry.audience == "all" and entry.content.text]


async def test_after_a_human_chat_the_shopper_is_asked_once(scene: Scene) -> None:
    await be_served(scene)
    asked = (await scene.entries())[-1]
    assert (asked.author, asked.content.text) == ("bot", "rating.ask.human")
    assert [button.choice for button in asked.content.buttons] == [f"rate:human:1:{stars}" for stars in range(1, 6)]
    await scene.after(DAY)
    assert (await said(scene)).count("rating.ask.human") == 1


async def test_an_answer_is_kept_and_shown_to_agents_and_the_bot_never_reads_it(scene: Scene) -> None:
    await be_served(scene)
    assert await scene.press("rate:human:1:5") == "rating.thanks"
    assert scene.dialogue.turns == [["转人工"]]
    marks = [entry for entry in await scene.entries() if entry.data.get("event") == "rated"]
    assert [(mark.audience, mark.data["of"], mark.data["stars"]) for mark in marks] == [("agents", "human", 5)]
    (line,) = await lines(scene, "rated")
    assert line["episode"] == 1
    assert line["data"].items() >= {"of": "human", "stars": 5, "agent": LIN.id}.items()


async def test_a_second_press_changes_nothing(scene: Scene) -> None:
    await be_served(scene)
    await scene.press("rate:human:1:5")
    assert await scene.press("rate:human:1:1") == "rating.already"
    assert len(await lines(scene, "rated")) == 1
    assert scene.lows == []


async def test_a_press_that_is_older_than_the_last_chat_is_answered_politely(scene: Scene) -> None:
    await be_served(scene)
    await be_served(scene, "claim111")
    assert await scene.press("rate:human:1:4") == "rating.stale"
    assert await scene.press("rate:human:9:4") == "rating.stale"
    assert await lines(scene, "rated") == []
    assert await scene.press("rate:human:2:4") == "rating.thanks"


async def test_the_reason_of_a_low_rating_is_asked_for_and_told_with_it(scene: Scene) -> None:
    await be_served(scene)
    assert await scene.press("rate:human:1:2") == "rating.why"
    assert scene.lows == []
    await scene.say("等了太久")
    await scene.after()
    await scene.after()
    assert scene.lows == [(ID, 1, 2, "等了太久")]
    assert (await said(scene))[-1] == "rating.noted"
    await scene.after(COMMENT_WAIT)
    assert len(scene.lows) == 1
    assert read_low(await read(scene)) is None


async def test_a_low_rating_is_told_without_a_reason_when_none_comes(scene: Scene) -> None:
    await be_served(scene)
    await scene.press("rate:human:1:1")
    await scene.after(COMMENT_WAIT)
    assert scene.lows == [(ID, 1, 1, "")]
    await scene.say("顺便问一下运费")
    await scene.after()
    assert (await said(scene))[-1] == "answer to 顺便问一下运费"


async def test_nothing_is_done_for_the_reason_of_a_low_rating(scene: Scene) -> None:
    """What it could be taken for, a yes or a wish to hurry, would be carried out and nobody told."""
    await be_served(scene)
    await scene.press("rate:human:1:1")
    before = len(scene.dialogue.turns)
    await scene.say("太慢了，帮我催一下")
    await scene.after()
    assert (await said(scene))[-1] == "rating.noted"
    assert len(scene.dialogue.turns) == before


async def test_who_would_rather_not_say_need_not(scene: Scene) -> None:
    await be_served(scene)
    await scene.press("rate:human:1:1")
    assert await scene.press("rate:human:1:skip") == "rating.skipped"
    await scene.after()
    assert scene.lows == [(ID, 1, 1, "")]


async def test_who_asks_for_a_human_instead_of_a_reason_gets_one(scene: Scene) -> None:
    await be_served(scene)
    await scene.press("rate:human:1:1")
    await scene.say("转人工", "human")
    await scene.after()
    assert (await read(scene)).state is State.QUEUED


async def test_a_rating_and_a_question_in_one_burst_are_both_answered(scene: Scene) -> None:
    await be_served(scene)
    await scene.say("5", "rate:human:1:5")
    await scene.say("how much is shipping")
    await scene.after()
    assert (await said(scene))[-2:] == ["rating.thanks", "answer to how much is shipping"]


async def test_the_bot_is_asked_about_when_a_task_is_done_and_the_shopper_is_quiet(scene: Scene) -> None:
    scene.dialogue.done = True
    await scene.say("how much is shipping")
    await scene.after(1)
    await scene.after(RULES.bot_after * SECOND - 1)
    assert (await said(scene))[-1] == "answer to how much is shipping"
    await scene.after(1)
    asked = (await scene.entries())[-1]
    assert asked.content.text == "rating.ask.bot"
    assert await scene.press(asked.content.buttons[4].choice) == "rating.thanks"
    (line,) = await lines(scene, "rated")
    assert (line["data"]["of"], line["data"]["stars"], "agent" in line["data"]) == ("bot", 5, False)


async def test_a_shopper_who_goes_on_is_not_asked_yet(scene: Scene) -> None:
    scene.dialogue.done = True
    await scene.say("how much is shipping")
    await scene.after(1)
    await scene.after(RULES.bot_after * SECOND - 1)
    await scene.say("and to the islands")
    await scene.after()
    await scene.after(RULES.bot_after * SECOND - 1)
    assert "rating.ask.bot" not in await said(scene)


async def test_a_chat_nobody_took_is_not_asked_about(scene: Scene) -> None:
    await scene.say("转人工", "human")
    await scene.after()
    assert await scene.press("queue:leave") == "queue.left"
    await scene.after(DAY)
    assert not any(text.startswith("rating.") for text in await said(scene))


async def test_a_recommendation_is_asked_for_by_a_scale(store: Store) -> None:
    scene = Scene(store, rules=DeskRules(ratings=RatingRules(human=False, nps_share=100)))
    await be_served(scene)
    await scene.after(RULES.nps_after * SECOND)
    asked = (await scene.entries())[-1]
    assert (asked.content.text, len(asked.content.buttons)) == ("rating.ask.nps", 11)
    assert await scene.press(asked.content.buttons[0].choice) == "rating.thanks"
    (line,) = await lines(scene, "rated")
    assert (line["data"]["of"], line["data"]["score"]) == ("nps", 0)
    assert scene.lows == []
