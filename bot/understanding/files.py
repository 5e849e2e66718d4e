"""The files of a model: numbers as npz (no pickle), words as JSON; written by training, read by the server."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bot.understanding.calibration import Calibration, Threshold
from bot.understanding.softmax import Floats, Model

VOCABULARY, RARITY, INTENTS, WEIGHTS, CALIBRATION = (
    "vocabulary.json", "rarity.npz", "intents.json", "weights.npz", "calibration.json"
)  # fmt: skip
FILES = (VOCABULARY, RARITY, INTENTS, WEIGHTS, CALIBRATION)
_ARRAYS = ("mean", "scale", "dense", "sparse", "bias")


def write_vocabulary(folder: Path, vocabulary: dict[str, int], rarity: Floats) -> None:
    """The n-grams in the order of their indices, and how much each weighs."""
    _write(folder / VOCABULARY, sorted(vocabulary, key=vocabulary.__getitem__))
    np.savez_compressed(folder / RARITY, rarity=rarity.astype(np.float16))


def read_vocabulary(folder: Path) -> tuple[dict[str, int], Floats]:
    """Indices by n-gram, and weights by index."""
    grams: list[str] = json.loads((folder / VOCABULARY).read_text("utf-8"))
    with np.load(folder / RARITY, allow_pickle=False) as arrays:
        return {gram: index for index, gram in enumerate(grams)}, arrays["rarity"].astype(np.float32)


def write_model(folder: Path, model: Model) -> None:
    """A rounded model: half precision loses nothing of it."""
    _write(folder / INTENTS, {"intents": list(model.intents), "temperature": model.temperature})
    np.savez_compressed(folder / WEIGHTS, **{name: getattr(model, name).astype(np.float16) for name in _ARRAYS})


def read_model(folder: Path) -> Model:
    """The model as written."""
    names = json.loads((folder / INTENTS).read_text("utf-8"))
    with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
        weights = {name: arrays[name].astype(np.float32) for name in _ARRAYS}
    return Model(tuple(names["intents"]), temperature=names["temperature"], **weights)


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Thresholds and scores."""
    _write(folder / CALIBRATION, asdict(calibration))


def read_calibration(folder: Path) -> Calibration:
    """Thresholds and scores as written."""
    written = json.loads((folder / CALIBRATION).read_text("utf-8"))
    thresholds = {family: Threshold(**least) for family, least in written["thresholds"].items()}
    return Calibration(thresholds, written["scores"])


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", "utf-8")
