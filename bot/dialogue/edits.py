"""The texts that leads have rewritten, line by line, over those that the shop was shipped with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pydantic import TypeAdapter

from bot.dialogue.texts import APOLOGY, fields
from bot.messages import Language
from bot.record.documents import Documents
from bot.record.planned import Kept, Planned

TEXTS = "texts/"
"""What the names of their documents begin with; a text's key follows."""
LONGEST = 600
"""Characters: what every channel sends as one message."""
LONGEST_LABEL = 40
"""Characters that fit on a button."""
LABELS = frozenset({"button", "intent"})


class Rewritten(Planned[dict[Language, str]]):
    """What a text is instead, by language; the others stay as they were shipped."""


SHAPE = TypeAdapter(Rewritten)


class EditedTexts:
    """The lines that hold now, for `Texts` to ask."""

    def __init__(self, documents: Documents, now: Callable[[], datetime]) -> None:
        self._kept = Kept(documents, TEXTS, lambda _: SHAPE)
        self._now = now

    def line(self, language: Language, key: str) -> str | None:
        """What a text was rewritten as; None: nothing."""
        found = self._kept.values().get(key)
        lines = found.at(self._now()) if found else None
        return lines.get(language) if lines else None


def check_line(key: str, line: str, shipped: str) -> str | None:
    """What is wrong with a line in place of the shipped one; None: nothing."""
    if not line.strip():
        return "nothing is written there"
    if len(line) > (most := LONGEST_LABEL if key.split(".")[0] in LABELS else LONGEST):
        return f"it is longer than {most} characters"
    if APOLOGY.sub("", line).count("[[") or APOLOGY.sub("", line).count("]]"):
        return "an apology stands between [[ and ]]"
    if lost := sorted(fields(shipped) - fields(line)):
        return f"{{{lost[0]}}} is missing"
    if unknown := sorted(fields(line) - fields(shipped)):
        return f"there is no {{{unknown[0]}}} here"
    return None
