"""The day page's figures: what the ledger says of some days, counted in the database by a few queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import Field, computed_field
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Select,
    String,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session as Transaction
from sqlalchemy.orm import aliased

from bot.clock import Clock
from bot.messages import Model
from bot.record.database import Database
from bot.record.tables import LedgerRow
from handoff.hours import Calendar, spans
from handoff.ledger import Ledger
from handoff.rules import DeskRules

LONGEST = 31
"""Days that a report covers at most."""
YEARS = range(2000, 2100)
"""Years that have days to report of; clocks and calendars reckon beyond both ends of a day."""
HOUR = 3_600_000
DAY = timedelta(days=1)
ENDS = ("close", "hand_back")
MEDIAN, NINTH_DECILE = 50, 90


class Times(Model):
    """How long something took, in ms: half of them at most `median`, nine in ten at most `p90`; None of nothing."""

    count: int = 0
    median: int | None = None
    p90: int | None = None


class Hour(Model):
    """What began in an hour of the day (0 to 23) on a channel: `came` shoppers, `asked` for a human."""

    hour: int
    channel: str
    came: int = 0
    asked: int = 0


class Why(Model):
    """Handoffs by reason and topic, where it is known."""

    reason: str
    topic: str | None
    count: int


class Stars(Model):
    """Ratings: how many gave each number of stars (or, of `nps`, points)."""

    of: str
    given: dict[int, int] = Field({})

    @computed_field  # type: ignore[prop-decorator]
    @property
    def count(self) -> int:
        return sum(self.given.values())

    @computed_field  # type: ignore[prop-decorator]
    @property
    def mean(self) -> float | None:
        return sum(value * n for value, n in self.given.items()) / self.count if self.count else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def nps(self) -> int | None:
        """Promoters (9 and 10) less detractors (0 to 6), in per cent of all who answered."""
        if not self.count:
            return None
        promoters = sum(n for value, n in self.given.items() if value >= 9)
        detractors = sum(n for value, n in self.given.items() if value <= 6)
        return round(100 * (promoters - detractors) / self.count)


class AgentFigures(Model):
    """`chats`: in which the agent answered; `handling`: from the agent's first act in a chat to its end.

    `checks`: spot checks of the agent's chats, and their mean score.
    """

    id: str
    name: str = ""
    chats: int = 0
    first_reply: Times = Times()
    handling: Times = Times()
    ratings: int = 0
    stars: float | None = None
    checks: int = 0
    score: float | None = None


class Report(Model):
    """`first` to `last`, both whole days in `zone`. `level`: ms a first reply may take; `within`: how many kept it.

    `left`: who left the line before an agent came. `outcomes`: summaries by disposition; `tickets`: by what was done.
    """

    first: date
    last: date
    zone: str
    level: int
    came: int
    asked: int
    hours: tuple[Hour, ...]
    whys: tuple[Why, ...]
    first_reply: Times
    answered: int
    within: int
    waits: Times
    left: int
    human: Stars
    bot: Stars
    nps: Stars
    outcomes: dict[str, int]
    tickets: dict[str, int]
    agents: tuple[AgentFigures, ...]


@dataclass(frozen=True)
class Span:
    """Whole days of a calendar, as ms since the epoch: `start` is in it, `end` is not."""

    first: date
    last: date
    calendar: Calendar

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> int:
        return self._midnight(self.first)

    @property
    def end(self) -> int:
        return self._midnight(self.last + DAY)

    def _midnight(self, day: date) -> int:
        return _ms(datetime.combine(day, time(), self.calendar.time_zone))

    def offsets(self) -> list[tuple[int, int]]:
        """The zone's offsets (ms) and from when each counts, to a full hour; at least one."""
        found: list[tuple[int, int]] = []
        for at in range(self.start, self.end, HOUR):
            moment = datetime.fromtimestamp(at / 1000, UTC).astimezone(self.calendar.time_zone)
            offset = int((moment.utcoffset() or timedelta()).total_seconds()) * 1000
            if not found or found[-1][1] != offset:
                found.append((at, offset))
        return found

    def open(self) -> list[tuple[int, int]]:
        """When the desk is open, from a day before on: an answer may be to what was asked then. Apart, in order."""
        found: list[tuple[int, int]] = []
        for opens, closes in spans(self.calendar, self.first - DAY, self.days + 1):
            start, end = _ms(opens), _ms(closes)
            if found and start <= found[-1][1]:
                found[-1] = found[-1][0], max(end, found[-1][1])
            else:
                found.append((start, end))
        return found


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


