"""The router takes a due turn to whoever owns the conversation: the dialogue, or, in the queue, the intake."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue

from bot.clock import Clock
from bot.dialogue.port import Dialogue, Draft, Handoff, Note, Reason, Turn
from bot.followers import Followers
from bot.messages import Audience, Author, Content, Conversation, Entry, State
from bot.numbered import LOOK_BACK, number_in, pressed
from bot.store.store import Store, new_entry
from bot.understood import note_understood
from bot.worker import Work
from handoff.broker import event_entry
from handoff.intake import Intake
from handoff.ownership import Command, rows
from handoff.ratings import NOTHING, Ratings, Taken
from handoff.reopening import Reopening, is_courtesy
from handoff.triage import Case, Triage

log = logging.getLogger(__name__)

DEADLINE = 5.0
"""Seconds a dialogue may take before the shopper gets a human instead of silence."""
DRAFTS = 4
"""Times a draft is made again because the shopper went on writing; then it is said, and the rest is a new turn."""


@dataclass(frozen=True)
class Reply:
    """What a turn comes to: entries to say, what to remember, and the move it asks for. `asks`: it shows buttons.

    `taken`: what of the turn answered our own questions; `done`: a task came to its end; `case`: what is asked of
    humans; `goes_on`: the shopper has begun something new since a human chat; `heard`: intents that were understood;
    `notes`: what the ledger is told; `acted`: as in `Draft`.
    """

    entries: list[dict[str, JsonValue]] = field(default_factory=list)
    slots: dict[str, JsonValue] | None = None
    command: Command | None = None
    case: Case | None = None
    asks: bool = False
    taken: Taken = NOTHING
    done: bool = False
    goes_on: bool = False
    heard: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    acted: bool = False


class Router:
    """`couriered`: channels whose messages the courier sends; `numbered`: those that show buttons as a list."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        dialogue: Dialogue,
        intake: Intake,
        ratings: Ratings,
        triage: Triage,
        reopening: Reopening,
        couriered: frozenset[str],
        numbered: frozenset[str] = frozenset(),
    ) -> None:
        self._store = store
        self._clock = clock
        self._dialogue = dialogue
        self._intake = intake
        self._ratings = ratings
        self._triage = triage
        self._reopening = reopening
        self._couriered = couriered
        self._numbered = numbered
        self._followers = Followers(store)

    async def turn(self, work: Work) -> None:
        """Handle one due turn to its commit. What was done for a turn is told before anything newer is looked at."""
        for attempt in range(DRAFTS + 1):
            conversation = await self._store.conversation(work.conversation)
            messages = await self._unread(conversation)
            reply = await self._reply(conversation, messages) if messages else Reply()
            result = await self._commit(work, conversation, reply, force=reply.acted or attempt == DRAFTS)
            if not result.get("more"):
                return

    async def _unread(self, conversation: Conversation) -> tuple[Entry, ...]:
        if conversation.state is State.ASSIGNED:
            return ()
        entries = await self._store.entries(conversation.id, conversation.cursor)
        said = (entry for entry in entries if entry.author is Author.SHOPPER and entry.kind != "event")
        unread = newest_versions(entry for entry in said if entry.seq <= conversation.shopper_seq)
        return tuple([await self._pressed(conversation, message) for message in unread])

    async def _pressed(self, conversation: Conversation, message: Entry) -> Entry:
        if conversation.channel not in self._numbered or number_in(message.content) is None:
            return message
        return pressed(message, await self._store.entries_before(conversation.id, message.seq, LOOK_BACK))

    async def _reply(self, conversation: Conversation, messages: Sequence[Entry]) -> Reply:
        taken = self._ratings.take(conversation, messages)
        if not taken.rest:
            return Reply(taken=taken)
        turn = Turn(conversation, taken.rest, self._clock.moment())
        reply = await (self._answer_reason(turn, taken.thanks) if taken.thanks else self._answer(turn))
        entries = note_understood(reply.entries, turn, reply.heard, reply.slots)
        return replace(reply, taken=taken, entries=entries)

    async def _answer_reason(self, turn: Turn, thanks: Content) -> Reply:
        """The reason of a low rating is no question: what we are not sure of is not answered, and only who asks for a
        human gets one. Nothing is done for it that nobody would be told of.
        """
        attended = await self._draft(turn, self._dialogue.attend)
        if "request_human" in attended.heard:
            return await self._answer(turn)
        said, asks = _spoken((*attended.say, thanks)), _asks(attended.say)
        return Reply(said, attended.slots, asks=asks, heard=attended.heard)

    async def _answer(self, turn: Turn) -> Reply:
        conversation = turn.conversation
        if conversation.state.waits:
            answer = await self._intake.answer(turn)
            left = [event_entry("", "left", Audience.AGENTS)] if answer.command is Command.LEAVE else []
            told = [event_entry("", "told", Audience.AGENTS, **answer.told)] if answer.told else []
            said, asks = [*left, *told, *_spoken(answer.say)], _asks(answer.say)
            return Reply(said, answer.slots, answer.command, asks=asks, heard=answer.heard)
        draft = await self._draft(turn, self._dialogue.reply)
        goes_on = bool(conversation.closed_at) and not is_courtesy(draft)
        if goes_on and await self._reopening.reopen(conversation, f"{conversation.id}:{conversation.shopper_seq}"):
            return Reply()  # of an earlier epoch now: the commit finds that out, and looks again
        judged = await self._triage.judge(turn, draft)
        if isinstance(judged, Case):
            reply = await self._ask_human(conversation, judged)
        else:
            said, asks = _spoken(judged.say), _asks(judged.say)
            reply = Reply(said, judged.slots, asks=asks, done=judged.done, goes_on=goes_on, heard=judged.heard)
        return replace(reply, notes=draft.notes, acted=draft.acted)

    async def _ask_human(self, conversation: Conversation, case: Case) -> Reply:
        announcement = await self._intake.announce(conversation, case.draft, case.topic)
        entries = [*_spoken(case.draft.say), case.entry(), *_spoken(announcement.say)]
        asks = _asks(announcement.say)
        return Reply(entries, announcement.slots, Command.REQUEST, case, asks=asks, heard=case.draft.heard)

    async def _draft(self, turn: Turn, think: Callable[[Turn], Awaitable[Draft]]) -> Draft:
        try:
            async with asyncio.timeout(DEADLINE):
                return await think(turn)
        except Exception as error:
            log.error("the dialogue failed: %s", type(error).__name__, exc_info=error)
            question = turn.messages[-1].content.text
            return Draft((), dict(turn.conversation.slots), Handoff(Reason.FAILURE, question))

    async def _commit(self, work: Work, conversation: Conversation, reply: Reply, *, force: bool) -> dict[str, Any]:
        taken, now = reply.taken, self._clock.now()
        await self._followers.note(conversation, reply.slots)
        read: list[tuple[str, JsonValue]] = [("cursor", conversation.shopper_seq), *taken.set]
        read += [("ended", now)] if reply.done else []
        read += [("closed_at", 0)] if reply.goes_on else []
        if reply.slots is not None:
            asked = reply.slots.get("asked") or (reply.asks and conversation.channel in self._numbered)
            read += [
                ("slots", json.dumps(reply.slots, ensure_ascii=False)),
                ("asked", "1" if asked else ""),
            ]
            read += [("language", language)] if (language := reply.slots.get("language")) else []
        return await self._store.run(
            "commit",
            work.conversation,
            work.token,
            kind=work.kind,
            token=work.token,
            now=self._clock.now(),
            epoch=conversation.epoch,
            watch="shopper_seq",
            seen=conversation.shopper_seq,
            force=force or None,
            set=read,
            entries=[*taken.marks, *_spoken(taken.say), *reply.entries],
            lines=[*taken.lines, *(_line(note, conversation) for note in reply.notes)],
            also={"rate": self._next_look(reply)},
            couriered=sorted(self._couriered),
            rows=rows(reply.command) if reply.command else None,
            **(_filed(reply.case, now) if reply.case else {}),
        )

    def _next_look(self, reply: Reply) -> int | None:
        """When it is to be seen whether something is asked (ms)."""
        times = (reply.taken.due, self._ratings.soonest() if reply.done else None)
        return min((at for at in times if at is not None), default=None)


