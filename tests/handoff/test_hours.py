"""Opening hours: windows, breaks, midnight, holidays, and the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from handoff.hours import (
    MINUTES_A_DAY,
    ROUND_THE_CLOCK,
    Calendar,
    DayKind,
    Window,
    is_open,
    kind_of,
    next_change,
    next_opening,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "Europe/London",
    "America/Havana",  # changes its clocks at midnight
    "Asia/Beirut",  # too
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",  # left out a whole day
    "Asia/Kathmandu",
    "UTC",
)


def windows(*spans: str) -> tuple[Window, ...]:
    return tuple(Window(opens=opens, closes=closes) for opens, closes in (span.split("-") for span in spans))


OFFICE = windows("09:00-12:00", "13:30-18:00")
NIGHT = windows("22:00-02:00")
CLOSED: tuple[Window, ...] = ()


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def opening(calendar: Calendar, text: str) -> str | None:
    found = next_opening(calendar, at(text, calendar.zone))
    return f"{found:%m-%d %H:%M}" if found else None


SHOP = Calendar(week=(*(OFFICE,) * 5, NIGHT, CLOSED), region="CN")


@pytest.mark.parametrize(
    ("moment", "here"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T11:59:59", True),
        ("2026-11-23T12:00:00", False),
        ("2026-11-23T13:29:59", False),
        ("2026-11-23T13:30:00", True),
        ("2026-11-23T18:00:00", False),
        ("2026-11-28T21:59:59", False),
        ("2026-11-28T22:00:00", True),
        ("2026-11-29T00:00:00", True),
        ("2026-11-29T01:59:59", True),
        ("2026-11-29T02:00:00", False),
        ("2026-11-29T22:30:00", False),
    ],
)
def test_a_window_has_its_first_moment_and_not_its_last(moment: str, here: bool) -> None:
    assert is_open(SHOP, at(moment)) is here


def test_the_next_opening_is_after_the_break_the_night_or_the_weekend() -> None:
    assert opening(SHOP, "2026-11-23T12:10") == "11-23 13:30"
    assert opening(SHOP, "2026-11-23T18:00") == "11-24 09:00"
    assert opening(SHOP, "2026-11-29T02:00") == "11-30 09:00"
    assert opening(SHOP, "2026-11-29T01:00") == "11-29 01:00"


def test_a_desk_that_never_opens_has_no_next_opening() -> None:
    never = Calendar(week=(CLOSED,) * 7)
    assert next_opening(never, at("2026-11-23T12:10")) is None
    assert next_change(never, at("2026-11-23T12:10")) is None


def test_a_desk_that_never_closes_has_no_next_change() -> None:
    assert is_open(Calendar(), at("2026-11-22T23:59:59"))
    assert next_change(Calendar(), at("2026-11-22T12:00")) is None


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-01-03", DayKind.HOLIDAY),  # a Saturday of the three days of New Year
        ("2026-01-04", DayKind.MAKEUP),
        ("2026-02-14", DayKind.MAKEUP),
        ("2026-02-15", DayKind.HOLIDAY),
        ("2026-02-22", DayKind.HOLIDAY),  # a Sunday in the middle of Spring Festival
        ("2026-02-24", None),
        ("2026-09-20", DayKind.MAKEUP),
        ("2026-10-04", DayKind.HOLIDAY),
        ("2026-10-10", DayKind.MAKEUP),
        ("2026-11-22", None),
        ("2027-10-01", DayKind.HOLIDAY),  # by law, long before the year's days are announced
    ],
)
def test_chinas_holidays_and_the_days_worked_in_exchange_are_those_announced(day: str, kind: DayKind | None) -> None:
    assert kind_of("CN", date.fromisoformat(day)) is kind


def test_elsewhere_a_weekend_is_no_part_of_the_holiday_beside_it() -> None:
    assert kind_of("US", date(2026, 9, 7)) is DayKind.HOLIDAY
    assert kind_of("US", date(2026, 9, 6)) is None


def test_holidays_and_the_days_worked_in_exchange_have_windows_of_their_own() -> None:
    assert not is_open(SHOP, at("2026-10-05T10:00"))
    assert is_open(SHOP, at("2026-10-10T10:00")), "a Saturday worked in exchange is as a Monday"
    assert not is_open(SHOP, at("2026-10-10T23:00"))
    other = SHOP.model_copy(update={"holiday": windows("10:00-16:00"), "makeup": windows("11:00-15:00")})
    assert is_open(other, at("2026-10-05T10:00"))
    assert not is_open(other, at("2026-10-10T10:00"))
    assert opening(SHOP, "2026-09-30T18:00") == "10-08 09:00"


def test_a_night_that_began_before_the_holiday_ends_in_it() -> None:
    calendar = Calendar(week=(NIGHT,) * 7, region="CN")
    assert is_open(calendar, at("2026-10-01T01:00"))
    assert not is_open(calendar, at("2026-10-01T22:30"))
    assert not is_open(calendar, at("2026-10-02T01:00"))


def test_a_day_of_ones_own_wins_over_week_and_holiday() -> None:
    calendar = SHOP.model_copy(update={"days": {date(2026, 10, 1): OFFICE, date(2026, 11, 24): CLOSED}})
    assert is_open(calendar, at("2026-10-01T10:00"))
    assert not is_open(calendar, at("2026-11-24T10:00"))


def test_without_a_region_a_holiday_is_a_day_like_others() -> None:
    assert is_open(SHOP.model_copy(update={"region": None}), at("2026-10-05T10:00"))


def test_where_clocks_are_put_forward_a_skipped_opening_comes_as_much_later() -> None:
    calendar = Calendar(zone="America/New_York", week=(windows("02:30-08:00"),) * 7)
    assert not is_open(calendar, datetime(2026, 3, 8, 6, 59, tzinfo=UTC))
    assert next_opening(calendar, datetime(2026, 3, 8, 6, 59, tzinfo=UTC)) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_where_clocks_are_put_back_a_window_is_not_cut_in_two() -> None:
    calendar = Calendar(zone="America/New_York", week=(windows("00:30-01:30", "03:00-04:00"),) * 7)
    first, second = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 15, tzinfo=UTC)
    assert f"{second.astimezone(calendar.time_zone):%H:%M}" == "01:15"
    assert is_open(calendar, first - MINUTE)
    assert not is_open(calendar, first)
    assert not is_open(calendar, second), "it is a quarter past one again"


def test_where_a_whole_day_is_left_out_its_windows_come_after_earlier_ones_of_the_next() -> None:
    """Apia had no 30 December 2011, a Friday: what would open that evening does on Saturday's."""
    calendar = Calendar(zone="Pacific/Apia", week=((),) * 4 + (windows("20:00-21:00"), windows("09:00-10:00"), ()))
    assert opening(calendar, "2011-12-29T12:00") == "12-31 09:00"
    assert opening(calendar, "2011-12-31T10:00") == "12-31 20:00"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"zone": "Mars/Olympus"}, "no such time zone"),
        ({"region": "XX"}, "holidays of this region are not known"),
        ({"week": [[]] * 6}, "at least 7"),
        ({"holiday": [{"opens": "9:00", "closes": "10:00"}]}, "written HH:MM"),
        ({"holiday": [{"opens": "09:00", "closes": "24:30"}]}, "written HH:MM"),
        ({"holiday": [{"opens": "09:00", "closes": "09:00"}]}, "no time at all"),
        ({"holiday": [{"opens": "24:00", "closes": "09:00"}]}, "no time at all"),
        ({"makeup": [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "18:00"}]}, "overlap"),
        ({"makeup": [{"opens": "20:00", "closes": "03:00"}, {"opens": "23:00", "closes": "24:00"}]}, "overlap"),
        ({"days": {"2026-02-30": []}}, "date"),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_reason(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Calendar.model_validate(wrong)


def time_of_day(minutes: int) -> str:
    return "{:02}:{:02}".format(*divmod(minutes, 60))


@st.composite
def days(draw: st.DrawFn) -> tuple[Window, ...]:
    """Up to four windows of a day, the last of which may pass midnight, in quarters of an hour."""
    edges = draw(st.lists(st.integers(0, 95), unique=True, max_size=8).map(sorted))
    times = [time_of_day(15 * edge) for edge in edges]
    whole = [Window(opens=opens, closes=closes) for opens, closes in zip(times[::2], times[1::2], strict=False)]
    if len(times) % 2 == 0 or edges[-1] == 0:
        return tuple(whole)
    return (*whole, Window(opens=times[-1], closes=draw(st.sampled_from(("00:00", *times[:1][: len(whole)])))))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    zone = draw(st.sampled_from(ZONES))
    week = draw(st.lists(days(), min_size=7, max_size=7))
    region = draw(st.sampled_from((None, "CN")))
    return Calendar(zone=zone, week=tuple(week), region=region, holiday=draw(days()))


CHANGES = tuple(
    datetime.fromisoformat(moment).replace(tzinfo=UTC)
    for moment in (
        "2026-03-08T07:00",  # New York and Havana, forward
        "2026-11-01T06:00",  # New York, back
        "2026-11-01T05:00",  # Havana, back
        "2026-03-28T22:00",  # Beirut, forward
        "2026-10-24T21:00",  # Beirut, back
        "2026-10-25T01:00",  # London, back
        "2026-04-04T15:00",  # Lord Howe, back
        "2011-12-30T10:00",  # Apia goes to the other side of the date line
    )
)
near_changes = st.tuples(st.sampled_from(CHANGES), st.integers(-3_000, 3_000)).map(
    lambda pair: pair[0] + pair[1] * MINUTE
)
any_time = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
moments = st.one_of(near_changes, any_time)


@given(calendars(), moments, st.sampled_from(ZONES))
def test_a_moment_is_open_or_not_in_whichever_zone_it_is_written(
    calendar: Calendar, moment: datetime, zone: str
) -> None:
    assert is_open(calendar, moment) is is_open(calendar, moment.astimezone(ZoneInfo(zone)))


@given(calendars(), moments)
def test_it_opens_and_closes_only_at_the_edges_of_windows(calendar: Calendar, moment: datetime) -> None:
    change = next_change(calendar, moment)
    assume(change is not None)
    assert change is not None
    here = is_open(calendar, moment)
    assert is_open(calendar, change) is not here
    steps = min(200, int((change - moment) / MINUTE))
    assert all(is_open(calendar, moment + step * MINUTE) is here for step in range(steps))
    # In UTC: within a zone Python reckons by what the clocks show, and a moment earlier may be a time they skip.
    assert is_open(calendar, change.astimezone(UTC) - timedelta(milliseconds=1)) is here
    edges = {edge % MINUTES_A_DAY for edge in _edges(calendar)}
    local = change.hour * 60 + change.minute
    assert local in edges or _clocks_change(calendar, change)


def _edges(calendar: Calendar) -> set[int]:
    every = [window for day in (*calendar.week, calendar.holiday) for window in day]
    return {edge for window in every for edge in window.span}


def _clocks_change(calendar: Calendar, moment: datetime) -> bool:
    """Whether they do on one of the days around it."""
    offsets = {(moment + step * timedelta(hours=6)).astimezone(calendar.time_zone).utcoffset() for step in range(-8, 9)}
    return len(offsets) > 1


@given(calendars(), moments)
def test_the_next_opening_is_the_first_open_moment(calendar: Calendar, moment: datetime) -> None:
    opens = next_opening(calendar, moment)
    if opens is None:
        assert not any(is_open(calendar, moment + step * timedelta(hours=1)) for step in range(24 * 8))
        return
    assert opens >= moment
    assert is_open(calendar, opens)
    # In UTC: Python holds a time that comes twice for unequal to the same moment in another zone.
    assert is_open(calendar, moment) is (opens.astimezone(UTC) == moment)
    quarters = min(400, int((opens - moment) / (15 * MINUTE)))
    assert not any(is_open(calendar, moment + step * 15 * MINUTE) for step in range(quarters))


@given(calendars(), st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_what_is_open_of_a_day_is_as_long_as_its_windows(calendar: Calendar, day: date) -> None:
    midnight = datetime.combine(day, datetime.min.time(), calendar.time_zone)
    assume(not _clocks_change(calendar, midnight))
    assume(all(window.span[1] <= MINUTES_A_DAY for window in calendar.windows_on(day - DAY)))
    quarters = sum(is_open(calendar, midnight + step * 15 * MINUTE) for step in range(96))
    told = [(opens, min(closes, MINUTES_A_DAY)) for opens, closes in (w.span for w in calendar.windows_on(day))]
    assert quarters * 15 == sum(closes - opens for opens, closes in told)


@given(st.sampled_from(ZONES), moments)
def test_round_the_clock_is_round_the_clock_whatever_the_clocks_do(zone: str, moment: datetime) -> None:
    assert is_open(Calendar(zone=zone, week=(ROUND_THE_CLOCK,) * 7), moment)


@given(days())
def test_windows_are_in_order_and_apart(day: tuple[Window, ...]) -> None:
    kept = Calendar(holiday=day[::-1]).holiday
    assert all(one.span[1] <= other.span[0] for one, other in pairwise(kept))
