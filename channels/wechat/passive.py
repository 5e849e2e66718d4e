"""The passive reply: a request of WeChat's stays open until the bot has answered, and carries the answer for free."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import JsonValue

from bot.attempts import Attempt, delivery_entry
from bot.clock import Clock
from bot.messages import Author, Content, Conversation, Language
from bot.store.store import Store, new_entry
from bot.wire import Wire
from channels.parcels import is_fenced, is_text, next_parcel, outgoing
from channels.port import Traits

WAIT = 4_500
"""ms a request may stay open: WeChat gives up after 5 s."""
GRACE = 5_000
"""ms in which an answer is written, or counts as lost with its writer: by then WeChat has given the request up, and may
have repeated it. What goes out another way cannot be overtaken.
"""
GLANCE = 0.25
"""Seconds between two looks when nothing is heard: a turn that says nothing makes no sound."""


class Words(Protocol):
    def say(self, language: Language, key: str, **fields: str) -> str: ...


@dataclass(frozen=True)
class Waiting:
    """A request that stays open until `until` (ms) for the answer to a message, which WeChat knows as `id`.

    `render` makes the body of a text; `is_gone` tells that nobody waits for it any more.
    """

    conversation: str
    id: str
    until: int
    render: Callable[[str], str]
    is_gone: Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Answer:
    """What a request is answered with: `body`, or nothing for now. `tries`: how many requests had this body."""

    body: str | None = None
    tries: int = 0


@dataclass(frozen=True)
class Reply:
    """What is unsent and fits into one text. `upto`: the last entry it ends; `part`: one it begins, with `attempt`."""

    text: str | None = None
    upto: int = 0
    part: int | None = None
    attempt: str | None = None
    pieces: int = 0
    notes: list[dict[str, JsonValue]] = field(default_factory=list)


class Passive:
    """Where `traits` are `passive_only`, what comes later rides on the shopper's next message.

    `couriered`: channels whose messages the courier sends; others show by themselves what was said there.
    """

    def __init__(
        self, store: Store, clock: Clock, wire: Wire, words: Words, traits: Traits, couriered: frozenset[str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._wire = wire
        self._words = words
        self._traits = traits
        self._couriered = couriered

    async def answer(self, waiting: Waiting) -> Answer:
        """Wait for what to answer. An `Answer` with a body must be followed by `written` or `lost`."""
        with self._wire.follow(waiting.conversation) as listener:
            while not await waiting.is_gone():
                answer = await self._look(waiting)
                if answer is not None:
                    return answer
                rest = (waiting.until - self._clock.now()) / 1000
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0.001, min(GLANCE, rest))):
                        await listener.get()
        return Answer()

    async def written(self, waiting: Waiting, answer: Answer) -> None:
        """WeChat has the answer."""
        await self._step(waiting, "written", tries=answer.tries)

    async def lost(self, waiting: Waiting, answer: Answer) -> None:
        """WeChat may have the answer, or not: it goes out another way, marked as in doubt."""
        await self._step(waiting, "lost", tries=answer.tries)

    async def _look(self, waiting: Waiting) -> Answer | None:
        conversation = await self._store.conversation(waiting.conversation)
        last = self._clock.now() >= waiting.until
        answered = not await self._store.is_due("turn", conversation.id)
        if not answered and not last and conversation.passive == waiting.id:
            return None
        reply = await self._compose(conversation)
        promise = self._promise(conversation, reply, answered=answered)
        result = await self._take(waiting, conversation, reply, promise, last=last)
        return None if "again" in result else Answer(result.get("body"), int(result.get("tries", 0)))

    async def _take(
        self, waiting: Waiting, conversation: Conversation, reply: Reply, promise: str | None, *, last: bool
    ) -> dict[str, Any]:
        text = "\n".join(part for part in (reply.text, promise) if part)
        return await self._step(
            waiting,
            "take",
            body=waiting.render(text) if text else None,
            last=last or None,
            sent=conversation.sent,
            epoch=conversation.epoch,
            given_until=self._clock.now() + GRACE,
            say=[_promised(promise)] if promise else [],
            promised=conversation.episode if promise else None,
            upto=reply.upto,
            part=reply.part,
            pieces=str(reply.pieces),
            attempt=reply.attempt,
            notes=reply.notes,
        )

    async def _compose(self, conversation: Conversation) -> Reply:
        entries = outgoing(await self._store.entries(conversation.id, conversation.sent))
        unsent = [entry for entry in entries if (entry.channel or conversation.channel) in self._couriered]
        live = [entry for entry in unsent if not is_fenced(entry, conversation.epoch)]
        if not live:
            return Reply()
        attempt = Attempt.read(conversation.attempt, live[0].seq)
        parcel = next_parcel(live, self._traits, attempt.upto, mixed=True)
        piece, *more = parcel.pieces[attempt.pieces :]
        if not is_text(piece):
            return Reply()
        upto = live[0].seq - 1 if more else parcel.upto
        gone = [entry for entry in unsent if entry not in live and entry.seq <= upto]
        fenced = [delivery_entry(one, "withdrawn" if one.seq > conversation.doubt else "unconfirmed") for one in gone]
        doubted = [delivery_entry(entry, "maybe_twice") for entry in parcel.entries if entry.seq <= conversation.doubt]
        begun = Attempt(live[0].seq, pieces=attempt.pieces + 1, upto=parcel.upto)
        return Reply(
            piece.text,
            upto,
            part=live[0].seq if more else None,
            attempt=begun.text() if more else None,
            pieces=attempt.pieces,
            notes=[*fenced, *([] if more else doubted)],
        )

    def _promise(self, conversation: Conversation, reply: Reply, *, answered: bool) -> str | None:
        """Where nothing can be sent later, the shopper is told how to get it: when late, and once a human chat."""
        with_humans = conversation.state.with_humans
        told = with_humans and conversation.promised == conversation.episode
        if not self._traits.passive_only or reply.part or told or not (with_humans or not answered):
            return None
        promise = self._words.say(conversation.language, "door.later")
        fits = self._traits.size(f"{reply.text or ''}\n{promise}") <= self._traits.limit
        return promise if fits else None

    async def _step(self, waiting: Waiting, step: str, **args: Any) -> dict[str, Any]:
        return await self._store.run(
            "passive",
            waiting.conversation,
            f"{waiting.conversation}:{waiting.id}:passive",
            step=step,
            request=waiting.id,
            courier=True,
            now=self._clock.now(),
            **args,
        )


def _promised(text: str) -> dict[str, JsonValue]:
    return new_entry(Author.SYSTEM, Content(text=text), kind="event", data={"event": "later"})
