"""The courier sends the log's words to channels without a socket of ours: each once, or known to be in doubt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import JsonValue

from bot.attempts import Attempt, delivery_entry
from bot.clock import Clock
from bot.messages import Author, Conversation, Entry
from bot.store.store import Store
from bot.worker import LEASE, Lost, Work, commit_step
from channels.parcels import Parcel, is_fenced, next_parcel, outgoing
from channels.port import (
    Ambiguous,
    Channel,
    DeliveryError,
    NoRight,
    Notifier,
    QuotaSpent,
    RetryLater,
    Traits,
    Unreachable,
    WindowClosed,
)

log = logging.getLogger(__name__)

TRIES = 12
"""Proven failures of one message before it counts as failed; with doubling waits about an hour."""
LONGEST_WAIT = 600.0
"""Seconds between two tries, unless the channel asks for more."""
SEND_DEADLINE = 25.0
"""Seconds a channel may take for one piece; after that its answer counts as lost."""
KEPT_FOR_AGENTS = 1
"""Messages of what a channel lets us send that only an agent's word may use."""
LONGEST_REST = 7 * 86_400_000
"""ms that a word waits for the shopper's next request, where nothing can be sent without one."""
PAGE = 50


class Held(Exception):
    """Until `until` (ms) a request of the channel's may carry what is unsent; if that is over, it has carried it."""

    def __init__(self, until: int) -> None:
        super().__init__()
        self.until = until


