"""The life of a shop's own bundle: made, put in use, noticed, taken back, refused."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.understanding import commands, training
from bot.understanding.active import ActiveBundle, bundle_to_start_with
from bot.understanding.bundle import BUNDLE, Bundle
from bot.understanding.export import PROVENANCE, config_hash, data_hash
from bot.understanding.files import FULL, MODEL
from bot.understanding.local import LocalUnderstander
from bot.understanding.shelf import SHIPPED, BundleRefused, Shelf
from bot.understanding.training import BadExamples, changes, own_examples, put_on_shelf, regression_texts

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
OWN = 'version: "3.1"\nnlu:\n- intent: ask_price\n  examples: |\n    - 这款香薰灯咋卖呀\n'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def shelf(data: Path) -> Shelf:
    return Shelf(data)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """What training leaves: the shipped bundle with its intents turned round, so that it answers otherwise."""
    folder = tmp_path / "trained"
    shutil.copytree(BUNDLE, folder)
    names = json.loads((folder / MODEL).read_text("utf-8"))
    (folder / MODEL).write_text(json.dumps({**names, "intents": names["intents"][::-1]}), "utf-8")
    (folder / PROVENANCE).write_text(json.dumps({"data": data_hash(), "config": config_hash()}), "utf-8")
    return folder


def write_own(data: Path, text: str | bytes) -> None:
    (data / "nlu").mkdir(parents=True)
    (data / "nlu" / "own.yml").write_bytes(text if isinstance(text, bytes) else text.encode())


def shelve(shelf: Shelf, trained: Path, *, minutes: int = 0) -> str:
    return put_on_shelf(shelf, trained, shelf.folder.parent / "nlu", NOON + timedelta(minutes=minutes))


def test_a_shop_without_a_bundle_of_its_own_has_the_shipped_one(shelf: Shelf) -> None:
    assert shelf.active() == SHIPPED
    with pytest.raises(BundleRefused, match="none before it"):
        shelf.roll_back()


def test_a_bundle_keeps_the_examples_it_was_made_from(data: Path, shelf: Shelf, trained: Path) -> None:
    write_own(data, OWN)
    name = shelve(shelf, trained)
    assert name == "20261121T120000Z"
    assert (shelf.folder / name / "nlu" / "own.yml").read_text("utf-8") == OWN


def test_rolling_back_walks_through_what_was_in_use(shelf: Shelf, trained: Path) -> None:
    first = shelve(shelf, trained)
    shelf.activate(first)
    second = shelve(shelf, trained, minutes=1)
    shelf.activate(second)
    assert [shelf.active(), shelf.roll_back(), shelf.roll_back(), shelf.active()] == [second, first, SHIPPED, SHIPPED]


@pytest.mark.parametrize(("key", "reason"), [("data", "other shipped data"), ("config", r"another config\.yml")])
def test_a_bundle_of_other_data_or_settings_is_refused(shelf: Shelf, trained: Path, key: str, reason: str) -> None:
    written = json.loads((trained / PROVENANCE).read_text("utf-8"))
    (trained / PROVENANCE).write_text(json.dumps({**written, key: "0" * 64}), "utf-8")
    name = shelve(shelf, trained)
    for use in (shelf.load, shelf.activate):
        with pytest.raises(BundleRefused, match=reason):
            use(name)
    assert shelf.active() == SHIPPED


def test_a_damaged_bundle_is_refused(shelf: Shelf, trained: Path) -> None:
    name = shelve(shelf, trained)
    weights = shelf.folder / name / FULL
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(BundleRefused, match="damaged"):
        shelf.load(name)
    weights.unlink()
    with pytest.raises(BundleRefused, match="not whole"):
        shelf.load(name)


@pytest.mark.parametrize("name", ["19990101T000000Z", "..", "../..", "/tmp", "\0", "�"])
def test_a_pointer_to_nowhere_is_refused(shelf: Shelf, name: str) -> None:
    shelf.folder.mkdir(parents=True)
    with pytest.raises(BundleRefused):
        shelf.load(name)


def test_a_server_starts_with_the_shipped_bundle_where_its_own_is_refused(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "active").write_bytes(b"gone\xff\n")
    _, bundle = bundle_to_start_with(shelf)
    assert bundle.parse("你好").intent == "greet"
    assert "there is no bundle" in caplog.text


async def test_a_running_server_switches_and_forgets_the_old_answers(shelf: Shelf, trained: Path) -> None:
    name, bundle = bundle_to_start_with(shelf)
    understander = LocalUnderstander(bundle)
    active = ActiveBundle(shelf, understander, name)
    before = await understander.understand("你好")
    await active.look()
    assert await understander.understand("你好") is before
    shelf.activate(shelve(shelf, trained))
    await active.look()
    after = await understander.understand("你好")
    assert after.intent != before.intent
    shelf.roll_back()
    await active.look()
    assert (await understander.understand("你好")).intent == before.intent
    understander.close()


async def test_a_running_server_keeps_its_bundle_where_the_new_one_is_refused(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    name, bundle = bundle_to_start_with(shelf)
    understander = LocalUnderstander(bundle)
    active = ActiveBundle(shelf, understander, name)
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "active").write_text("20260101T000000Z\n", "utf-8")
    await active.look()
    await active.look()
    assert caplog.text.count("keeping the present bundle") == 1
    assert (await understander.understand("你好")).intent == "greet"
    understander.close()


def test_changed_answers_are_shown_and_the_same_ones_are_not(shelf: Shelf, trained: Path) -> None:
    bundle = Bundle.load()
    texts = ["你好", "转人工"]
    assert list(changes(texts, bundle, bundle)) == []
    told = list(changes(texts, bundle, shelf.load(shelve(shelf, trained))))
    assert [line.split()[0] for line in told] == ["你好:", "转人工:"]


def test_examples_of_the_shop_are_read_and_join_the_regression_set(data: Path) -> None:
    write_own(data, OWN)
    (example,) = own_examples(data)
    assert (example.intent, example.text) == ("ask_price", "这款香薰灯咋卖呀")
    assert regression_texts([example, example]).count(example.text) == 1


def test_a_shop_may_have_no_examples(data: Path) -> None:
    assert own_examples(data) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nlu: [", "not YAML"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ("", "the file"),
        ("hello", "the file"),
        ('version: "3.1"\nnlu:\n- lookup: x\n  examples: |\n    - a\n', r"nlu\.0\.intent"),
        (OWN.replace("ask_price", "ask_the_moon"), "'ask_the_moon' is no intent"),
        (OWN.replace("- 这", "这"), "begins with `- `"),
        (OWN.replace("    - 这款香薰灯咋卖呀\n", ""), "begins with `- `"),
        (OWN.replace("香薰灯", "[香薰灯](product)"), "marks for entities"),
        (OWN.replace("这款香薰灯咋卖呀", "多少钱").replace("ask_price", "bargain"), "is bargain here and ask_price"),
    ],
)
def test_a_bad_file_of_examples_is_refused_with_its_fault(data: Path, text: str | bytes, fault: str) -> None:
    write_own(data, text)
    with pytest.raises(BadExamples, match=fault) as refused:
        own_examples(data)
    assert "own.yml" in str(refused.value)


def test_train_shows_what_changes_puts_it_in_use_and_rollback_takes_it_back(
    data: Path, shelf: Shelf, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "train_nlu", lambda nlu, domain, archive: None)
    monkeypatch.setattr(training, "export", lambda archive, folder: shutil.copytree(trained, folder))
    monkeypatch.setattr(training, "regression_texts", lambda own: [example.text for example in own])
    write_own(data, OWN)
    result = CliRunner().invoke(commands.app, ["train", "--data", str(data)])
    assert result.exit_code == 0, result.output
    assert "这款香薰灯咋卖呀: ask_price" in result.output
    assert "1 of 1 answers change" in result.output
    assert shelf.active() != SHIPPED
    result = CliRunner().invoke(commands.app, ["rollback", "--data", str(data)])
    assert (result.exit_code, shelf.active()) == (0, SHIPPED)
    assert CliRunner().invoke(commands.app, ["rollback", "--data", str(data)]).exit_code == 1
