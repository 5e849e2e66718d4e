"""The `jieli` commands about understanding: parse texts, train with Rasa, export, compare both."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.understanding import export as exporter
from bot.understanding import training
from bot.understanding.active import bundle_to_start_with
from bot.understanding.bundle import Bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.context import Context, follow_up_of, in_context
from bot.understanding.examples import read_examples
from bot.understanding.mood import feeling_of
from bot.understanding.parity import Answer, differences, same_intents
from bot.understanding.port import Understanding
from bot.understanding.report.report import PAGE, hint3_measures, write_report
from bot.understanding.shelf import BundleRefused, Shelf
from bot.understanding.workshop import RasaFailed, RasaMissing, check_rasa, run_rasa, train_nlu

app = typer.Typer(help="Understanding: parse, train, export, compare.")

Data = Annotated[Path, typer.Option(envvar="JIELI_DATA", help="The shop's data folder.")]

SAMPLE_EVERY = 25  # of the training data, in the parity check
LEAST_SAME = 0.995  # intents of the committed bundle and of a fresh training


class _Product(BaseModel):
    id: str
    names: list[str]


@app.command()
def parse(
    context: typer.Context,
    catalogue: Annotated[Path | None, typer.Option(help="JSON list of {id, names}; without it, the demo's.")] = None,
    after: Annotated[
        str, typer.Option(help='What went before, as JSON: {"asked": "tail", "last": "track_order"}.')
    ] = "",
) -> None:
    """Read a text a line, write a JSON object a line.

    Its keys are text, intent, confidence, answered, entities, intents (of one message, in order, with their places),
    mood (calm, annoyed, angry) and mood_words. --after takes what the bot last asked for (order_number, tail, product,
    reason, confirm, human, intent) and the task it answered last; it adds follow_up (again, hurry, how_long, explain,
    lost, after_sales or null) and decides intent and answered of what only makes sense after that.
    """
    previous = _previous(after) if after else None
    bundle, products = Bundle.load(), read_catalogue(catalogue) if catalogue else _catalogue_of(context)
    for line in _lines():
        shown = _shown(bundle.understand(line, products), previous)
        sys.stdout.write(json.dumps(shown, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _previous(after: str) -> Context:
    try:
        return TypeAdapter(Context).validate_json(after)
    except ValidationError as error:
        raise typer.BadParameter(
            f"{after} is not JSON like {{'asked': 'tail'}}: {error}", param_hint="--after"
        ) from error


def _shown(heard: Understanding, previous: Context | None) -> dict[str, Any]:
    feeling = feeling_of(heard.text)
    shown = asdict(in_context(heard, previous) if previous else heard)
    del shown["alternatives"]
    shown |= {"mood": feeling.mood.value, "mood_words": [asdict(word) for word in feeling.words]}
    return shown | ({"follow_up": follow_up_of(heard.text, previous.asked)} if previous else {})


@app.command()
def train(
    data: Data = Path("data"),
    shipped: Annotated[bool, typer.Option(help="For developers: train models/jieli from nlu_data alone.")] = False,
) -> None:
    """Train with Rasa (some minutes) on the shipped examples and those in <data>/nlu, and answer by the result."""
    with _told_plainly():
        if shipped:
            _train()
            exporter.export()
            typer.echo(f"{exporter.BUNDLE}: {(exporter.BUNDLE / exporter.PROVENANCE).read_text('utf-8')}")
        else:
            _train_own(data)


def _train_own(data: Path) -> None:
    shelf = Shelf(data)
    before = bundle_to_start_with(shelf)[1]
    name = training.train_own(data, shelf, datetime.now(UTC))
    texts = training.regression_texts(training.own_examples(data))
    changed = list(training.changes(texts, before, shelf.load(name)))
    for line in changed:
        typer.echo(line)
    shelf.activate(name)
    typer.echo(f"{len(changed)} of {len(texts)} answers change. {name} is in use; `jieli rollback` goes back.")


@app.command()
def rollback(data: Data = Path("data")) -> None:
    """Answer again by the bundle that was in use before the present one was trained."""
    with _told_plainly():
        typer.echo(f"{Shelf(data).roll_back()} is in use; a running server follows within seconds.")


@app.command()
def export() -> None:
    """Export the archive Rasa trained last."""
    if not exporter.ARCHIVE.exists():
        raise typer.BadParameter(f"nothing trained yet: {exporter.ARCHIVE} does not exist; run `jieli train`")
    exporter.export()


@app.command()
def parity() -> None:
    """Compare Rasa with its exported bundle (all the same), and the committed bundle with both (nearly the same)."""
    texts = parity_texts()
    with _told_plainly():
        if not exporter.trained_from_here():
            _train()
        wanted = rasa_answers(texts)
    with tempfile.TemporaryDirectory() as folder:
        exporter.export(folder=Path(folder))
        found = bundle_answers(Bundle.load(Path(folder)), texts)
    wrong = differences(texts, wanted, found)
    same = same_intents(wanted, bundle_answers(Bundle.load(), texts))
    for line in wrong:
        typer.echo(line)
    typer.echo(
        f"{len(texts)} texts, {len(wrong)} differ between Rasa and its export; committed bundle: {same:.2%} same"
    )
    if wrong or same < LEAST_SAME:
        raise typer.Exit(1)


@app.command()
def nlu_report(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Labelled rows: JSON Lines of text, intent and perhaps also.")],
    hint3: Annotated[Path | None, typer.Option(help="A folder of *_train.csv and *_test.csv to train on, too.")] = None,
) -> None:
    """Measure the bundle: `name value unit` a line, and a page with charts, build/nlu-report.html."""
    with _told_plainly():
        for name, value, unit in write_report(folder, Bundle.load(), _catalogue_of(context)):
            typer.echo(f"{name} {value:g} {unit}")
        for name, value, unit in hint3_measures(hint3) if hint3 else ():
            typer.echo(f"{name} {value:g} {unit}")
    typer.echo(str(PAGE), err=True)


def _catalogue_of(context: typer.Context) -> Catalogue:
    """That of the program these commands are part of, which passes what makes it as the context's object."""
    catalogue: Catalogue = context.obj() if context.obj else Catalogue()
    return catalogue


