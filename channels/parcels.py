"""What goes out together: the next words of a log as a channel can show them, short ones as one where they count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.messages import Audience, Author, Content, Entry
from channels.degrade import degrade
from channels.port import Traits


@dataclass(frozen=True)
class Parcel:
    """Consecutive entries for the shopper, at least one, and the pieces they are sent in; several share one piece."""

    entries: tuple[Entry, ...]
    pieces: tuple[Content, ...]

    @property
    def upto(self) -> int:
        return self.entries[-1].seq


def outgoing(entries: Iterable[Entry]) -> list[Entry]:
    """What the shopper has to be sent of a log."""
    return [entry for entry in entries if entry.audience is Audience.ALL and entry.author is not Author.SHOPPER]


def is_fenced(entry: Entry, epoch: int) -> bool:
    """Whether it is a bot's word of an earlier ownership, which is sent no more."""
    return entry.author is Author.BOT and entry.epoch < epoch


def next_parcel(entries: Sequence[Entry], traits: Traits, upto: int = 0, *, mixed: bool = False) -> Parcel:
    """The first of `entries`, and, where messages count, those after it that fit into the same piece.

    `upto`: the last entry of a parcel that was made before, which stays as it was. A bot's words and other people's go
    apart unless they may be `mixed`: they are fenced apart.
    """
    first, *rest = entries
    together, pieces = [first], degrade(first.content, traits)
    for entry in rest if traits.counted else ():
        joined = _joined(pieces, degrade(entry.content, traits), traits)
        fits = joined and (mixed or _belong_together(first, entry)) and (not upto or entry.seq <= upto)
        if not joined or not fits:
            break
        together.append(entry)
        pieces = [joined]
    return Parcel(tuple(together), tuple(pieces))


def _belong_together(one: Entry, other: Entry) -> bool:
    """A bot's words are fenced together when they were said under the same ownership, other words never are."""
    by_bot = one.author is Author.BOT
    return by_bot == (other.author is Author.BOT) and (not by_bot or one.epoch == other.epoch)


def _joined(before: Sequence[Content], after: Sequence[Content], traits: Traits) -> Content | None:
    if len(before) != 1 or len(after) != 1 or not (is_text(before[0]) and is_text(after[0])):
        return None
    text = f"{before[0].text}\n{after[0].text}"
    return Content(text=text) if traits.size(text) <= traits.limit else None


def is_text(piece: Content) -> bool:
    return piece == Content(text=piece.text)
