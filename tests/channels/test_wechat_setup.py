"""`jieli wechat check` names what is wrong and its remedy; `setup` loses no menu. Both over loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.clock import Clock
from channels.wechat.crypto import Seal
from channels.wechat.setup import MENU
from channels.wechat.webhook import Account, Door, make_wechat_routes
from tests.channels.wechat_callback import AES_KEY, APP_ID, CALLBACK_TOKEN
from tests.channels.wechat_server import SECRET, Fault, WeChatServer, wechat_server
from tests.conftest import free_port, listening


@dataclass
class Shop:
    """A stand-in for WeChat, our callback, and the command with the environment of a shop that did all right."""

    wechat: WeChatServer
    data: Path
    environment: dict[str, str] = field(default_factory=dict)

    async def run(self, *arguments: str, answer: str | None = None, **changed: str) -> Result:
        environment = {**self.environment, **changed}
        return await asyncio.to_thread(CliRunner().invoke, app, ["wechat", *arguments], input=answer, env=environment)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    unused: Any = None
    door = Door(Account(CALLBACK_TOKEN, Seal(AES_KEY, APP_ID), "shop"), Clock(), unused, unused)
    desk = FastAPI()
    desk.include_router(make_wechat_routes(door))
    async with wechat_server() as wechat, listening(desk) as port:
        shop = Shop(wechat, tmp_path)
        shop.environment = {
            "JIELI_DATA": str(tmp_path),
            "JIELI_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_APP_SECRET": SECRET,
            "WECHAT_TOKEN": CALLBACK_TOKEN,
            "WECHAT_AES_KEY": AES_KEY,
            "WECHAT_API": wechat.url,
        }
        yield shop


def findings(result: Result, mark: str) -> list[str]:
    """The Chinese lines with this mark."""
    return [line for line in result.output.splitlines() if line.startswith(mark)]


@pytest.fixture(autouse=True)
def _any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests cannot have port 443."""
    monkeypatch.setattr("channels.wechat.check.PORTS", _Every())


class _Every:
    def __contains__(self, _: object) -> bool:
        return True


async def test_a_connection_in_order_has_no_complaints(shop: Shop) -> None:
    result = await shop.run("check")
    assert (result.exit_code, findings(result, "✗"), findings(result, "!")) == (0, [], [])
    assert len(findings(result, "✓")) == 7
    assert not shop.wechat.sent


async def test_an_address_off_the_white_list_is_named(shop: Shop) -> None:
    shop.wechat.white_listed = False
    result = await shop.run("check")
    assert result.exit_code == 1
    assert "加上 203.0.113.7" in result.output
    assert "Add 203.0.113.7" in result.output


@pytest.mark.parametrize(
    ("variable", "value", "found"),
    [
        ("WECHAT_APP_SECRET", "0" * 32, "AppSecret 不对"),
        ("WECHAT_APP_ID", "wx0000000000000000", "不认识这个 AppID"),
        ("WECHAT_APP_ID", "gh_shop", "WECHAT_APP_ID 的样子不对"),
        ("WECHAT_TOKEN", "another1", "服务拒绝了签名"),
        ("WECHAT_TOKEN", "a-b", "WECHAT_TOKEN 微信不收"),
        ("WECHAT_AES_KEY", "A" * 43, "解不开"),
        ("WECHAT_AES_KEY", "short", "WECHAT_AES_KEY 的样子不对"),
        ("JIELI_PUBLIC_URL", f"http://127.0.0.1:{free_port()}", "访问不到"),
        ("WECHAT_API", f"http://127.0.0.1:{free_port()}", "连不上微信的接口"),
    ],
)
async def test_what_is_wrong_is_found(shop: Shop, variable: str, value: str, found: str) -> None:
    result = await shop.run("check", **{variable: value})
    assert result.exit_code == 1
    assert any(found in line for line in findings(result, "✗")), result.output


async def test_something_else_at_the_address_is_found(shop: Shop) -> None:
    result = await shop.run("check", JIELI_PUBLIC_URL=f"{shop.environment['JIELI_PUBLIC_URL']}/shop")
    assert any("应答的不是接力" in line for line in findings(result, "✗"))


