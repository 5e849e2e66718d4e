"""The words the bot speaks, as data: shipped per language, with a shop's own lines laid over them."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Protocol, Self

import yaml

from bot.messages import LANGUAGES, Language

log = logging.getLogger(__name__)

APOLOGY = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
"""An apology within a text: it is said once, and left out where one has been said before."""
FIELD = re.compile(r"\{(\w+)\}")
SORRY, SAID = ("\ue000", ""), ("\ue001", "")
"""What an apology stands between in a composed text, and what becomes of that."""
_MARKED = re.compile(f"{SORRY[0]}.*?{SAID[0]}", re.DOTALL)
SHIPPED = Path(__file__).parent.parent / "texts"

Lines = dict[str, str]


class Edited(Protocol):
    def line(self, language: Language, key: str) -> str | None:
        """What leads have rewritten a text as; None: nothing."""
        ...


class Texts:
    """Texts by dotted key. A shop's file is read again when it changes, and its unusable lines are left out.

    What leads have rewritten lies over both.
    """

    def __init__(
        self, shipped: dict[Language, Lines], overrides: Path | None = None, edited: Edited | None = None
    ) -> None:
        self._shipped = shipped
        self._overrides = overrides
        self._edited = edited
        self._lines = dict(shipped)
        self._stamps: dict[Language, int] = dict.fromkeys(LANGUAGES, 0)

    @classmethod
    def load(cls, shipped: Path = SHIPPED, overrides: Path | None = None, edited: Edited | None = None) -> Self:
        """Read `<language>.yml` of every language from `shipped`; `overrides` may hold files of the same names."""
        return cls({language: read_lines(shipped / f"{language}.yml") for language in LANGUAGES}, overrides, edited)

    def say(self, language: Language, key: str, **fields: str) -> str:
        """The text of `key` with its fields filled in. Raises KeyError for an unknown key or a field not given."""
        return self.compose(language, key, **fields).replace(*SORRY).replace(*SAID)

    def compose(self, language: Language, key: str, **fields: str) -> str:
        """As `say`, with its apologies marked for `apologise`."""
        line = APOLOGY.sub(rf"{SORRY[0]}\1{SAID[0]}", self._line(language, key))
        return FIELD.sub(lambda match: fields[match[1]], line)

    def below(self, language: Language) -> Lines:
        """All texts of a language without what leads have rewritten."""
        self._refresh(language)
        return self._lines[language]

    def _line(self, language: Language, key: str) -> str:
        """A rewritten line that asks for more than the text has, as after an upgrade, counts for nothing."""
        below = self.below(language)[key]
        edited = self._edited.line(language, key) if self._edited else None
        return edited if edited is not None and fields(edited) <= fields(below) else below

    def _refresh(self, language: Language) -> None:
        if self._overrides is None:
            return
        path = self._overrides / f"{language}.yml"
        stamp = _stamp(path)
        if stamp != self._stamps[language]:
            self._stamps[language] = stamp
            self._lines[language] = self._overlaid(language, path) if stamp else self._shipped[language]

    def _overlaid(self, language: Language, path: Path) -> Lines:
        try:
            own = read_lines(path)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            log.warning("texts: %s cannot be read, the shop's last good lines stay: %s", path, error)
            return self._lines[language]
        shipped = self._shipped[language]
        usable = {key: line for key, line in own.items() if key in shipped and fields(line) <= fields(shipped[key])}
        for key in own.keys() - usable.keys():
            log.warning("texts: %s has an unknown key or field in %r, which is left out", path, key)
        return shipped | usable


def apologise(text: str, *, again: bool) -> str:
    """A composed text as it is said: with its apologies, or, where one has been said before, without."""
    first = "" if again else text[: text.find(SAID[0]) + 1]
    rest = _MARKED.sub("", text.removeprefix(first))
    if not again:
        return (first + rest).replace(*SORRY).replace(*SAID)
    return rest[:1].upper() + rest[1:] if text.startswith(SORRY[0]) else rest


def has_apology(text: str) -> bool:
    """Whether a composed text holds one."""
    return SORRY[0] in text


def fields(line: str) -> set[str]:
    """The names of the fields in a line."""
    return set(FIELD.findall(line))


def read_lines(path: Path) -> Lines:
    """A file's texts by dotted key."""
    return dict(_flat("", yaml.safe_load(path.read_text("utf-8")) or {}))


def _flat(prefix: str, node: object) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        return [pair for key, value in node.items() for pair in _flat(f"{prefix}.{key}" if prefix else str(key), value)]
    return [(prefix, str(node))]


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
