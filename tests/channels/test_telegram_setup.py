"""`jieli telegram setup`, run as people run it, against the stand-in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
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
