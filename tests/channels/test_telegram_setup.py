"""`jieli telegram setup`, run as people run it, against the stand-in."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings
from tests.channels.telegram_server import TOKEN, TelegramServer, telegram_server
from tests.conftest import free_port

SITE = "https://desk.shop.example"


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as server:
        yield server


async def set_up(folder: Path, **environment: str) -> tuple[int, str]:
    """The command's exit code, and all it says."""
    set_before = {name: None for name in os.environ if name.startswith(("JIELI_", "TELEGRAM_"))}
    environment = {**set_before, "JIELI_DATA": str(folder), **environment}
    result = await asyncio.to_thread(CliRunner().invoke, app, ["telegram", "setup"], env=environment)
    return result.exit_code, result.output


async def test_the_webhook_and_the_commands_are_registered(server: TelegramServer, tmp_path: Path) -> None:
    code, said = await set_up(tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API=server.url, JIELI_PUBLIC_URL=f"{SITE}/")
    assert code == 0
    assert "https://t.me/shop_bot" in said
    assert server.webhook.url.startswith(f"{SITE}/telegram/")
    assert [command["command"] for command in server.commands["zh"]] == ["start", "human"]
    assert server.commands.keys() == {"", "zh", "en"}
    for secret in (TOKEN.partition(":")[2], server.webhook.url.rpartition("/")[2], server.webhook.secret or "?"):
        assert secret not in said


async def test_without_a_public_address_the_desk_polls(server: TelegramServer, tmp_path: Path) -> None:
    code, said = await set_up(tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API=server.url)
    assert code == 0
    assert "polling" in said
    assert server.webhook.url == ""


async def test_a_wrong_token_is_named(server: TelegramServer, tmp_path: Path) -> None:
    wrong = TOKEN[:-1] + "x"
    code, said = await set_up(tmp_path, TELEGRAM_TOKEN=wrong, TELEGRAM_API=server.url)
    assert code == 1
    assert "@BotFather" in said
    assert wrong.partition(":")[2] not in said


async def test_no_token_and_no_way_to_telegram_say_what_to_do(tmp_path: Path) -> None:
    code, said = await set_up(tmp_path)
    assert (code, "TELEGRAM_TOKEN" in said) == (1, True)
    code, said = await set_up(tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API=f"http://127.0.0.1:{free_port()}")
    assert (code, "TELEGRAM_PROXY" in said) == (1, True)


async def test_what_telegram_refuses_is_told_in_its_words(server: TelegramServer, tmp_path: Path) -> None:
    environment = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API": server.url, "JIELI_PUBLIC_URL": "http://desk.shop.example"}
    code, said = await set_up(tmp_path, **environment)
    assert code == 1
    assert "https url must be provided" in said.lower()


GUIDES = [Path(__file__).parents[2] / f"docs/telegram{language}.md" for language in ("", ".zh-CN")]


def commands(guide: Path) -> list[str]:
    """The lines of a guide's code blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


async def test_the_guides_work_as_they_are_written(server: TelegramServer, tmp_path: Path) -> None:
    """Up to the token, which everybody gets their own, and the proxy, which not everybody needs."""
    english, chinese = (commands(guide) for guide in GUIDES)
    assert english == chinese
    environment = dict(line.removeprefix("export ").split("=", 1) for line in english if line.startswith("export "))
    assert environment.keys() == {"TELEGRAM_TOKEN", "TELEGRAM_PROXY"}
    assert "jieli telegram setup" in english
    code, _ = await set_up(tmp_path, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API=server.url)
    assert code == 0


@pytest.mark.parametrize("guide", GUIDES, ids=["en", "zh-CN"])
def test_the_guides_name_only_settings_that_exist(guide: Path) -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()} | {"JIELI_SECRET_TELEGRAM"}
    assert set(re.findall(r"\b(?:JIELI|TELEGRAM)_[A-Z_]+", guide.read_text("utf-8"))) <= known


@pytest.mark.parametrize("guide", GUIDES, ids=["en", "zh-CN"])
def test_the_guides_quote_what_the_desk_says(guide: Path) -> None:
    rows = re.findall(r"^\| `(.+?)` \|", guide.read_text("utf-8"), re.MULTILINE)
    quoted = [part.strip() for row in rows for part in re.split(r"…|30\.0", row) if len(part.strip()) > 10]
    source = "".join(path.read_text("utf-8") for path in (Path(__file__).parents[2] / "channels/telegram").glob("*.py"))
    assert len(quoted) >= 5
    assert [part for part in quoted if part.rstrip(":") not in source] == []