async def test_a_port_that_wechat_does_not_call_is_found(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    result = await shop.run("check")
    assert any("80 和 443" in line for line in findings(result, "✗"))


async def test_missing_rights_are_told_with_what_happens_without_them(shop: Shop) -> None:
    shop.wechat.rights = {"user"}
    result = await shop.run("check")
    assert (result.exit_code, len(findings(result, "!"))) == (0, 4)
    assert "WECHAT_PASSIVE_ONLY=true" in result.output


async def test_calls_used_up_end_the_check_with_a_remedy(shop: Shop) -> None:
    shop.wechat.fail("qrcode/create", Fault(code=45009))
    result = await shop.run("check")
    assert result.exit_code == 1
    assert any("次数用完" in line for line in findings(result, "✗"))


async def test_missing_settings_are_named(shop: Shop) -> None:
    for variable in ("WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN", "JIELI_PUBLIC_URL"):
        result = await shop.run("check", **{variable: ""})
        assert result.exit_code == 1
        assert variable in result.output


async def test_no_secret_is_shown(shop: Shop) -> None:
    results = [await shop.run("check"), await shop.run("setup"), await shop.run("check", WECHAT_APP_ID="wx")]
    shop.wechat.white_listed = False
    results += [await shop.run("check"), await shop.run("setup")]
    shown = "".join(result.output + repr(result.exception) for result in results)
    for secret in (SECRET, CALLBACK_TOKEN, AES_KEY, *shop.wechat.tokens):
        assert secret not in shown


async def test_an_account_without_a_menu_gets_ours_unasked(shop: Shop) -> None:
    result = await shop.run("setup")
    assert result.exit_code == 0
    assert shop.wechat.menu == MENU


OLD: dict[str, Any] = {
    "button": [
        {"type": "view", "name": "商城", "url": "https://shop.example"},
        {"name": "会员", "sub_button": [{"type": "click", "name": "积分", "key": "points"}]},
    ]
}


async def test_a_present_menu_is_kept_as_a_file_and_replaced_only_after_a_yes(shop: Shop) -> None:
    shop.wechat.menu = OLD
    refused = await shop.run("setup", answer="n\n")
    assert refused.exit_code == 1
    assert shop.wechat.menu == OLD
    agreed = await shop.run("setup", answer="y\n")
    assert agreed.exit_code == 0
    assert shop.wechat.menu == MENU
    kept = sorted((shop.data / "wechat").glob("menu-*.json"))
    assert all(json.loads(path.read_text("utf-8")) == OLD for path in kept)
    assert kept


async def test_a_menu_made_on_wechats_page_is_kept_too_as_the_api_takes_it(shop: Shop) -> None:
    listed = {"name": "会员", "sub_button": {"list": OLD["button"][1]["sub_button"]}}
    shop.wechat.page_menu = {"is_menu_open": 1, "selfmenu_info": {"button": [OLD["button"][0], listed]}}
    await shop.run("setup", "--yes")
    [kept] = (shop.data / "wechat").glob("menu-*.json")
    assert json.loads(kept.read_text("utf-8")) == OLD


async def test_a_kept_menu_can_be_put_back_as_the_shops_own(shop: Shop) -> None:
    (shop.data / "wechat").mkdir()
    (shop.data / "wechat" / "menu.json").write_text(json.dumps(OLD, ensure_ascii=False), "utf-8")
    await shop.run("setup")
    assert shop.wechat.menu == OLD


@pytest.mark.parametrize("text", ["{", "[]"])
async def test_a_broken_menu_file_changes_nothing(shop: Shop, text: str) -> None:
    (shop.data / "wechat").mkdir()
    (shop.data / "wechat" / "menu.json").write_text(text, "utf-8")
    result = await shop.run("setup")
    assert result.exit_code == 1
    assert "menu.json" in result.output
    assert shop.wechat.menu is None


async def test_a_menu_that_wechat_refuses_is_said_with_its_code(shop: Shop) -> None:
    (shop.data / "wechat").mkdir()
    (shop.data / "wechat" / "menu.json").write_text('{"button": []}', "utf-8")
    result = await shop.run("setup")
    assert (result.exit_code, "40016" in result.output) == (1, True)
