"""What shoppers hear of their tickets: the state when they ask for it, and that one is solved."""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.dialogue.formats import coming
from bot.dialogue.language import choose_language, simplified
from bot.dialogue.port import Dialogue, Draft, Turn
from bot.messages import Content, Language, State
from bot.store.keys import MESSAGE_TTL
from bot.store.store import Store
from handoff.broker import Words, event_entry
from handoff.intake import language_of
from handoff.rulebook import Rulebook
from handoff.ticketbook import Ticketbook
from handoff.tickets import ALPHABET, Ticket

log = logging.getLogger(__name__)

DEADLINE = 2.0
"""Seconds a look at the tickets may take before the bot answers as if there were none."""
LOOK_EVERY = 2.0
"""Seconds between two looks at what shoppers are to be told."""
AGAIN = 60_000
"""ms until a shopper who is with a human now is looked at again."""
SAID = 3
"""Tickets whose state is told in one answer."""
LONGEST = 200
"""Characters of a message that asks for a state; a longer one tells a story."""

NUMBER = re.compile(rf"(?<![A-Z0-9])T[- ]?(\d{{6}})[- ]?([{ALPHABET}]{{3,12}})(?![A-Z0-9])")
PARTIES = ("warehouse", "finance", "supplier", "agent")
"""Those that have a name in the texts; any other is a colleague."""

_THING = "(?:投诉|工单|反馈)"
_HOW = "(?:怎么样|怎样|如何|进展|进度|状态|结果|处理|到哪|解决|消息|回复|回音|了吗|呢)"
_ENGLISH = "(?:complaint|ticket|feedback|case)"
ASKS = re.compile(
    rf"(?:我的?|上次的?|上回的?|之前的?|那个|刚才的?|昨天的?|提交的){_THING}.{{0,8}}{_HOW}"
    rf"|{_THING}(?:的)?(?:进展|进度|状态|结果|处理得|处理的?怎么样|怎么样|有(?:结果|消息|进展)|到哪|解决了吗|处理了吗|处理完)"
    rf"|查(?:一下|下|询)?(?:我的)?{_THING}"
    rf"|(?:what about|status of|state of|updates? (?:on|about|for|to)|news (?:on|about|of)|progress (?:on|of|with)"
    rf"|how is|how's|where is|where's|happen(?:ed|ing) (?:to|with)|heard about) (?:my|the|our|that) {_ENGLISH}\b"
    rf"|\bmy {_ENGLISH} (?:status|state|progress|update)\b"
)
"""Words that ask how a ticket stands, in simplified characters and small letters."""


def number_in(text: str) -> str | None:
    """The number of a ticket in a text, however it was typed: `T-261122-7K3`, or None."""
    found = NUMBER.search(unicodedata.normalize("NFKC", text).upper())
    return f"T-{found[1]}-{found[2]}" if found else None


def asks_for_state(text: str) -> bool:
    """Whether a text asks how one's complaint, ticket or feedback stands."""
    return len(text) <= LONGEST and ASKS.search(simplified(text).casefold()) is not None


