"""The guides "connect your WeChat account", followed literally: their settings, their commands, their promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import Settings
from channels.wechat.webhook import PATH
from tests.channels.wechat_callback import AES_KEY, APP_ID, CALLBACK_TOKEN, Mode
from tests.channels.wechat_server import SECRET, wechat_server
from tests.conftest import open_site

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "docs/wechat.md", ROOT / "docs/wechat.zh-CN.md"]
ON_WECHATS_PAGE = {
    "WECHAT_APP_ID": APP_ID,
    "WECHAT_APP_SECRET": SECRET,
    "WECHAT_TOKEN": CALLBACK_TOKEN,
    "WECHAT_AES_KEY": AES_KEY,
}
OF_THE_COMPOSE_FILE = {"JIELI_DOMAIN", "UV_DEFAULT_INDEX"}


def blocks(text: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text, re.S)


def section_of(guide: Path, heading: str) -> str:
    return guide.read_text("utf-8").partition(heading)[2].partition("\n## ")[0]


def variables(block: str) -> list[str]:
    return re.findall(r"^([A-Z_]+)=", block, re.M)


def test_both_languages_show_the_same_commands_settings_and_codes() -> None:
    english, chinese = (guide.read_text("utf-8") for guide in GUIDES)
    assert blocks(english) == blocks(chinese)
    for pattern in (r"\b(?:WECHAT|JIELI|UV)_[A-Z_]+", r"\b4[0-9]{4}\b"):
        assert set(re.findall(pattern, english)) == set(re.findall(pattern, chinese))


def test_every_variable_of_the_guide_is_one_that_we_read() -> None:
    read = {str(field.validation_alias) for field in Settings.model_fields.values()}
    named = set(re.findall(r"\b(?:WECHAT|JIELI)_[A-Z_]+", GUIDES[0].read_text("utf-8")))
    assert named - OF_THE_COMPOSE_FILE <= read


def test_every_command_of_the_guide_is_one_of_ours() -> None:
    commands = {
        line for block in blocks(GUIDES[0].read_text("utf-8")) for line in re.findall(r"jieli (jieli .*)", block)
    }
    assert len(commands) == 3
    for command in commands:
        _, *words = command.split()
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0, command


def test_the_compose_file_has_what_the_guide_needs() -> None:
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    assert services["jieli"]["env_file"] == ".env"
    assert services["jieli"]["environment"]["JIELI_PUBLIC_URL"].startswith("https://${JIELI_DOMAIN")
    assert services["caddy"]["ports"] == ["80:80", "443:443"]
    assert (ROOT / services["jieli"]["build"]["dockerfile"]).exists()


@pytest.mark.parametrize(("section", "mode"), [("## 2.", "plain"), ("## 3.", "aes")])
@pytest.mark.parametrize("guide", GUIDES, ids=["en", "zh"])
async def test_who_follows_the_guide_is_answered_on_wechat(
    guide: Path, section: str, mode: Mode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = section_of(guide, section)
    settings = next(block for block in blocks(part) if "WECHAT_APP_ID" in block)
    async with wechat_server() as wechat:
        monkeypatch.setenv("WECHAT_API", wechat.url)
        for variable in variables(settings):
            monkeypatch.setenv(variable, ON_WECHATS_PAGE[variable])
        assert f"https://desk.shop.example{PATH}`" in part
        async with open_site(Settings(data=tmp_path)) as site:
            assert await wechat.connect(f"{site.url}{PATH}", mode=mode).verify()
            for answered in (await wechat.follow(), await wechat.write("你好")):
                assert answered.text, answered
            queued = await wechat.write("转人工")
            assert queued.text, queued
            assert len(wechat.texts()) >= 2
