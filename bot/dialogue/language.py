"""Finds the language a shopper is answered in: that of the conversation, unless the message is clearly in another."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import opencc

from bot.messages import Language

CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
LATIN_WORD = re.compile(r"(?<![\w-])[A-Za-z]+(?:'[a-z]+)?(?![\w-])")
ENGLISH_WORDS = 2
"""Fewer words than these ("ok", "hello", a brand) say nothing about a language."""


@cache
def _simplifier() -> Any:
    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """The text with simplified characters."""
    return str(_simplifier().convert(text))


def is_traditional(text: str) -> bool:
    """Whether the text has characters that only traditional Chinese uses."""
    return bool(CHINESE.search(text)) and simplified(text) != text


def choose_language(usual: Language, last: Language | None, text: str) -> Language:
    """The language to answer `text` in: `usual` is the conversation's, `last` the one answered in before, if any."""
    if CHINESE.search(text):
        return "zh-Hant" if "zh-Hant" in (usual, last) or is_traditional(text) else "zh-Hans"
    if len(LATIN_WORD.findall(text)) >= ENGLISH_WORDS:
        return "en"
    return last or usual
