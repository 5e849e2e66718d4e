"""The day page's figures are those one counts by hand, on a small day that was made up."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert

from bot.clock import Clock
from bot.dialogue.port import Reason
from bot.dialogue.topics import Topic
from bot.record.database import Database
from bot.record.tables import LedgerRow
from bot.store.store import Store
from handoff.hours import Calendar
from handoff.ledger import Ledger
from handoff.report import AgentFigures, Hour, Report, Reports, Span, Stars, Times, Why
from handoff.reportcsv import MARK, WORDS, write_csv
from handoff.rules import DeskRules

SATURDAY = date(2026, 11, 21)
S = 1_000
NINE_TO_SIX = {"opens": "09:00", "closes": "18:00"}
RULES = DeskRules(hours=Calendar.model_validate({"zone": "Asia/Shanghai", "week": [[NINE_TO_SIX]] * 7}))


def at(clock: str, day: int = 21) -> int:
    """A time of day in Shanghai."""
    return int(datetime.fromisoformat(f"2026-11-{day}T{clock}+08:00").timestamp() * 1000)


class Book:
    """Lines of a ledger, one after the other."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._ids: Iterator[int] = count(1)

    def write(self, when: int, kind: str, chat: str | None = None, by: str | None = None, **data: Any) -> None:
        line = {"id": f"{next(self._ids)}-0", "at": when, "kind": kind, "conversation": chat, "agent": by}
        name = {"a1": "Lin", "a2": "Mei"}.get(by or "")
        self.lines.append({**line, "agent_name": name, "episode": data.pop("episode", 1), "data": json.dumps(data)})


def small_day() -> Book:
    """Five shoppers come, four ask for a human, one of them at night; one leaves the line."""
    book = Book()
    write = book.write
    for chat, when, channel in [
        ("c1", "09:05:00", "web"),
        ("c2", "09:50:00", "wechat"),
        ("c3", "10:00:00", "web"),
        ("c4", "10:10:00", "web"),
        ("c5", "20:00:00", "web"),
    ]:
        write(at(when), "came", chat, channel=channel, episode=0)
    write(at("09:06:00"), "request", "c1", channel="web", reason="asked", topic="logistics")
    write(at("09:06:10"), "claim", "c1", "a1", waited=10 * S)
    write(at("09:06:30"), "reply", "c1", "a1", waited=30 * S, owed=20 * S, left="assigned")
    write(at("09:07:00"), "reply", "c1", "a1", owed=15 * S, left="assigned")
    write(at("09:16:10"), "close", "c1", "a1")
    write(at("09:16:10"), "wrapped", "c1", "a1", disposition="order", tags=[])
    write(at("09:17:00"), "rated", "c1", None, of="human", stars=5, agent="a1")
    write(at("09:51:00"), "request", "c2", channel="wechat", reason="complaint", topic="complaint")
    write(at("09:51:40"), "assign", "c2", "a2", waited=40 * S)
    write(at("09:52:40"), "reply", "c2", "a2", waited=100 * S, owed=60 * S, left="assigned")
    write(at("09:53:00"), "transfer", "c2", "a2", to="a1")
    write(at("09:54:00"), "reply", "c2", "a1", left="assigned")
    write(at("10:14:00"), "hand_back", "c2", "a1")
    write(at("10:15:00"), "rated", "c2", None, of="human", stars=2, agent="a1")
    write(at("10:15:00"), "ticket_opened", "c2", None)
    write(at("10:01:00"), "request", "c3", channel="web", reason="asked")
    write(at("10:04:00"), "leave", "c3", None, left="queued")
    write(at("10:30:00"), "rated", "c4", None, of="bot", stars=4, episode=0)
    write(at("20:01:00"), "request", "c5", channel="web", reason="asked")
    for score in (10, 9, 7, 3):
        write(at("21:00:00"), "rated", f"n{score}", None, of="nps", score=score)
    write(at("22:00:00"), "checked", "c1", "a2", agent="a1", score=80)
    write(at("08:59:00", 22), "reply", "c5", "a2", waited=46_680 * S, owed=46_680 * S, left="queued")  # the night after
    return book


@pytest.fixture
async def reports(store: Store, any_database: Database) -> Reports:
    lines = small_day().lines
    await any_database.run(lambda transaction: transaction.execute(insert(LedgerRow), lines))
    clock = Clock(lambda: at("12:00:00") / 1000)
    return Reports(any_database, Ledger(store, any_database, clock), clock, lambda: RULES)


async def day(reports: Reports) -> Report:
    return await reports.make(reports.span(SATURDAY, SATURDAY))


async def test_who_came_and_who_asked_by_hour_and_channel(reports: Reports) -> None:
    report = await day(reports)
    assert (report.came, report.asked) == (5, 4)
    assert report.hours == (
        Hour(hour=9, channel="web", came=1, asked=1),
        Hour(hour=9, channel="wechat", came=1, asked=1),
        Hour(hour=10, channel="web", came=2, asked=1),
        Hour(hour=20, channel="web", came=1, asked=1),
    )


