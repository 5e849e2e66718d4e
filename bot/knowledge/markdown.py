"""Markdown for pages, and as plain words for chats."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

SAFE = ("https://", "http://", "mailto:", "tel:", "/", "#")


class _Parser(MarkdownIt):
    """Without HTML of the author's own; links lead to the web, to mail, to a phone or to our own pages."""

    def validateLink(self, url: str) -> bool:
        return url.startswith(SAFE) and not url.startswith("//")


@cache
def _parser() -> MarkdownIt:
    return _Parser("commonmark", {"html": False}).enable("table").disable("image")


def to_html(text: str) -> str:
    """Safe to put into a page: whatever else is in the text is shown as text."""
    return str(_parser().render(text))


def to_words(text: str) -> str:
    """As a person would type it into a chat: no marks, lists with dots or numbers, links with their address."""
    lines: list[str] = []
    numbers: list[int | None] = []
    mark = ""
    for token in _parser().parse(text):
        match token.type:
            case "bullet_list_open":
                numbers.append(None)
            case "ordered_list_open":
                numbers.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                numbers.pop()
            case "list_item_open":
                mark = "· " if numbers[-1] is None else f"{numbers[-1]}. "
                numbers[-1] = None if numbers[-1] is None else numbers[-1] + 1
            case "inline":
                lines.append(mark + _inline(token.children or []))
                mark = ""
            case "fence" | "code_block":
                lines.append(token.content.rstrip())
    return "\n".join(lines)


def passages(text: str) -> list[str]:
    """The paragraphs and points of a text, as plain words."""
    return [words for line in to_words(text).split("\n") if (words := line.strip())]


def _inline(tokens: list[Token]) -> str:
    said, links = "", []
    for token in tokens:
        match token.type:
            case "text" | "code_inline":
                said += token.content
            case "softbreak" | "hardbreak":
                said += "\n" if token.type == "hardbreak" else " "
            case "link_open":
                links.append((len(said), str(token.attrGet("href") or "")))
            case "link_close":
                begun, address = links.pop()
                if said[begun:] != address:
                    said += f" ({address})"
    return said
