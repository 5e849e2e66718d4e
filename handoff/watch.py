"""The timers of a human chat: what is due next and when, as a pure function, and who carries it out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import JsonValue

from actions.shop import Shop
from actions.values import Money
from bot.clock import Clock
from bot.dialogue.formats import money
from bot.messages import Audience, Author, Content, Conversation, State
from bot.store.store import Store, new_entry
from bot.worker import Work
from handoff.broker import Agent, Broker, Words, event_entry
from handoff.compensation import MINOR, make_up
from handoff.intake import LEAVE, MESSAGE, WAIT, make_buttons, say_closed
from handoff.ownership import Command, rows
from handoff.presence import DEAD_AFTER, Presence
from handoff.rules import DeskRules
from handoff.service import SECOND, Service, owed_since, reply_times

AGAIN = 5
"""Times the conversation is looked at once more because something happened meanwhile; then the next time is now."""
MOST_MISSED = 2
"""Offers in a row an agent lets pass before being set away."""


class Step(StrEnum):
    """What time alone does to a human chat."""

    MISS = "miss"
    """the agent who was asked has not answered"""
    OVERDUE = "overdue"
    """the supervisor is told that an answer is late"""
    REMIND = "remind"
    """the agent is told that somebody waits"""
    TAKE_BACK = "take_back"
    """a silent agent's chat goes back to the queue"""
    NOTE = "note"
    """the shopper is told that the chat is about to end"""
    CLOSE = "close"
    WAKE = "wake"
    """a chat that was put aside until now is at hand again"""
    COMPENSATE = "compensate"
    """who has waited too long gets something for it"""
    LONG_WAIT = "long_wait"
    """the shopper is asked: go on waiting, leave a message, or back to the bot"""


@dataclass(frozen=True)
class Due:
    at: int
    step: Step


def next_step(c: Conversation, service: Service) -> Due | None:
    """What is due next; it may be overdue. None: nothing, until something else happens.

    A step that follows another (taken back after the reminder, closed after the note) counts from when that was done,
    so that nobody is punished for a time in which the desk was down.
    """
    return min(_steps(c, service), key=lambda due: due.at, default=None)


def _steps(c: Conversation, service: Service) -> list[Due]:
    if c.state is State.ASSIGNED and c.snoozed_until:
        return [Due(c.snoozed_until, Step.WAKE)]
    owed = owed_since(c)
    steps = []
    if c.state is State.OFFERED:
        steps.append(Due(c.offered_until, Step.MISS))
    if service.supervisor and (times := reply_times(c, service)) and c.overdue_at < times[1]:
        steps.append(Due(times[1], Step.OVERDUE))
    if c.state.waits and c.told < c.episode:
        steps.append(Due((c.waiting or c.since) + service.long_wait * SECOND, Step.LONG_WAIT))
    if c.state.waits and service.compensate_after and c.compensated < c.episode:
        steps.append(Due((c.waiting or c.since) + service.compensate_after * SECOND, Step.COMPENSATE))
    if c.state is State.ASSIGNED:
        steps += _silent_shopper(c, service) if owed is None else _silent_agent(c, owed, service)
    return steps


def _silent_agent(c: Conversation, owed: int, service: Service) -> list[Due]:
    if c.reminded_at <= owed:
        return [Due(owed + service.remind * SECOND, Step.REMIND)]
    return [Due(c.reminded_at + service.take_back * SECOND, Step.TAKE_BACK)] if service.requeue else []


def _silent_shopper(c: Conversation, service: Service) -> list[Due]:
    quiet = max(c.answered_at, c.since, c.woken_at)
    if c.closing_at <= quiet:
        return [Due(quiet + service.silent_shopper * SECOND, Step.NOTE)]
    return [Due(c.closing_at + service.close * SECOND, Step.CLOSE)]


@dataclass(frozen=True)
class Deed:
    """What a step does: fields to set, entries to say, and the move it makes, if any, with the entries of that."""

    set: dict[str, JsonValue] = field(default_factory=dict)
    entries: list[dict[str, JsonValue]] = field(default_factory=list)
    command: Command | None = None
    arrival: list[dict[str, JsonValue]] = field(default_factory=list)
    missed: bool = False
    lines: list[dict[str, JsonValue]] = field(default_factory=list)
    """what the ledger is told"""


