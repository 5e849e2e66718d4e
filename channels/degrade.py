"""The one place where rich parts become what a channel can show."""

from __future__ import annotations

import re

from bot.messages import Card, Content
from channels.port import Traits

_SENTENCE_END = re.compile(r"(?<=[。！？!?\n])|(?<=\.\s)")


def degrade(content: Content, traits: Traits) -> list[Content]:
    """The messages to send in order; buttons stay on the last one, or become a list in its text."""
    text = content.text
    if content.card and not traits.cards:
        text = "\n".join(part for part in (text, card_text(content.card)) if part)
    buttons = content.buttons[: traits.buttons]
    if content.buttons and not buttons:
        text += "\n" + "\n".join(f"· {button.label}" for button in content.buttons)
    pieces = split_text(text, traits.max_text)
    last = Content(text=pieces[-1], buttons=buttons, card=content.card if traits.cards else None)
    return [*(Content(text=piece) for piece in pieces[:-1]), last]


def card_text(card: Card) -> str:
    """A card as lines of text."""
    return "\n".join(line for line in (f"【{card.title}】", *card.lines, card.url) if line)


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` characters, cut at sentence ends where there are any; at least one, none blank."""
    pieces = [""]
    for sentence in _SENTENCE_END.split(text):
        for start in range(0, len(sentence), limit):
            part = sentence[start : start + limit]
            if len(pieces[-1]) + len(part) > limit:
                pieces.append("")
            pieces[-1] += part
    return [piece for piece in pieces if piece.strip()] or [text[:limit]]