class TicketStates:
    """`couriered`: channels whose messages the courier sends; `archive_after`: ms of quiet before archiving."""

    def __init__(
        self,
        book: Ticketbook,
        store: Store,
        clock: Clock,
        words: Words,
        rules: Rulebook,
        couriered: frozenset[str],
        archive_after: int,
    ) -> None:
        self._book = book
        self._store = store
        self._clock = clock
        self._words = words
        self._rules = rules
        self._couriered = couriered
        self._archive_after = archive_after

    async def answer(self, turn: Turn) -> Content | None:
        """How the tickets stand that a turn asks for; None where it asks for none, or they cannot be looked up.

        Without a number only somebody who has one that is not solved asks for it. A number of somebody else's is
        answered as one that never was.
        """
        text = " ".join(entry.content.text for entry in turn.messages)
        number = number_in(text)
        if number is None and not asks_for_state(text):
            return None
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._answer(turn, number, text)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("the state of a ticket cannot be told: %s", type(error).__name__)
            return None

    async def _answer(self, turn: Turn, number: str | None, text: str) -> Content | None:
        conversation = turn.conversation
        language = choose_language(conversation.language, language_of(conversation, conversation.slots), text)
        theirs = await self._book.of((conversation.id, *conversation.joined_by), live=number is None)
        if number is not None:
            theirs = [ticket for ticket in theirs if ticket.number == number]
            if not theirs:
                return Content(text=self._words.say(language, "ticket.unknown", number=number))
        said = [self.describe(ticket, language) for ticket in theirs[:SAID]]
        return Content(text="\n".join(said)) if said else None

    def describe(self, ticket: Ticket, language: Language) -> str:
        """The ticket's state, its next step and by when, in a sentence or three; nothing that agents wrote."""
        kind = self._words.say(language, f"ticket.kind.{ticket.kind}")
        state = self._words.say(language, f"ticket.{ticket.state}", kind=kind, number=ticket.number)
        parts = [state, *self._next(ticket, language), *self._by_when(ticket, language)]
        return ("" if language != "en" else " ").join(parts)

    def _next(self, ticket: Ticket, language: Language) -> Sequence[str]:
        if not ticket.state.is_live or not ticket.open_steps:
            return ()
        step = ticket.open_steps[0]
        who = self._words.say(language, f"ticket.party.{step.party if step.party in PARTIES else 'other'}")
        if step.due <= self._clock.now():
            return (self._words.say(language, "ticket.step_late", party=who),)
        return (self._words.say(language, "ticket.step", party=who, when=self._when(step.due, language)),)

    def _by_when(self, ticket: Ticket, language: Language) -> Sequence[str]:
        if not ticket.state.is_live:
            return ()
        if ticket.solution_due <= self._clock.now():
            return (self._words.say(language, "ticket.late"),)
        return (self._words.say(language, "ticket.by", when=self._when(ticket.solution_due, language)),)

    def _when(self, at: int, language: Language) -> str:
        zone = self._rules.rules.hours.time_zone
        return coming(language, datetime.fromtimestamp(at / 1000, UTC).astimezone(zone), self._clock.moment())

    async def tell_for_ever(self) -> None:
        """Tell shoppers of what is solved, as soon as nobody else is talking with them."""
        while True:
            try:
                await self.tell_solved()
            except (SQLAlchemyError, RedisError, OSError) as error:
                log.warning("shoppers are not told of solved tickets yet: %s", type(error).__name__)
            await asyncio.sleep(LOOK_EVERY)

    async def tell_solved(self) -> None:
        for ticket, since in await self._book.untold():
            told = await self._tell(ticket, since)
            await self._book.note_told(ticket, again=None if told else self._clock.now() + AGAIN)

    async def _tell(self, ticket: Ticket, since: int) -> bool:
        """An entry of the system's in the conversation; False while a human has it or is asked for.

        `since` names the attempt: one that was cut off is the same command, which is carried out once.
        """
        conversation = await self._store.conversation(ticket.conversation or "")
        if conversation.joined:
            conversation = await self._store.conversation(conversation.joined)
        language = language_of(conversation, conversation.slots)
        kind = self._words.say(language, f"ticket.kind.{ticket.kind}")
        text = self._words.say(language, "ticket.told", kind=kind, number=ticket.number)
        stays = {state: {"to": state, "kind": "ticket_told"} for state in (State.BOT, State.CLOSED)}
        result = await self._store.run(
            "act",
            conversation.id,
            f"ticket:{ticket.number}:{since}",
            ttl=MESSAGE_TTL,
            now=self._clock.now(),
            archive_at=self._clock.now() + self._archive_after,
            rows=stays,
            entries=[event_entry(text, "ticket_solved", ticket=ticket.number)],
            couriered=sorted(self._couriered),
        )
        return result.get("refused") in (None, "unknown")


class TicketDialogue:
    """A `Dialogue` that tells how a ticket stands where that is asked, and leaves everything else to `dialogue`."""

    def __init__(self, states: TicketStates, dialogue: Dialogue) -> None:
        self._states = states
        self._dialogue = dialogue

    async def reply(self, turn: Turn) -> Draft:
        return await self._told(turn) or await self._dialogue.reply(turn)

    async def attend(self, turn: Turn) -> Draft:
        return await self._told(turn) or await self._dialogue.attend(turn)

    async def _told(self, turn: Turn) -> Draft | None:
        told = await self._states.answer(turn)
        return Draft((told,), dict(turn.conversation.slots)) if told else None
