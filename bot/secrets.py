"""The shop's secrets: from the environment, or made on the first run and kept where only its owner reads."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

SHORTEST = 32
"""Characters of a secret given by the environment."""


class BadSecret(Exception):
    """A secret cannot be trusted; the message says what to do."""


def load_secret(data: Path, name: str) -> bytes:
    """The secret `name`: from JIELI_SECRET_<NAME>, else from `<data>/secrets/<name>`, made there if it is not.

    Raises `BadSecret` when it is too short or when others may read it.
    """
    variable = f"JIELI_SECRET_{name.upper()}"
    given = os.environ.get(variable)
    if given:
        return _long_enough(given.encode(), variable)
    path = data / "secrets" / name
    if not path.exists():
        _make(path)
    return _long_enough(_read(path), str(path))


def _make(path: Path) -> None:
    """Create the file with its content in one step; when two processes do, the first one's stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise BadSecret(
                f"others on this machine may read {path}; run `chmod 600 {path}`, or delete it for a new one"
            )
        return file.read().strip()


def _long_enough(secret: bytes, source: str) -> bytes:
    if len(secret) < SHORTEST:
        raise BadSecret(f"{source} needs at least {SHORTEST} characters; it has {len(secret)}")
    return secret
