"""The help page: entries by name, one entry, and what a search found; whole pages that work without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from typing import Any
from urllib.parse import quote

import opencc

from bot.knowledge.entries import Entry
from bot.knowledge.markdown import to_html, to_words
from bot.messages import LANGUAGES, Language

EXCERPT = 90
"""Characters of an entry shown beside its title."""
NAMES: dict[Language, str] = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}
WORDS: dict[Language, dict[str, str]] = {
    "zh-Hans": {
        "title": "帮助中心",
        "search": "搜索",
        "ask": "想了解什么？",
        "none": "没有找到。换个说法试试，或者直接在聊天里问我们。",
        "found": "找到的内容",
        "all": "全部内容",
        "back": "返回帮助中心",
        "more": "了解更多",
        "gone": "这一页已经不在了。",
        "feedback": "没有解决？告诉我们",
    },
    "zh-Hant": {
        "title": "幫助中心",
        "search": "搜尋",
        "ask": "想了解什麼？",
        "none": "沒有找到。換個說法試試，或直接在聊天裡問我們。",
        "found": "找到的內容",
        "all": "全部內容",
        "back": "返回幫助中心",
        "more": "了解更多",
        "gone": "這一頁已經不在了。",
        "feedback": "沒有解決？告訴我們",
    },
    "en": {
        "title": "Help",
        "search": "Search",
        "ask": "What would you like to know?",
        "none": "Nothing found. Try other words, or ask us in the chat.",
        "found": "Found",
        "all": "All topics",
        "back": "Back to all topics",
        "more": "More about it",
        "gone": "This page is no longer here.",
        "feedback": "Not solved? Tell us",
    },
}


@cache
def _converter() -> Any:
    return opencc.OpenCC("s2twp")


def written_for(language: Language, text: str) -> str:
    """The text of an entry as a reader of `language` reads it: entries in Chinese are kept in simplified characters."""
    return str(_converter().convert(text)) if language == "zh-Hant" else text


def excerpt(entry: Entry, language: Language) -> str:
    """How an entry begins, in plain words."""
    words = " ".join(to_words(entry.text).split())
    return written_for(language, words if len(words) <= EXCERPT else words[: EXCERPT - 1] + "…")


def address(entry: Entry, language: Language) -> str:
    """The path of an entry's page."""
    return f"/help/{quote(entry.id)}?lang={language}"


def draw_list(language: Language, shop: str, entries: Iterable[Entry], question: str = "") -> str:
    """All entries, or those found for a question."""
    words = WORDS[language]
    items = "".join(_item(entry, language) for entry in entries)
    head = words["found"] if question else words["all"]
    body = (
        f'<form role="search" action="/help"><input type="hidden" name="lang" value="{language}">'
        f'<label for="question">{words["ask"]}</label><div class="row">'
        f'<input id="question" name="q" type="search" maxlength="200" autocomplete="off" value="{escape(question)}">'
        f"<button>{words['search']}</button></div></form>"
        f'<h2 id="head" data-all="{words["all"]}" data-found="{words["found"]}">{head}</h2>'
        f'<p id="none" role="status"{" hidden" if items else ""}>{words["none"]}</p>'
        f'<ul id="entries">{items}</ul>'
    )
    return _page(
        language, shop, words["title"], body, f"/help?q={quote(question)}&lang=" if question else "/help?lang="
    )


def draw_entry(language: Language, shop: str, entry: Entry) -> str:
    """The page of one entry."""
    words = WORDS[language]
    title = written_for(language, entry.title)
    more = f'<p><a href="{escape(entry.link)}">{words["more"]}</a></p>' if entry.link else ""
    body = (
        f'<p><a href="/help?lang={language}">← {words["back"]}</a></p><article><h2>{escape(title)}</h2>'
        f"{to_html(written_for(language, entry.text))}{more}</article>"
    )
    return _page(language, shop, title, body, f"/help/{quote(entry.id)}?lang=")


def draw_gone(language: Language, shop: str) -> str:
    words = WORDS[language]
    back = f'<p>{words["gone"]}</p><p><a href="/help?lang={language}">← {words["back"]}</a></p>'
    return _page(language, shop, words["title"], back, "/help?lang=")


def _item(entry: Entry, language: Language) -> str:
    title, begins = written_for(language, entry.title), excerpt(entry, language)
    link = escape(address(entry, language))
    return f'<li><a href="{link}">{escape(title)}</a><p>{escape(begins)}</p></li>'


def _page(language: Language, shop: str, title: str, body: str, here: str) -> str:
    words: Mapping[str, str] = WORDS[language]
    switch = "".join(
        f'<a lang="{one}" hreflang="{one}" href="{escape(here + one)}"'
        f"{' aria-current=true' if one == language else ''}>{NAMES[one]}</a>"
        for one in LANGUAGES
    )
    heading = f"{shop} · {words['title']}" if shop else words["title"]
    tab = escape(f"{title} · {shop}" if shop else title)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{tab}</title>'
        '<link rel="stylesheet" href="/help/static/help.css">'
        '<script src="/help/static/help.js" defer></script></head>\n'
        f'<body><header><h1><a href="/help?lang={language}">{escape(heading)}</a></h1><nav>{switch}</nav></header>\n'
        f"<main>{body}</main>\n"
        f'<footer><a href="/feedback?lang={language}">{words["feedback"]}</a></footer></body>\n</html>\n'
    )
