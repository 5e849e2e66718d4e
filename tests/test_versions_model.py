"""Edits and albums against a model: whatever comes twice or late, each message is there once, in its last version."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from bot.clock import Clock
from bot.inbox import Inbox
from bot.media import media_id
from bot.messages import Attachment, Author, Content, Entry, Inbound
from bot.router import newest_versions
from bot.store.keys import conversation_id
from tests.machine import StoreMachine

CHANNEL = "fake"
ID = conversation_id("shop", CHANNEL, "7")
NUMBERS = st.integers(0, 5)


@dataclass
class Known:
    """What the log should hold: messages and albums by id, in order of arrival, each with its newest words."""

    roots: dict[str, str] = field(default_factory=dict)
    albums: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


class Versions(StoreMachine):
    """The channel repeats, delays and reorders as it likes; the inbox is the real one on a real store."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Known()
        self.turns: list[str] = []
        self.read = 0
        self.inbox = Inbox(
            self.store, Clock(), is_fragment=lambda _: False, has_room=lambda: True, archive_after=86_400_000
        )

    def take(self, id: str, content: Content, edits: str | None = None, album: str | None = None) -> bool:
        """Receive it; whether it was new."""
        message = Inbound(channel=CHANNEL, identity="7", external_id=id, content=content, edits=edits, album=album)
        self.run(self.inbox.receive(message))
        new = id not in self.model.seen
        self.model.seen |= {id}
        return new

    @rule(number=NUMBERS)
    def a_message_comes(self, number: int) -> None:
        id = f"m{number}"
        if self.take(id, Content(text=id)):
            self.model.roots[id] = id

    @rule(number=NUMBERS, version=st.integers(1, 3))
    def an_edit_comes(self, number: int, version: int) -> None:
        id, text = f"m{number}", f"m{number} version {version}"
        if self.take(f"{id}:{version}", Content(text=text), edits=id):
            self.model.roots[id] = text
            self.model.seen |= {id}  # should the original come after all, it is an older version

    @rule(number=NUMBERS, album=st.sampled_from("ab"), caption=st.sampled_from(["", "words"]))
    def a_part_of_an_album_comes(self, number: int, album: str, caption: str) -> None:
        id = f"{album}{number}"
        attachment = Attachment(kind="image", media=media_id("shop", CHANNEL, id), source=id)
        if self.take(id, Content(text=caption, attachments=(attachment,)), album=album):
            parts = self.model.albums.setdefault(album, {})
            parts[id] = caption
            self.model.roots[album] = _text(parts)

    @rule()
    def the_bot_reads(self) -> None:
        entries = self.entries()
        self.turns += [entry.content.text for entry in newest_versions(e for e in entries if e.seq > self.read)]
        self.read = entries[-1].seq if entries else 0
        words = {text for root, text in self.model.roots.items() if root not in self.model.albums}
        assert words <= set(self.turns)
        for parts in self.model.albums.values():
            assert not any(parts.values()) or any("words" in text for text in self.turns)

    @invariant()
    def each_message_is_there_once_in_its_last_version(self) -> None:
        if not hasattr(self, "store"):
            return
        shown: dict[int, Entry] = {}
        for entry in self.entries():
            of = int(str(entry.data["of"])) if entry.kind == "edit" else entry.seq
            assert (entry.kind == "edit") == (of in shown)
            shown[of] = entry
        assert [_said(entry) for entry in shown.values()] == list(self.model.roots.values())

    def entries(self) -> list[Entry]:
        entries = self.run(self.store.entries(ID, 0))
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert all(entry.author is Author.SHOPPER for entry in entries)
        return entries


def _text(parts: dict[str, str]) -> str:
    return " ".join([*parts, *(caption for caption in parts.values() if caption)])


def _said(entry: Entry) -> str:
    names = [str(one.source) for one in entry.content.attachments]
    return " ".join([*names, *entry.content.text.split("\n")]).strip() if names else entry.content.text


TestVersions = Versions.TestCase
TestVersions.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
