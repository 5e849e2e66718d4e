"""A bundle of a shop's own: the shipped data plus the shop's examples, trained by Rasa and put on its shelf."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import ValidationError

from bot.understanding.bundle import Bundle
from bot.understanding.examples import Example, read_examples, read_file
from bot.understanding.export import PROVENANCE, ROOT, export, note_source
from bot.understanding.port import Understanding
from bot.understanding.shelf import Shelf, file_hashes
from bot.understanding.workshop import train_nlu

DOMAIN = ROOT / "domain.yml"
SHIPPED_DATA = ROOT / "nlu_data"
UTTERANCES = ROOT / "tests" / "understanding" / "utterances.txt"
_MARKUP = re.compile(r"\[[^\]]+\][({]")
_OWN = "nlu"  # folder of the shop's examples, in its data folder and in each bundle made of them


class BadExamples(Exception):
    """The shop's examples cannot be trained on; the message has a line a fault, with its file."""


def own_examples(data: Path) -> list[Example]:
    """The shop's examples in `<data>/nlu/*.yml`, none where there is no such folder; raises BadExamples."""
    files = sorted((data / _OWN).glob("*.yml"))
    examples = [(file, example) for file in files for example in _read(file)]
    faults = list(_faults(examples))
    if faults:
        raise BadExamples("\n".join(faults))
    return [example for _, example in examples]


def train_own(data: Path, shelf: Shelf, now: datetime) -> str:
    """Train on the shipped examples and the shop's and return the name of the bundle made; nothing is activated yet.

    Takes minutes. Raises BadExamples, and what `train_nlu` raises.
    """
    own_examples(data)
    with tempfile.TemporaryDirectory(prefix="jieli-train") as name:
        work = Path(name)
        shutil.copytree(SHIPPED_DATA, work / "nlu" / "shipped")
        for file in (data / _OWN).glob("*.yml"):
            _copy(file, work / "nlu" / "own")
        archive = work / "archive" / "model.tar.gz"
        note_source(archive)
        train_nlu(work / "nlu", DOMAIN, archive)
        export(archive, work / "bundle")
        return put_on_shelf(shelf, work / "bundle", work / "nlu" / "own", now)


def put_on_shelf(shelf: Shelf, bundle: Path, own: Path, now: datetime) -> str:
    """Keep a bundle, with the examples it was made from and what is in use now, under its time; returns its name."""
    name = f"{now:%Y%m%dT%H%M%SZ}"
    made = shelf.folder / f".{name}"
    shutil.copytree(bundle, made)
    if own.is_dir():
        shutil.copytree(own, made / _OWN)
    written = json.loads((bundle / PROVENANCE).read_text("utf-8"))
    written |= {"files": file_hashes(bundle), "own": _hash(own), "previous": shelf.active()}
    (made / PROVENANCE).write_text(json.dumps(written, indent=2) + "\n", "utf-8")
    made.rename(shelf.folder / name)
    return name


def regression_texts(own: Iterable[Example]) -> list[str]:
    """What must not change unnoticed: the project's written utterances and the shop's examples, each once."""
    written = UTTERANCES.read_text("utf-8").splitlines()
    return [text for text in dict.fromkeys([*written, *(example.text for example in own)]) if text.strip()]


def changes(texts: Sequence[str], before: Bundle, after: Bundle) -> Iterator[str]:
    """A line for each text that another bundle answers otherwise: another intent, or silence in place of an answer."""
    for text in texts:
        old, new = before.parse(text), after.parse(text)
        if (old.intent, old.answered) != (new.intent, new.answered):
            yield f"{text}: {_told(old)} -> {_told(new)}"


def _told(meaning: Understanding) -> str:
    return f"{meaning.intent} {meaning.confidence:.2f}{'' if meaning.answered else ' (asks)'}"


def _read(file: Path) -> list[Example]:
    try:
        return read_file(file)
    except yaml.YAMLError as error:
        raise BadExamples(f"{file}: not YAML: {error}") from error
    except UnicodeDecodeError as error:
        raise BadExamples(f"{file}: not UTF-8: {error}") from error
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors())
        raise BadExamples(f"{file}: not `version` and a list `nlu` of `intent` with `examples: |`: {places}") from error


def _faults(examples: Sequence[tuple[Path, Example]]) -> Iterator[str]:
    known = set(yaml.safe_load(DOMAIN.read_text("utf-8"))["intents"])
    meant = {example.text: example.intent for example in read_examples(SHIPPED_DATA)}
    for file, example in examples:
        if example.intent not in known:
            yield f"{file}: {example.intent!r} is no intent the bot can answer; domain.yml lists them"
        elif _MARKUP.search(example.text):
            yield f"{file}: {example.text!r} has marks for entities; write plain text, rules find the entities"
        elif meant.setdefault(example.text, example.intent) != example.intent:
            yield f"{file}: {example.text!r} is {example.intent} here and {meant[example.text]} elsewhere"


def _copy(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / file.name)


def _hash(own: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(own.glob("*.yml")):
        digest.update(f"{file.name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