class Reports:
    def __init__(self, database: Database, ledger: Ledger, clock: Clock, rules: Callable[[], DeskRules]) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._rules = rules

    def span(self, first: date | None, last: date | None) -> Span:
        """The days asked for, today if none. Raises `ValueError` for none, too many, and those of no time of ours."""
        calendar = self._rules().hours
        today = self._clock.moment().astimezone(calendar.time_zone).date()
        span = Span(first or last or today, last or first or today, calendar)
        if not 1 <= span.days <= LONGEST:
            raise ValueError(f"a report is of 1 to {LONGEST} days")
        if not {span.first.year, span.last.year} <= set(YEARS):
            raise ValueError(f"a report is of the years {YEARS[0]} to {YEARS[-1]}")
        return span

    async def make(self, span: Span) -> Report:
        """The figures of some days, up to now."""
        await self._ledger.project()
        level = self._rules().service.first_reply * 1000
        return await self._database.read(lambda transaction: Counting(transaction, span, level).report())


class Counting:
    """One report's queries, in one transaction."""

    def __init__(self, transaction: Transaction, span: Span, level: int) -> None:
        self._transaction = transaction
        self._span = span
        self._level = level
        self._is_postgresql = transaction.get_bind().dialect.name == "postgresql"

    def report(self) -> Report:
        span, hours, whys = self._span, self._hours(), self._whys()
        answered, within = self._answered()
        stars = self._stars()
        return Report(
            first=span.first,
            last=span.last,
            zone=span.calendar.zone,
            level=self._level,
            came=sum(hour.came for hour in hours),
            asked=sum(why.count for why in whys),
            hours=hours,
            whys=whys,
            first_reply=self._times(self._first_replies()).get("", Times()),
            answered=answered,
            within=within,
            waits=self._times(self._waits()).get("", Times()),
            left=self._rows(self._lines(func.count()).where(LedgerRow.kind == "leave"))[0][0],
            human=stars["human"],
            bot=stars["bot"],
            nps=stars["nps"],
            outcomes=self._count_by(self._text("disposition"), LedgerRow.kind == "wrapped"),
            tickets=self._count_by(LedgerRow.kind, LedgerRow.kind.startswith("ticket_", autoescape=True)),
            agents=self._agents(),
        )

    def _rows(self, query: Any) -> Sequence[Any]:
        return self._transaction.execute(query).all()

    def _lines(self, *columns: Any) -> Select[Any]:
        return select(*columns).where(LedgerRow.at >= self._span.start, LedgerRow.at < self._span.end)

    def _text(self, name: str, table: Any = LedgerRow) -> ColumnElement[Any]:
        """A member of a line's data."""
        if self._is_postgresql:
            found: ColumnElement[Any] = cast(table.data, JSONB)[name].astext
            return found
        return func.json_extract(table.data, f"$.{name}")

    def _number(self, name: str) -> ColumnElement[int]:
        return cast(self._text(name), BigInteger)

    def _hour(self) -> ColumnElement[int]:
        first, *later = self._span.offsets()
        offset = case(*((LedgerRow.at >= at, ms) for at, ms in reversed(later)), else_=first[1]) if later else first[1]
        return (LedgerRow.at + offset) // HOUR % 24

    def _count_by(self, column: Any, *which: ColumnElement[bool]) -> dict[str, int]:
        query = self._lines(column, func.count()).where(*which).group_by(column)
        return {str(value): count for value, count in self._rows(query) if value is not None}

    def _hours(self) -> tuple[Hour, ...]:
        hour, channel, kind = self._hour().label("hour"), self._text("channel").label("channel"), LedgerRow.kind
        came, asked = (func.count(case((kind == name, 1))) for name in ("came", "request"))
        query = self._lines(hour, channel, came, asked).where(kind.in_(("came", "request")))
        rows = self._rows(query.group_by("hour", "channel").order_by("hour", "channel"))
        return tuple(Hour(hour=one[0], channel=one[1] or "", came=one[2], asked=one[3]) for one in rows)

    def _whys(self) -> tuple[Why, ...]:
        reason, topic = self._text("reason").label("reason"), self._text("topic").label("topic")
        query = self._lines(reason, topic, func.count().label("times")).where(LedgerRow.kind == "request")
        rows = self._rows(query.group_by("reason", "topic"))
        whys = [Why(reason=reason or "", topic=topic or None, count=count) for reason, topic, count in rows]
        return tuple(sorted(whys, key=lambda why: (-why.count, why.reason, why.topic or "")))

    def _first_replies(self, owner: Any = "") -> Select[Any]:
        """The first answers to those who asked while the desk was open: nights are no waits."""
        asked = LedgerRow.at - self._number("waited")
        is_open = or_(False, *(and_(asked >= start, asked < end) for start, end in self._span.open()))
        which = LedgerRow.kind == "reply", self._text("waited").is_not(None), is_open
        return self._lines(_owner(owner), self._number("waited").label("value")).where(*which)

    def _answered(self) -> tuple[int, int]:
        """First answers, and those given within the level from when the agent had the chat."""
        within = func.count(case((self._number("owed") <= self._level, 1)))
        which = LedgerRow.kind == "reply", self._text("waited").is_not(None)
        ((answered, kept),) = self._rows(self._lines(func.count(), within).where(*which))
        return answered, kept

    def _waits(self) -> Select[Any]:
        from_line = and_(LedgerRow.kind == "reply", self._text("left").in_(("queued", "offered")))
        which = or_(LedgerRow.kind != "reply", from_line)  # the wait of an answer is another one
        query = self._lines(_owner(""), self._number("waited").label("value"))
        return query.where(which, self._text("waited").is_not(None))

    def _handling(self) -> Select[Any]:
        """From an agent's first act in a chat to the end that the agent made of it, which counts on its day."""
        end, act = LedgerRow, aliased(LedgerRow)
        same = and_(act.conversation == end.conversation, act.episode == end.episode, act.agent == end.agent)
        query = self._lines(end.agent.label("owner"), (end.at - func.min(act.at)).label("value"))
        return (
            query.join(act, and_(same, act.at <= end.at)).where(end.kind.in_(ENDS)).group_by(end.id, end.at, end.agent)
        )

    def _times(self, values: Select[Any]) -> dict[str, Times]:
        """Of each owner: how many values, and the smallest that is not below the median, or the ninth decile."""
        found = values.subquery()
        owner, value = found.c.owner, found.c.value
        rank = func.row_number().over(partition_by=owner, order_by=value).label("rank")
        ranked = select(owner, value, rank, func.count().over(partition_by=owner).label("all")).subquery()

        def at(percent: int) -> ColumnElement[Any]:
            return func.min(case((ranked.c.rank * 100 >= ranked.c.all * percent, ranked.c.value)))

        query = select(ranked.c.owner, func.count(), at(MEDIAN), at(NINTH_DECILE)).group_by(ranked.c.owner)
        return {one[0]: Times(count=one[1], median=one[2], p90=one[3]) for one in self._rows(query)}

    def _stars(self) -> dict[str, Stars]:
        value = func.coalesce(self._number("stars"), self._number("score")).label("value")
        query = self._lines(self._text("of").label("of"), value, func.count()).where(LedgerRow.kind == "rated")
        given: dict[str, dict[int, int]] = {"human": {}, "bot": {}, "nps": {}}
        for of, stars, count in self._rows(query.group_by("of", "value")):
            given.setdefault(of, {})[stars] = count
        return {of: Stars(of=of, given=dict(sorted(counts.items()))) for of, counts in given.items()}

    def _agents(self) -> tuple[AgentFigures, ...]:
        chat = LedgerRow.conversation.concat(":").concat(cast(LedgerRow.episode, String))
        kind, agent = LedgerRow.kind, LedgerRow.agent
        chats = dict(self._rows(self._lines(agent, func.count(distinct(chat))).where(kind == "reply").group_by(agent)))
        replies, handling = self._times(self._first_replies(agent)), self._times(self._handling())
        stars, checks = self._means("rated", "stars"), self._means("checked", "score")
        names = self._names(chats.keys() | replies.keys() | handling.keys() | stars.keys() | checks.keys())
        figures = [
            AgentFigures(
                id=id,
                name=name,
                chats=chats.get(id, 0),
                first_reply=replies.get(id, Times()),
                handling=handling.get(id, Times()),
                ratings=stars.get(id, (0, None))[0],
                stars=stars.get(id, (0, None))[1],
                checks=checks.get(id, (0, None))[0],
                score=checks.get(id, (0, None))[1],
            )
            for id, name in names.items()
        ]
        return tuple(sorted(figures, key=lambda one: (-one.chats, one.name)))

    def _means(self, kind: str, value: str) -> dict[str, tuple[int, float]]:
        """How often, and with what mean, agents were rated, or their chats checked."""
        of = self._text("agent").label("of")
        query = self._lines(of, func.count(), func.avg(cast(self._text(value), Float))).where(LedgerRow.kind == kind)
        rows = self._rows(query.where(self._text("agent").is_not(None)).group_by("of"))
        return {agent: (count, float(mean)) for agent, count, mean in rows if mean is not None}

    def _names(self, ids: Iterable[str]) -> dict[str, str]:
        """As the agents were last known by; who is not known by any name goes by the id."""
        wanted = sorted(ids)
        query = select(LedgerRow.agent, func.max(LedgerRow.agent_name)).where(LedgerRow.agent.in_(wanted))
        known = dict(self._rows(query.where(LedgerRow.agent_name.is_not(None)).group_by(LedgerRow.agent)))
        return {id: known.get(id, id) for id in wanted if id}


def _owner(owner: Any) -> Any:
    return (literal(owner) if isinstance(owner, str) else owner).label("owner")