class Refused(Exception):
    """The channel would not take it, and is not asked. `reason`: `window_closed` or `quota`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Courier:
    def __init__(self, store: Store, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels

    async def send(self, work: Work) -> None:
        """Send everything of a conversation that is not sent yet, in order."""
        try:
            while await self._send_next(work):
                pass
        except Lost:
            return

    async def _send_next(self, work: Work) -> bool:
        """Deal with what is next; False when there is nothing, or it has to wait."""
        conversation = await self._store.conversation(work.conversation)
        page = await self._store.entries(work.conversation, conversation.sent, PAGE)
        entries = self._carried(conversation, page)
        held = max(conversation.passive_until, conversation.given_until)
        if not entries:
            read = page[-1].seq if page else conversation.sent
            await self._commit(work, f"{read}:end", sent=read, watch="tail", seen=read, force=True)
            return False
        if held > self._clock.now():
            return await self._rest(work, held)
        if is_fenced(entries[0], conversation.epoch):
            await self._withdraw(work, conversation, entries)
            return True
        if _is_astray(entries[0], conversation):
            await self._done(work, entries[:1], "failed", reason="unlinked")
            return True
        return await self._deliver(work, conversation, entries)

    def _carried(self, conversation: Conversation, page: Sequence[Entry]) -> list[Entry]:
        """What is ours to send: a page of ours shows by itself what is said to it, and to who is on it by now."""
        if conversation.members and conversation.channel not in self._channels:
            return []
        return [entry for entry in outgoing(page) if (entry.channel or conversation.channel) in self._channels]

    async def _withdraw(self, work: Work, conversation: Conversation, entries: Sequence[Entry]) -> None:
        """A bot's word of an earlier ownership, and what was tried together with it: it may be too late."""
        first = entries[0].seq
        attempt = Attempt.read(conversation.attempt, first)
        together = [entry for entry in entries if entry.seq <= max(first, attempt.upto)]
        doubtful = attempt.begun or first <= conversation.doubt
        await self._done(work, together, "unconfirmed" if doubtful else "withdrawn")

    async def _deliver(self, work: Work, conversation: Conversation, entries: Sequence[Entry]) -> bool:
        attempt = Attempt.read(conversation.attempt, entries[0].seq).resumed()
        if attempt.until > self._clock.now():  # something new was said meanwhile; it waits behind this one
            await self._hold(work, attempt)
            return False
        traits = self._channels[conversation.channel].traits
        if traits.passive_only:
            return await self._leave(work, entries[0])
        parcel = next_parcel(entries, traits, attempt.upto)
        return await self._send(work, conversation, parcel, replace(attempt, upto=parcel.upto))

    async def _send(self, work: Work, conversation: Conversation, parcel: Parcel, attempt: Attempt) -> bool:
        channel = self._channels[conversation.channel]
        try:
            for piece in parcel.pieces[attempt.pieces :]:
                attempt = replace(attempt, started=True)
                await self._note_attempt(work, conversation, parcel, attempt, channel.traits)
                async with asyncio.timeout(SEND_DEADLINE):
                    await channel.send(conversation.identity, piece)
                attempt = attempt.sent()
        except Held as held:
            return await self._rest(work, held.until, replace(attempt, started=False))
        except RetryLater as error:
            failed = replace(attempt, started=False, failures=attempt.failures + 1)
            return await self._wait(work, parcel, failed, error, counted=channel.traits.counted)
        except (Ambiguous, TimeoutError):
            return True  # the attempt stays noted as started: the next look finds it in doubt
        except (Refused, DeliveryError) as error:
            await self._give_up(work, conversation, parcel, error)
            return True
        doubtful = [entry for entry in parcel.entries if attempt.twice or entry.seq <= conversation.doubt]
        await self._done(work, parcel.entries, "unconfirmed" if attempt.unsure else "maybe_twice", marked=doubtful)
        return True

    async def _note_attempt(
        self, work: Work, conversation: Conversation, parcel: Parcel, attempt: Attempt, traits: Traits
    ) -> None:
        """Before anything leaves: it is still ours, a bot's word is of this ownership, and the channel will take it.

        Raises `Held` and `Refused`.
        """
        by_agent = any(entry.author is Author.AGENT for entry in parcel.entries)
        result = await self._commit(
            work,
            f"{attempt.text()}:{conversation.attempt}:attempt",
            attempt=attempt.text(),
            keep=self._clock.now() + int(SEND_DEADLINE * 1000) + LEASE,
            epoch=conversation.epoch if parcel.entries[0].author is Author.BOT else None,
            leaves=True,
            first=parcel.entries[0].seq,
            need=len(parcel.pieces) - attempt.pieces if traits.counted else None,
            reserve=0 if by_agent else KEPT_FOR_AGENTS,
        )
        if "held" in result or "more" in result:
            raise Held(int(result.get("held", self._clock.now())))
        if "refused" in result:
            raise Refused(result["refused"])

    async def _wait(self, work: Work, parcel: Parcel, attempt: Attempt, error: RetryLater, *, counted: bool) -> bool:
        if attempt.failures >= TRIES:
            await self._done(work, parcel.entries, "failed", reason="tried_too_often")
            return True
        wait = max(error.after, min(LONGEST_WAIT, 2.0 ** (attempt.failures - 1)))
        log.info("sending waits %.0f s: %s", wait, error)
        waiting = replace(attempt, until=self._clock.now() + int(wait * 1000))
        await self._hold(work, waiting, refund=counted or None)
        return False

    async def _hold(self, work: Work, attempt: Attempt, refund: bool | None = None) -> None:
        step = f"{attempt.text()}:hold"
        await self._commit(work, step, attempt=attempt.text(), next=attempt.until, refund=refund)

    async def _rest(self, work: Work, until: int, attempt: Attempt | None = None) -> bool:
        """Look again at `until`."""
        known = attempt.text() if attempt else None
        await self._commit(work, f"{known}:{until}:rest", attempt=known, next=until)
        return False

    async def _leave(self, work: Work, entry: Entry) -> bool:
        """Nothing can be sent here: the shopper's next request carries it, unless it comes too late."""
        until = entry.at + LONGEST_REST
        if until > self._clock.now():
            return await self._rest(work, until)
        await self._done(work, [entry], "refused", reason="window_closed")
        return True

    async def _give_up(
        self, work: Work, conversation: Conversation, parcel: Parcel, error: Refused | DeliveryError
    ) -> None:
        match error:
            case Refused():
                await self._refuse(work, conversation, parcel, error.reason)
            case WindowClosed():
                await self._refuse(work, conversation, parcel, "window_closed", left=0)
            case QuotaSpent():
                await self._refuse(work, conversation, parcel, "quota", left=0)
            case Unreachable():
                await self._done(work, parcel.entries, "failed", fields={"reachable": "0"}, reason="unreachable")
            case NoRight():
                log.error("the channel's account may not send: %s", error)
                await self._done(work, parcel.entries, "failed", reason="noright")
            case _:
                await self._done(work, parcel.entries, "failed", reason=type(error).__name__.lower())

    async def _refuse(
        self, work: Work, conversation: Conversation, parcel: Parcel, reason: str, left: int | None = None
    ) -> None:
        noticed = await self._notify(conversation, parcel)
        fields = {"left": left, "noticed": conversation.shopper_seq if noticed else None}
        await self._done(work, parcel.entries, "refused", fields=fields, reason=reason, noticed=noticed)

    async def _notify(self, conversation: Conversation, parcel: Parcel) -> bool:
        """Tell the shopper of an agent's word that cannot be sent; once until he writes again."""
        channel = self._channels[conversation.channel]
        words = [entry for entry in parcel.entries if entry.author is Author.AGENT]
        if not words or not isinstance(channel, Notifier) or conversation.noticed == conversation.shopper_seq:
            return False
        try:
            async with asyncio.timeout(SEND_DEADLINE):
                return await channel.notify(conversation.identity, words[0].content.text, words[0].at)
        except (DeliveryError, TimeoutError) as error:
            log.warning("the notice of an answer is not sent: %s", type(error).__name__)
            return False

    async def _done(
        self,
        work: Work,
        entries: Sequence[Entry],
        status: str,
        *,
        marked: Sequence[Entry] | None = None,
        fields: Mapping[str, str | int | None] | None = None,
        reason: str | None = None,
        noticed: bool = False,
    ) -> None:
        """The entries are dealt with; agents are told of those `marked` (None: all)."""
        why: dict[str, JsonValue] = {"reason": reason} if reason else {}
        why |= {"noticed": True} if noticed else {}
        told = entries if marked is None else marked
        await self._commit(
            work,
            f"{entries[-1].seq}:done",
            sent=entries[-1].seq,
            attempt="",
            fields=fields,
            keep=self._clock.now() + LEASE,
            first=entries[0].seq,
            entries=[delivery_entry(entry, status, **why) for entry in told],
        )

    async def _commit(
        self,
        work: Work,
        step: str,
        *,
        sent: int | None = None,
        attempt: str | None = None,
        fields: Mapping[str, str | int | None] | None = None,
        **args: Any,
    ) -> dict[str, Any]:
        """Raises `Lost`."""
        named = {**(fields or {}), "sent": sent, "attempt": attempt}
        changes = [(name, value) for name, value in named.items() if value is not None]
        return await commit_step(self._store, self._clock, work, step, set=changes, **args)


def _is_astray(entry: Entry, conversation: Conversation) -> bool:
    """Whether it was meant for an identity that has left the thread; while they share one, it goes where he is now."""
    return bool(entry.channel) and entry.channel != conversation.channel and not conversation.members
