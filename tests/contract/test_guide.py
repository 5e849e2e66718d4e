"""The guide for new channels is true: the channel it shows passes the contract suite as it stands on the page."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.contract.pager_side import pager_side
from tests.contract.stage import open_stage
from tests.contract.talk import Talk, check

DOCS = Path(__file__).parents[2] / "docs"
MESSAGES = 300


def shown_in(page: str) -> str:
    """The channel's module, as a page of the guide has it."""
    (code,) = re.findall(r'```python\n("""Pager.*?)```', (DOCS / page).read_text(), re.DOTALL)
    return str(code)


def read_channel() -> ModuleType:
    module = ModuleType("channels.pager")
    exec(compile(shown_in("channels.md"), "docs/channels.md", "exec"), module.__dict__)
    return module


async def test_the_guides_channel_keeps_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = read_channel()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    chance = random.Random(1)
    async with (
        pager_side(chance, module.Pager) as side,
        open_stage(side, tmp_path, monkeypatch) as stage,
    ):
        talk = Talk(side, chance)
        await talk.run(stage, MESSAGES)
        await check(stage, talk)


def test_both_languages_show_the_same_channel() -> None:
    assert shown_in("channels.md") == shown_in("channels.zh-CN.md")


def test_the_guides_channel_is_as_clean_as_ours(tmp_path: Path) -> None:
    (tmp_path / "pager.py").write_text(shown_in("channels.md"))
    for check_only in (("check", "--no-cache"), ("format", "--check", "--no-cache")):
        command = [str(Path(sys.executable).parent / "ruff"), *check_only, "--config", "pyproject.toml", str(tmp_path)]
        checked = subprocess.run(command, cwd=DOCS.parent, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
