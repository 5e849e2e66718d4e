"""Mood is told by words one can point at, and a fault of the goods is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.mood import Mood, feeling_of

CALM = [
    "", "你好", "我的快递到哪了", "收到的碗破损了", "充电宝坏了，充不进电", "包装有点脏", "麻烦帮我查一下",
    "烦请尽快发货",
    "垃圾桶有货吗", "厨房垃圾袋一包几个", "给妈妈的礼物能写贺卡吗", "给他妈妈买的", "帮我操作一下",
    "到底是M码还是L码合适", "我没生气，就问问",
    "我不着急，慢慢发", "第二次购买了，质量不错", "谢谢！！！", "太好了！！！", "拖鞋有42码吗",
    "你们家从没让我失望", "急用，今天能发吗",
    "damn good headphones", "no joke, I love it", "where is my parcel?", "the cup arrived broken",
    "the candle has a terrible smell", "can I get it asap?", "I'm not angry, just asking",
    "is this the USB C to HDMI one",
    "THANKS SO MUCH!!!", "second time ordering, it is great", "物流破損怎麼辦",
]  # fmt: skip
ANNOYED = [
    "等了好久还没到", "你们这服务态度有点差", "催了还是没发", "没人理我吗", "我要投诉", "真让人失望",
    "在吗？？？", "踢皮球呢", "居然还没发货",
    "客服態度這麼差", "等了這麼久", "I'm still waiting", "this is frustrating", "nobody answers", "poor service",
    "what about my parcel???", "I AM WAITING FOR IT", "ridiculous",
]  # fmt: skip
ANGRY = [
    "垃圾店铺", "你们就是骗子", "气死我了", "再不发货我打12315", "太过分了", "真是服了你们", "垃圾快遞",
    "騙人的吧", "什么破店", "你们这不是骗人吗",
    "差评！！！", "没人管，一拖再拖，推来推去", "再也不来了", "this is a scam", "worst service ever",
    "I'm so disappointed",
    "never buying from you again", "what a joke", "fed up with this", "ridiculous!!!", "😡",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mood"),
    [(text, mood) for mood, texts in zip(Mood, (CALM, ANNOYED, ANGRY), strict=True) for text in texts],
)
def test_the_mood_of_a_message(text: str, mood: Mood) -> None:
    feeling = feeling_of(text)
    assert feeling.mood is mood
    assert bool(feeling.words) is (mood is not Mood.CALM)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("等了这么久，你们就是骗子！！！", ["等了这么久", "骗子", "！！！"]),
        ("一點都不靠譜，氣死我了", ["不靠譜", "氣死"]),
        ("ＳＣＡＭ shop", ["ＳＣＡＭ"]),
    ],
)
def test_the_words_are_those_of_the_message(text: str, words: list[str]) -> None:
    found = feeling_of(text).words
    assert [word.text for word in found] == words
    assert [text[word.start : word.end] for word in found] == words


@given(st.text(max_size=300))
def test_any_text_has_a_mood(text: str) -> None:
    feeling = feeling_of(text)
    assert all(text[word.start : word.end] == word.text for word in feeling.words)


@pytest.mark.parametrize("unit", ["!", "A ", "烦", "不", "not ", "服务", "等了", "still "])
def test_no_text_takes_long_to_feel(unit: str) -> None:
    feeling_of(unit * (4_000 // len(unit)))
