"""More than one thing in a message: where it may be cut, and what its pieces mean beside the whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.understanding.calibration import CONVERSATION, OUT_OF_SCOPE
from bot.understanding.port import IntentSpan, Understanding

MOST_INTENTS = 3
MOST_PIECES = 4
"""Where there are more, the shortest join their neighbours; `MOST_INTENTS` of them at most are encoded."""
SHORTEST, LONGEST = 5, 128
"""Characters of a message worth cutting; the encoder shortens longer ones, and their pieces would cost as much each."""
PASTED = re.compile("[<>{}\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks of code, markup and hidden characters: nobody typed such a text clause by clause."""
SURE = 0.8
"""Least confidence of a piece that says more than the whole: nobody wants answers they did not ask for."""
VERY_SURE = 0.9
"""The same where the whole was not understood, and for acts ("好的") that may be no more than a filler."""
EVEN = 0.5
"""Confidence of a first guess from which a piece is looked at more closely."""
CERTAIN = 0.9
"""Confidence of a question from which it counts even where the whole does not hint at it."""
SHORT_ACT = 8
"""Characters up to which a piece can be a mere act."""
HEAVY = frozenset(("request_human", "complain"))
SILENT = frozenset(("inform", OUT_OF_SCOPE))
"""Pieces that mean these add nothing: the data is found in the whole message anyway."""

