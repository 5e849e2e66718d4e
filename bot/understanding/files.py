"""The files of a model: numbers as npz (no pickle), words as JSON; written by training, read by the server."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bot.understanding.calibration import Calibration, Threshold
from bot.understanding.cascade import Cascade
from bot.understanding.softmax import Floats, Model

VOCABULARY, RARITY, MODEL, QUICK, FULL, CALIBRATION = (
    "vocabulary.json", "rarity.npz", "model.json", "quick.npz", "full.npz", "calibration.json"
)  # fmt: skip
FILES = (VOCABULARY, RARITY, MODEL, QUICK, FULL, CALIBRATION)
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


def write_model(folder: Path, model: Cascade) -> None:
    """Two rounded models: half precision loses nothing of them."""
    temperatures = {"quick": model.quick.temperature, "full": model.full.temperature}
    _write(folder / MODEL, {"intents": list(model.intents), "sure": model.sure, "temperatures": temperatures})
    for file, stage in ((QUICK, model.quick), (FULL, model.full)):
        arrays = {name: getattr(stage, name).astype(np.float16) for name in _ARRAYS}
        np.savez_compressed(folder / file, **arrays)


def read_model(folder: Path) -> Cascade:
    """The models as written."""
    written = json.loads((folder / MODEL).read_text("utf-8"))
    stages = {
        name: Model(tuple(written["intents"]), temperature=written["temperatures"][name], **_read_arrays(folder / file))
        for name, file in (("quick", QUICK), ("full", FULL))
    }
    return Cascade(**stages, sure=written["sure"])


def _read_arrays(file: Path) -> dict[str, Floats]:
    with np.load(file, allow_pickle=False) as arrays:
        return {name: arrays[name].astype(np.float32) for name in _ARRAYS}


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
