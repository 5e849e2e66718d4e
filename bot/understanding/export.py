"""A trained Rasa archive to the bundle the server loads, with its provenance. Needs no Rasa."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.understanding.files import FILES, read_calibration, read_model

ROOT = Path(__file__).resolve().parents[2]
ARCHIVE = ROOT / "build" / "rasa" / "jieli.tar.gz"
BUNDLE = ROOT / "models" / "jieli"
PROVENANCE = "provenance.json"
# Code that decides what the weights mean: changing it asks for a new training as much as changing the data.
_FEATURE_CODE = (
    "text.py", "ngrams.py", "encoder.py",
    "e5/weights.py", "e5/words.py", "e5/network.py", "e5/network.onnx", "e5/smoothing.npz",
)  # fmt: skip


def note_source(archive: Path = ARCHIVE) -> None:
    """Write beside an archive about to be trained what it is trained from."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    _source(archive).write_text(json.dumps({"data": data_hash(), "config": config_hash()}) + "\n", "utf-8")


def export(archive: Path = ARCHIVE, folder: Path = BUNDLE) -> None:
    """Take the model's files out of `archive`; raises ValueError where it is not a model of this pipeline."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        unpacked = Path(made)
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked, filter="data")
        for name in FILES:
            shutil.copyfile(_only(unpacked, name), folder / name)
        rasa = json.loads(_only(unpacked, "metadata.json").read_text("utf-8"))["rasa_open_source_version"]
    provenance = _provenance(rasa, json.loads(_source(archive).read_text("utf-8")), folder)
    (folder / PROVENANCE).write_text(json.dumps(provenance, indent=2) + "\n", "utf-8")


def bundle_is_current(folder: Path = BUNDLE, root: Path = ROOT) -> bool:
    """Whether the bundle was trained from the data, settings and feature code of this working tree."""
    written = json.loads((folder / PROVENANCE).read_text("utf-8"))
    return (written["data"], written["config"]) == (data_hash(root), config_hash(root))


def trained_from_here(archive: Path = ARCHIVE) -> bool:
    """Whether the archive exists and was trained from this working tree."""
    if not archive.exists():
        return False
    source: dict[str, str] = json.loads(_source(archive).read_text("utf-8"))
    return source == {"data": data_hash(), "config": config_hash()}


def data_hash(root: Path = ROOT) -> str:
    """SHA-256 over the names and contents of the training data."""
    return _hash(root, sorted((root / "nlu_data").rglob("*.yml")))


def config_hash(root: Path = ROOT) -> str:
    """SHA-256 over the pipeline's settings and the code of its features."""
    code = (root / "bot" / "understanding" / name for name in _FEATURE_CODE)
    return _hash(root, [root / "config.yml", *code])


def _hash(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _source(archive: Path) -> Path:
    return archive.with_name("source.json")


def _provenance(rasa: str, source: dict[str, str], folder: Path) -> dict[str, Any]:
    measured = {"intents": len(read_model(folder).intents), "held_out": read_calibration(folder).scores}
    return {"rasa": rasa, **source, **measured}


def _only(folder: Path, name: str) -> Path:
    found = list(folder.rglob(name))
    if len(found) != 1:
        raise ValueError(f"the archive has {len(found)} files {name}, expected one: was it trained with config.yml?")
    return found[0]
