"""Benchmark traffic in the shares of real shopper turns: a third tasks, the rest talk, data and follow-ups.

Tasks come once each, from turns that are never trained on; numbers in data are always new. Talk repeats as people do:
the n-th form of it 1/n times as often as the first.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from bot.dialogue.bursts import is_fragment
from bot.messages import Content
from bot.understanding.examples import read_file
from bot.understanding.report.rows import HELD_OUT

ROOT = Path(__file__).parents[2]
TALK = (
    "好的 嗯 谢谢 你好 在吗 好 嗯嗯 可以 ok 不用了 哦 是的 您好 hi 行 没有 thanks 好的谢谢 哦哦 谢谢啦 是 不是 知道了 "
    "hello 没事 不要 好吧 对 yes 有人吗 明白了 thank_you 再见 算了 不 no 谢谢你 好滴 可以的 收到 在不在 对的 不需要 "
    "thx 好嘞 没了 亲 拜拜 okay 哈喽 嗯好的 感谢 不用 sure 行吧 早上好 辛苦了 bye 先这样 没问题 好呢 晚上好 yep nope"
)
"""What people say most, the most frequent first, as seen in any shop's log."""
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
OTHERS = frozenset(("out_of_scope", "complain", "request_human", "bot_challenge"))
ACTS = frozenset(("affirm", "thank", "deny", "greet", "goodbye"))
SHARES = {"task": 0.34, "talk": 0.38, "data": 0.12, "follow_up": 0.12, "other": 0.04}


def traffic(turns: int, seed: int = 1) -> list[str]:
    """`turns` texts; no task text comes twice. Raises ValueError where there are not enough task texts."""
    chance = random.Random(seed)
    pools = _pools()
    kinds = chance.choices(list(SHARES), list(SHARES.values()), k=turns)
    if len(pools["task"]) < kinds.count("task"):
        raise ValueError(f"only {len(pools['task'])} task texts")
    sources: dict[str, Iterator[str]] = {name: cycle(pool) for name, pool in pools.items()}
    talk = [words.replace("_", " ") for words in TALK.split()]
    often = [1 / rank for rank in range(1, len(talk) + 1)]

    def say(kind: str) -> str:
        if kind == "talk":
            return chance.choices(talk, often)[0]
        text = next(sources[kind])
        return re.sub(r"\d", lambda _: str(chance.randrange(10)), text) if kind == "data" else text

    return [say(kind) for kind in kinds]


def self_contained(turns: int) -> list[str]:
    """Task texts only, each once: what is answered at once. The last ones, which `traffic` comes to last."""
    texts = [text for text in _pools()["task"] if not is_fragment(Content(text=text))]
    return texts[-turns:]


def _pools() -> dict[str, list[str]]:
    """The texts of each kind, always in the same order."""
    pools: dict[str, list[str]] = {name: [] for name in SHARES if name != "talk"}
    for example in read_file(HELD_OUT):
        if example.intent not in ACTS:
            pools[_kind(example.intent)].append(example.text)
    pools["follow_up"] = list(FOLLOW_UPS)
    for pool in pools.values():
        random.Random(0).shuffle(pool)
    return pools


def _kind(intent: str) -> str:
    if intent == "inform":
        return "data"
    return "other" if intent in OTHERS else "task"
