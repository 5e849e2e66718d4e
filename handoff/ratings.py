"""Ratings: when a shopper is asked how it was, and what becomes of the answer; the dialogue never sees it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import JsonValue

from bot.clock import Clock
from bot.messages import Audience, Author, Button, Content, Conversation, Entry, Model
from bot.store.store import Store, new_entry
from bot.worker import Work
from handoff.afterwards import WHOLE, RatingRules
from handoff.broker import Words, event_entry
from handoff.intake import language_of

SECOND = 1_000
DAY = 86_400_000
CHOICE = re.compile(r"rate:(human|bot|nps):(\d{1,15}):(skip|\d{1,2})")
SKIP = "skip"
OCCASION = DAY
"""ms after a chat within which one may still be asked about it."""
COMMENT_WAIT = 600_000
"""ms that the word after a low rating is its reason."""
LONGEST_COMMENT = 1_000
AGAIN = 5
"""Times the conversation is looked at once more because something happened meanwhile; then the next time is now."""
STARS, SCORES = range(1, 6), range(11)

Of = Literal["human", "bot", "nps"]


class Low(Model):
    """A low rating nobody was told of yet: its reason may follow until `until` (ms)."""

    of: Of
    episode: int
    stars: int
    until: int
    comment: str = ""


LowPort = Callable[[Conversation, int, int, str], Awaitable[None]]
"""Told of a low rating: the conversation, the episode, the stars, the shopper's reason ("" where none was given).

