"""While somebody waits for a human: opening hours, place and time, missing details, and what the bot may solve."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.dialogue.formats import coming
from bot.dialogue.texts import Texts
from bot.inbox import BURST
from bot.messages import Content, Inbound, Language, State
from bot.store.store import Store
from handoff.brief import make_brief
from handoff.hours import Calendar, Window
from handoff.intake import LEAVE, MESSAGE, SOLVED, WAIT
from handoff.rules import Closed, DeskRules
from handoff.service import Service
from tests.test_turns import ID, LIN, Scene

HOUR = 3_600_000
MINUTE = 60_000
OFFICE = Calendar(zone="UTC", week=((Window(opens="09:00", closes="18:00"),),) * 7)
"""The scene begins at 00:16:40 on a Thursday."""


async def waiting(store: Store, rules: DeskRules | None = None, *, online: bool = True) -> Scene:
    """Somebody who has just asked for a human."""
    scene = Scene(store, rules=rules)
    if online:
        await scene.presence.beat("lin")
    await scene.say("转人工", "human")
    await scene.after()
    return scene


async def newest(scene: Scene) -> tuple[str, list[str]]:
    """What was said last, and its buttons."""
    content = (await scene.entries())[-1].content
    return content.text, [button.choice for button in content.buttons]


async def test_outside_the_hours_one_may_leave_a_message_wait_or_stay(store: Store) -> None:
    scene = await waiting(store, DeskRules(hours=OFFICE))
    assert await newest(scene) == ("queue.closed", [MESSAGE, WAIT, LEAVE])
    assert await scene.state() is State.QUEUED
    assert await scene.press(WAIT) == "queue.closed_wait"
    assert await scene.press(MESSAGE) == "queue.closed_message"
    for words in ("我的耳机坏了，左边没有声音", "是上周买的，订单号晚点发"):
        await scene.say(words)
        await scene.after()
    assert (await scene.read())[-2:] == ["queue.closed_message", "queue.kept"]
    assert await scene.press(LEAVE) == "queue.left"
    assert await scene.state() is State.BOT


async def test_a_desk_may_take_messages_only(store: Store) -> None:
    scene = await waiting(store, DeskRules(hours=OFFICE, closed=Closed(wait=False)))
    assert await newest(scene) == ("queue.closed", [MESSAGE, LEAVE])


async def test_a_desk_that_does_not_know_when_it_opens_names_no_time(store: Store) -> None:
    scene = await waiting(store, DeskRules(hours=Calendar(week=((),) * 7)))
    assert await newest(scene) == ("queue.closed_long", [MESSAGE, WAIT, LEAVE])
    assert await scene.press(WAIT) == "queue.closed_long_wait"
    assert await scene.press(MESSAGE) == "queue.message"


async def test_once_it_opens_who_waited_is_in_line_at_the_place_of_asking(store: Store) -> None:
    scene = await waiting(store, DeskRules(hours=OFFICE))
    scene.milliseconds += 9 * HOUR
    await scene.presence.beat("lin")
    assert await scene.press("human") == "queue.waiting"
    assert await scene.store.place(ID) == 1


async def test_a_team_with_hours_of_its_own_is_here_when_the_desk_is_not(store: Store) -> None:
    scene = await waiting(store, DeskRules(hours=OFFICE, teams={"other": Calendar()}))
    assert await newest(scene) == ("queue.waiting", [LEAVE])


async def test_the_time_is_told_once_enough_waits_are_known(store: Store) -> None:
    scene = Scene(store, rules=DeskRules(service=Service(reopen=0)))
    await scene.presence.beat("lin")
    for _ in range(5):
        await scene.say("转人工", "human")
        await scene.after()
        assert (await newest(scene))[0] == "queue.waiting"
        scene.milliseconds += 3 * MINUTE
        await scene.presence.beat("lin")
        await scene.agent("claim")
        await scene.agent("close")
    await scene.say("转人工", "human")
    await scene.after()
    assert (await newest(scene))[0] == "queue.waiting_time"


async def test_the_bot_may_still_solve_it_and_the_place_is_kept_until_the_shopper_says_so(store: Store) -> None:
    scene = await waiting(store)
    scene.dialogue.sure = {"运费怎么算的呀": "满 99 元包邮"}
    await scene.say("运费怎么算的呀")
    await scene.after()
    assert await newest(scene) == ("满 99 元包邮", [SOLVED])
    assert (await scene.state(), await scene.store.place(ID)) == (State.QUEUED, 1)
    assert await scene.press(SOLVED) == "queue.solved"
    assert await scene.state() is State.BOT
    assert "intake" not in (await scene.store.conversation(ID)).slots


async def test_an_answer_made_while_an_agent_takes_over_is_not_said(store: Store) -> None:
    scene = await waiting(store)
    scene.dialogue.sure = {"运费怎么算的呀": "满 99 元包邮"}
    await scene.say("运费怎么算的呀")
    work = await scene.take()
    await scene.broker.claim(ID, LIN, "key-1")
    for item in work:
        await scene.router.turn(item)
    assert "满 99 元包邮" not in await scene.read()


async def test_what_is_told_while_waiting_reaches_the_brief(store: Store) -> None:
    scene = await waiting(store)
    scene.dialogue.slots = {"order_number": "JL2611210001"}
    await scene.say("订单号 JL2611210001")
    await scene.after(BURST)
    assert make_brief(await scene.entries()).order == "JL2611210001"
    assert (await newest(scene))[0] == "queue.got"
    await scene.say("麻烦快一点好吗谢谢")
    await scene.after()
    assert (await newest(scene))[0] == "麻烦快一点好吗谢谢", "it is said once"


async def test_what_the_agent_will_need_is_asked_for_once(store: Store) -> None:
    scene = await waiting(store)
    scene.dialogue.slots = {"last": "report_defect"}
    await scene.say("收到是坏的呀怎么办")
    await scene.after()
    assert (await newest(scene))[0] == "queue.need.order_number"
    scene.dialogue.slots = {"last": "report_defect", "order_number": "JL2611210001"}
    await scene.say("订单号 JL2611210001")
    await scene.after(BURST)
    assert (await scene.read())[-2:] == ["queue.got", "queue.need.picture"]
    await scene.say("现在没法拍照，晚点再说")
    await scene.after()
    assert (await newest(scene))[0] == "queue.noted"


async def test_a_dialogue_that_fails_leaves_the_shopper_in_line(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = await waiting(store)

    async def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(scene.dialogue, "attend", fail)
    await scene.say("运费怎么算的呀")
    await scene.after()
    assert (await newest(scene))[0] == "queue.noted"
    assert await scene.state() is State.QUEUED


async def test_messages_left_at_night_are_in_line_in_the_order_they_were_left(store: Store) -> None:
    scene = Scene(store, rules=DeskRules(hours=OFFICE))
    for name in ("anna", "bert", "cleo"):
        content = Content(text="转人工", choice="human")
        await scene.inbox.receive(Inbound(channel="web", identity=name, external_id=name, content=content))
        await scene.after(1)
    line = await store.redis.zrange(store.keys.queue, 0, -1)
    assert [(await store.conversation(id)).identity for id in line] == ["anna", "bert", "cleo"]


@pytest.mark.parametrize(
    ("zone", "language", "at", "words"),
    [
        ("Asia/Shanghai", "zh-Hans", "2026-11-22T06:00", "北京时间今天 14:00"),
        ("Asia/Shanghai", "zh-Hans", "2026-11-23T01:00", "北京时间明天（周一） 09:00"),
        ("Asia/Taipei", "zh-Hant", "2026-11-27T01:00", "台北時間11月27日（週五） 09:00"),
        ("Asia/Shanghai", "en", "2026-11-22T06:00", "today at 14:00 (Beijing time)"),
        ("Asia/Shanghai", "en", "2026-11-23T01:00", "tomorrow at 09:00 (Beijing time)"),
        ("America/New_York", "en", "2026-11-30T14:00", "on Monday, Nov 30, at 09:00 (UTC-5)"),
        ("Asia/Kathmandu", "zh-Hans", "2026-11-22T06:00", "UTC+5:45今天 11:45"),
    ],
)
def test_an_opening_is_told_as_the_reader_expects(zone: str, language: Language, at: str, words: str) -> None:
    now = datetime(2026, 11, 22, 4, tzinfo=UTC)
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC).astimezone(Calendar(zone=zone).time_zone)
    assert coming(language, moment, now) == words


def test_the_texts_read_well() -> None:
    texts = Texts.load()
    minutes = texts.say("zh-Hans", "queue.minutes", least="2", most="5")
    assert "预计等待 2 到 5 分钟。" in texts.say("zh-Hans", "queue.waiting_time", place="3", minutes=minutes)
    opens = "tomorrow at 09:00 (Beijing time)"
    assert texts.say("en", "queue.closed", opens=opens).startswith(
        "Our team is off right now and back tomorrow at 09:00"
    )
