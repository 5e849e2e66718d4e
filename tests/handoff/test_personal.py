"""What is one shopper's own never reaches another one's agent, and leaves no trace in what is kept for training."""

from __future__ import annotations

from time import perf_counter

import pytest

from handoff.personal import is_personal, mask

PERSONAL = [
    "您的订单 D20261118003 已经发出",
    "单号是 SF1234567890123，可以在顺丰查",
    "已为您登记 138 1234 5678，稍后回电",
    "我们会打 １３８１２３４５６７８ 联系您",
    "尾号 8821 的手机对吗",
    "尾号八八二一的手机对吗",
    "会寄到上海市黄浦区南京东路 20 号 3 单元",
    "送到您家 12 栋 502 室",
    "寄往浙江省杭州市",
    "王女士您好，已经处理好了",
    "收件人：赵小兰，已经改好",
    "张伟您好，已经安排",
    "我是小林，很高兴为您服务",
    "您的专属券码 THANKS26A 请收好",
    "退款 129 元已经退回",
    "昨天已经发出，请放心",
    "请加微信：jieli_help 发照片",
    "发邮件到 lin@example.com 就行",
    "打开 https://shop.example/pay?token=abc 付款",
    "Your order JL-20261118-01 has left",
    "We will call you on +44 20 7946 0958",
    "It goes to 221 Baker Street",
    "Delivered to flat 12, all good",
    "The postcode is SW1A 1AA, right?",
    "Hi Anna, your case is solved",
    "Dear Mr. Brown, we are sorry",
    "This is Anna from the shop",
    "We refunded $25 to your card",
    "It was signed by Peter",
    "The parcel left on Monday",
    "It is 1 3 8 1 2 3 4 5",
]

PLAIN = [
    "左右耳机同时放回盒子，长按十秒重置，再重新配对就好。",
    "签收后 7 天内可以申请退货，15 天内可以换货。",
    "充电器不包含在内，任何 20W 的 USB-C 充电头都可以用。",
    "退货运费由谁承担要看原因：质量问题由我们承担。",
    "客服时间是每天 9:00-21:00。",
    "支持七天无理由退货，包装完好即可。",
    "在订单页点“申请开票”，填好抬头就能收到电子发票。",
    "建议拍大一码，这款版型偏小。",
    "我是客服，马上为您看一下",
    "Put both earbuds into the case and hold the button for ten seconds.",
    "You can return it within 7 days if it is unused.",
    "The jacket is machine washable at 30 degrees.",
    "I am sorry, this is not included; any charger does.",
    "Hello, thank you for waiting. This is covered by the warranty.",
    "Thank you, We will replace it for free.",
    "手环支持 50 米防水，游泳可以戴。",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_what_is_one_shoppers_own_is_told(text: str) -> None:
    assert is_personal(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_any_shopper_may_read_is_not(text: str) -> None:
    assert not is_personal(text)


@pytest.mark.parametrize("name", ["Anna Berg", "ANNA", "小美", "anna"])
def test_the_names_of_those_who_talk_are_told_wherever_they_stand(name: str) -> None:
    assert is_personal(
        "Sure, anna can bring it to the store" if name.isascii() else "好的，那就给小美留一件", [None, name]
    )


@pytest.mark.parametrize("text", ["省" * 600, "市" * 600, "1 " * 300, "a." * 300])
def test_no_answer_takes_long_to_look_through(text: str) -> None:
    """It is done between two messages of everybody else's."""
    begun = perf_counter()
    is_personal(text)
    assert perf_counter() - begun < 0.2


def test_a_name_inside_a_word_is_no_name() -> None:
    assert not is_personal("Please plan a visit to our store", ["An", "Lan"])


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("订单 D20261118003 怎么还没到", "订单 D00000000000 怎么还没到"),
        ("我的手机 １３８１２３４５６７８ 收不到短信", "我的手机 00000000000 收不到短信"),
        ("地址改成南京东路20号", "地址改成南京东路00号"),
        ("小美的包裹到哪了", "**的包裹到哪了"),
        ("write to lin@example.com", "write to ***************"),
        ("退 129 元给我", "退 129 元给我"),
        ("😀 where is SF1234567890123", "😀 where is SF0000000000000"),
    ],
)
def test_a_masked_text_keeps_its_words(text: str, masked: str) -> None:
    assert mask(text, ["小美"]) == masked


def test_no_digit_of_a_number_is_left() -> None:
    assert not set("123456789") & set(mask("订单 D20261118003，电话 13812345678"))
