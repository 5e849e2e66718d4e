"""How well and how fast the bot answers from knowledge: `python -m tests.bench.knowledge`.

Held-out questions (tests/knowledge/questions.yml) of the shipped entries, and searches in 10,000 entries of as many
texts as those have, after the question is encoded.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import numpy as np

from bot.knowledge.entries import Entry
from bot.knowledge.index import Index, texts_of
from bot.understanding.bundle import Bundle
from bot.understanding.encoder import Vector
from bot.understanding.local import LocalUnderstander
from tests.knowledge.heldout import ask_all, judge, make_finder, questions

ENTRIES = 10_000
SIZE = 384
SEED = 20261122


async def measure() -> Iterator[tuple[str, float, str]]:
    understander = LocalUnderstander(Bundle.load(), deadline=30)
    with tempfile.TemporaryDirectory() as folder:
        outcome = judge(await ask_all(await make_finder(Path(folder) / "vectors.npz"), understander))
    understander.close()
    times = time_searches()
    return iter(
        (
            ("knowledge_precision", outcome.precision, "share"),
            ("knowledge_coverage", outcome.coverage, "share"),
            ("knowledge_needless", outcome.needless, "share"),
            ("knowledge_search_p50", median(times), "ms"),
            ("knowledge_search_p95", quantiles(times, n=20)[-1], "ms"),
        )
    )


def time_searches() -> list[float]:
    """Milliseconds of each of the held-out questions, in entries made of their words and with vectors of chance."""
    chance = np.random.default_rng(SEED)
    asked = [question for question, tongue, _ in questions() if tongue == "zh"]
    entries = [_entry(number, [str(one) for one in chance.choice(asked, 7)]) for number in range(ENTRIES)]
    vectors = {text: _vector(chance) for entry in entries for text, _ in texts_of(entry)}
    index = Index(entries, vectors)
    return [_time(index, question, _vector(chance)) for question in asked]


def _entry(number: int, said: list[str]) -> Entry:
    return Entry(
        id=f"entry-{number}",
        language="zh",
        title=f"{number} {said[0]}",
        questions=tuple(f"{number} {one}" for one in said[1:6]),
        text=f"{number}：{said[6]}\n\n{number}。{said[0]}",
    )


def _vector(chance: np.random.Generator) -> Vector:
    vector = chance.standard_normal(SIZE, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def _time(index: Index, question: str, vector: Vector) -> float:
    begun = perf_counter()
    index.find(question, vector)
    return (perf_counter() - begun) * 1000


def main() -> None:
    for name, value, unit in asyncio.run(measure()):
        print(name, f"{value:.3f}", unit)


if __name__ == "__main__":
    main()