def _line(note: Note, conversation: Conversation) -> dict[str, JsonValue]:
    """How the ledger is told; `seq` is the message it is about."""
    return {"kind": note.kind, "data": {**note.data, "seq": conversation.shopper_seq}}


def _filed(case: Case, now: int) -> dict[str, Any]:
    """How the queue takes in a case."""
    return {
        "reason": case.handoff.reason,
        "topic": case.topic,
        "vip": case.is_vip or None,
        "place": now - case.head_start,
    }


def newest_versions(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The messages of a turn, each as it was edited last; what is new about one of an earlier turn is a message.

    A further picture of an earlier album says nothing new, unless words come with it.
    """
    messages: dict[int, Entry] = {}
    for entry in entries:
        of = int(str(entry.data["of"])) if entry.kind == "edit" else entry.seq
        if of in messages:
            messages[of] = messages[of].model_copy(update={"content": entry.content})
        elif not entry.data.get("album"):
            messages[of] = entry
        elif caption := entry.data.get("caption"):
            messages[of] = entry.model_copy(update={"content": entry.content.model_copy(update={"text": caption})})
    return tuple(messages.values())


def _asks(contents: Sequence[Content]) -> bool:
    """Whether there are buttons to press."""
    return any(content.buttons for content in contents)


def _spoken(contents: Sequence[Content]) -> list[dict[str, JsonValue]]:
    return [new_entry(Author.BOT, content) for content in contents]
