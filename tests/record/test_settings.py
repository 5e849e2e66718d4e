"""Settings come from the environment, and everything has a default."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import HOUR, Settings


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("JIELI_", "TELEGRAM_")) or name in ("REDIS_URL", "DATABASE_URL", "NLU_URL"):
            monkeypatch.delenv(name)


def test_everything_has_a_default_on_this_machine() -> None:
    settings = Settings()
    assert (settings.data, settings.host, settings.port, settings.desk) == (Path("data"), "127.0.0.1", 8000, "shop")
    assert settings.origins == frozenset()
    assert settings.record_url.startswith("sqlite:////")
    assert settings.archive_after == 24 * HOUR


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_ORIGINS", "https://a.example, https://b.example/")
    monkeypatch.setenv("JIELI_ARCHIVE_AFTER", "0.5")
    monkeypatch.setenv("DATABASE_URL", "postgresql://jieli:password@db/jieli")
    settings = Settings()
    assert settings.origins == {"https://a.example", "https://b.example"}
    assert settings.archive_after == HOUR // 2
    assert settings.record_url == "postgresql://jieli:password@db/jieli"


def test_an_empty_variable_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", "")
    monkeypatch.setenv("JIELI_PORT", "")
    assert Settings().telegram_token is None
    assert Settings().port == 8000


def test_what_holds_a_password_is_not_printed() -> None:
    settings = Settings(telegram_token="123:abc", database_url="postgresql://jieli:password@db/jieli")
    assert "abc" not in repr(settings)
    assert "password" not in repr(settings)


def test_a_desk_that_is_no_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_DESK", "{shop}")
    with pytest.raises(ValidationError, match="JIELI_DESK"):
        Settings()
