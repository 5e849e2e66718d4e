"""`jieli explain` reads a conversation beside the running server."""

from __future__ import annotations

import pytest

from bot.explain import NoSuchConversation, read_log
from handoff.routing import Routing
from tests.conftest import Site
from tests.handoff.floor import LIN, Floor

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_log_is_read_whole_while_the_server_runs(site: Site) -> None:
    floor = Floor(site.desk.store, Routing(mode="pull"))
    await floor.write("explained")
    await floor.reply("explained", LIN)
    entries = await read_log(site.desk.settings, "explained")
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert {"shopper", "agent"} <= {entry.author for entry in entries}


async def test_a_conversation_that_is_not_there_is_said_so(site: Site) -> None:
    with pytest.raises(NoSuchConversation):
        await read_log(site.desk.settings, "nowhere")
