"""What was never indexed is answered rightly or not at all."""

from pathlib import Path

from bot.understanding.bundle import Bundle
from bot.understanding.local import LocalUnderstander
from tests.knowledge.heldout import ask_all, judge, make_finder, questions


def test_there_are_enough_questions_and_none_of_them_twice() -> None:
    asked = questions()
    answered = [one for one in asked if one[2]]
    assert len(answered) >= 150 and len(asked) - len(answered) >= 150
    assert len({question for question, _, _ in asked}) == len(asked)


async def test_what_is_told_is_right_and_task_questions_are_left_to_their_flows(tmp_path: Path) -> None:
    understander = LocalUnderstander(Bundle.load(), deadline=30)
    try:
        outcome = judge(await ask_all(await make_finder(tmp_path / "vectors.npz"), understander))
    finally:
        understander.close()
    assert outcome.precision >= 0.95
    assert outcome.coverage >= 0.38
    assert outcome.needless <= 0.01
