"""`python -m tests.simulate [--list] [--only ID] [--seed N]`: play every dialogue, print and write the figures."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from statistics import median

from tests.simulate.cases import dialogues, read_cases
from tests.simulate.judge import Outcome
from tests.simulate.play import Played, play_all

SEED = 6
REPORT = Path("build/simulate.json")


def main() -> None:
    """Play, print one `name value unit` a line, and write the report; `--list` shows what did not come out right."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulate", description=__doc__)
    parser.add_argument("--list", action="store_true", help="show the failures with their transcripts")
    parser.add_argument("--only", default="", help="play only dialogues whose name has this in it, and show them")
    parser.add_argument("--seed", type=int, default=SEED, help="of all that is left to chance")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    chosen = [one for one in dialogues(read_cases(), options.seed) if options.only in one.id]
    played = asyncio.run(play_all(chosen))
    if options.list or options.only:
        show(one for one in played if options.only or is_bad(one))
    figures = measure(played)
    for name, value, unit in figures:
        print(name, value, unit)
    REPORT.parent.mkdir(exist_ok=True)
    report = {"figures": {name: value for name, value, _ in figures}, "dialogues": [asdict(one) for one in played]}
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1), "utf-8")


def is_bad(one: Played) -> bool:
    """Whether a dialogue came out as it should not."""
    return bool(one.outcome not in (Outcome.FINISHED, Outcome.RIGHTLY) or one.unsafe or one.wrong or one.clumsy)


def show(played: object) -> None:
    for one in played:  # type: ignore[attr-defined]
        print(f"\n=== {one.id}: {one.outcome} {one.unsafe + one.wrong + one.clumsy}")
        print("\n".join(one.transcript))


def measure(played: list[Played]) -> list[tuple[str, float, str]]:
    """The figures in the order they are printed; `finished_by_bot` is a share of what it can finish."""
    outcomes = Counter(one.outcome for one in played)
    finishable = [one for one in played if one.finishable and one.outcome is not Outcome.RIGHTLY]
    finished = sum(one.outcome is Outcome.FINISHED for one in finishable)
    return [
        ("dialogues", len(played), "dialogues"),
        ("bot_finishable", len(finishable), "dialogues"),
        ("finished_by_bot", _percent(finished, len(finishable)), "%"),
        ("handed_off_rightly", outcomes[Outcome.RIGHTLY], "dialogues"),
        ("handed_off_needlessly", outcomes[Outcome.NEEDLESSLY], "dialogues"),
        ("stuck", outcomes[Outcome.STUCK], "dialogues"),
        ("wrong_answers", _percent(sum(bool(one.wrong) for one in played), len(played)), "%"),
        ("unsafe", sum(bool(one.unsafe) for one in played), "dialogues"),
        ("clumsy", sum(bool(one.clumsy) for one in played), "dialogues"),
        ("turns_median", median(one.turns for one in played) if played else 0, "turns"),
    ]


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


if __name__ == "__main__":
    main()
