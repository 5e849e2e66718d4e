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
    button = None if number is None else _button(_buttons_shown(before), number)
    if button is None:
        return message
    content = message.content.model_copy(update={"text": button.label, "choice": button.choice})
    return message.model_copy(update={"content": content})


def _button(buttons: Sequence[Button], number: int) -> Button | None:
    """Where the buttons are numbers themselves, they are pressed by what they say."""
    if is_scale(buttons):
        return next((button for button in buttons if int(button.label) == number), None)
    return buttons[number - 1] if 1 <= number <= len(buttons) else None


def is_scale(buttons: Sequence[Button]) -> bool:
    """Whether every button is a number: a list of them needs no numbers of its own."""
    return bool(buttons) and all(button.label.isdecimal() for button in buttons)


def _buttons_shown(before: Sequence[Entry]) -> tuple[Button, ...]:
    said = [entry for entry in before if entry.audience is Audience.ALL and entry.author is not Author.SHOPPER]
    return said[-1].content.buttons if said else ()
