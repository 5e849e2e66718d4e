"""Data found by rules, at its place in the message."""

from __future__ import annotations

import pytest

from actions.demo import catalogue as demo_catalogue
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.entities import find_entities
from bot.understanding.report.report import ENTITIES
from bot.understanding.report.spans import compared, finder, in_all, read_spans
from bot.understanding.text import view_of

LEAST_ROWS = 250
FLOOR = 0.95
NAMES = ("order_number", "phone", "tracking_number", "money", "date", "size", "colour", "product")

CATALOGUE = Catalogue(
    [
        CatalogueProduct("P1", ("星云降噪耳机 Pro", "Nebula Noise-Cancelling Headphones")),
        CatalogueProduct("P2", ("磁吸手机壳", "Magnetic Phone Case")),
        CatalogueProduct("P3", ("云朵羽绒被 1.5米", "Cloud Duvet")),
        CatalogueProduct("P4", ("山岚保温杯", "Haze Flask")),
        CatalogueProduct("P5", ("晨露保温杯", "Dew Flask")),
    ]
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("订单号：JL2026110132，手机13812345678", [("order_number", "JL2026110132"), ("phone", "13812345678")]),
        ("訂單編號 2026110112345", [("order_number", "2026110112345")]),
        ("my order number is AB-12345678", [("order_number", "AB-12345678")]),
        ("track order #100234 please", [("order_number", "100234")]),
        ("ＪＬ２０２６１１０１３２", [("order_number", "ＪＬ２０２６１１０１３２")]),
        ("+86 138 1234 5678", [("phone", "+86 138 1234 5678")]),
        ("打 0912-345-678 给我", [("phone", "0912-345-678")]),
        ("call 415-555-0134", [("phone", "415-555-0134")]),
        ("单号SF1234567890123到哪了", [("tracking_number", "SF1234567890123")]),
        ("快递 78123456789012", [("tracking_number", "78123456789012")]),
        ("1Z999AA10123456784", [("tracking_number", "1Z999AA10123456784")]),
        ("现在￥1,299.00 便宜了50块钱", [("money", "￥1,299.00"), ("money", "50块钱")]),
        ("五十块能卖吗", [("money", "五十块")]),
        ("it is $20.50 cheaper", [("money", "$20.50")]),
        ("11月3号买的", [("date", "11月3号")]),
        ("下周三之前能到吗", [("date", "下周三")]),
        ("2026-11-03 下单", [("date", "2026-11-03")]),
        ("will it come by Friday or on Nov 30", [("date", "Friday"), ("date", "Nov 30")]),
        ("XL码的黑色", [("size", "XL码"), ("colour", "黑色")]),
        ("42码换成43码", [("size", "42码"), ("size", "43码")]),
        ("size 42 in dark blue", [("size", "42"), ("colour", "dark blue")]),
        ("一块发货行吗", []),
        ("I'm at building 12", []),
        ("https://item.example.com/1002341234567.html", []),
        ("12号楼", []),
    ],
)
def test_data_is_found_where_it_stands(message: str, expected: list[tuple[str, str]]) -> None:
    found = find_entities(view_of(message))
    assert [(entity.name, message[entity.start : entity.end]) for entity in found] == expected


def test_values_are_canonical() -> None:
    values = [entity.value for entity in find_entities(view_of("ｊｌ２０２６１１０１３２ ￥1,299 +86 138-1234-5678"))]
    assert values == ["JL2026110132", "1299", "+8613812345678"]


@pytest.mark.parametrize(
    ("message", "product", "words"),
    [
        ("星雲降噪耳機pro還有貨嗎", "P1", "星雲降噪耳機pro"),
        ("那个降噪 耳机多少钱", "P1", "降噪 耳机"),
        ("how much are the headphones", "P1", "headphones"),
        ("any phone cases left", "P2", "phone case"),
        ("CLOUD  DUVET in white", "P3", "CLOUD  DUVET"),
        ("山岚保温杯漏水", "P4", "山岚保温杯"),
    ],
)
def test_a_product_is_found_by_its_name_or_a_part_only_it_has(message: str, product: str, words: str) -> None:
    (found,) = CATALOGUE.find(view_of(message))
    assert (found.name, found.value, message[found.start : found.end]) == ("product", product, words)


@pytest.mark.parametrize("message", ["手机坏了", "保温杯多少钱", "the suitcase", "a flask", "headphonesjack", ""])
def test_a_word_several_products_share_or_that_is_part_of_another_finds_none(message: str) -> None:
    assert CATALOGUE.find(view_of(message)) == ()


@pytest.mark.parametrize("name", ["", *NAMES])
def test_labelled_messages_reach_the_floor(name: str) -> None:
    rows = read_spans(ENTITIES)
    found = compared(rows, finder(Catalogue(CatalogueProduct(one.id, one.names) for one in demo_catalogue())))
    assert len(rows) >= LEAST_ROWS
    assert (found[name] if name else in_all(found.values())).f1 >= FLOOR


def test_two_parts_of_one_name_side_by_side_are_one_mention() -> None:
    catalogue = Catalogue([CatalogueProduct("P1", ("星云", "降噪耳机"))])
    message = "星云 降噪耳机还有吗"
    (found,) = catalogue.find(view_of(message))
    assert message[found.start : found.end] == "星云 降噪耳机"
