"""Input nobody asked for; `python -m tests.understanding.bad_input` tells how long 10,000 cases of it took.

Time is processor time of the thread that understands: what else the machine does is not the input's fault.
"""

from __future__ import annotations

import json
import sys
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.demo import catalogue as demo_catalogue
from bot.understanding.bundle import Bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.report.footprint import percentile

CASES = 10_000
LIMIT = 0.05
"""Seconds a message may take."""
LONGEST = 4_000
EVERY_CHECK = list(HealthCheck)

HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202d\u202e\u2066\u2067\u2069\u061c\u00ad"
EMOJI = "😀😂🤣😡👍🏻🙏❤️👨‍👩‍👧🇨🇳⌚㊗️"
SCRIPTS = "退货訂單abcАБВאבגابتกขค한국日本ひらカタ𠮷𝒜①½㎏ﷺΩñßẞ"
PHRASES = (
    "我要退货", "订单JL2026110132到哪了", "where is my parcel", "取消", "谢谢", "13812345678", "￥1,299.00", "11月3号",
    "https://item.example.com/1.html", "[图片]", "XL码黑色", "{\"a\": 1}", "<div>订单</div>", "\n", "，", "还有",
    " and ", "也", "请问", "1Z999AA10123456784", "满300减50", "www.", "+86 138", "0", "#", "-",
)  # fmt: skip


def repeated(piece: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A piece again and again, up to the longest message."""
    return st.builds(lambda one, times: (one * times)[:LONGEST], piece, st.integers(1, LONGEST))


ANY = st.text(st.characters(codec=None), max_size=300)  # lone surrogates included
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=40,
)
BAD_INPUT = st.one_of(
    st.just(""),
    ANY,
    repeated(st.sampled_from(PHRASES) | st.text(st.characters(codec=None), min_size=1, max_size=6)),
    st.lists(st.sampled_from(PHRASES), max_size=400).map(lambda pieces: "".join(pieces)[:LONGEST]),
    repeated(st.text(EMOJI, min_size=1, max_size=8)),
    st.text(SCRIPTS + HIDDEN, max_size=400),
    repeated(st.text(HIDDEN + "退", min_size=1, max_size=8)),
    st.text(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF), max_size=50),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=500, max_size=1000),
    DATA.map(lambda data: json.dumps(data, ensure_ascii=False)),
    st.lists(ANY, max_size=20).map(lambda texts: "".join(f"<p class='{text}'>{text}</p>" for text in texts)[:LONGEST]),
    st.integers(10**499, 10**500 - 1).map(str),
    st.text("0123456789-., +#", min_size=100, max_size=800),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789 '", min_size=100, max_size=1500),
)


def check(bundle: Bundle, text: str, catalogue: Catalogue) -> float:
    """Seconds it took to understand `text`; fails where what was understood does not hold together."""
    begun = time.thread_time()
    meaning = bundle.understand(text, catalogue)
    taken = time.thread_time() - begun
    assert meaning.text == text
    assert 0 <= meaning.confidence <= 1
    assert all(0 <= entity.start < entity.end <= len(text) for entity in meaning.entities)
    assert all(0 <= span.start <= span.end <= len(text) for span in meaning.intents)
    assert 1 <= len(meaning.intents) <= 3
    return taken


def fuzz(bundle: Bundle, catalogue: Catalogue, cases: int = CASES) -> list[tuple[float, str]]:
    """(seconds, text) of each case, the slowest first; of a slow one the best of three tries counts."""
    costs = []

    @settings(max_examples=cases, database=None, derandomize=True, deadline=None, suppress_health_check=EVERY_CHECK)
    @given(BAD_INPUT)
    def understand(text: str) -> None:
        taken = check(bundle, text, catalogue)
        if taken > LIMIT:
            taken = min(taken, *(check(bundle, text, catalogue) for _ in range(2)))
        costs.append((taken, text))

    understand()
    return sorted(costs, key=lambda cost: -cost[0])


def main() -> None:
    bundle = Bundle.load()
    bundle.warm()
    products = Catalogue(CatalogueProduct(one.id, one.names) for one in demo_catalogue())
    costs = fuzz(bundle, products, int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
    seconds = [taken for taken, _ in costs]
    slow = sum(taken > LIMIT for taken in seconds)
    print(f"cases {len(costs)} texts")
    print(f"slower_than_{LIMIT * 1000:.0f}_ms {slow} texts")
    for name, share in (("p50", 0.5), ("p99", 0.99), ("slowest", 1.0)):
        print(f"{name} {percentile(seconds, share) * 1000:.1f} ms")
    for taken, text in costs[:5]:
        print(f"  {taken * 1000:.1f} ms, {len(text)} characters: {text[:60]!r}", file=sys.stderr)
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