The same rating may be told twice, the second time perhaps with its reason; conversation and episode say which.
"""


@dataclass(frozen=True)
class Question:
    """What is to be asked next, and when (ms); `ref` tells it from the question before: an episode, or when."""

    at: int
    of: Of
    ref: int


@dataclass(frozen=True)
class Answer:
    """A pressed button: the question and the value; None where no reason is to be given."""

    of: Of
    ref: int
    value: int | None


@dataclass(frozen=True)
class Taken:
    """`rest`: what of a turn is for others; the other fields: what the rest of it comes to.

    `set`: fields of the conversation; `lines`: of the ledger, as the scripts take them; `due`: when to look again (ms).
    `thanks`: `rest` is the reason of a low rating, and so much is said for it, unless it is more than that.
    """

    rest: tuple[Entry, ...] = ()
    say: tuple[Content, ...] = ()
    marks: tuple[dict[str, JsonValue], ...] = ()
    set: tuple[tuple[str, JsonValue], ...] = ()
    lines: tuple[dict[str, JsonValue], ...] = ()
    due: int | None = None
    thanks: Content | None = None

    def then(self, other: Taken) -> Taken:
        """Both, one after the other."""
        return Taken(
            (*self.rest, *other.rest),
            (*self.say, *other.say),
            (*self.marks, *other.marks),
            (*self.set, *other.set),
            (*self.lines, *other.lines),
            min((due for due in (self.due, other.due) if due is not None), default=None),
            other.thanks or self.thanks,
        )


NOTHING = Taken()


def next_question(c: Conversation, rules: RatingRules, now: int) -> Question | None:
    """What to ask next; it may be due. None: nothing, until something else happens.

    A chat with a human is asked about once per episode, the bot once between two of them and a day, both only after
    some quiet and within a day. Where the channel counts, the last message is left for those who have something to say.
    """
    if c.joined or c.state.with_humans or not c.reachable or not _has_room(c, now):
        return None
    questions = (_about_human(c, rules), _about_bot(c, rules), _about_us(c, rules, now))
    return min((one for one in questions if one and one.at < c.ended + OCCASION), key=lambda one: one.at, default=None)


def _has_room(c: Conversation, now: int) -> bool:
    return c.left is None or (c.left > 1 and c.left_until > now)


def _about_human(c: Conversation, rules: RatingRules) -> Question | None:
    """Who goes on talking with the bot is asked later."""
    if not rules.human or c.taken != c.episode or c.asked_human >= c.episode:
        return None
    is_talking = c.slots.get("asked") or c.cursor < c.shopper_seq
    quiet = rules.bot_after if is_talking else rules.human_after
    return Question(c.at + quiet * SECOND, "human", c.episode)


def _about_bot(c: Conversation, rules: RatingRules) -> Question | None:
    known = c.asked_bot + DAY if c.asked_bot > c.since else c.since
    if not rules.bot or c.ended <= known or c.slots.get("asked"):
        return None
    at = c.at + rules.bot_after * SECOND
    return Question(at, "bot", at)


def _about_us(c: Conversation, rules: RatingRules, now: int) -> Question | None:
    asked_lately = c.asked_nps and now < c.asked_nps + rules.nps_days * DAY
    if not c.ended or asked_lately or not _is_in_share(c.id, rules, now):
        return None
    at = c.at + rules.nps_after * SECOND
    return Question(at, "nps", at)


def _is_in_share(id: str, rules: RatingRules, now: int) -> bool:
    """A lot is drawn for each shopper and period, the same however often one looks."""
    period = now // (rules.nps_days * DAY)
    lot = hashlib.blake2b(f"{id}:{period}".encode(), digest_size=4).digest()
    return int.from_bytes(lot, "big") % WHOLE < rules.nps_share


def read_answer(choice: str | None) -> Answer | None:
    """What a pressed button of ours says; None for every other."""
    found = CHOICE.fullmatch(choice or "")
    if not found:
        return None
    of, ref, value = found.groups()
    known = SCORES if of == "nps" else STARS
    if value == SKIP:
        return Answer(of, int(ref), None)  # type: ignore[arg-type]
    return Answer(of, int(ref), int(value)) if int(value) in known else None  # type: ignore[arg-type]


class Ratings:
    """`couriered`: channels whose messages the courier sends; `numbered`: those that show buttons as a list."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        words: Words,
        rules: Callable[[], RatingRules],
        on_low_rating: LowPort,
        couriered: frozenset[str] = frozenset(),
        numbered: frozenset[str] = frozenset(),
    ) -> None:
        self._store = store
        self._clock = clock
        self._words = words
        self._rules = rules
        self._on_low_rating = on_low_rating
        self._couriered = couriered
        self._numbered = numbered

    async def look(self, work: Work) -> None:
        """Ask what is due to be asked, and tell of a low rating whose reason is there or will not come."""
        for attempt in range(AGAIN + 1):
            c, now = await self._store.conversation(work.conversation), self._clock.now()
            low, question = read_low(c), next_question(c, self._rules(), now)
            if low and low.until <= now:
                await self._on_low_rating(c, low.episode, low.stars, low.comment)
                result = await self._commit(work, c, now, set=[("low", "")])
            elif question and question.at <= now:
                result = await self._commit(work, c, now, **self._ask(c, question))
            else:
                times = [low.until] if low else []
                times += [question.at] if question else []
                result = await self._commit(work, c, min(times, default=None), force=attempt == AGAIN or None)
            if not result.get("more"):
                return

    def soonest(self) -> int:
        """The first ms at which something may be asked for what the bot does now: to look before is for nothing."""
        rules = self._rules()
        return self._clock.now() + min(rules.bot_after, rules.nps_after) * SECOND

    def _ask(self, c: Conversation, question: Question) -> dict[str, Any]:
        of, ref = question.of, question.ref
        values = SCORES if of == "nps" else STARS
        buttons = tuple(Button(label=self._label(c, of, value), choice=f"rate:{of}:{ref}:{value}") for value in values)
        content = Content(text=self._say(c, f"ask.{of}"), buttons=buttons)
        asked: list[tuple[str, JsonValue]] = [(f"asked_{of}", ref)]
        if c.channel in self._numbered:
            asked.append(("asked", "1"))  # a bare number is a whole answer
        return {"set": asked, "entries": [new_entry(Author.BOT, content, data={"asks": "rating", "of": of})]}

    def _label(self, c: Conversation, of: Of, value: int) -> str:
        return str(value) if of == "nps" else self._say(c, f"star.{value}")

    async def _commit(self, work: Work, c: Conversation, next: int | None, **more: Any) -> dict[str, Any]:
        return await self._store.run(
            "commit",
            work.conversation,
            f"{work.token}:{c.seq}:{next}",
            kind=work.kind,
            token=work.token,
            now=self._clock.now(),
            watch="seq",
            seen=c.seq,
            next=next,
            couriered=sorted(self._couriered),
            **more,
        )

    def take(self, c: Conversation, messages: Sequence[Entry]) -> Taken:
        """Take from a turn what answers our questions."""
        taken = Taken()
        for message in messages:
            answer = read_answer(message.content.choice)
            one = self._take_answer(c, answer) if answer else Taken((message,))
            taken, c = taken.then(one), c.model_copy(update=dict(one.set))
        return taken.then(self._take_reason(c, taken.rest))

    def _take_answer(self, c: Conversation, answer: Answer) -> Taken:
        asked, rated = getattr(c, f"asked_{answer.of}"), getattr(c, f"rated_{answer.of}")
        if answer.value is None:
            return self._skip(c, answer)
        if not asked or answer.ref != asked:
            return Taken(say=(Content(text=self._say(c, "stale")),))
        if rated == asked:
            return Taken(say=(Content(text=self._say(c, "already")),))
        return self._keep(c, answer, answer.value)

    def _keep(self, c: Conversation, answer: Answer, value: int) -> Taken:
        what: dict[str, JsonValue] = {"of": answer.of, "score" if answer.of == "nps" else "stars": value}
        agent = c.last_agent if answer.of == "human" else None
        line: dict[str, JsonValue] = {"kind": "rated", "data": {**what, "agent": agent}}
        taken = Taken(
            marks=(event_entry("", "rated", Audience.AGENTS, **what),),
            set=((f"rated_{answer.of}", answer.ref),),
            lines=(line,),
        )
        if answer.of == "nps" or value > self._rules().low:
            return taken.then(Taken(say=(Content(text=self._say(c, "thanks")),)))
        return taken.then(self._ask_why(c, answer, value))

    def _ask_why(self, c: Conversation, answer: Answer, stars: int) -> Taken:
        """Whoever waits for a human has somebody to tell it to."""
        now = self._clock.now()
        asks = not c.state.with_humans
        episode = answer.ref if answer.of == "human" else c.episode
        low = Low(of=answer.of, episode=episode, stars=stars, until=now + (COMMENT_WAIT if asks else 0))
        skip = Button(label=self._say(c, "skip"), choice=f"rate:{answer.of}:{answer.ref}:{SKIP}")
        content = Content(text=self._say(c, "why" if asks else "thanks"), buttons=(skip,) if asks else ())
        return Taken(say=(content,), set=(("low", low.model_dump_json()),), due=low.until)

    def _skip(self, c: Conversation, answer: Answer) -> Taken:
        low = read_low(c)
        if not low or low.of != answer.of:
            return Taken()
        return self._close(low, "").then(Taken(say=(Content(text=self._say(c, "skipped")),)))

    def _take_reason(self, c: Conversation, rest: Sequence[Entry]) -> Taken:
        low, now = read_low(c), self._clock.now()
        said = "\n".join(message.content.text for message in rest).strip()
        pressed = any(message.content.choice for message in rest)
        if not low or low.until <= now or low.comment or c.state.with_humans or pressed or not said:
            return Taken()
        return replace(self._close(low, said[:LONGEST_COMMENT]), thanks=Content(text=self._say(c, "noted")))

    def _close(self, low: Low, comment: str) -> Taken:
        now = self._clock.now()
        told = low.model_copy(update={"until": now, "comment": comment})
        return Taken(set=(("low", told.model_dump_json()),), due=now)

    def _say(self, c: Conversation, key: str) -> str:
        return self._words.say(language_of(c, c.slots), f"rating.{key}")


def read_low(c: Conversation) -> Low | None:
    """The low rating nobody was told of yet."""
    return Low.model_validate_json(c.low) if c.low else None
