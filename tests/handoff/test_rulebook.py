"""The desk's rules: checked whole, kept by version, and known to every process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from bot.clock import Clock
from bot.record.database import Database
from bot.record.tables import RulesRow
from handoff.hours import Calendar, Window
from handoff.rulebook import Rulebook, Rulekeeper, RulesChanged
from handoff.rules import Closed, DeskRules

OFFICE = Calendar(week=((Window(opens="09:00", closes="18:00"),),) * 7)
LATE = Calendar(week=((Window(opens="18:00", closes="23:00"),),) * 7)
RULES = DeskRules(hours=OFFICE, teams={"returns": LATE}, closed=Closed(wait=False))
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def keeper(database: Database) -> Rulekeeper:
    return Rulekeeper(database, Clock(lambda: 1_000.0), Rulebook())


async def test_a_desk_begins_always_open(database: Database) -> None:
    one = keeper(database)
    await one.load()
    assert one.book.newest.number == 0
    assert one.book.rules.is_open(None, NOON)


async def test_what_is_saved_counts_here_at_once_and_elsewhere_at_the_next_look(database: Database) -> None:
    here, elsewhere = keeper(database), keeper(database)
    saved = await here.save(RULES, "Root", 0)
    assert (saved.number, saved.author, saved.at) == (1, "Root", 1_000_000)
    assert here.book.rules == RULES
    assert elsewhere.book.rules == DeskRules()
    await elsewhere.load()
    assert elsewhere.book.newest == saved


async def test_who_did_not_see_the_newest_version_saves_nothing(database: Database) -> None:
    here, elsewhere = keeper(database), keeper(database)
    await here.save(RULES, "Root", 0)
    with pytest.raises(RulesChanged):
        await elsewhere.save(DeskRules(), "Lin", 0)
    assert elsewhere.book.rules == RULES, "and is shown what is new"
    assert (await elsewhere.save(DeskRules(), "Lin", 1)).number == 2


async def test_rules_that_cannot_be_read_leave_those_before(database: Database) -> None:
    here, elsewhere = keeper(database), keeper(database)
    await here.save(RULES, "Root", 0)
    await elsewhere.load()
    await database.run(lambda transaction: transaction.add(RulesRow(version=2, body='{"hours": 7}', author="x", at=1)))
    await elsewhere.load()
    assert elsewhere.book.rules == RULES
    assert (await elsewhere.save(RULES, "Root", 2)).number == 3


async def test_holidays_are_at_hand_once_the_rules_are(database: Database) -> None:
    here = keeper(database)
    await here.save(DeskRules(hours=OFFICE.model_copy(update={"region": "CN"})), "Root", 0)
    assert not here.book.rules.is_open(None, datetime(2026, 10, 1, 4, tzinfo=UTC))


def test_a_team_has_its_own_hours_and_the_others_the_desks() -> None:
    assert not RULES.is_open("returns", NOON)
    assert RULES.is_open("delivery", NOON)
    assert RULES.next_opening("returns", NOON) == NOON + timedelta(hours=6)


def test_a_wait_that_began_while_closed_counts_from_the_opening() -> None:
    noon = int(NOON.timestamp() * 1000)
    assert RULES.counted_from("delivery", noon) == noon
    assert RULES.counted_from("returns", noon) == noon + 6 * 3_600_000
    never = DeskRules(hours=Calendar(week=((),) * 7))
    assert never.counted_from(None, noon) == noon


@pytest.mark.parametrize(
    "wrong",
    [
        {"team": {}},
        {"teams": {"No such": {}}},
        {"hours": {"zone": ""}},
        {"closed": 1},
        {"closed": {"wait": False, "message": False}},
    ],
)
def test_rules_nobody_can_mean_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DeskRules.model_validate(wrong)


def test_rules_survive_being_written_down() -> None:
    assert DeskRules.model_validate_json(RULES.model_dump_json()) == RULES
