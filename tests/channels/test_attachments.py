"""An agent's pictures and files go out by Telegram as what they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.server.desk import Desk, open_desk
from bot.settings import Settings
from bot.store.keys import conversation_id
from bot.uploads import Uploads
from handoff.broker import Agent
from tests.channels.telegram_server import TOKEN, TelegramServer, telegram_server

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

LIN = Agent("lin", "Lin")
PICTURE = b"\xff\xd8\xff\xe0 a picture"
CHAT = conversation_id("shop", "telegram", "7")


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as server:
        yield server


@pytest.fixture
async def desk(server: TelegramServer, tmp_path: Path) -> AsyncIterator[Desk]:
    settings = Settings(data=tmp_path, telegram_token=SecretStr(TOKEN), telegram_api=server.url)
    async with open_desk(settings, demo=True) as desk:
        yield desk


async def in_one(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_a_picture_and_a_file_reach_the_phone_before_their_words(server: TelegramServer, desk: Desk) -> None:
    uploads = Uploads(desk.media, "shop", "workspace", desk.has_room)
    picture = await uploads.put(LIN.id, "upload-1", "左耳.jpg", in_one(PICTURE))
    invoice = await uploads.put(LIN.id, "upload-2", "invoice.pdf", in_one(b"%PDF-1.7"))
    await server.write("转人工")
    await server.until_sent(1)
    await desk.broker.reply(CHAT, LIN, "reply-1", "请看这两份", (picture, invoice))
    await server.until(lambda: "请看这两份" in [sent.text for sent in server.sent])
    called = [method for method, _ in server.calls if method.startswith("send")]
    assert called[-3:] == ["sendPhoto", "sendDocument", "sendMessage"]
