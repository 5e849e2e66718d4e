"""What the bot tells from knowledge, when, and what it asks after that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from actions.seed.load import policies
from actions.shop import Shop
from bot.dialogue.known import Knowledge
from bot.dialogue.port import Draft
from bot.dialogue.shopdialogue import ShopDialogue
from bot.knowledge.entries import Entry
from bot.knowledge.index import Hit
from bot.messages import Content, Language
from tests.conftest import NOW
from tests.dialogue.stage import TEXTS, Counts, Heart, Stage, press, text_of, turn

WASHING = Entry(id="washing", language="zh", title="衣物怎么洗", text="- **手洗**为主\n- 不要烘干")


@dataclass
class Known:
    """A `Knowledge` with one entry for everything; `fails`: it breaks."""

    score: float = 0.7
    fails: bool = False
    entry: Entry = WASHING
    asked: list[str] = field(default_factory=list)

    async def answer(self, question: str, language: Language, channel: str, now: datetime, least: float) -> Hit | None:
        self.asked.append(question)
        if self.fails:
            raise RuntimeError("broken")
        return Hit(self.entry, self.score) if self.score >= least else None

    def page(self, entry: Entry, language: Language, channel: str) -> str | None:
        return f"/help/{entry.id}" if channel == "web" else None


@dataclass
class Chat:
    """A conversation of a desk that knows something."""

    shop: Shop
    knowledge: Knowledge
    language: Language = "zh-Hans"
    channel: str = "web"
    slots: dict[str, object] = field(default_factory=dict)

    async def say(self, line: str | Content, *, waiting: bool = False) -> Draft:
        contents = [Content(text=line) if isinstance(line, str) else line]
        dialogue = ShopDialogue(Heart(), self.shop, TEXTS, policies, Counts(), knowledge=self.knowledge)
        asked = turn(contents, self.language, self.slots, NOW, self.channel)
        draft = await (dialogue.attend(asked) if waiting else dialogue.reply(asked))
        self.slots = dict(draft.slots)
        return draft


def word(key: str, language: Language = "zh-Hans") -> str:
    return TEXTS.say(language, key)


async def test_what_is_not_understood_is_told_in_plain_words_with_its_page(shop: Shop) -> None:
    draft = await Chat(shop, Known()).say("毛衣可以机洗么")
    assert [content.text for content in draft.say] == ["· 手洗为主\n· 不要烘干", word("known.ask")]
    assert draft.say[0].card and draft.say[0].card.url == "/help/washing"
    assert [button.choice for button in draft.say[1].buttons] == ["yes", "no"]
    assert [(note.kind, note.data) for note in draft.notes] == [("known", {"entry": "washing.zh", "score": 0.7})]


async def test_a_channel_that_cannot_reach_the_page_gets_no_link(shop: Shop) -> None:
    draft = await Chat(shop, Known(), channel="telegram").say("毛衣可以机洗么")
    assert draft.say[0].card is None


async def test_it_is_told_in_the_readers_characters(shop: Shop) -> None:
    entry = WASHING.model_copy(update={"text": "请说明颜色"})
    draft = await Chat(shop, Known(entry=entry), language="zh-Hant").say("毛衣可以機洗麼")
    assert draft.say[0].text == "請說明顏色"


async def test_a_yes_ends_the_topic_and_a_no_offers_a_human(shop: Shop) -> None:
    glad, sorry = Chat(shop, Known()), Chat(shop, Known())
    for chat in (glad, sorry):
        await chat.say("毛衣可以机洗么")
    draft = await glad.say(press("yes"))
    assert text_of(draft) == word("known.glad")
    assert [note.kind for note in draft.notes] == ["known_yes"]
    draft = await sorry.say(press("no"))
    assert text_of(draft) == word("known.other")
    assert [note.kind for note in draft.notes] == ["known_no"]
    assert (await sorry.say(press("human"))).handoff


async def test_the_same_answer_is_not_told_twice_in_a_row(shop: Shop) -> None:
    chat = Chat(shop, Known())
    await chat.say("毛衣可以机洗么")
    assert text_of(await chat.say("毛衣究竟能不能洗")) == word("known.other")


@pytest.mark.parametrize(
    ("line", "score", "is_told"),
    [
        ("介绍一下", 0.64, False),
        ("介绍一下", 0.66, True),
        ("有什么活动", 0.94, False),
        ("有什么活动", 0.96, True),
        ("你们做事不太行", 0.94, False),
        ("你们做事不太行", 0.96, True),
    ],
)
async def test_a_task_is_left_to_its_flow_unless_an_entry_is_surer(
    shop: Shop, line: str, score: float, is_told: bool
) -> None:
    draft = await Chat(shop, Known(score)).say(line)
    assert ("手洗" in text_of(draft)) is is_told


async def test_an_open_question_is_asked_again_after_the_answer(shop: Shop) -> None:
    chat = Chat(shop, Known(0.9))
    chat.knowledge = Known(0.0)
    await chat.say("我的快递到哪了")
    chat.knowledge = Known(0.9)
    draft = await chat.say("编号写在什么位置呀")
    assert [content.text for content in draft.say] == ["· 手洗为主\n· 不要烘干", word("need.order_number")]
    assert chat.slots["asked"] == "order_number"


async def test_what_is_pressed_or_only_a_number_asks_no_knowledge(shop: Shop) -> None:
    known = Known(2.0)
    chat = Chat(shop, known)
    await chat.say(press("intent:ask_promotion", "优惠活动"))
    await chat.say("JL1000000001")
    await chat.say("谢谢啦")
    await chat.say("给我转人工")
    assert known.asked == []


async def test_a_search_that_breaks_breaks_no_turn(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    draft = await Chat(shop, Known(fails=True)).say("毛衣可以机洗么")
    assert draft.say and draft.handoff is None
    assert [note.kind for note in draft.notes] == ["unknown"]
    assert "knowledge is not searched" in caplog.text


async def test_what_nothing_is_found_for_is_counted_without_its_words(shop: Shop) -> None:
    draft = await Chat(shop, Known(0.1)).say("毛衣可以机洗么")
    assert [(note.kind, note.data) for note in draft.notes] == [("unknown", {})]
    assert (await Stage(shop).play("毛衣可以机洗么")).notes == ()


async def test_whoever_waits_is_told_and_asked_nothing(shop: Shop) -> None:
    draft = await Chat(shop, Known()).say("毛衣可以机洗么", waiting=True)
    assert [content.text for content in draft.say] == ["· 手洗为主\n· 不要烘干"]
    assert "asked" not in draft.slots


async def test_a_long_entry_is_cut_at_a_line(shop: Shop) -> None:
    entry = WASHING.model_copy(update={"text": "\n\n".join(f"第{n}条：" + "洗" * 90 for n in range(20))})
    draft = await Chat(shop, Known(entry=entry)).say("毛衣可以机洗么")
    assert len(draft.say[0].text) <= 601
    assert draft.say[0].text.endswith("洗…")
