"""What is known of sending an entry that has not gone out yet, and what the agents are told of it in the end."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

from pydantic import JsonValue

from bot.messages import Audience, Author, Content, Entry
from bot.store.store import new_entry


@dataclass(frozen=True)
class Attempt:
    """What was tried for the entry `seq`.

    `failures` are proven ones; `pieces` are out; `started`: the next piece was tried and no answer came, `doubt`: for
    the second time; `twice`: some piece may have come twice; `until`: ms before which nothing may be sent; `upto`: the
    last entry that goes out with it (0: nothing was put together yet); `unsure`: some piece may not have come at all.
    """

    seq: int = 0
    failures: int = 0
    pieces: int = 0
    started: bool = False
    doubt: bool = False
    twice: bool = False
    until: int = 0
    upto: int = 0
    unsure: bool = False

    def text(self) -> str:
        return ":".join(str(int(value)) for value in astuple(self))

    @classmethod
    def read(cls, text: str | None, seq: int) -> Attempt:
        """The attempt for `seq`; a new one if the last was for another entry."""
        known, *numbers = map(int, (text or "0").split(":"))
        if known != seq:
            return cls(seq)
        failures, pieces, started, doubt, twice, until, upto, unsure = [*numbers, 0, 0, 0][:8]  # older ones are shorter
        return cls(seq, failures, pieces, bool(started), bool(doubt), bool(twice), until, upto, bool(unsure))

    @property
    def begun(self) -> bool:
        """Whether something of it may have arrived."""
        return self.started or self.twice or self.pieces > 0

    def resumed(self) -> Attempt:
        """A piece whose answer was lost is tried once more; after that it counts as sent, and nobody can be sure."""
        if not self.started:
            return self
        return replace(self.sent(), unsure=True) if self.doubt else replace(self, started=False, doubt=True, twice=True)

    def sent(self) -> Attempt:
        return replace(self, pieces=self.pieces + 1, started=False, doubt=False)


def delivery_entry(entry: Entry, status: str, **why: JsonValue) -> dict[str, JsonValue]:
    """What became of `entry`, for the agents."""
    data: dict[str, JsonValue] = {"of": entry.seq, "status": status, **why}
    return new_entry(Author.SYSTEM, Content(), audience=Audience.AGENTS, kind="delivery", data=data)
