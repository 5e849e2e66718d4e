"""The broker carries out what agents and shoppers want done with a conversation, one script a command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from pydantic import JsonValue

from bot.clock import Clock
from bot.messages import LANGUAGES, Attachment, Audience, Author, Content, Conversation, Language, State
from bot.store.store import Store, new_entry
from handoff.afterwards import Summary
from handoff.brief import request_data
from handoff.ownership import Command, rows
from handoff.quick import with_answers
from handoff.routing import CAPACITY as CAPACITY

TRIES = 5
"""Times a chat is taken over anew because somebody else got it meanwhile."""


LONGEST_SNOOZE = 7 * 86_400_000
"""ms; nobody remembers for longer why a chat was put aside."""


class Words(Protocol):
    def say(self, language: Language, key: str, **fields: str) -> str: ...


@dataclass(frozen=True)
class Agent:
    """Who acts: `id` in the records, `name` as the shopper reads it."""

    id: str
    name: str


@dataclass(frozen=True)
class Moved:
    """The command was carried out; `seq` is the conversation's newest entry."""

    state: State
    epoch: int
    seq: int


@dataclass(frozen=True)
class Refused:
    """Nothing changed.

    `reason`: `state` (impossible in it), `owner` (`agent` holds it, or is asked), `capacity`, `unknown`; of who else
    should get it: `full`, `away`, `gone`, `self`.
    """

    reason: str
    state: State | None = None
    agent: str | None = None


Outcome = Moved | Refused


@dataclass(frozen=True)
class Waited:
    """A wait that is over because an agent was found.

    For what `skill`; `since` when (ms); at which `place` it began, None where the conversation came back.
    """

    skill: str
    since: int | None
    place: int | None