class Watch:
    """`may_rest`: whether an agent may be set away, which a skill's last one may not; `shop` makes up for waits."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        words: Words,
        rules: Callable[[], DeskRules],
        may_rest: Callable[[str], Awaitable[bool]],
        couriered: frozenset[str],
        shop: Shop | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._words = words
        self._rules = rules
        self._may_rest = may_rest
        self._shop = shop
        self._couriered = couriered

    async def look(self, work: Work) -> None:
        """Do what is due with a conversation and say when to look again, in one commit that nothing came before."""
        for attempt in range(AGAIN + 1):
            conversation = await self._store.conversation(work.conversation)
            due = self._next(conversation)
            if due is not None and due.at <= self._clock.now():
                result = await self._carry_out(work, conversation, due.step)
            else:
                result = await self._commit(work, conversation, due.at if due else None, force=attempt == AGAIN)
            if not result.get("more"):
                return

    def _next(self, c: Conversation) -> Due | None:
        """What is due next. Who is still in line when the team closes is told, as after a long wait."""
        rules = self._rules()
        closed = c.state.waits and not rules.is_open(c.skill, self._clock.moment())
        if closed and c.told < c.episode and rules.counted_from(c.skill, c.waiting or c.since) <= self._clock.now():
            return Due(self._clock.now(), Step.LONG_WAIT)
        return next_step(self._in_hours(c), rules.service)

    def _in_hours(self, c: Conversation) -> Conversation:
        """The same, as if who waits in line had begun to at the opening: while closed, nothing gets late."""
        if not c.state.waits:
            return c
        rules, now = self._rules(), self._clock
        since = (c.waiting or c.since) if rules.is_open(c.skill, now.moment()) else now.now()
        return c.model_copy(update={"waiting": rules.counted_from(c.skill, since)})

    async def _carry_out(self, work: Work, c: Conversation, step: Step) -> dict[str, Any]:
        deed = await self._deed(c, step, self._clock.now())
        more: dict[str, Any] = {}
        if deed.missed and c.agent:
            more = {"missed": True, "most_missed": MOST_MISSED, "rest": await self._may_rest(c.agent)}
        if deed.command:
            lost = True if step is Step.TAKE_BACK else None
            wakes = True if step is Step.WAKE else None
            more |= {"rows": rows(deed.command), "arrival": deed.arrival, "lost": lost, "wakes": wakes}
        set = list(deed.set.items())
        return await self._commit(work, c, self._clock.now(), set=set, entries=deed.entries, lines=deed.lines, **more)

    async def _commit(
        self, work: Work, c: Conversation, next: int | None, *, force: bool = False, **more: Any
    ) -> dict[str, Any]:
        return await self._store.run(
            "commit",
            work.conversation,
            work.token,
            agent=c.agent or "",
            kind=work.kind,
            token=work.token,
            now=self._clock.now(),
            watch="seq",
            seen=c.seq,
            force=force or None,
            next=next,
            couriered=sorted(self._couriered),
            **more,
        )

    async def _compensate(self, c: Conversation) -> Deed:
        """What the shop gives is told; where it gives nothing, agents read that, and may."""
        amount, once = self._rules().service.compensation, {"compensated": c.episode}
        code = await make_up(self._shop, c, amount) if self._shop else None
        line: dict[str, JsonValue] = {"kind": "compensated", "data": {"amount": amount, "given": code is not None}}
        if code is None:
            return Deed({**once}, [_mark("not_compensated")], lines=[line])
        worth = money(Money(amount=amount * MINOR))
        buttons = make_buttons(self._words, c.language, (MESSAGE, WAIT, LEAVE))  # the widget shows the newest ones
        told = Content(text=self._words.say(c.language, "queue.compensated", amount=worth, code=code), buttons=buttons)
        entries = [new_entry(Author.BOT, told), _mark("compensated", amount=amount)]
        return Deed({**once}, entries, lines=[line])

    async def _deed(self, c: Conversation, step: Step, now: int) -> Deed:
        name = c.agent_name or ""
        match step:
            case Step.MISS:
                return Deed(entries=[_mark("missed", agent=name)], command=Command.MISS, missed=True)
            case Step.OVERDUE:
                return Deed({"overdue_at": now}, [_mark("overdue", agent=name)])
            case Step.REMIND:
                return Deed({"reminded_at": now}, [_mark("reminded", agent=name)])
            case Step.WAKE:
                return Deed(entries=[_mark("woken", why="time")], command=Command.WAKE)
            case Step.TAKE_BACK:
                arrival = [self._tell(c, "requeued", name)]
                silent = [_mark("silent", agent=name)]
                return Deed({}, silent, Command.REQUEUE, arrival, missed=True)
            case Step.NOTE:
                return Deed({"closing_at": now}, [self._tell(c, "closing", name)])
            case Step.CLOSE:
                silent = [_mark("shopper_silent")]
                return Deed(entries=silent, command=Command.CLOSE, arrival=[self._tell(c, "closed", name)])
            case Step.COMPENSATE:
                return await self._compensate(c)
            case Step.LONG_WAIT:
                return Deed({"told": c.episode}, [new_entry(Author.BOT, self._long_wait(c))])

    def _tell(self, c: Conversation, event: str, agent: str) -> dict[str, JsonValue]:
        return event_entry(self._words.say(c.language, f"human.{event}", agent=agent), event, agent=agent)

    def _long_wait(self, c: Conversation) -> Content:
        rules, now = self._rules(), self._clock.moment()
        if not rules.is_open(c.skill, now):
            return say_closed(self._words, c.language, rules, rules.next_opening(c.skill, now), now)
        buttons = make_buttons(self._words, c.language, (MESSAGE, WAIT, LEAVE))
        return Content(text=self._words.say(c.language, "queue.long"), buttons=buttons)


def _mark(event: str, **data: JsonValue) -> dict[str, JsonValue]:
    """What only agents see of a timer."""
    return event_entry("", event, Audience.AGENTS, **data)


class Deadman:
    """Takes the chats of an agent whose workspace is dead, and gives them back to the queue."""

    def __init__(self, store: Store, clock: Clock, presence: Presence, broker: Broker) -> None:
        self._store = store
        self._clock = clock
        self._presence = presence
        self._broker = broker

    async def look(self, work: Work) -> None:
        """Due only when no heartbeat has put it off; `work.conversation` is the agent's id."""
        id, now = work.conversation, self._clock.now()
        is_here = id in await self._presence.online()
        if not is_here:
            await self._broker.take_all(Agent(id, ""), work.token)
        again = now + DEAD_AFTER if is_here else None
        await self._store.run("commit", id, work.token, kind=work.kind, token=work.token, now=now, next=again)
