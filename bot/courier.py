"""The courier sends the log's words to channels without a socket of ours: each once, or known to be in doubt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

from pydantic import JsonValue

from bot.clock import Clock
from bot.messages import Audience, Author, Content, Conversation, Entry
from bot.store.store import Store, new_entry
from bot.worker import LEASE, Work
from channels.degrade import degrade
from channels.port import Ambiguous, Channel, DeliveryError, RetryLater, Unreachable

log = logging.getLogger(__name__)

TRIES = 12
"""Proven failures of one message before it counts as failed; with doubling waits about an hour."""
LONGEST_WAIT = 600.0
"""Seconds between two tries, unless the channel asks for more."""
SEND_DEADLINE = 25.0
"""Seconds a channel may take for one piece; after that its answer counts as lost."""
PAGE = 50


@dataclass(frozen=True)
class Attempt:
    """What was tried for the entry `seq`.

    `failures` are proven ones; `pieces` are out; `started`: the next piece was tried and no answer came, `doubt`: for
    the second time; `twice`: some piece may have come twice; `until`: ms before which nothing may be sent.
    """

    seq: int = 0
    failures: int = 0
    pieces: int = 0
    started: bool = False
    doubt: bool = False
    twice: bool = False
    until: int = 0

    def text(self) -> str:
        return ":".join(str(int(value)) for value in astuple(self))

    @classmethod
    def read(cls, text: str | None, seq: int) -> Attempt:
        """The attempt for `seq`; a new one if the last was for another entry."""
        known, failures, pieces, started, doubt, twice, until = map(int, (text or "0:0:0:0:0:0:0").split(":"))
        if known != seq:
            return cls(seq)
        return cls(seq, failures, pieces, bool(started), bool(doubt), bool(twice), until)

    def resumed(self) -> Attempt:
        """A piece whose answer was lost is tried once more; after that it counts as sent."""
        if not self.started:
            return self
        return self.sent() if self.doubt else replace(self, started=False, doubt=True, twice=True)

    def sent(self) -> Attempt:
        return replace(self, pieces=self.pieces + 1, started=False, doubt=False)


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
        attempt = Attempt.read(conversation.attempt, entry.seq).resumed()
        if attempt.until > self._clock.now():  # something new was said meanwhile; it waits behind this one
            await self._hold(work, attempt)
            return None
        channel = self._channels[conversation.channel]
        pieces = degrade(entry.content, channel.traits)
        try:
            for piece in pieces[attempt.pieces :]:
                attempt = replace(attempt, started=True)
                await self._note_attempt(work, conversation, entry, attempt)
                async with asyncio.timeout(SEND_DEADLINE):
                    await channel.send(conversation.identity, piece)
                attempt = attempt.sent()
        except RetryLater as error:
            return await self._wait(work, entry, replace(attempt, started=False, failures=attempt.failures + 1), error)
        except (Ambiguous, TimeoutError):
            return entry  # the attempt stays noted as started: the next look finds it in doubt
        except DeliveryError as error:
            gone = "0" if isinstance(error, Unreachable) else None
            await self._done(work, entry, "failed", reachable=gone, reason=type(error).__name__.lower())
            return entry
        await self._done(work, entry, "maybe_twice" if attempt.twice else None)
        return entry

    async def _note_attempt(self, work: Work, conversation: Conversation, entry: Entry, attempt: Attempt) -> None:
        """Before anything leaves: it is still ours, and a bot's word is still of this ownership."""
        command = f"{attempt.text()}:{conversation.attempt}:attempt"
        await self._commit(
            work,
            command,
            attempt=attempt.text(),
            keep=self._clock.now() + int(SEND_DEADLINE * 1000) + LEASE,
            epoch=conversation.epoch if entry.author is Author.BOT else None,
        )

    async def _wait(self, work: Work, entry: Entry, attempt: Attempt, error: RetryLater) -> Entry | None:
        if attempt.failures >= TRIES:
            await self._done(work, entry, "failed", reason="tried_too_often")
            return entry
        wait = max(error.after, min(LONGEST_WAIT, 2.0 ** (attempt.failures - 1)))
        log.info("sending waits %.0f s: %s", wait, error)
        await self._hold(work, replace(attempt, until=self._clock.now() + int(wait * 1000)))
        return None

    async def _hold(self, work: Work, attempt: Attempt) -> None:
        await self._commit(work, f"{attempt.text()}:hold", attempt=attempt.text(), next=attempt.until)

    async def _done(
        self, work: Work, entry: Entry, status: str | None, reachable: str | None = None, **why: JsonValue
    ) -> None:
        """The entry is dealt with; agents are told where it is not simply sent."""
        await self._commit(
            work,
            f"{entry.seq}:done",
            sent=entry.seq,
            attempt="",
            reachable=reachable,
            keep=self._clock.now() + LEASE,
            entries=[_delivery(entry, status, **why)] if status else [],
        )

    async def _commit(
        self,
        work: Work,
        step: str,
        *,
        sent: int | None = None,
        attempt: str | None = None,
        reachable: str | None = None,
        **args: Any,
    ) -> None:
        fields = {"sent": sent, "attempt": attempt, "reachable": reachable}
        changes = [(name, value) for name, value in fields.items() if value is not None]
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
