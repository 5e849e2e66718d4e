"""Both understanders keep to the port: bounded in time and number, failing by one exception."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.understanding.bundle import Bundle, shipped_bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.local import LocalUnderstander
from bot.understanding.port import Understanding, UnderstandingFailed
from bot.understanding.remote import RemoteUnderstander

CUP = Catalogue([CatalogueProduct("P1", ("星空杯",))])


class Held(Bundle):
    """A bundle whose answers wait until the test lets them go."""

    def __init__(self) -> None:
        object.__setattr__(self, "gate", threading.Event())
        object.__setattr__(self, "calls", [])

    gate: threading.Event
    calls: list[str]

    def understand_at_once(self, text: str, catalogue: Catalogue = CUP) -> None:
        """Nothing is sure enough."""

    def parse(self, text: str, catalogue: Catalogue = CUP) -> Understanding:
        self.calls.append(text)
        self.gate.wait(5)
        if text == "broken":
            raise RuntimeError("broken")
        return Understanding(text, "greet", 0.9, True, (), ())


@pytest.fixture
def held() -> Iterator[Held]:
    bundle = Held()
    yield bundle
    bundle.gate.set()


async def test_the_bundle_answers_through_the_port() -> None:
    understander = LocalUnderstander(shipped_bundle(), CUP)
    meaning = await understander.understand("星空杯多少钱")
    assert (meaning.intent, [entity.value for entity in meaning.entities]) == ("ask_price", ["P1"])
    understander.close()


async def test_what_the_n_grams_decide_waits_for_nobody(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    understander = LocalUnderstander(held, workers=1, waiting=1)
    slow = asyncio.create_task(understander.understand("slow"))
    await asyncio.sleep(0)
    meaning = Understanding("hi", "greet", 1.0, True, (), ())
    monkeypatch.setattr(Held, "understand_at_once", lambda self, text, catalogue: meaning)
    assert await understander.understand("hi") is meaning
    assert not slow.done()
    held.gate.set()
    await slow
    understander.close()


async def test_the_same_text_is_worked_out_once(held: Held) -> None:
    held.gate.set()
    understander = LocalUnderstander(held)
    assert await understander.understand("hi") is await understander.understand("hi")
    assert held.calls == ["hi"]
    understander.close()


async def test_the_oldest_text_is_forgotten_first(held: Held) -> None:
    held.gate.set()
    understander = LocalUnderstander(held, remembered=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        await understander.understand(text)
    assert held.calls == ["a", "b", "c", "b"]
    understander.close()


async def test_a_new_catalogue_is_used_at_once() -> None:
    understander = LocalUnderstander(shipped_bundle())
    assert (await understander.understand("星空杯")).entities == ()
    understander.use_catalogue(CUP)
    assert [entity.value for entity in (await understander.understand("星空杯")).entities] == ["P1"]
    understander.close()


async def test_a_slow_answer_fails_at_the_deadline(held: Held) -> None:
    understander = LocalUnderstander(held, deadline=0.02)
    with pytest.raises(UnderstandingFailed, match=r"within 0\.02 s"):
        await understander.understand("hi")
    held.gate.set()
    understander.close()


async def test_too_many_messages_at_once_are_refused(held: Held) -> None:
    understander = LocalUnderstander(held, workers=1, waiting=2)
    first = [asyncio.create_task(understander.understand(text)) for text in ("a", "b")]
    await asyncio.sleep(0)
    with pytest.raises(UnderstandingFailed, match="too many"):
        await understander.understand("c")
    held.gate.set()
    assert [meaning.text for meaning in await asyncio.gather(*first)] == ["a", "b"]
    understander.close()


async def test_a_broken_bundle_fails_by_the_ports_exception(held: Held) -> None:
    held.gate.set()
    understander = LocalUnderstander(held)
    with pytest.raises(UnderstandingFailed, match="RuntimeError"):
        await understander.understand("broken")
    understander.close()


def remote(answer: Any, status: int = 200) -> RemoteUnderstander:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=answer))
    return RemoteUnderstander(httpx.AsyncClient(transport=transport), "http://rasa/", shipped_bundle().calibration, CUP)


RASA_ANSWER = {
    "text": "星空杯 JL2026110132",
    "intent": {"name": "track_order", "confidence": 0.97},
    "entities": [{"entity": "order_number", "value": "JL2026110132", "start": 4, "end": 16, "extractor": "X"}],
    "intent_ranking": [{"name": "track_order", "confidence": 0.97}, {"name": "inform", "confidence": 0.02}],
}


async def test_a_rasa_server_answers_through_the_same_port() -> None:
    meaning = await remote(RASA_ANSWER).understand("  星空杯 JL2026110132")
    assert (meaning.intent, meaning.answered, meaning.alternatives) == ("track_order", True, (("inform", 0.02),))
    assert [meaning.text[entity.start : entity.end] for entity in meaning.entities] == ["星空杯", "JL2026110132"]


@pytest.mark.parametrize(("answer", "status"), [(RASA_ANSWER, 500), ({"no": "intent"}, 200), ([], 200)])
async def test_a_rasa_server_that_errs_fails_by_the_ports_exception(answer: Any, status: int) -> None:
    with pytest.raises(UnderstandingFailed):
        await remote(answer, status).understand("hi \ud800")