def read_catalogue(file: Path) -> Catalogue:
    """A catalogue from a JSON list of {id, names}; raises pydantic's ValidationError where it is none."""
    products = TypeAdapter(list[_Product]).validate_json(file.read_bytes())
    return Catalogue(CatalogueProduct(product.id, tuple(product.names)) for product in products)


def parity_texts() -> list[str]:
    """The written utterances and a sample of the training data, without what Rasa treats by itself.

    It drops outer spaces, and takes "/greet" for the intent `greet` without asking the model.
    """
    written = training.UTTERANCES.read_text("utf-8").splitlines()
    sample = [example.text for example in read_examples(exporter.ROOT / "nlu_data")[::SAMPLE_EVERY]]
    texts = (text.strip() for text in written + sample)
    return [text for text in texts if text and not text.startswith("/")]


def rasa_answers(texts: list[str]) -> list[Answer]:
    """What the trained archive says when Rasa runs it."""
    command = ["-m", "bot.understanding.rasa.answers", str(exporter.ARCHIVE)]
    done = run_rasa(command, stdin=json.dumps(texts))
    return [_answer(json.loads(line)) for line in done.splitlines() if line.startswith("{")]


def bundle_answers(bundle: Bundle, texts: Iterable[str]) -> list[Answer]:
    """What a bundle says."""
    meanings = map(bundle.parse, texts)
    return [
        Answer(m.intent, m.confidence, tuple((e.name, e.value, e.start, e.end) for e in m.entities)) for m in meanings
    ]


def _answer(parsed: dict[str, Any]) -> Answer:
    return Answer(parsed["intent"], parsed["confidence"], tuple(tuple(entity) for entity in parsed["entities"]))


def _train() -> None:
    check_rasa()
    exporter.note_source()
    train_nlu(exporter.ROOT / "nlu_data", training.DOMAIN, exporter.ARCHIVE)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what a user can mend into its message and a status: 2 where something is missing, else 1."""
    try:
        yield
    except RasaMissing as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    except (RasaFailed, training.BadExamples, BundleRefused) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _lines() -> Iterator[str]:
    """The lines of stdin, whatever bytes they hold."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")
