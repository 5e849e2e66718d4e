"""A whole desk on Telegram: the bot answers, the place in line stays fresh, an agent is heard, pictures are kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.media import media_id
from bot.server.desk import Desk, open_desk
from bot.settings import Settings
from bot.store.keys import conversation_id
from handoff.broker import Agent, Moved
from tests.channels.telegram_server import TOKEN, TelegramServer, telegram_server
from tests.conftest import open_site

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

LIN = Agent("lin", "Lin")
PICTURE = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as server:
        yield server


@pytest.fixture
async def desk(server: TelegramServer, tmp_path: Path) -> AsyncIterator[Desk]:
    settings = Settings(data=tmp_path, telegram_token=SecretStr(TOKEN), telegram_api=server.url)
    async with open_desk(settings, demo=True) as desk:
        yield desk


def thread(chat: int) -> str:
    return conversation_id("shop", "telegram", str(chat))


async def test_a_private_text_is_answered_by_the_bot(server: TelegramServer, desk: Desk) -> None:
    await server.write("how much is shipping", language="en")
    (answer,) = await server.until_sent(1)
    assert answer.chat == 7
    assert "shipping" in answer.text.lower()


async def test_the_start_command_greets(server: TelegramServer, desk: Desk) -> None:
    await server.write("/start", language="en")
    (greeting,) = await server.until_sent(1)
    assert "virtual assistant" in greeting.text
    assert "human" in [data for _, data in greeting.buttons]


async def test_the_place_in_line_stays_fresh_in_one_message(server: TelegramServer, desk: Desk) -> None:
    await desk.presence.beat(LIN.id)
    for count, chat in enumerate((7, 8), 1):
        await server.write("转人工", chat=chat)
        await server.until_sent(count)
    assert "2" in server.sent[1].text
    outcome = await desk.broker.claim(thread(7), LIN, "claim-1")
    assert isinstance(outcome, Moved)
    await server.until(lambda: 2 in server.edited)
    assert server.edited[2].chat == 8
    assert "1" in server.edited[2].text
    assert server.edited[2].buttons == server.sent[1].buttons
    assert [sent.chat for sent in server.sent].count(8) == 1


async def test_an_agents_word_arrives(server: TelegramServer, desk: Desk) -> None:
    await server.write("转人工")
    await server.until_sent(1)
    await desk.broker.reply(thread(7), LIN, "reply-1", "您好，我是 Lin。")
    await server.until(lambda: "您好，我是 Lin。" in [sent.text for sent in server.sent])


async def test_an_agent_is_seen_typing_once_in_five_seconds(server: TelegramServer, desk: Desk) -> None:
    """Nothing was sent to these chats yet, so their pace allows it."""
    for chat in (7, 8):
        await desk.inbox.note("telegram", str(chat), "unblocked", "u1")
    for chat in (7, 7, 7, 8):
        await desk.wire.typing(thread(chat), "agent")
    await desk.wire.typing(thread(9), "shopper")
    await server.until(lambda: (8, "typing") in server.actions)
    assert server.actions == [(7, "typing"), (8, "typing")]


async def test_a_picture_is_kept_before_telegram_forgets_it(server: TelegramServer, desk: Desk) -> None:
    server.keep("p1", PICTURE)
    await server.write(photo=[{"file_id": "p1", "width": 9, "height": 9}], caption="运费怎么算")
    async with asyncio.timeout(15):
        while (file := await desk.media.get(media_id("shop", "telegram", "p1"))) is None:
            await server.until_called("getFile")
            await asyncio.sleep(0.01)
    assert (file.type, await file.read()) == ("image/jpeg", PICTURE)


async def test_telegram_calls_a_desk_with_a_public_address(server: TelegramServer, tmp_path: Path) -> None:
    """Loopback is not public; only the address that is registered differs from a real desk's."""
    public = "http://127.0.0.1:1"
    settings = Settings(data=tmp_path, telegram_token=SecretStr(TOKEN), telegram_api=server.url, public_url=public)
    async with open_site(settings) as site:
        await server.until_called("setWebhook")
        assert server.webhook.url.startswith(f"{public}/telegram/")
        server.move_webhook("http://127.0.0.1:1", site.url)
        await server.write("how much is shipping", language="en")
        await server.until_taken()
        (answer,) = await server.until_sent(1)
    assert "shipping" in answer.text.lower()
    assert [method for method, _ in server.calls].count("getUpdates") == 0
