"""A normalised view of a message, with a map back to the message as it was typed.

Rasa components and the server both look at this view, so it needs nothing but OpenCC and runs on Python 3.10 and later.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

import opencc

MAX_CHARS = 4096  # of the message; what follows is not looked at
MAX_REPEATS = 3  # "哈哈哈哈哈" says no more than "哈哈哈"

# WeChat's text codes for emoji, by the emoji they stand for; other bracketed words ("[图片]") are text.
EMOJI_CODES = {
    "微笑": "🙂", "呲牙": "😁", "愉快": "😊", "可爱": "😊", "笑脸": "😊", "偷笑": "🤭", "憨笑": "😄", "大笑": "😄",
    "捂脸": "🤦", "破涕为笑": "😂", "笑哭": "😂", "调皮": "😜", "害羞": "😊", "色": "😍", "亲亲": "😘", "飞吻": "😘",
    "难过": "😞", "委屈": "🥺", "可怜": "🥺", "快哭了": "🥺", "大哭": "😭", "流泪": "😢", "发怒": "😡", "咒骂": "🤬",
    "抓狂": "😫", "尴尬": "😅", "流汗": "😓", "冷汗": "😓", "擦汗": "😓", "惊讶": "😮", "惊恐": "😱", "疑问": "❓",
    "晕": "😵", "衰": "😖", "鄙视": "😒", "白眼": "🙄", "撇嘴": "😕", "再见": "👋", "强": "👍", "弱": "👎",
    "赞": "👍", "ok": "👌", "握手": "🤝", "抱拳": "🙏", "合十": "🙏", "胜利": "✌", "鼓掌": "👏", "玫瑰": "🌹",
    "凋谢": "🥀", "爱心": "❤", "心碎": "💔", "拥抱": "🤗", "smile": "🙂", "thumbsup": "👍",
}  # fmt: skip
_CODE = re.compile(r"\[([一-鿿]{1,4}|[A-Za-z]{2,8})\]|/::?[)(~BX|<$P@OTZQ,!\-']+")
# Combining marks that only decorate: variation selectors, keycaps, skin tones.
_DECORATION = re.compile("[\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")


@dataclass(frozen=True)
class View:
    """Normalised `text`; its character i stands for `source[starts[i]:ends[i]]` of the message."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the message of `text[start:end]`, which must not be empty."""
        return self.starts[start], self.ends[end - 1]


def view_of(message: str) -> View:
    """Look at a message of any content and length: simplified, half-width, lower-case, without what cannot be seen."""
    pieces = _simplified(_squeezed(_spelled(message[:MAX_CHARS])))
    text = "".join(char for char, _, _ in pieces)
    return View(text, tuple(start for _, start, _ in pieces), tuple(end for _, _, end in pieces))


_Piece = tuple[str, int, int]


def _spelled(message: str) -> list[_Piece]:
    """Single normalised characters with their place; one typed character may give several ("㎏") or none."""
    pieces: list[_Piece] = []
    position = 0
    for code in _CODE.finditer(message):
        emoji = _emoji(code)
        if emoji:
            pieces.extend(_letters(message, position, code.start()))
            pieces.append((emoji, code.start(), code.end()))
            position = code.end()
    pieces.extend(_letters(message, position, len(message)))
    return pieces


def _emoji(code: re.Match[str]) -> str | None:
    return EMOJI_CODES.get(code[1].lower()) if code[1] else "🙂"


def _letters(message: str, start: int, end: int) -> list[_Piece]:
    return [(char, at, at + 1) for at in range(start, end) for char in _normal(message[at])]


@functools.lru_cache(maxsize=20_000)
def _normal(char: str) -> str:
    if char.isspace():
        return " "
    if _DECORATION.match(char):
        return ""
    normal = unicodedata.normalize("NFKC", char).lower()
    return "".join(" " if c.isspace() else c for c in normal if unicodedata.category(c)[0] != "C")


def _squeezed(pieces: list[_Piece]) -> list[_Piece]:
    """Without outer and double spaces and long repetitions; digits stay, "1000000" is not "1000"."""
    kept: list[_Piece] = []
    repeats = 0
    for piece in pieces:
        char = piece[0]
        repeats = repeats + 1 if kept and kept[-1][0] == char else 1
        if not kept and char == " ":
            continue
        if repeats > _allowed(char):
            kept[-1] = (char, kept[-1][1], piece[2])
            continue
        kept.append(piece)
    while kept and kept[-1][0] == " ":
        kept.pop()
    return kept


def _allowed(char: str) -> int:
    if char.isdigit():
        return MAX_CHARS
    if char == "/":
        return 2  # of links
    return MAX_REPEATS if char.isalpha() else 1


@functools.cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _simplified(pieces: list[_Piece]) -> list[_Piece]:
    text = "".join(char for char, _, _ in pieces)
    simple = _converter().convert(text)
    if len(simple) != len(text):
        simple = "".join(_same_length(char) for char in text)
    return [(char, start, end) for char, (_, start, end) in zip(simple, pieces, strict=True)]


def _same_length(char: str) -> str:
    simple = _converter().convert(char)
    return simple if len(simple) == 1 else char
