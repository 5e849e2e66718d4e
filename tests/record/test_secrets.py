"""Secrets are made once, read by their owner only, and the environment goes first."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.secrets import BadSecret, load_secret


def test_a_secret_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    secret = load_secret(tmp_path, "sessions")
    assert len(secret) == 64
    assert load_secret(tmp_path, "sessions") == secret
    assert stat.S_IMODE((tmp_path / "secrets" / "sessions").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["sessions"]


def test_all_who_start_at_once_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: load_secret(tmp_path, "sessions"), range(8)))) == 1


def test_the_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_SECRET_SESSIONS", "s" * 32)
    assert load_secret(tmp_path, "sessions") == b"s" * 32
    assert not (tmp_path / "secrets").exists()


def test_a_file_that_others_read_is_refused(tmp_path: Path) -> None:
    load_secret(tmp_path, "sessions")
    (tmp_path / "secrets" / "sessions").chmod(0o640)
    with pytest.raises(BadSecret, match="chmod 600"):
        load_secret(tmp_path, "sessions")


def test_a_short_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_SECRET_SESSIONS", "hunter2")
    with pytest.raises(BadSecret, match="32"):
        load_secret(tmp_path, "sessions")
