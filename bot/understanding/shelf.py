"""The shop's own bundles: a folder for each training, and a pointer to the one in use.

`<data>/models/<time>/` is a bundle with the examples it was made from; `<data>/models/active` holds a folder's name.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.understanding.bundle import BUNDLE, Bundle
from bot.understanding.export import PROVENANCE, config_hash, data_hash
from bot.understanding.files import FILES

SHIPPED = "shipped"
"""The name of the bundle that comes with the code."""
_POINTER = "active"


class BundleRefused(Exception):
    """A bundle that must not answer shoppers; the message says why and what to do."""


class Provenance(BaseModel):
    """What a shop's bundle was made of: hashes of shipped data, of settings and feature code, and of its files."""

    model_config = ConfigDict(extra="allow")  # scores and versions are for people

    data: str
    config: str
    files: dict[str, str]
    previous: str


class Shelf:
    """Reads and switches the bundles of one shop; processes share them through the folder alone."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "models"

    def active(self) -> str:
        """The name of the bundle in use."""
        try:
            return (self.folder / _POINTER).read_text("utf-8", "replace").strip() or SHIPPED
        except FileNotFoundError:
            return SHIPPED

    def load(self, name: str) -> Bundle:
        """The bundle of this name; raises BundleRefused for one that does not fit this version, or is damaged."""
        if name == SHIPPED:
            return Bundle.load(BUNDLE)
        folder = self._place(name)
        self._check(folder)
        return Bundle.load(folder)

    def activate(self, name: str) -> None:
        """Use the bundle of this name from now on, in one step; raises BundleRefused."""
        if name != SHIPPED:
            self._check(self._place(name))
        draft = self.folder / f".{_POINTER}.{os.getpid()}"
        draft.write_text(f"{name}\n", "utf-8")
        draft.replace(self.folder / _POINTER)

    def roll_back(self) -> str:
        """Use again what was in use when the present bundle was trained; returns its name. Raises BundleRefused."""
        present = self.active()
        if present == SHIPPED:
            raise BundleRefused("the shipped bundle is in use: there is none before it")
        previous = _provenance(self._place(present)).previous
        self.activate(previous)
        return previous

    def _place(self, name: str) -> Path:
        folder = self.folder / name
        if folder.parent != self.folder or not folder.is_dir():
            raise BundleRefused(f"there is no bundle {name!r} in {self.folder}")
        return folder

    def _check(self, folder: Path) -> None:
        written = _provenance(folder)
        if written.files != file_hashes(folder):
            raise BundleRefused(f"{folder} is damaged: its files are not those that were trained")
        if written.data != data_hash():
            raise BundleRefused(
                f"{folder.name} was trained with other shipped data than this version has; run `jieli train`"
            )
        if written.config != config_hash():
            raise BundleRefused(
                f"{folder.name} was trained with another config.yml or other feature code; run `jieli train`"
            )


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by name of a bundle's files; raises BundleRefused where one is missing."""
    try:
        return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    except OSError as error:
        raise BundleRefused(f"{folder} is not whole: {error}") from error


def _provenance(folder: Path) -> Provenance:
    try:
        return Provenance.model_validate_json((folder / PROVENANCE).read_bytes())
    except (OSError, ValidationError) as error:
        raise BundleRefused(f"{folder} does not say what it was trained from") from error