_HAN = r"[㐀-䶿一-鿿]"
_ALSO = r"另外|[还還]有|[顺順]便|[对對]了|[还還]想问|再[问問]|此外"
_THEN = r"然[后後]"
# What separates: a link (never cut), the end of a sentence, a word that opens another matter, a pause.
_BOUNDARY = re.compile(
    rf"""(?P<link>https?://[^\s㐀-鿿]+|www\.[^\s㐀-鿿]+)
       | (?P<end>(?:[。！？!?；;\n…]|\.(?=\s|$))[\s。！？!?；;\n….~～]*)
       | (?P<also>(?=(?:{_ALSO})[^吗嗎么呢没沒]) | \b(?=(?:also|besides|by\ the\ way|btw|plus|another\ thing)\b))
       | (?P<pause>[，,]\s* | (?<={_HAN})\s+(?=[㐀-䶿一-鿿a-z]) | (?<=[a-z0-9])\s+(?={_HAN})
           | (?<=[^\s])(?=(?:{_THEN})) | \ (?=(?:and|but)\ (?:(?:then|also)\ )?
             (?:what|when|where|why|how|which|who|do|does|did|is|are|can|could|will|would|i|my|please|may|has|have)\b))""",
    re.VERBOSE | re.IGNORECASE,
)
_OPENING = re.compile(
    rf"""(?: {_ALSO} | {_THEN} | (?:and|but|also|then|btw|by\ the\ way|plus)\b
       | 我?想[请請]?[问問](?:一下|下) | [请請][问問](?:一下|下)? | [\s,，:：~～.。] )+""",
    re.VERBOSE | re.IGNORECASE,
)
_WORDS = re.compile(rf"{_HAN}|[a-z0-9']+", re.I)
# A piece that asks has one of these; one without only tells what led to the next.
_QUESTION = re.compile(
    r"""[?？吗嗎嘛么麼呢] | 多少 | 多久 | 多[大重] | [几幾][天时時点點号號] | 怎[么麼样樣]
      | 什[么麼] | 啥 | 哪 | 谁 | 誰 | 何时 | 何時 | 为何 | 為何 | [能可会會要是好]不 | 有[没沒] | 可不可以
      | \b(?: what | when | where | why | how | which | who | whose | do | does | did | is | are | can | could | will
          | would | may )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_WISH = re.compile(
    r"""可以 | 能 | 想 | 要 | 帮 | 幫 | 请 | 請 | 麻烦 | 麻煩 | 给我 | 給我 | 查 | 催
      | 尽快 | 盡快 | 申请 | 申請 | 取消 | 换 | 換 | 退 | 改 | 开 | 開
      | \b(?: please | pls | want | need | like\ to | help | tell | give | send\ me | change | cancel | return
          | exchange | refund | track | check )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_PAST = re.compile(
    r"""[已刚剛] | [昨前]天 | 之前 | 申[请請][了的过過] | [了过過]$ | 的[话話]$
      | \b(?: already | just | if | was | were | had | when )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_FILLER = r"[啊呀哈,，\ ]"
_ACTS = {
    "greet": rf"""(?: [你您]们?好 | [亲親] | 在[吗嗎] | 在不在 | 哈[喽囉] | 嗨 | 早上好 | [下中]午好 | 晚上好 | hi
      | hello | hey | good\ (?:morning|afternoon|evening) | there | {_FILLER} )+""",
    "thank": rf"""(?: 多?[谢謝][谢謝]?[你您了啦]* | 感[谢謝] | 辛苦了? | thx
      | thanks?(?:\ you)?(?:\ so\ much|\ very\ much|\ a\ lot)? | {_FILLER} )+""",
    "goodbye": rf"(?: 再[见見] | 拜拜 | bye | goodbye | {_FILLER} )+",
}
"""Pieces that need no encoder, where such words are all they say."""
_KNOWN = {act: re.compile(words, re.VERBOSE | re.IGNORECASE) for act, words in _ACTS.items()}


@dataclass(frozen=True)
class Clause:
    """A piece of a message, [start, end); `opens` another matter by its words; `act` where it is known already."""

    start: int
    end: int
    opens: bool = False
    act: str | None = None


def clauses(whole: Understanding) -> tuple[Clause, ...]:
    """The pieces of a message that may add to what it means as a whole; none where it should stay whole.

    Each without `act` is to be understood by itself, which costs a call of the encoder: so pieces that can only be
    background are left out, and a single piece beside known acts is what the whole means.
    """
    if not SHORTEST <= len(whole.text) <= LONGEST or PASTED.search(whole.text):
        return ()
    found = [clause for clause in _known(whole.text) if clause.act or _may_matter(whole.text, clause)]
    unknown = [clause for clause in found if not clause.act]
    if len(found) < 2 and (whole.answered or not unknown):
        return ()
    if len(unknown) == 1 and whole.answered and whole.intent not in CONVERSATION:
        return tuple(replace(clause, act=clause.act or whole.intent) for clause in found)
    return tuple(clause for clause in found if clause.act or clause in unknown[:MOST_INTENTS])


def may_add(whole: Understanding, clause: Clause, guess: Understanding) -> bool:
    """Whether a piece is worth encoding after a first guess: it asks, and likely for what the whole does not say."""
    new = guess.intent != whole.intent or not whole.answered
    return new and guess.confidence >= EVEN and _asks(whole.text, clause)


def _known(text: str) -> list[Clause]:
    """The pieces, those that are plainly an act marked."""
    found = _fewer(list(_pieces(text)))
    return [replace(clause, act=_act(text, clause)) for clause in found] if len(found) > 1 else []


def _act(text: str, clause: Clause) -> str | None:
    return next((act for act, words in _KNOWN.items() if words.fullmatch(text, clause.start, clause.end)), None)


def _may_matter(text: str, clause: Clause) -> bool:
    return clause.end - clause.start <= SHORT_ACT or _asks(text, clause)


def _pieces(text: str) -> Iterator[Clause]:
    start, opens = 0, False
    for boundary in _BOUNDARY.finditer(text):
        if boundary["link"]:
            continue
        yield from _trimmed(text, start, boundary.start(), opens)
        start, opens = boundary.end(), boundary["pause"] is None
    yield from _trimmed(text, start, len(text), opens)


def _trimmed(text: str, start: int, end: int, opens: bool) -> Iterator[Clause]:
    opening = _OPENING.match(text, start, end)
    start = opening.end() if opening else start
    end = start + len(text[start:end].rstrip())
    if _WORDS.search(text, start, end):
        yield Clause(start, end, opens)


def _fewer(found: list[Clause]) -> list[Clause]:
    """Without one-character pieces and with few enough: the shortest pieces join the one after a mere pause."""
    while len(found) > 1:
        lengths = [clause.end - clause.start for clause in found]
        shortest = min(range(len(found)), key=lambda at: lengths[at])
        if lengths[shortest] > 1 and len(found) <= MOST_PIECES:
            break
        other = shortest + 1 if shortest + 1 < len(found) else shortest - 1
        first, second = sorted((shortest, other))
        found[first : second + 1] = [Clause(found[first].start, found[second].end, found[first].opens)]
    return found


def combined(whole: Understanding, found: Sequence[tuple[Clause, Understanding | None]]) -> Understanding:
    """The whole message with the ordered `intents` of its clauses, where these make sense beside it.

    `found` has what each clause means by itself (nothing for one whose act is known). Where the whole is understood
    as a task that no clause has, the clauses are taken for parts of that one thing.
    """
    spans = _merged(span for clause, heard in found for span in _spans(whole, clause, heard))
    first = _first(whole, spans)
    if first is None:
        return whole
    several = _fewest(spans, first) if len(spans) > 1 else ()
    if whole.answered and first.name == whole.intent:
        return replace(whole, intents=several)
    return replace(whole, intent=first.name, confidence=first.confidence, answered=True, intents=several)


def _first(whole: Understanding, spans: Sequence[IntentSpan]) -> IntentSpan | None:
    """What the message is for, first of all; nothing where its pieces do not fit the whole."""
    same = next((span for span in spans if span.name == whole.intent), None)
    tasks = [span for span in spans if span.name not in CONVERSATION]
    if same and (same in tasks or not tasks):
        return same
    if not tasks or (whole.answered and whole.intent not in CONVERSATION):
        return None
    likely = tasks[0].name in {name for name, _ in whole.alternatives[:1]} and tasks[0].confidence >= VERY_SURE
    return tasks[0] if whole.answered or likely else None


def _spans(whole: Understanding, clause: Clause, heard: Understanding | None) -> Iterator[IntentSpan]:
    if clause.act:
        sure = whole.confidence if clause.act == whole.intent else 1.0
        yield IntentSpan(clause.act, sure, clause.start, clause.end)
    elif heard and heard.answered and heard.intent not in SILENT and _counts(whole, clause, heard):
        yield IntentSpan(heard.intent, heard.confidence, clause.start, clause.end)


def _counts(whole: Understanding, clause: Clause, heard: Understanding) -> bool:
    if heard.intent in CONVERSATION and heard.intent not in HEAVY:
        return heard.confidence >= VERY_SURE and clause.end - clause.start <= SHORT_ACT
    if heard.confidence < SURE and not (whole.answered and heard.intent == whole.intent):
        return False
    if heard.intent in HEAVY:
        return heard.confidence >= VERY_SURE
    if heard.confidence >= CERTAIN and _QUESTION.search(_with_mark(whole.text, clause)):
        return True
    return _hinted(whole, clause, heard) and _asks(whole.text, clause)


def _hinted(whole: Understanding, clause: Clause, heard: Understanding) -> bool:
    likely = heard.intent == whole.intent or heard.intent in {name for name, _ in whole.alternatives}
    return likely or clause.opens


def _asks(text: str, clause: Clause) -> bool:
    words = _with_mark(text, clause)
    return bool(_QUESTION.search(words) or (_WISH.search(words) and not _PAST.search(words.rstrip("，, "))))


def _with_mark(text: str, clause: Clause) -> str:
    return text[clause.start : clause.end + 1]


def _merged(spans: Iterator[IntentSpan]) -> list[IntentSpan]:
    """Neighbours of the same intent as one; of an intent said again later the first stays."""
    kept: list[IntentSpan] = []
    for span in spans:
        if kept and kept[-1].name == span.name:
            kept[-1] = replace(kept[-1], end=span.end, confidence=max(kept[-1].confidence, span.confidence))
        elif span.name not in {other.name for other in kept}:
            kept.append(span)
    return kept


def _fewest(spans: list[IntentSpan], first: IntentSpan) -> tuple[IntentSpan, ...]:
    """At most `MOST_INTENTS` in the message's order: `first` always stays, acts go before tasks."""
    by_weight = sorted(spans, key=lambda span: (span is not first, span.name in CONVERSATION))
    return tuple(sorted(by_weight[:MOST_INTENTS], key=lambda span: span.start))
