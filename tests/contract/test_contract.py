"""One suite for every channel: whatever goes wrong in between, each message is kept once and each answer arrives."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.contract.side import Side
from tests.contract.stage import open_stage
from tests.contract.talk import Talk, check
from tests.contract.telegram_side import telegram_side
from tests.contract.web_side import web_side
from tests.contract.wechat_side import wechat_side

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

MESSAGES = 2_000
SIDES: dict[str, Callable[[random.Random], AbstractAsyncContextManager[Side]]] = {
    "web": web_side,
    "telegram": telegram_side,
    "wechat": wechat_side,
}


@pytest.mark.parametrize("name", SIDES)
async def test_every_message_is_kept_once_and_every_answer_arrives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(name)
    async with SIDES[name](chance) as side, open_stage(side, tmp_path, monkeypatch) as stage:
        talk = Talk(side, chance)
        await talk.run(stage, MESSAGES)
        await check(stage, talk)
