"""The one place where rich parts become what a channel can show."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.messages import SIGNS, Attachment, Button, Card, Content, Location
from bot.numbered import is_scale
from channels.port import Traits

_SENTENCE_END = re.compile(r"(?<=[。！？!?\n])|(?<=\.\s)")


def degrade(content: Content, traits: Traits) -> list[Content]:
    """The messages to send in order: each attachment alone, then the text; buttons stay on the last one, or become a
    list in its text.
    """
    text = _text_of(content, traits)
    attached = [Content(attachments=(one,)) for one in content.attachments] if traits.attachments else []
    if attached and not (text or content.buttons or content.card):
        return attached
    buttons = content.buttons[: traits.buttons]
    if content.buttons and not buttons:
        text += "\n" + _list(content.buttons)
    pieces = split_text(text, traits.limit, traits.size)
    last = Content(text=pieces[-1], buttons=buttons, card=content.card if traits.cards else None)
    return [*attached, *(Content(text=piece) for piece in pieces[:-1]), last]


def _list(buttons: Sequence[Button]) -> str:
    if is_scale(buttons):
        return " ".join(button.label for button in buttons)
    return "\n".join(f"{number}. {button.label}" for number, button in enumerate(buttons, 1))


def _text_of(content: Content, traits: Traits) -> str:
    """The text, and in words what the channel cannot show otherwise."""
    parts = [content.text]
    if content.card and not traits.cards:
        parts.append(card_text(content.card))
    if content.location:
        parts.append(location_text(content.location))
    if not traits.attachments:
        parts += [attachment_text(one, traits.link) for one in content.attachments]
    return "\n".join(part for part in parts if part)


def location_text(location: Location) -> str:
    """A place as its name and a link to a map."""
    north, east = f"{location.latitude:.6f}", f"{location.longitude:.6f}"
    link = f"https://www.openstreetmap.org/?mlat={north}&mlon={east}#map=17/{north}/{east}"
    return "\n".join(part for part in (location.label, link) if part)


def attachment_text(attachment: Attachment, link: Callable[[str], str] | None = None) -> str:
    """What is said in place of an attachment: its sign and its name, and where it is."""
    named = " ".join(part for part in (SIGNS[attachment.kind], attachment.name) if part)
    return "\n".join([named, link(attachment.media)] if link else [named])


def card_text(card: Card) -> str:
    """A card as lines of text."""
    return "\n".join(line for line in (f"【{card.title}】", *card.lines, card.url) if line)


def split_text(text: str, limit: int, size: Callable[[str], int] = len) -> list[str]:
    """Pieces of at most `limit` by `size`, cut at sentence ends where there are any; at least one, none blank."""
    pieces = [""]
    for sentence in _SENTENCE_END.split(text):
        for part in _cut(sentence, limit, size):
            if size(pieces[-1]) + size(part) > limit:
                pieces.append("")
            pieces[-1] += part
    return [piece for piece in pieces if piece.strip()] or _cut(text, limit, size)[:1]


def _cut(text: str, limit: int, size: Callable[[str], int]) -> list[str]:
    """Pieces as long as may be; at least one."""
    if size(text) <= limit:
        return [text]
    pieces = [""]
    filled = 0
    for character in text:
        filled += size(character)
        if filled > limit:
            pieces.append("")
            filled = size(character)
        pieces[-1] += character
    return pieces
