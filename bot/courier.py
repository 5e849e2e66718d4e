"""The courier sends the log's words to channels without a socket of ours: each once, or known to be in doubt."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from bot.clock import Clock
from bot.messages import Audience, Author, Content, Conversation, Entry
from bot.store.store import Store, new_entry
from bot.worker import LEASE, Work
from channels.degrade import degrade
from channels.port import Ambiguous, Channel, DeliveryError, RetryLater

log = logging.getLogger(__name__)

TRIES = 12
"""Proven failures of one message before it counts as failed; with doubling waits about an hour."""
LONGEST_WAIT = 600.0
"""Seconds between two tries."""
PAGE = 50


@dataclass(frozen=True)
class Attempt:
    """What was tried for the entry `seq`: proven failures, pieces known to be out, and whether an answer was lost."""

    seq: int = 0
    failures: int = 0
    pieces: int = 0
    started: bool = False
    doubt: bool = False

    def text(self) -> str:
        return f"{self.seq}:{self.failures}:{self.pieces}:{int(self.started)}:{int(self.doubt)}"

    @classmethod
    def read(cls, text: str | None, seq: int) -> Attempt:
        """The attempt for `seq`; one that was started and never ended is in doubt."""
        values = [int(value) for value in text.split(":")] if text else [0]
        if values[0] != seq:
            return cls(seq)
        return cls(seq, values[1], values[2], bool(values[3]), bool(values[4]))


class Lost(Exception):
    """Another worker holds the work now, or the owner changed: look again, send nothing."""


class Courier:
    def __init__(self, store: Store, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels

    async def send(self, work: Work) -> None:
        """Send everything of a conversation that is not sent yet, in order."""
        try:
            while (await self._send_next(work)) is not None:
                pass
        except Lost:
            return

    async def _send_next(self, work: Work) -> Entry | None:
        """Deal with the next entry; None when there is none, or it has to wait."""
        conversation = await self._store.conversation(work.conversation)
        entries = await self._store.entries(work.conversation, conversation.sent, PAGE)
        entry = next((entry for entry in entries if _for_courier(entry)), None)
        if entry is None:
            read = entries[-1].seq if entries else conversation.sent
            await self._commit(work, f"{read}:end", sent=read, watch="tail", seen=read, force=True)
            return None
        if entry.author is Author.BOT and entry.epoch < conversation.epoch:
            await self._done(work, entry, "withdrawn")
            return entry
        return await self._deliver(work, conversation, entry)

    async def _deliver(self, work: Work, conversation: Conversation, entry: Entry) -> Entry | None:
        attempt = Attempt.read(conversation.attempt, entry.seq)
        if attempt.started:
            if attempt.doubt:
                await self._done(work, entry, "maybe_twice")
                return entry
            attempt = replace(attempt, doubt=True)
        channel = self._channels[conversation.channel]
        pieces = degrade(entry.content, channel.traits)
        try:
            for piece in pieces[attempt.pieces :]:
                attempt = replace(attempt, started=True)
                await self._note_attempt(work, conversation, entry, attempt)
                await channel.send(conversation.identity, piece)
                attempt = replace(attempt, pieces=attempt.pieces + 1, started=False)
        except RetryLater as error:
            return await self._wait(work, entry, replace(attempt, started=False, failures=attempt.failures + 1), error)
        except Ambiguous:
            return entry  # the attempt stays noted as started: the next look finds it in doubt
        except DeliveryError as error:
            await self._done(work, entry, "failed", reason=type(error).__name__.lower())
            return entry
        await self._done(work, entry, "maybe_twice" if attempt.doubt else None)
        return entry

    async def _note_attempt(self, work: Work, conversation: Conversation, entry: Entry, attempt: Attempt) -> None:
        """Before anything leaves: it is still ours, and a bot's word is still of this ownership."""
        command = f"{attempt.text()}:{conversation.attempt}:attempt"
        await self._commit(
            work,
            command,
            attempt=attempt.text(),
            keep=self._clock.now() + LEASE,
            epoch=conversation.epoch if entry.author is Author.BOT else None,
        )

    async def _wait(self, work: Work, entry: Entry, attempt: Attempt, error: RetryLater) -> Entry | None:
        if attempt.failures >= TRIES:
            await self._done(work, entry, "failed", reason="tried_too_often")
            return entry
        wait = min(LONGEST_WAIT, max(error.after, 2.0 ** (attempt.failures - 1)))
        log.info("sending waits %.0f s: %s", wait, error)
        await self._commit(work, attempt.text(), attempt=attempt.text(), next=self._clock.now() + int(wait * 1000))
        return None

    async def _done(self, work: Work, entry: Entry, status: str | None, **why: JsonValue) -> None:
        """The entry is dealt with; agents are told where it is not simply sent."""
        notes = [_delivery(entry, status, **why)] if status else []
        await self._commit(
            work, f"{entry.seq}:done", sent=entry.seq, attempt="", keep=self._clock.now() + LEASE, entries=notes
        )

    async def _commit(
        self, work: Work, step: str, *, sent: int | None = None, attempt: str | None = None, **args: Any
    ) -> None:
        changes = [(name, value) for name, value in (("sent", sent), ("attempt", attempt)) if value is not None]
        result = await self._store.run(
            "commit",
            work.conversation,
            f"{work.token}:{step}",
            kind=work.kind,
            token=work.token,
            now=self._clock.now(),
            set=changes,
            **args,
        )
        if "lost" in result or "fenced" in result:
            raise Lost


def _for_courier(entry: Entry) -> bool:
    return entry.audience is Audience.ALL and entry.author is not Author.SHOPPER


def _delivery(entry: Entry, status: str, **why: JsonValue) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {"of": entry.seq, "status": status, **why}
    return new_entry(Author.SYSTEM, Content(), audience=Audience.AGENTS, kind="delivery", data=data)
