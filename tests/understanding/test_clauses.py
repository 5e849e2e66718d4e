"""Several things in one message: each is found with its place, and one thing stays one."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.bundle import shipped_bundle
from bot.understanding.calibration import Calibration, Threshold
from bot.understanding.clauses import MOST_INTENTS, clauses
from bot.understanding.encoder import Encoder, Vector
from bot.understanding.local import LocalUnderstander
from bot.understanding.port import Understanding
from bot.understanding.remote import RemoteUnderstander

SEVERAL = {
    "这个多少钱 有货吗": {"ask_price": "这个多少钱", "ask_stock": "有货吗"},
    "这个多少钱，有货吗，几天能到": {"ask_price": "这个多少钱", "ask_stock": "有货吗", "ask_delivery_time": "几天能到"},
    "好的谢谢，另外能开发票吗": {"thank": "好的谢谢", "ask_invoice": "能开发票吗"},
    "能开发票吗？另外运费多少": {"ask_invoice": "能开发票吗", "ask_shipping_fee": "运费多少"},
    "帮我查下快递到哪了，还有能不能改地址": {"track_order": "帮我查下快递到哪了", "change_address": "能不能改地址"},
    "這個有貨嗎？還有可以開發票嗎": {"ask_stock": "這個有貨嗎", "ask_invoice": "可以開發票嗎"},
    "你好，优惠券怎么领，能便宜点吗": {"greet": "你好", "ask_coupon": "优惠券怎么领", "bargain": "能便宜点吗"},
    "我昨天买的锅破了，想退货，运费谁出": {"request_return": "想退货", "return_shipping_fee": "运费谁出"},
    "几天发货？发什么快递？": {"ask_dispatch_time": "几天发货", "ask_delivery_area": "发什么快递"},
    "Hi, how much is it and when will it arrive?": {
        "greet": "Hi",
        "ask_price": "how much is it",
        "ask_delivery_time": "when will it arrive",
    },
    "Where is my parcel? Also, can I still change the address?": {
        "track_order": "Where is my parcel",
        "change_address": "can I still change the address",
    },
    "do you ship to Canada and how much is shipping": {
        "ask_delivery_area": "do you ship to Canada",
        "ask_shipping_fee": "how much is shipping",
    },
}
ONE = [
    "太小了，想换大一号",
    "我的快递到哪了",
    "收到的杯子碎了，还少了一个盖子，怎么办",
    "付不了款，是不是没货了",
    "我前天下的单，到现在一直没动静，到底什么时候发货",
    "order arrived broken, I want my money back",
    "看这个 https://shop.example/item?id=1,2&x=3 多少钱",
    "",
]


@pytest.mark.parametrize(("text", "meant"), SEVERAL.items())
def test_each_thing_is_found_at_its_place(text: str, meant: dict[str, str]) -> None:
    meaning = shipped_bundle().understand(text)
    assert {span.name: text[span.start : span.end] for span in meaning.intents} == meant
    assert meaning.answered
    assert [span.start for span in meaning.intents] == sorted(span.start for span in meaning.intents)


@pytest.mark.parametrize("text", ONE)
def test_what_is_one_thing_stays_one(text: str) -> None:
    (only,) = shipped_bundle().understand(text).intents
    assert (only.start, only.end) == (0, len(text))


@pytest.mark.parametrize("text", [text for text in SEVERAL if any(act in SEVERAL[text] for act in ("greet", "thank"))])
def test_a_task_comes_before_the_courtesy_beside_it(text: str) -> None:
    assert shipped_bundle().understand(text).intent not in ("greet", "thank")


class Counted(Encoder):
    """An encoder that notes every text it encodes."""

    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[str] = []

    def encode(self, text: str) -> Vector:
        self.encoded.append(text)
        return super().encode(text)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("我的快递到哪了", 0),
        ("你好，我的快递到哪了", 1),
        ("hi there, where is my parcel? thanks", 1),
        ("我前天在你们店里下的单，到现在一直没有动静，到底什么时候发货", 1),
        ("这个多少钱，有货吗", 1),
        ("，".join(["这个多少钱", "有货吗", "几天能到", "包邮吗", "能开发票吗", "有券吗", "能退吗"]), 2),
        ("这个多少钱，" * 600, 1),
    ],
)
def test_few_calls_of_the_encoder_are_made(text: str, most: int) -> None:
    encoder = Counted()
    replace(shipped_bundle(), encoder=encoder).understand(text)
    assert len(encoder.encoded) <= most


@given(st.text(alphabet="，。 ?？\n还有另外also和你好ab1", max_size=60))
def test_clauses_lie_in_the_message_one_after_the_other(text: str) -> None:
    found = clauses(Understanding(text, "ask_price", 0.5, False, (), ()))
    places = [place for clause in found for place in (clause.start, clause.end)]
    assert places == sorted(places)
    assert all(0 <= clause.start < clause.end <= len(text) for clause in found)


@settings(max_examples=30)
@given(st.lists(st.sampled_from([*SEVERAL, *ONE, "谢谢", "好的", "🙂"]), max_size=3))
def test_any_message_means_at_most_three_things_inside_it(texts: list[str]) -> None:
    text = "\n".join(texts)
    meaning = shipped_bundle().understand(text)
    assert 1 <= len(meaning.intents) <= MOST_INTENTS
    assert all(0 <= span.start <= span.end <= len(text) for span in meaning.intents)
    assert meaning.intent in {span.name for span in meaning.intents}


async def test_a_rasa_server_is_asked_for_the_clauses_too() -> None:
    known = {"这个多少钱": "ask_price", "有货吗": "ask_stock"}
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        text = json.loads(request.content)["text"]
        asked.append(text)
        ranking = [
            {"name": known.get(text, "ask_price"), "confidence": 0.95},
            {"name": "ask_stock", "confidence": 0.02},
        ]
        return httpx.Response(200, json={"intent": ranking[0], "intent_ranking": ranking, "entities": []})

    calibration = Calibration({family: Threshold(0.5, 0.1) for family in ("task", "conversation")}, {})
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        meaning = await RemoteUnderstander(client, "http://rasa", calibration).understand("这个多少钱 有货吗")
    assert [span.name for span in meaning.intents] == ["ask_price", "ask_stock"]
    assert asked == ["这个多少钱 有货吗", "这个多少钱", "有货吗"]


async def test_the_local_understander_finds_several_things() -> None:
    understander = LocalUnderstander(shipped_bundle())
    assert len((await understander.understand("这个多少钱 有货吗")).intents) == 2
    understander.close()
