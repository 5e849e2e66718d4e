"""Who gets which chat: one pure scoring function, and the pairs it makes of a queue and the free agents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.messages import Language, Model

SECOND = 1_000
CAPACITY = 8
"""Chats an agent holds at once, unless the desk says otherwise."""
MOST_HEAD_START = 600
"""s; whatever a chat is, it passes only those who asked at most so long before."""
HeadStart = Annotated[int, Field(ge=0, le=MOST_HEAD_START)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_:.-]{0,39}$")]

Score = tuple[float, ...]


class Routing(Model):
    """How chats find agents. Times in seconds.

    `mode`: `push` gives a chat to a free agent, `offer` asks one first for `countdown`, `pull` waits for a hand.
    `balance`: among equals the one with the most room, or the one whose turn it is. `grace`: how long a chat waits for
    the agent who knows it. `widen`: after each such time one more of topic, channel and language counts no longer.
    `pause`: how long a chat stays away from an agent who let it go. Head starts, as if it had asked so much earlier:
    `head_starts` by the reason of the handoff, `level_head_start` for each level of membership, `urgent_head_start`
    where a rule calls it urgent; together at most MOST_HEAD_START. `vip_level`: from which level on a member is shown
    as one who comes sooner.
    """

    mode: Literal["push", "offer", "pull"] = "push"
    countdown: int = Field(20, ge=5, le=600)
    balance: Literal["least_active", "round_robin"] = "least_active"
    grace: int = Field(15, ge=0, le=600)
    widen: int = Field(60, ge=0, le=3_600)
    pause: int = Field(60, ge=5, le=3_600)
    head_starts: dict[str, HeadStart] = Field({"complaint": 120, "failure": 60}, max_length=20)

    level_head_start: HeadStart = 60
    urgent_head_start: HeadStart = 180
    vip_level: int = Field(2, ge=1, le=99)

    def head_start(self, reason: str, level: int = 0, *, urgent: bool = False) -> int:
        """ms by which a chat stands before those who asked at the same time.

        It is fixed when somebody asks and bounded, so it ages by itself: who has waited MOST_HEAD_START is passed by
        nobody who comes now, however many of the highest level do.
        """
        start = self.head_starts.get(reason, 0) + level * self.level_head_start + urgent * self.urgent_head_start
        return min(start, MOST_HEAD_START) * SECOND

    def is_vip(self, level: int) -> bool:
        return level >= self.vip_level


class AgentRules(Model):
    """What an agent can do: of each kind a set, where an empty one means all; `capacity`: chats at once."""

    topics: tuple[Word, ...] = Field((), max_length=50)
    channels: tuple[Word, ...] = Field((), max_length=10)
    languages: tuple[Language, ...] = ()
    capacity: int = Field(CAPACITY, ge=1, le=50)


@dataclass(frozen=True)
class Chat:
    """A waiting conversation. `place`: when it asked, less its head start; `since`: in the queue since; both in ms.

    `last`: who held it last; `passed`: who had it or was asked in this episode.
    """

    id: str
    place: int
    since: int
    topic: str = ""
    channel: str = ""
    language: str = ""
    last: str | None = None
    passed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Profile:
    """An agent and what they can do, as `AgentRules` says."""

    id: str
    name: str
    topics: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    capacity: int = CAPACITY


@dataclass(frozen=True)
class Candidate:
    """An agent who is here and not away, with `load` chats, the newest given at `given` (ms); `asked`: has an offer."""

    profile: Profile
    load: int = 0
    given: int = 0
    asked: bool = False

    @property
    def free(self) -> int:
        """Chats there is room for."""
        return self.profile.capacity - self.load


def score(chat: Chat, agent: Candidate, now: int, routing: Routing) -> Score | None:
    """How well a chat and an agent go together; None: not at all, now. Scores compare from left to right.

    1. The chat's place: who asked first is served first. What gives somebody priority (member level, complaint,
       urgency) is a head start of bounded seconds in that place (`Routing.head_start`), so a chat is passed only by
       those who asked at most that much later, and everybody's turn comes: ageing needs no term of its own.
    2. Somebody who had the chat in this episode and gave it up, or let it pass, comes last.
    3. The agent who held it last in an earlier one comes first: nobody likes to tell a story twice.
    4. Specialists before generalists, so that those who can answer everything stay free for it.
    5. The most room, as a share of the capacity, then the longest without a new chat; `round_robin` the other way.

    Not at all: no room; a skill is missing (topic, channel and language stop to matter one after the other as the wait
    grows); the agent let this chat go less than a pause ago.
    """
    if agent.free <= 0 or not _fits(chat, agent.profile, now, routing):
        return None
    has_passed = agent.profile.id in chat.passed
    if has_passed and now - chat.since < routing.pause * SECOND:
        return None
    room, rest = agent.free / agent.profile.capacity, float(-agent.given)
    balance = (room, rest) if routing.balance == "least_active" else (rest, room)
    knows = agent.profile.id == chat.last and not has_passed
    return (-chat.place, not has_passed, knows, _speciality(chat, agent.profile), *balance)


def _fits(chat: Chat, profile: Profile, now: int, routing: Routing) -> bool:
    widened = _widened(chat, now, routing)
    kinds = ((chat.topic, profile.topics), (chat.channel, profile.channels), (chat.language, profile.languages))
    return all(not able or wanted in able or step <= widened for step, (wanted, able) in enumerate(kinds, 1))


def _widened(chat: Chat, now: int, routing: Routing) -> int:
    """How many of topic, channel and language matter no longer; 0 for `widen` means that all always do."""
    return min(3, (now - chat.place) // (routing.widen * SECOND)) if routing.widen else 0


def _speciality(chat: Chat, profile: Profile) -> int:
    """How many of the chat's needs the agent was named for."""
    return (chat.topic in profile.topics) + (chat.channel in profile.channels) + (chat.language in profile.languages)