class Broker:
    """`couriered`: channels whose messages the courier sends; `archive_after`: ms of quiet before archiving.

    `on_found`: told once how a conversation waited that has found its agent; `capacity`: chats an agent may hold;
    `pause`: ms in which nothing new is given to who has just ended one.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        words: Words,
        couriered: frozenset[str],
        archive_after: int,
        on_found: Callable[[Waited], Awaitable[None]] | None = None,
        capacity: Callable[[str], int] = lambda _: CAPACITY,
        pause: Callable[[], int] = lambda: 0,
    ) -> None:
        self._store = store
        self._clock = clock
        self._words = words
        self._couriered = couriered
        self._archive_after = archive_after
        self._on_found = on_found
        self._capacity = capacity
        self._pause = pause

    async def claim(self, id: str, agent: Agent, command: str) -> Outcome:
        return await self._act(id, Command.CLAIM, command, agent, arrival="human.joined")

    async def reply(
        self, id: str, agent: Agent, command: str, text: str, attachments: tuple[Attachment, ...] = ()
    ) -> Outcome:
        """Say something to the shopper; takes the conversation over if no agent holds it."""
        content = with_answers(text).model_copy(update={"attachments": attachments})
        said = new_entry(Author.AGENT, content, who=agent.name, external_id=command)
        return await self._act(id, Command.REPLY, command, agent, arrival="human.joined", said=said, answers=True)

    async def note(
        self, id: str, agent: Agent, command: str, text: str, attachments: tuple[Attachment, ...] = ()
    ) -> Outcome:
        """Write something that only agents see."""
        said = note_entry(agent, command, text, attachments)
        return await self._act(id, Command.NOTE, command, agent, said=said)

    async def hand_back(self, id: str, agent: Agent, command: str, summary: Summary | None = None) -> Outcome:
        sums = self._sum_up(agent, summary)
        return await self._act(id, Command.HAND_BACK, command, agent, arrival="human.handed_back", **sums)

    async def close(self, id: str, agent: Agent, command: str, summary: Summary | None = None) -> Outcome:
        sums = self._sum_up(agent, summary)
        return await self._act(id, Command.CLOSE, command, agent, arrival="human.closed", **sums)

    def _sum_up(self, agent: Agent, summary: Summary | None) -> dict[str, Any]:
        """What ending a chat by hand brings with it: the summary for those who read it later, and time to write it."""
        pause = self._pause()
        until = {"wraps_until": self._clock.now() + pause if pause else None}
        if summary is None:
            return until
        one, tags = summary.disposition, cast("list[JsonValue]", list(summary.tags))
        names: dict[str, JsonValue] = {"disposition": one.key, "zh": one.zh, "en": one.en, "tags": tags}
        said = event_entry("", "wrapped", Audience.AGENTS, agent=agent.name, **names)
        return {**until, "said": said, "lines": [{"kind": "wrapped", "data": {"disposition": one.key, "tags": tags}}]}

    async def snooze(self, id: str, agent: Agent, command: str, until: int, why: str = "") -> Outcome:
        """Put the conversation aside until `until` (ms), or until the shopper writes; no timer counts meanwhile.

        Refused (`time`) where that is past, or more than a week from now.
        """
        if not 0 < until - self._clock.now() <= LONGEST_SNOOZE:
            return Refused("time")
        said = event_entry(why, "snoozed", Audience.AGENTS, agent=agent.name, until=until)
        return await self._act(id, Command.SNOOZE, command, agent, said=said, snoozed_until=until)

    async def wake(self, id: str, agent: Agent, command: str) -> Outcome:
        """Take up again what was put aside."""
        said = event_entry("", "woken", Audience.AGENTS, why="agent")
        return await self._act(id, Command.WAKE, command, agent, said=said, wakes=True)

    async def requeue(self, id: str, agent: Agent, command: str) -> Outcome:
        """Put the conversation back into the queue, at the place of its first request."""
        return await self._act(id, Command.REQUEUE, command, agent, arrival="human.requeued")

    async def transfer(
        self, id: str, agent: Agent, command: str, to: Agent, note: str, until: int | None = None
    ) -> Outcome:
        """Pass the conversation on to a colleague, with a note to read; asked first where there is an `until` (ms).

        Refused where the colleague is away (`away`) or has no room (`full`). Unanswered it goes on to the queue.
        """
        offered = until is not None
        told = {"event": "transferred", "to": to.name}
        return await self._act(
            id,
            Command.TRANSFER_OFFER if offered else Command.TRANSFER,
            command,
            agent,
            arrival="human.requeued" if offered else "human.joined",
            named=agent if offered else to,
            told={**told, "agent": agent.name},
            said=note_entry(agent, command, note),
            to={"id": to.id, "name": to.name},
            more_keys=[self._store.keys.load(to.id)],
            pushed=True,
            capacity=self._capacity(to.id),
            offered_until=until,
            noted={"to": to.id},
        )

    async def transfer_to_skill(
        self, id: str, agent: Agent, command: str, skill: Mapping[str, str], note: str
    ) -> Outcome:
        """Put the conversation back into the queue at its old place, for who can do `skill`: `topic`, `language`."""
        told: dict[str, JsonValue] = {"event": "transferred", "agent": agent.name, **skill}
        said, noted = note_entry(agent, command, note), {"skill": dict(skill)}
        arrival = "human.requeued"
        return await self._act(
            id, Command.TRANSFER_SKILL, command, agent, arrival=arrival, told=told, said=said, skill=skill, noted=noted
        )

    async def take_over(self, id: str, agent: Agent, command: str) -> Outcome:
        """Have the conversation from now on, whoever had it: a supervisor's act (`handoff.roles`)."""
        for turn in range(TRIES):
            outcome = await self._take_over(id, agent, f"{command}:{turn}")
            if not (isinstance(outcome, Refused) and outcome.reason == "owner"):
                break
        return outcome

    async def _take_over(self, id: str, agent: Agent, command: str) -> Outcome:
        """Refused (`owner`) where another agent than it was read with has it by then."""
        if known := await self._store.result(f"{agent.id}:{command}"):
            return read_outcome(known)
        holder = await self._store.conversation(id)
        told: dict[str, JsonValue] = {"event": "taken_over", "agent": agent.name, "from": holder.agent_name}
        return await self._act(
            id,
            Command.TAKE_OVER,
            command,
            Agent(holder.agent or "", holder.agent_name or ""),
            by=agent,
            arrival="human.joined",
            told=told,
            to={"id": agent.id, "name": agent.name},
            more_keys=[self._store.keys.load(agent.id)],
            capacity=self._capacity(agent.id),
            noted={"from": holder.agent},
        )

    async def whisper(self, id: str, agent: Agent, command: str, text: str) -> Outcome:
        """Write something to the agent who has the conversation, which only agents see."""
        said = note_entry(agent, command, text, whisper=True)
        return await self._act(id, Command.WHISPER, command, agent, said=said)

    async def reopen(self, before: Conversation, agent: Agent, command: str) -> Outcome:
        """Give a conversation that was closed back to `agent`, who closed it; refused where they are not free."""
        told: dict[str, JsonValue] = {"event": "reopened", "agent": agent.name}
        again: dict[str, Any] = {"reason": before.reason, "topic": before.topic, "vip": before.vip or None}
        given: dict[str, Any] = {"pushed": True, "by_hand": None, "closed_at": str(before.closed_at)}
        return await self._act(
            before.id, Command.REOPEN, command, agent, arrival="human.joined", told=told, **again, **given
        )

    async def decline(self, id: str, agent: Agent, command: str) -> Outcome:
        """Leave an offered conversation to somebody else."""
        told = event_entry("", "declined", Audience.AGENTS, agent=agent.name)
        return await self._act(id, Command.DECLINE, command, agent, said=told)

    async def assign(self, id: str, agent: Agent, command: str, capacity: int) -> Outcome:
        """Give a waiting conversation to an agent who is not away and holds fewer than `capacity`."""
        pushed: dict[str, Any] = {"pushed": True, "by_hand": None, "capacity": capacity}
        return await self._act(id, Command.ASSIGN, command, agent, arrival="human.joined", **pushed)

    async def offer(self, id: str, agent: Agent, command: str, capacity: int, until: int) -> Outcome:
        """Ask an agent to take a waiting conversation until `until` (ms); one at a time, and as `assign` otherwise."""
        told = event_entry("", "offered", Audience.AGENTS, agent=agent.name)
        pushed: dict[str, Any] = {"pushed": True, "by_hand": None, "capacity": capacity, "offered_until": until}
        return await self._act(id, Command.OFFER, command, agent, said=told, **pushed)

    async def take_all(self, agent: Agent, command: str) -> None:
        """As `requeue_all`, for an agent whose workspace is dead: the supervisor reads of it."""
        for id in await self._store.redis.smembers(self._store.keys.load(agent.id)):
            conversation = await self._store.conversation(id)
            if conversation.snoozed_until:
                continue  # nobody waits for it; who wakes it looks again whether its agent is here
            gone = event_entry("", "gone", Audience.AGENTS, agent=conversation.agent_name)
            lost: dict[str, Any] = {"said": gone, "lost": True, "by_hand": None}
            await self._act(id, Command.REQUEUE, f"{command}:{id}", agent, arrival="human.requeued", **lost)

    async def requeue_all(self, agent: Agent, command: str) -> list[str]:
        """Put every conversation of an agent who is gone back into the queue; returns their ids."""
        held: set[str] = await self._store.redis.smembers(self._store.keys.load(agent.id))
        for id in held:
            again = f"{command}:{id}"
            await self._act(id, Command.REQUEUE, again, agent, arrival="human.requeued", by_hand=None)
        return sorted(held)

    async def _act(
        self,
        id: str,
        command: Command,
        command_id: str,
        agent: Agent,
        *,
        arrival: str | None = None,
        told: dict[str, JsonValue] | None = None,
        named: Agent | None = None,
        by: Agent | None = None,
        said: dict[str, JsonValue] | None = None,
        **extra: Any,
    ) -> Outcome:
        """`agent`: from whose list it goes, and who acts, unless that is somebody else (`by`)."""
        doer = by or agent
        result = await self._store.run(
            "act",
            id,
            f"{doer.id}:{command_id}",
            agent=agent.id,
            agent_name=agent.name,
            now=self._clock.now(),
            archive_at=self._clock.now() + self._archive_after,
            rows=rows(command),
            couriered=sorted(self._couriered),
            by={"id": by.id, "name": by.name} if by else None,
            arrival=[self._event(arrival, named or doer, told)] if arrival else [],
            entries=[said] if said else [],
            **{"capacity": self._capacity(agent.id), "by_hand": True, **extra},
        )
        if self._on_found and (waited := result.get("waited")):
            await self._on_found(read_waited(waited))
        return read_outcome(result)

    def _event(self, key: str, agent: Agent, told: dict[str, JsonValue] | None) -> dict[str, JsonValue]:
        """What the shopper reads of a move, in every language, as the script knows theirs; `told`: what it was."""
        data = told or {"event": key.removeprefix("human."), "agent": agent.name}
        entry = new_entry(Author.SYSTEM, Content(), kind="event", data=data)
        return {**entry, "contents": {language: self._tell(language, key, agent) for language in LANGUAGES}}

    def _tell(self, language: Language, key: str, agent: Agent) -> str:
        text = self._words.say(language, key, agent=agent.name)
        return Content(text=text).model_dump_json(exclude_defaults=True)


