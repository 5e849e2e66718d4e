"""What makes a turn wait for more, and what is answered at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.bursts import is_fragment
from bot.messages import Button, Card, Content

FRAGMENTS = [
    # a greeting alone
    "你好", "您好", "在吗", "在嗎？", "亲，在吗", "你好，请问在吗", "hi", "Hello", "hello there!", "Good morning",
    "哈喽", "有人吗", "你好呀",
    # bare data
    "JL6338013277", "JL6338013277 8671", "订单号：JL6338013277", "尾号8671", "我的订单号是JL6338013277",
    "13912345678", "8671", "order number JL6338013277", "my order number is JL6338013277",
    "https://shop.example/item/1",
    # very little
    "?", "啊？", "那", "这个", "1", "", "…", "哦",
    # an unfinished clause
    "我想问一下", "想问下", "请问", "请问一下，", "我昨天买的那个，", "因为", "我买了一双鞋，但是", "我有个问题",
    "我想咨询一下", "還有", "麻烦问一下", "I want to ask", "i have a question", "I bought a lamp and",
    "my parcel has not come because", "can you", "Excuse me,", "我买的羽绒服…然后",
]  # fmt: skip

COMPLETE = [
    "人工", "退货", "退貨", "谢谢", "ok", "OK!", "好的", "嗯", "嗯嗯", "是", "是的", "不用", "没有", "确认", "取消",
    "yes", "no", "包邮", "多少钱", "多少钱？", "发票", "优惠券", "转人工", "我的快递到哪了", "你好，我的快递到哪了",
    "这个多少钱", "JL6338013277 到哪了", "什么时候发货？", "能便宜点吗", "hello, where is my parcel",
    "how much is it", "talk to a person", "I want to return it", "thank you", "the sizes run small",
    "what is the price of the desk lamp?", "退款到账了吗", "太小了，想换大一号", "不想要了",
    "然后呢", "多久", "why", "how long?", "没事", "知道了", "不需要", "谢谢你啦", "好的谢谢", "明白", "可以的",
]  # fmt: skip


@pytest.mark.parametrize("text", FRAGMENTS)
def test_a_fragment_waits(text: str) -> None:
    assert is_fragment(Content(text=text))


@pytest.mark.parametrize("text", COMPLETE)
def test_what_is_complete_is_answered_at_once(text: str) -> None:
    assert not is_fragment(Content(text=text))


def test_a_pressed_button_is_never_a_fragment() -> None:
    assert not is_fragment(Content(text="是", choice="yes"))


def test_a_card_alone_waits_for_its_question() -> None:
    card = Card(kind="product", ref="lamp", title="Lamp")
    assert is_fragment(Content(card=card))
    assert not is_fragment(Content(text="how much is this", card=card))


@given(st.text(max_size=4_000), st.booleans())
def test_any_text_is_judged(text: str, pressed: bool) -> None:
    content = Content(text=text, choice="x" if pressed else None, buttons=(Button(label="a", choice="b"),))
    assert is_fragment(content) in (True, False)


@pytest.mark.parametrize("unit", ["你好", "1", "a", "hi", "订单", "，", "…", "and ", "JL1-", "1 ", "我想问"])
@pytest.mark.parametrize("end", ["", "x", "。好"])
def test_no_text_takes_long_to_judge(unit: str, end: str) -> None:
    is_fragment(Content(text=(unit * 4_000)[:3_990] + end))