async def test_why_they_asked(reports: Reports) -> None:
    assert (await day(reports)).whys == (
        Why(reason="asked", topic=None, count=2),
        Why(reason="asked", topic="logistics", count=1),
        Why(reason="complaint", topic="complaint", count=1),
    )


async def test_first_replies_waits_and_who_left(reports: Reports) -> None:
    report = await day(reports)
    assert report.first_reply == Times(count=2, median=30 * S, p90=100 * S)
    assert (report.answered, report.within, report.level) == (2, 1, 30 * S)
    assert report.waits == Times(count=2, median=10 * S, p90=40 * S)
    assert report.left == 1


async def test_what_was_asked_at_night_is_answered_and_is_no_measure(reports: Reports) -> None:
    report = await reports.make(reports.span(date(2026, 11, 22), date(2026, 11, 22)))
    assert (report.answered, report.first_reply) == (1, Times())
    assert report.waits.count == 1


async def test_ratings_of_humans_and_of_the_bot_and_recommendations(reports: Reports) -> None:
    report = await day(reports)
    assert report.human == Stars(of="human", given={2: 1, 5: 1})
    assert (report.human.count, report.human.mean) == (2, 3.5)
    assert report.bot == Stars(of="bot", given={4: 1})
    assert report.nps.given == {3: 1, 7: 1, 9: 1, 10: 1}
    assert report.nps.nps == 25  # two promoters less one detractor, of four
    assert Stars(of="nps").nps is None


async def test_each_agent(reports: Reports) -> None:
    lin, mei = (await day(reports)).agents
    assert lin == AgentFigures(
        id="a1",
        name="Lin",
        chats=2,
        first_reply=Times(count=1, median=30 * S, p90=30 * S),
        handling=Times(count=2, median=600 * S, p90=1_200 * S),  # 09:06:10-09:16:10 and 09:54-10:14
        ratings=2,
        stars=3.5,
        checks=1,
        score=80.0,
    )
    assert mei == AgentFigures(id="a2", name="Mei", chats=1, first_reply=Times(count=1, median=100 * S, p90=100 * S))


async def test_outcomes_and_tickets(reports: Reports) -> None:
    report = await day(reports)
    assert (report.outcomes, report.tickets) == ({"order": 1}, {"ticket_opened": 1})


async def test_a_span_has_the_figures_of_its_days(reports: Reports) -> None:
    report = await reports.make(reports.span(date(2026, 11, 20), date(2026, 11, 22)))
    assert (report.came, report.answered, report.left) == (5, 3, 1)
    assert [agent.chats for agent in report.agents] == [2, 2]


async def test_a_day_of_nothing_has_figures_too(reports: Reports) -> None:
    report = await reports.make(reports.span(date(2026, 11, 1), date(2026, 11, 1)))
    assert (report.came, report.hours, report.agents, report.first_reply) == (0, (), (), Times())
    assert (report.human.mean, report.nps.nps) == (None, None)


def test_a_report_is_of_today_unless_said_otherwise_and_of_31_days_at_most(reports: Reports) -> None:
    assert reports.span(None, None).first == SATURDAY
    assert reports.span(date(2026, 10, 22), SATURDAY).days == 31
    for first, last in ((date(2026, 10, 21), SATURDAY), (SATURDAY, date(2026, 11, 20))):
        with pytest.raises(ValueError, match="1 to 31"):
            reports.span(first, last)


def test_a_day_on_which_clocks_change_has_23_hours_or_25() -> None:
    berlin = Calendar(zone="Europe/Berlin")
    spring, autumn = (Span(day, day, berlin) for day in (date(2026, 3, 29), date(2026, 10, 25)))
    assert [(span.end - span.start) // 3_600_000 for span in (spring, autumn)] == [23, 25]
    one_utc = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp() * 1000)
    assert autumn.offsets() == [(autumn.start, 7_200_000), (one_utc, 3_600_000)]


async def test_the_table_for_spreadsheets_has_every_figure_and_no_formula(reports: Reports) -> None:
    report = await day(reports)
    lin = report.agents[0].model_copy(update={"name": "=1+1"})
    table = write_csv(report.model_copy(update={"agents": (lin,)}), "en", {"order": "@order"})
    rows = list(csv.reader(StringIO(table.removeprefix(MARK))))
    assert rows[0] == ["Days", "2026-11-21", "2026-11-21", "Time zone", "Asia/Shanghai"]
    for row in (
        ["Conversations", "5"],
        ["First reply · median (s)", "30"],
        ["9", "WeChat", "1", "1"],
        ["Asked", "Logistics", "1"],
        ["Humans", "Mean stars", "3.5"],
        ["Recommendation (NPS)", "Recommendation (NPS)", "25"],
        ["'@order", "1"],
        ["Opened", "1"],
        ["'=1+1", "2", "30", "30", "600", "1200", "2", "3.5", "1", "80.0"],
    ):
        assert row in rows
    chinese = write_csv(report, "zh", {})
    assert "转人工,4" in chinese
    assert "Lin,2,30" in chinese


def test_every_word_of_the_table_is_in_both_languages() -> None:
    assert all(zh and en for zh, en in WORDS.values())
    assert {f"topic.{topic}" for topic in Topic} | {f"reason.{reason}" for reason in Reason} <= WORDS.keys()
