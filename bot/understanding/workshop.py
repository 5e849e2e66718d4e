"""Runs Rasa where it lives: in an environment of its own, with Python 3.10."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bot.understanding.export import ROOT

RASA_PYTHON = ROOT / ".venv-nlu" / "bin" / "python"
_SETTINGS = {
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",  # it knows a component by its class, and would keep one whose other code has changed
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "PYTHONPATH": str(ROOT),
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


class RasaMissing(Exception):
    """The environment with Rasa is not there; the message says what makes it."""


class RasaFailed(Exception):
    """Rasa ended with an error; what it said is in the message, or has been shown."""


def check_rasa() -> None:
    """Raises RasaMissing where nothing can be trained."""
    if not RASA_PYTHON.exists():
        raise RasaMissing(
            f"Rasa 3.6 is missing: it needs Python 3.10 in an environment of its own, {RASA_PYTHON.parents[1]}, "
            "which `make rasa` installs (about 2.5 GB)."
        )


def train_nlu(nlu: Path, domain: Path, archive: Path) -> None:
    """Train the committed config.yml on the data in the folder `nlu`; what Rasa says is shown. Takes minutes."""
    project = ["--nlu", str(nlu), "--config", "config.yml", "--domain", str(domain)]
    target = ["--out", str(archive.parent), "--fixed-model-name", archive.name.removesuffix(".tar.gz")]
    run_rasa(["-m", "rasa", "train", "nlu", *project, *target])


def run_rasa(arguments: list[str], stdin: str | None = None) -> str:
    """Run Python with Rasa in the project's folder; with a stdin its stdout is returned, else all is shown on stderr.

    Raises RasaMissing or RasaFailed.
    """
    check_rasa()
    done = subprocess.run(
        [str(RASA_PYTHON), *arguments],
        cwd=ROOT,
        env={**os.environ, **_SETTINGS},
        input=stdin,
        stdout=2 if stdin is None else subprocess.PIPE,
        stderr=None if stdin is None else subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RasaFailed(f"{done.stderr or ''}Rasa ended with {done.returncode}; its last words are above.")
    return done.stdout or ""
