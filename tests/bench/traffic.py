"""Benchmark traffic in the shares of real shopper turns: a third tasks, the rest talk, data and follow-ups.

Tasks come once each. Talk repeats as people do: the shortest forms most often, the n-th of them 1/n times as often.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from bot.dialogue.bursts import is_fragment
from bot.messages import Content
from bot.understanding.examples import read_examples

ROOT = Path(__file__).parents[2]
TALK = frozenset({"affirm", "thank", "deny", "greet", "goodbye"})
FOLLOW_UPS = [
    "查到了吗",
    "然后呢",
    "多久",
    "什么意思",
    "为什么",
    "怎么弄",
    "还要多久啊",
    "any update?",
    "and then?",
    "how long",
    "why",
    "what do you mean",
]
NOT_TASKS = TALK | {"inform", "out_of_scope", "complain", "request_human", "bot_challenge"}
SHARES = {"task": 0.34, "talk": 0.38, "data": 0.12, "follow_up": 0.12, "other": 0.04}


def traffic(turns: int, seed: int = 1) -> list[str]:
    """`turns` texts; no task text comes twice. Raises ValueError where there are not enough task texts."""
    chance = random.Random(seed)
    pools = _pools(chance)
    if len(pools["task"]) < turns * SHARES["task"] * 1.2:
        raise ValueError(f"only {len(pools['task'])} task texts")
    sources: dict[str, Iterator[str]] = {name: cycle(pool) for name, pool in pools.items()}
    kinds = chance.choices(list(SHARES), list(SHARES.values()), k=turns)
    talk = sorted(pools["talk"], key=len)
    often = [1 / rank for rank in range(1, len(talk) + 1)]
    return [chance.choices(talk, often)[0] if kind == "talk" else next(sources[kind]) for kind in kinds]


def self_contained(turns: int, seed: int = 2) -> list[str]:
    """Task texts only, each once: what is answered at once."""
    texts = _pools(random.Random(seed))["task"]
    return [text for text in texts if not is_fragment(Content(text=text))][:turns]


def _pools(chance: random.Random) -> dict[str, list[str]]:
    pools: dict[str, list[str]] = {name: [] for name in SHARES}
    for example in read_examples(ROOT / "nlu_data"):
        pools[_kind(example.intent)].append(example.text)
    pools["follow_up"] = list(FOLLOW_UPS)
    for pool in pools.values():
        chance.shuffle(pool)
    return pools


def _kind(intent: str) -> str:
    if intent in TALK:
        return "talk"
    if intent == "inform":
        return "data"
    return "other" if intent in NOT_TASKS else "task"