def make_pairs(
    chats: Iterable[Chat], agents: Sequence[Candidate], here: frozenset[str], now: int, routing: Routing
) -> list[tuple[Chat, Profile]]:
    """Whom to give what, best first. `here`: all who are here and not away: a chat waits a little for its own agent."""
    free = {agent.profile.id: agent for agent in agents if agent.free > 0 and not agent.asked}
    hopeless: set[tuple[str, ...]] = set()
    pairs = []
    for chat in sorted(chats, key=lambda chat: (chat.place, chat.id)):
        if not free:
            break
        needs = (chat.topic, chat.channel, chat.language, str(_widened(chat, now, routing)))
        if needs in hopeless or _waits_for_its_own(chat, free, here, now, routing):
            continue
        best = _best(chat, free.values(), now, routing)
        if best is None and not chat.passed:
            hopeless.add(needs)  # agents only get fewer: a long line of what nobody can do costs one look
        if best is None:
            continue
        pairs.append((chat, best.profile))
        _take(free, best, now, routing)
    return pairs


def _waits_for_its_own(
    chat: Chat, free: Mapping[str, Candidate], here: frozenset[str], now: int, routing: Routing
) -> bool:
    its_own = chat.last if chat.last not in chat.passed else None
    return its_own in here and its_own not in free and now - chat.since < routing.grace * SECOND


def _best(chat: Chat, agents: Iterable[Candidate], now: int, routing: Routing) -> Candidate | None:
    scored = [(found, agent) for agent in agents if (found := score(chat, agent, now, routing)) is not None]
    return max(scored, key=lambda pair: (pair[0], pair[1].profile.id))[1] if scored else None


def _take(free: dict[str, Candidate], agent: Candidate, now: int, routing: Routing) -> None:
    """One chat more for the agent; whoever is asked is asked one at a time."""
    taken = replace(agent, load=agent.load + 1, given=now)
    if taken.free <= 0 or routing.mode == "offer":
        del free[agent.profile.id]
    else:
        free[agent.profile.id] = taken


def is_last(agent: Profile, others: Iterable[Profile]) -> bool:
    """Whether nobody of `others` could answer something that the agent can."""
    rest = list(others)
    return not (
        _covered(agent.topics, [other.topics for other in rest])
        and _covered(agent.channels, [other.channels for other in rest])
        and _covered(agent.languages, [other.languages for other in rest])
    )


def _covered(able: frozenset[str], others: Sequence[frozenset[str]]) -> bool:
    """Whether the others together can do all of it; an empty set can do everything."""
    if any(not other for other in others):
        return True
    return bool(able) and able <= frozenset().union(*others)
