"""What a bundle costs: seconds to load, memory it adds, milliseconds a message."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot.understanding.bundle import Bundle


def load_cost() -> tuple[float, float]:
    """Seconds until a fresh process could answer, without the interpreter's own start, and MB it needs for that."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.understanding.report.fresh"], stdout=subprocess.PIPE, text=True, check=True
    )
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def latencies(bundle: Bundle, texts: Iterable[str]) -> list[tuple[float, str]]:
    """(ms, text) of each text, understood on one core without any memory of earlier texts, in the order given."""
    found = []
    with _one_core():
        for text in texts:
            begun = time.perf_counter()
            bundle.understand(text)
            found.append(((time.perf_counter() - begun) * 1000, text))
    return found


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextmanager
def _one_core() -> Iterator[None]:
    if not hasattr(os, "sched_setaffinity"):  # macOS
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
