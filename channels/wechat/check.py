"""`jieli wechat check`: what is wrong between WeChat and us, and how to put it right, in both languages."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from channels.wechat.api import Account, Refusal, Silence, ask, fetch_token, open_api
from channels.wechat.crypto import Seal, sign

PATIENCE = 5.0
"""Seconds; WeChat waits no longer either."""
PORTS = (None, 80, 443)
"""Where WeChat calls."""
NO_RIGHT = 48001
STRANGER = "jieli-check"
"""An openid that nobody has."""


class Say(NamedTuple):
    """One sentence in both languages."""

    zh: str
    en: str


class Mark(StrEnum):
    """`LIMITED`: it works, with less than it could."""

    GOOD = "✓"
    LIMITED = "!"
    BROKEN = "✗"


@dataclass(frozen=True)
class Finding:
    mark: Mark
    what: Say
    fix: Say | None = None

    def lines(self) -> list[str]:
        """Both languages, the fix indented."""
        found = [f"{self.mark} {self.what.zh}", f"  {self.what.en}"]
        return [*found, f"    → {self.fix.zh}", f"    → {self.fix.en}"] if self.fix else found


@dataclass(frozen=True)
class Callback:
    """Where WeChat is to call us. `aes_key` is None in plain mode."""

    url: str
    token: SecretStr
    aes_key: SecretStr | None = None


REFUSALS: Mapping[int, tuple[Say, Say]] = {
    40013: (
        Say("微信不认识这个 AppID。", "WeChat does not know this AppID."),
        Say(
            "到公众平台“设置与开发 → 基本配置”（测试号在测试号页面）重新复制 WECHAT_APP_ID。",
            "Copy WECHAT_APP_ID again from 设置与开发 → 基本配置 (for a test account: from its page).",
        ),
    ),
    40125: (
        Say("AppSecret 不对。", "The AppSecret is wrong."),
        Say(
            "到同一页重置 AppSecret，填进 WECHAT_APP_SECRET；别处若也在用，一并更新。",
            "Reset the AppSecret on the same page and set WECHAT_APP_SECRET; update other systems that use it.",
        ),
    ),
    40164: (
        Say("服务器的 IP 不在白名单里。", "This server's address is not on the white list."),
        Say("在“基本配置 → IP 白名单”里加上 {address}。", "Add {address} under 基本配置 → IP白名单."),
    ),
    45009: (
        Say("今天的接口调用次数用完了。", "Today's calls are used up."),
        Say(
            "北京时间零点后恢复；急用可在公众平台清零。",
            "They are counted anew at midnight in China; WeChat's page can reset them.",
        ),
    ),
}
UNKNOWN = (
    Say("微信拒绝了：错误码 {code}。", "WeChat refused with code {code}."),
    Say("在微信的“全局返回码”页面查这个码。", "Look the code up on WeChat's page 全局返回码."),
)
SILENT = Finding(
    Mark.BROKEN,
    Say("连不上微信的接口。", "WeChat's API does not answer."),
    Say(
        "检查服务器能否访问 https://api.weixin.qq.com（DNS、防火墙、代理）。",
        "See whether this server reaches https://api.weixin.qq.com (DNS, firewall, proxy).",
    ),
)


@dataclass(frozen=True)
class Right:
    """Something an account may or may not do, how to find out without doing harm, and what happens without it."""

    name: Say
    probe: Callable[[Any], object]
    without: Say


RIGHTS = (
    Right(
        Say("客服消息", "customer-service messages"),
        lambda api: api.post("message/custom/typing", data={"touser": STRANGER, "command": "Typing"}),
        Say(
            "需要微信认证。没有它，只能在 5 秒内被动回复；晚到的回复（包括客服的）会在顾客下一次开口时带上。"
            "请设 WECHAT_PASSIVE_ONLY=true。",
            "Needs a verified account. Without it only answers within 5 s get through; later ones, agents' too, wait "
            "for the shopper's next message. Set WECHAT_PASSIVE_ONLY=true.",
        ),
    ),
    Right(
        Say("带参数二维码", "QR codes with a parameter"),
        lambda api: api.qrcode.create(
            {"expire_seconds": 60, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": STRANGER}}}
        ),
        Say(
            "需要认证的服务号。没有它，顾客从网页转到微信时改为输入一次性口令。",
            "Needs a verified 服务号. Without it, shoppers who go on from the web page in WeChat type a one-time code.",
        ),
    ),
    Right(
        Say("自定义菜单", "the menu"),
        lambda api: api.menu.get_menu_info(),
        Say(
            "未认证的订阅号不能用接口改菜单；顾客直接打字即可。",
            "Unverified 订阅号 have no menu by API; shoppers simply type.",
        ),
    ),
    Right(
        Say("模板消息", "template messages"),
        lambda api: api.template.get_all_private_template(),
        Say(
            "需要认证的服务号。没有它，超过 48 小时后无法主动通知顾客。",
            "Needs a verified 服务号. Without it, nobody can be told anything after 48 hours.",
        ),
    ),
)


def check(account: Account, callback: Callback) -> Iterator[Finding]:
    """Everything that can be known from here, one finding after the other."""
    yield from check_shapes(account, callback)
    yield from check_callback(callback, account.app_id)
    yield from check_account(account)


def check_shapes(account: Account, callback: Callback) -> Iterator[Finding]:
    """What cannot be right by its looks alone."""
    if not re.fullmatch(r"wx[0-9a-f]{16}", account.app_id):
        yield _broken(
            Say("WECHAT_APP_ID 的样子不对。", "WECHAT_APP_ID does not look like one."),
            Say("它以 wx 开头，后面 16 位。", "It is wx and 16 digits or letters a to f."),
        )
    if not re.fullmatch(r"[A-Za-z0-9]{3,32}", callback.token.get_secret_value()):
        yield _broken(
            Say("WECHAT_TOKEN 微信不收。", "WeChat does not take this WECHAT_TOKEN."),
            Say("用 3 到 32 个字母或数字。", "Use 3 to 32 letters and digits."),
        )
    if callback.aes_key and not re.fullmatch(r"[A-Za-z0-9]{43}", callback.aes_key.get_secret_value()):
        yield _broken(
            Say("WECHAT_AES_KEY 的样子不对。", "WECHAT_AES_KEY does not look like one."),
            Say("从公众平台复制 EncodingAESKey：43 个字母或数字。", "Copy the EncodingAESKey: 43 letters and digits."),
        )
    if urlsplit(callback.url).port not in PORTS:
        yield _broken(
            Say("微信只访问 80 和 443 端口。", "WeChat calls ports 80 and 443 only."),
            Say(
                "在前面放一个 TLS 反向代理，见 docs/wechat.zh-CN.md。",
                "Put a proxy with TLS in front, see docs/wechat.md.",
            ),
        )


def check_callback(callback: Callback, app_id: str) -> Iterator[Finding]:
    """Call ourselves as WeChat does: first the echo, then a sealed event that says nothing."""
    with httpx.Client(timeout=PATIENCE) as http:
        try:
            finding = _check_echo(http, callback)
            yield finding
            if finding.mark is Mark.GOOD and callback.aes_key:
                yield _check_key(http, callback, callback.aes_key, app_id)
        except httpx.TransportError as error:
            yield _broken(
                Say(f"访问不到 {callback.url}（{type(error).__name__}）。", f"{callback.url} does not answer."),
                Say(
                    "先启动 `jieli run`，再检查域名解析、443 端口和证书。",
                    "Start `jieli run`, then look at DNS, port 443 and the certificate.",
                ),
            )


def _check_echo(http: httpx.Client, callback: Callback) -> Finding:
    echo = secrets.token_hex(8)
    timestamp, nonce = str(int(time.time())), secrets.token_hex(4)
    signature = sign(callback.token.get_secret_value(), timestamp, nonce)
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": echo}
    answer = http.get(callback.url, params=query)
    if answer.status_code == 200 and answer.text == echo:
        return Finding(
            Mark.GOOD, Say(f"回调 {callback.url} 正常。", f"The callback {callback.url} answers as it should.")
        )
    if answer.status_code == 403:
        return _broken(
            Say("服务拒绝了签名。", "The server refuses the signature."),
            Say(
                "它用的 WECHAT_TOKEN 不是这一个，或者时钟不准：改好后重启 `jieli run`。",
                "It runs with another WECHAT_TOKEN, or its clock is wrong: put it right and restart `jieli run`.",
            ),
        )
    return _broken(
        Say(f"{callback.url} 上应答的不是接力（{answer.status_code}）。", f"Something else answers at {callback.url}."),
        Say("检查反向代理是否把这个路径转给 `jieli run`。", "See whether the proxy passes this path to `jieli run`."),
    )


def _check_key(http: httpx.Client, callback: Callback, aes_key: SecretStr, app_id: str) -> Finding:
    try:
        query, body = _sealed_event(callback.token.get_secret_value(), Seal(aes_key.get_secret_value(), app_id))
    except ValueError:
        return _wrong_key()
    answer = http.post(callback.url, params=query, content=body)
    if answer.status_code == 200:
        return Finding(Mark.GOOD, Say("加密密钥正常。", "The encoding key works."))
    return _wrong_key()


def _wrong_key() -> Finding:
    return _broken(
        Say("服务解不开用 WECHAT_AES_KEY 加密的消息。", "The server cannot open what WECHAT_AES_KEY sealed."),
        Say(
            "让 WECHAT_APP_ID、WECHAT_AES_KEY 与公众平台一致，重启 `jieli run`。",
            "Set WECHAT_APP_ID and WECHAT_AES_KEY as WeChat's page shows them, and restart `jieli run`.",
        ),
    )


def _sealed_event(token: str, seal: Seal) -> tuple[dict[str, str], str]:
    """Query and body of an event that nobody knows; it is answered and stores nothing."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(4)
    sealed = seal.close(
        f"<xml><ToUserName>{STRANGER}</ToUserName><FromUserName>{STRANGER}</FromUserName>"
        f"<CreateTime>{timestamp}</CreateTime><MsgType>event</MsgType><Event>jieli_check</Event></xml>"
    )
    query = {
        "signature": sign(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": sign(token, timestamp, nonce, sealed),
    }
    return query, f"<xml><ToUserName>{STRANGER}</ToUserName><Encrypt>{sealed}</Encrypt></xml>"


def check_account(account: Account) -> Iterator[Finding]:
    """Secret and white list, by asking for the token that the server uses too; then what the account may do."""
    try:
        api = open_api(account, fetch_token(account).access_token)
        yield Finding(
            Mark.GOOD, Say("AppID、AppSecret 和 IP 白名单正常。", "AppID, AppSecret and white list are in order.")
        )
        for right in RIGHTS:
            yield _check_right(api, right)
    except Refusal as refusal:
        yield explain(refusal)
    except Silence:
        yield SILENT


def _check_right(api: Any, right: Right) -> Finding:
    try:
        ask(lambda: right.probe(api))
    except Refusal as refusal:
        if refusal.code == NO_RIGHT:
            what = Say(f"没有“{right.name.zh}”的权限。", f"The account has no right to {right.name.en}.")
            return Finding(Mark.LIMITED, what, right.without)
        if refusal.code in REFUSALS:
            raise
    return Finding(Mark.GOOD, Say(f"可以用{right.name.zh}。", f"The account has {right.name.en}."))


def explain(refusal: Refusal) -> Finding:
    """What a refusal means, and how to put it right."""
    known = {"code": refusal.code, "address": refusal.address or "?"}
    what, fix = REFUSALS.get(refusal.code, UNKNOWN)
    return _broken(
        Say(what.zh.format(**known), what.en.format(**known)), Say(fix.zh.format(**known), fix.en.format(**known))
    )


def _broken(what: Say, fix: Say) -> Finding:
    return Finding(Mark.BROKEN, what, fix)
