"""What agents correct is kept, shown, taken back by whoever did it, and becomes examples that train."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import Clock
from bot.record.database import Database
from bot.settings import Settings
from bot.understanding.training import own_examples
from handoff.broker import Agent
from handoff.corrections import Corrections, Meaning, Spoken, write_examples

LIN, MEI = Agent("a1", "Lin"), Agent("a2", "Mei")


def spoken(text: str, seq: int = 1, conversation: str = "c" * 16) -> Spoken:
    return Spoken(conversation, seq, text, "小美", {"intents": ["ask_price"], "slots": {}})


@pytest.fixture
def corrections(database: Database) -> Corrections:
    return Corrections(database, Clock())


async def test_the_newest_correction_of_a_message_counts(corrections: Corrections) -> None:
    await corrections.save(LIN, spoken("可以寄回去吗"), Meaning(intents=("track_order",)))
    made = await corrections.save(MEI, spoken("可以寄回去吗"), Meaning(intents=("ask_return_method",)))
    assert await corrections.of(["c" * 16]) == [made]
    assert (made.agent_name, made.understood) == ("Mei", {"intents": ["ask_price"], "slots": {}})


async def test_only_who_made_it_takes_it_back(corrections: Corrections) -> None:
    made = await corrections.save(LIN, spoken("可以寄回去吗"), Meaning(intents=("ask_return_method",)))
    assert not await corrections.remove(MEI, made.id)
    assert await corrections.remove(LIN, made.id)
    assert not await corrections.remove(LIN, made.id)
    assert await corrections.of(["c" * 16]) == []


def test_only_known_intents_and_values_of_some_length_are_taken() -> None:
    with pytest.raises(ValueError, match="no intent"):
        Meaning(intents=("fly",))
    with pytest.raises(ValueError, match="200"):
        Meaning(slots={"reason": "x" * 201})
    assert Meaning(intents=("greet", "greet"), slots={"reason": " "}) == Meaning(intents=("greet",))


async def test_what_is_exported_is_masked_and_means_one_thing(corrections: Corrections) -> None:
    await corrections.save(
        LIN, spoken("订单 D20261118003 是小美的，能改地址吗", 1), Meaning(intents=("change_address",))
    )
    await corrections.save(LIN, spoken("运费多少，还有货吗", 2), Meaning(intents=("ask_shipping_fee", "ask_stock")))
    await corrections.save(LIN, spoken("嗯嗯", 3), Meaning(slots={"reason": "不喜欢"}))
    assert await corrections.examples() == [("订单 D00000000000 是**的，能改地址吗", "change_address")]


def test_a_file_is_written_that_training_takes(tmp_path: Path) -> None:
    examples = [
        ("能帮我把这单\n改寄到公司吗: #1", "change_address"),
        ("能帮我把这单 改寄到公司吗: #1", "modify_order"),
        ("- could it go to my office instead\u2028please", "change_address"),
        ("have [this](x) one", "ask_stock"),
        ("怎么开发票", "greet"),
        ("\u200b", "greet"),
    ]
    text, left_out = write_examples(examples, {"怎么开发票": "ask_invoice"})
    (tmp_path / "nlu").mkdir()
    (tmp_path / "nlu" / "corrections.yml").write_text(text, "utf-8")
    assert [(one.text, one.intent) for one in own_examples(tmp_path)] == [
        ("能帮我把这单 改寄到公司吗: #1", "change_address"),
        ("- could it go to my office instead please", "change_address"),
    ]
    assert len(left_out) == 3


def test_without_a_correction_the_file_is_empty_and_still_one() -> None:
    text, left_out = write_examples([], {})
    assert (yaml.safe_load(text), left_out) == ({"version": "3.1", "nlu": []}, [])


def test_the_command_writes_where_training_looks(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)

    async def correct() -> None:
        database = Database(settings.record_url)
        await database.migrate()
        made = Meaning(intents=("change_address",))
        await Corrections(database, Clock()).save(LIN, spoken("能不能改寄到我公司楼下"), made)
        await database.close()

    asyncio.run(correct())
    for _ in range(2):
        done = CliRunner().invoke(app, ["corrections"], env={"JIELI_DATA": str(tmp_path), "DATABASE_URL": ""})
        assert done.exit_code == 0, done.output
        assert "1 corrections, 0 left out" in done.output
        assert [(one.text, one.intent) for one in own_examples(tmp_path)] == [
            ("能不能改寄到我公司楼下", "change_address")
        ]
