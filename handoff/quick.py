"""Answers an agent gives the shopper to press: written as a last line of words in brackets, `[Yes] [No]`."""

from __future__ import annotations

import re

from bot.messages import Button, Content

MOST = 6
LABEL = r"\[([^\[\]\n]{1,30})\]"
LAST_LINE = re.compile(rf"(?:^|\n)[ \t]*({LABEL}(?:[ \t]*{LABEL})+)[ \t]*$")


def with_answers(text: str) -> Content:
    """What an agent has written, its last line as buttons where it is one of two to six answers in brackets."""
    found = LAST_LINE.search(text)
    labels = [label.strip() for label in re.findall(LABEL, found[1])] if found else []
    said = text[: found.start()].rstrip() if found else ""
    if not said or len(labels) > MOST or not all(labels):
        return Content(text=text)
    buttons = tuple(Button(label=label, choice=f"quick:{number}") for number, label in enumerate(labels, 1))
    return Content(text=said, buttons=buttons)
