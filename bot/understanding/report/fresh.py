"""What understanding costs a fresh process, modules included: `python -m` prints seconds and MB."""

from __future__ import annotations

import time

import psutil


def measure() -> tuple[float, float]:
    """Seconds until a first message could be understood, and MB more than before."""
    process = psutil.Process()
    before, begun = process.memory_info().rss, time.perf_counter()
    from bot.understanding.bundle import Bundle  # numpy, OpenCC and the encoder are part of the cost

    Bundle.load().warm()
    return time.perf_counter() - begun, (process.memory_info().rss - before) / 2**20


if __name__ == "__main__":
    print(*(round(cost, 2) for cost in measure()))