def has_agent(outcome: Outcome) -> bool:
    """Whether the conversation is an agent's now."""
    return isinstance(outcome, Moved) and outcome.state is State.ASSIGNED


def note_entry(
    agent: Agent, command: str, text: str, attachments: tuple[Attachment, ...] = (), **data: JsonValue
) -> dict[str, JsonValue]:
    """What only agents read."""
    return new_entry(
        Author.AGENT,
        Content(text=text, attachments=attachments),
        who=agent.name,
        audience=Audience.AGENTS,
        kind="note",
        data=data,
        external_id=command,
    )


def event_entry(text: str, event: str, audience: Audience = Audience.ALL, **data: JsonValue) -> dict[str, JsonValue]:
    """What the system tells about a change of owner."""
    return new_entry(Author.SYSTEM, Content(text=text), kind="event", audience=audience, data={"event": event, **data})


def request_entry(reason: str, question: str, slots: dict[str, JsonValue], **more: JsonValue) -> dict[str, JsonValue]:
    """The agents' mark at the start of an episode; the brief is made from it."""
    data = request_data(reason, question, slots, **more)
    return new_entry(Author.SYSTEM, Content(), kind="event", audience=Audience.AGENTS, data=data)


def read_outcome(result: dict[str, Any]) -> Outcome:
    if reason := result.get("refused"):
        state = result.get("state")
        return Refused(reason, State(state) if state else None, result.get("agent") or None)
    return Moved(State(result["state"]), int(result["epoch"]), int(result["seq"]))


def read_waited(result: dict[str, Any]) -> Waited:
    return Waited(result.get("topic") or result.get("reason") or "", result.get("since"), result.get("place"))
