"""`jieli wechat setup`: keeps the account's present menu as a file, and gives it ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from channels.wechat.api import Account, Refusal, Silence, ask, fetch_token, open_api
from channels.wechat.check import SILENT, explain

T = TypeVar("T")

MENU: Mapping[str, Any] = {
    "button": [
        {"type": "click", "name": "查物流", "key": "我的包裹到哪了？"},
        {"type": "click", "name": "退换货", "key": "我要退货"},
        {"type": "click", "name": "人工客服", "key": "转人工"},
    ]
}
"""A key is what a shopper says by pressing it."""


class SetupFailed(Exception):
    """The message says what to do, in both languages."""


def open_account(account: Account) -> Any:
    """The account's API, for the functions below. Raises `SetupFailed`."""
    return _or_explain(lambda: open_api(account, fetch_token(account).access_token))


def save_menu(api: Any, folder: Path) -> Path | None:
    """Write the account's present menu into `folder`, as `create_menu` takes it; None when it has none.

    A menu made on WeChat's page can have parts that the API does not take back (texts, pictures); they are saved too.
    """
    menu = _or_explain(lambda: _present_menu(api))
    if not menu:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"menu-{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(menu, ensure_ascii=False, indent=2), "utf-8")
    return path


def load_menu(folder: Path) -> Mapping[str, Any]:
    """The shop's own `menu.json` in `folder`, or ours. Raises `SetupFailed` when it is no JSON object."""
    path = folder / "menu.json"
    if not path.exists():
        return MENU
    try:
        menu = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise SetupFailed(f"{path}: 不是 JSON。/ This is not JSON.") from error
    if not isinstance(menu, dict):
        raise SetupFailed(f'{path}: 应为 {{"button": […]}}。/ It has to be {{"button": […]}}.')
    return menu


def create_menu(api: Any, menu: Mapping[str, Any]) -> None:
    """Replace the account's menu. Raises `SetupFailed`."""
    _or_explain(lambda: api.menu.create(dict(menu)))


def _present_menu(api: Any) -> Mapping[str, Any] | None:
    made = api.menu.get()  # None: not by the API
    if made:
        menu: Mapping[str, Any] = made["menu"]
        return menu
    page = api.menu.get_menu_info().get("selfmenu_info") or {}
    return {"button": [_unlisted(button) for button in page["button"]]} if page.get("button") else None


def _unlisted(button: Mapping[str, Any]) -> dict[str, Any]:
    """WeChat's page has sub-buttons as `{"list": […]}`, its API as a list."""
    inner = (button.get("sub_button") or {}).get("list")
    rest = {key: value for key, value in button.items() if key != "sub_button"}
    return {**rest, "sub_button": inner} if inner else rest


def _or_explain(call: Callable[[], T]) -> T:
    try:
        return ask(call)
    except Refusal as refusal:
        raise SetupFailed("\n".join(explain(refusal).lines())) from refusal
    except Silence as silence:
        raise SetupFailed("\n".join(SILENT.lines())) from silence
