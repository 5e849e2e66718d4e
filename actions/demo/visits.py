"""When somebody could come to install what was bought."""

from __future__ import annotations

from datetime import datetime, timedelta

from actions.demo.days import midnight
from actions.shop import Appointment

VISIT = timedelta(hours=3)
HOURS = (9, 14)
DAYS_AHEAD = range(1, 6)


def visits(now: datetime) -> tuple[Appointment, ...]:
    """From tomorrow on, twice a day."""
    return tuple(
        Appointment(starts=starts, ends=starts + VISIT)
        for day in DAYS_AHEAD
        for starts in (midnight(now) + timedelta(days=day, hours=hour) for hour in HOURS)
    )
