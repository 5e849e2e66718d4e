"""Where a channel shows buttons as a numbered list, a typed number presses one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.messages import Audience, Author, Button, Content, Entry

LOOK_BACK = 20
"""Entries before a message among which its question is."""

_NUMBER = re.compile(r"\s*[(（]?\s*(\d{1,2})\s*[)）.。、]?\s*")


def number_in(content: Content) -> int | None:
    """The number that is all of the text, in whatever digits; None for every other text."""
    found = None if content.choice else _NUMBER.fullmatch(content.text)
    return int(found[1]) if found else None


def pressed(message: Entry, before: Sequence[Entry]) -> Entry:
    """The message as if its number's button had been pressed; as it is when the last of `before` has no such button."""
    number = number_in(message.content)
    buttons = _buttons_shown(before)
    if number is None or not 1 <= number <= len(buttons):
        return message
    button = buttons[number - 1]
    content = message.content.model_copy(update={"text": button.label, "choice": button.choice})
    return message.model_copy(update={"content": content})


def _buttons_shown(before: Sequence[Entry]) -> tuple[Button, ...]:
    said = [entry for entry in before if entry.audience is Audience.ALL and entry.author is not Author.SHOPPER]
    return said[-1].content.buttons if said else ()
