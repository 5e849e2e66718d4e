"""A stand-in for WeChat, as strict as the real one: its API with tokens, quotas and rights, and the people who write.

It records every call. Its clock can be put forward: `advance`.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from tests.channels.wechat_callback import ACCOUNT, APP_ID, Callback, Delivered, Mode
from tests.conftest import Cut, listening

SECRET = "4333d426b8d01a3fe64d53f36892df"
XU = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
"""The openid of a person."""
LIFETIME = 7_200
OVERLAP = 300
"""Seconds that a token goes on working after it was renewed in its last 300 seconds."""
FORCED_A_DAY = 20
BETWEEN_FORCED = 30
LONGEST_TEXT = 2_048
"""Bytes."""
MEDIA_LIVE = 3 * 86_400
MEDIA_SIZE = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
MEDIA_ENDINGS = {
    "image": ("jpg", "jpeg", "png", "gif", "bmp"),
    "voice": ("amr", "mp3"),
    "video": ("mp4",),
    "thumb": ("jpg",),
}
GRANTS_FOR_EVENTS = ("subscribe", "SCAN", "CLICK", "scancode_push", "scancode_waitmsg")
RIGHTS = frozenset({"custom", "qrcode", "menu", "template", "user", "media"})
ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u(?=[0-9a-f]{4})")
r"""JSON's \u escapes, which WeChat shows to people as they stand."""
TEMPLATE = "ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY"
TEMPLATE_FIELDS = frozenset({"thing1", "time2"})


@dataclass(frozen=True)
class Fault:
    """How one call goes wrong: by a code, an HTTP status (200: an answer of no sense), or without any answer.

    `cut`: the answer breaks off; `carried_out`: the call has its effect all the same.
    """

    code: int = 0
    status: int = 200
    hangs: bool = False
    cut: bool = False
    carried_out: bool = False


@dataclass(frozen=True)
class Call:
    """One call as it came. `body` is JSON, or the form's file as (name, bytes)."""

    path: str
    query: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Sent:
    """A message that a person has: `what` is the text, or a media_id. `passive`: as the answer to a callback."""

    openid: str
    kind: str
    what: str
    passive: bool = False


@dataclass
class Grant:
    """What we may send to a person until `until`."""

    left: int
    until: float


@dataclass
class Person:
    follows: bool = True
    said: float = 0.0
    typing: float = 0.0
    grants: dict[str, Grant] = field(default_factory=dict)


@dataclass
class Issued:
    """A token that works until `ends`; `expires` is the end it was given at birth."""

    ends: float
    expires: float


@dataclass(frozen=True)
class Medium:
    kind: str
    content: bytes
    type: str
    name: str
    until: float


class Refused(Exception):
    def __init__(self, code: int, message: str = "error") -> None:
        self.code = code
        self.message = f"{message} rid: 6565a1b2-0000"


class WeChatServer:
    """`calls`: everything asked of the API; `sent`: what people have from us, in order, passive replies included.

    `refused`: the codes of what was against the rules, injected faults left out.
    """

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.sent: list[Sent] = []
        self.delivered: list[Delivered] = []
        self.refused: list[int] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.people: dict[str, Person] = {}
        self.rights = set(RIGHTS)
        self.white_listed = True
        self.daily: dict[str, int] = {}
        self.lifetime = LIFETIME
        self.menu: dict[str, Any] | None = None
        self.page_menu: dict[str, Any] = {"is_menu_open": 0}
        self.tokens: dict[str, Issued] = {}
        self.callback: Callback | None = None
        self._current = ""
        self._forced: list[float] = []
        self._media: dict[str, Medium] = {}
        self._scenes: dict[str, str] = {}
        self._counted: dict[str, int] = defaultdict(int)
        self._ahead = 0.0
        self._number = 23_000_000_000_000_000
        self._changed = asyncio.Condition()
        self._closing = asyncio.Event()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def connect(self, url: str, *, mode: Mode = "plain", patience: float = 5.0) -> Callback:
        """Send what people write to this callback from now on."""
        self.callback = Callback(url, self.now, mode=mode, patience=patience)
        return self.callback

    async def write(self, text: str, *, openid: str = XU, **fields: object) -> Delivered:
        return await self.say("text", openid=openid, Content=text, **fields)

    async def show(self, content: bytes, *, openid: str = XU, type: str = "image/jpeg") -> Delivered:
        """A person sends a picture."""
        media_id = self.lend("image", content, type)
        return await self.say("image", openid=openid, PicUrl=f"{self.url}/pic", MediaId=media_id)

    async def speak(self, content: bytes, *, openid: str = XU, recognised: str | None = None) -> Delivered:
        media_id = self.lend("voice", content, "audio/amr")
        heard = {} if recognised is None else {"Recognition": recognised}
        return await self.say("voice", openid=openid, MediaId=media_id, Format="amr", **heard)

    async def film(self, content: bytes, *, openid: str = XU) -> Delivered:
        media_id = self.lend("video", content, "video/mp4")
        return await self.say("video", openid=openid, MediaId=media_id, ThumbMediaId=self.lend("thumb", b"\xff", ""))

    async def say(self, kind: str, *, openid: str = XU, **fields: object) -> Delivered:
        """A person sends a message of any kind; what we may send is counted anew."""
        self.allow(openid)
        self._number += 1
        return await self._call_back(openid, {"MsgType": kind, **fields, "MsgId": fields.get("MsgId", self._number)})

    async def happen(self, event: str, *, openid: str = XU, **fields: object) -> Delivered:
        person = self.person(openid)
        person.follows = event != "unsubscribe"
        if event in GRANTS_FOR_EVENTS:
            person.grants["event"] = Grant(3, self.now() + 60)
        return await self._call_back(openid, {"MsgType": "event", "Event": event, **fields})

    async def follow(self, *, openid: str = XU, scene: str | None = None) -> Delivered:
        """`scene`: the person scanned a QR code with this parameter."""
        scanned = {"EventKey": f"qrscene_{scene}", "Ticket": secrets.token_urlsafe(16)} if scene else {"EventKey": ""}
        return await self.happen("subscribe", openid=openid, **scanned)

    async def unfollow(self, *, openid: str = XU) -> Delivered:
        return await self.happen("unsubscribe", openid=openid, EventKey="")

    async def scan(self, url: str, *, openid: str = XU) -> Delivered:
        """A person scans a QR code that we had made; who does not follow yet follows then."""
        scene = self._scenes[url]
        if openid not in self.people or not self.people[openid].follows:
            return await self.follow(openid=openid, scene=scene)
        return await self.happen("SCAN", openid=openid, EventKey=scene, Ticket=secrets.token_urlsafe(16))

    async def click(self, key: str, *, openid: str = XU) -> Delivered:
        return await self.happen("CLICK", openid=openid, EventKey=key)

    def allow(self, openid: str = XU, count: int = 5) -> None:
        """As if the person had just written, without a callback."""
        person = self.person(openid)
        person.said = self.now()
        person.grants["message"] = Grant(count, self.now() + 48 * 3_600)

    def person(self, openid: str) -> Person:
        return self.people.setdefault(openid, Person())

    def lend(self, kind: str, content: bytes, type: str, name: str = "medium") -> str:
        """A media_id for what a person sent, or we uploaded; for three days."""
        media_id = secrets.token_urlsafe(48)
        self._media[media_id] = Medium(kind, content, type, name, self.now() + MEDIA_LIVE)
        return media_id

    async def _call_back(self, openid: str, fields: Mapping[str, object]) -> Delivered:
        assert self.callback, "connect() first"
        whole = {"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": int(self.now()), **fields}
        delivered = await self.callback.deliver(whole)
        if reply := delivered.reply:
            await self._give(Sent(openid, reply["MsgType"], reply.get("Content", ""), passive=True))
        self.delivered.append(delivered)
        return delivered

    def texts(self, openid: str = XU) -> list[str]:
        """What a person has read, in order."""
        return [sent.what for sent in self.sent if sent.openid == openid and sent.kind == "text"]

    def asked(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(15), self._changed:
            await self._changed.wait_for(true)

    async def until_sent(self, count: int) -> list[Sent]:
        await self.until(lambda: len(self.sent) >= count)
        return self.sent

    def fail(self, path: str, *faults: Fault) -> None:
        """The next calls of `path` go wrong, one by one."""
        self.faults[path].extend(faults)

    def revoke(self) -> None:
        """Somebody else ends our token, as a forced renewal by another system does."""
        self._issue(self.now())

    async def answer(self, path: str, request: Request) -> Response:
        body = await request.body()
        call = Call(path, dict(request.query_params), _read_body(request, body))
        async with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        fault = self.faults[path].popleft() if self.faults[path] else None
        if fault and not fault.carried_out:
            return await self._go_wrong(fault)
        try:
            answer = await self._carry_out(call)
        except Refused as refused:
            self.refused.append(refused.code)
            answer = {"errcode": refused.code, "errmsg": refused.message}
        if fault:
            return await self._go_wrong(fault)
        return answer if isinstance(answer, Response) else _json(answer)

    async def _go_wrong(self, fault: Fault) -> Response:
        if fault.hangs:
            await self._closing.wait()
        if fault.cut:
            return Cut()
        if fault.code:
            return _json({"errcode": fault.code, "errmsg": "injected rid: 6565a1b2-0000"})
        return Response("<html>nginx</html>", fault.status)

    async def _carry_out(self, call: Call) -> Any:
        if call.path == "stable_token":
            return self._stable_token(call.body)
        self._check_token(call.query.get("access_token"))
        self._count(call.path)
        match call.path:
            case "message/custom/send":
                return await self._send(call.body)
            case "message/custom/typing":
                return self._typing(call.body)
            case "message/template/send":
                return await self._send_template(call.body)
            case "template/get_all_private_template":
                self._need("template")
                return {"template_list": [{"template_id": TEMPLATE}]}
            case "media/upload":
                return self._upload(call)
            case "media/get":
                return self._get_medium(call.query.get("media_id", ""))
            case "qrcode/create":
                return self._create_qr(call.body)
            case "menu/get":
                return self._get_menu()
            case "menu/create":
                return self._create_menu(call.body)
            case "get_current_selfmenu_info":
                self._need("menu")
                return self.page_menu if self.menu is None else _as_page_menu(self.menu)
            case "user/info":
                return self._user(call.query.get("openid", ""))
        raise Refused(40066, "invalid url")

    def _need(self, right: str) -> None:
        if right not in self.rights:
            raise Refused(48001, "api unauthorized")

    def _count(self, path: str) -> None:
        self._counted[path] += 1
        if self._counted[path] > self.daily.get(path, 500_000):
            raise Refused(45009, "reach max api daily quota limit")

    def _stable_token(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked.get("grant_type") != "client_credential":
            raise Refused(40002, "invalid grant_type")
        if asked.get("appid") != APP_ID:
            raise Refused(40013, "invalid appid")
        if asked.get("secret") != SECRET:
            raise Refused(40125, "invalid appsecret")
        if not self.white_listed:
            raise Refused(40164, "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist")
        now = self.now()
        held = self.tokens.get(self._current)
        if asked.get("force_refresh"):
            self._count_forced(now)
            self._issue(now)
        elif held is None or held.ends <= now:
            self._issue(now)
        elif held.expires - now <= OVERLAP:
            self._issue(now + OVERLAP)
        left = int(self.tokens[self._current].expires - now)
        return {"access_token": self._current, "expires_in": left}

    def _count_forced(self, now: float) -> None:
        day = [at for at in self._forced if now - at < 86_400]
        if len(day) >= FORCED_A_DAY:
            raise Refused(45009, "reach max api daily quota limit")
        if day and now - day[-1] < BETWEEN_FORCED:
            raise Refused(45011, "api minute-quota reach limit, must slower, retry next minute")
        self._forced = [*day, now]

    def _issue(self, old_ends: float) -> None:
        if held := self.tokens.get(self._current):
            held.ends = min(held.ends, old_ends)
        self._current = f"76_{secrets.token_urlsafe(96)}"
        expires = self.now() + self.lifetime
        self.tokens[self._current] = Issued(expires, expires)

    def _check_token(self, token: str | None) -> None:
        if not token:
            raise Refused(41001, "access_token missing")
        if not re.fullmatch(r"76_[\w-]{100,}", token):
            raise Refused(40014, "invalid access_token")
        issued = self.tokens.get(token)
        if issued and issued.ends > self.now():
            return
        if issued and issued.ends == issued.expires:
            raise Refused(42001, "access_token expired")
        raise Refused(40001, "invalid credential, access_token is invalid or not latest")

    async def _send(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._need("custom")
        person = self._reader(message.get("touser", ""))
        kind = message.get("msgtype", "")
        what = self._what(kind, message.get(kind) or {})
        _spend(person, self.now())
        person.typing = 0.0
        await self._give(Sent(message["touser"], kind, what))
        return {"errcode": 0, "errmsg": "ok"}

    def _reader(self, openid: str) -> Person:
        person = self.people.get(openid)
        if person is None:
            raise Refused(40003, "invalid openid")
        if not person.follows:
            raise Refused(43004, "require subscribe")
        return person

    def _what(self, kind: str, said: Mapping[str, Any]) -> str:
        if kind == "text":
            text = str(said.get("content", ""))
            if not text:
                raise Refused(44004, "empty content")
            if len(text.encode()) > LONGEST_TEXT:
                raise Refused(45002, "content size out of limit")
            return text
        if kind not in ("image", "voice", "video"):
            raise Refused(40008, "invalid message type")
        media_id = str(said.get("media_id", ""))
        if self._medium(media_id).kind != kind:
            raise Refused(40007, "invalid media_id")
        return media_id

    async def _give(self, sent: Sent) -> None:
        async with self._changed:
            self.sent.append(sent)
            self._changed.notify_all()

    def _typing(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._need("custom")
        person = self._reader(asked.get("touser", ""))
        command = asked.get("command")
        if command not in ("Typing", "CancelTyping"):
            raise Refused(45072, "invalid command")
        if self.now() - person.said > 30:
            raise Refused(45080, "no message within 30 seconds")
        if command == "Typing" and self.now() - person.typing < 15:
            raise Refused(45081, "already typing")
        person.typing = self.now() if command == "Typing" else 0.0
        return {"errcode": 0, "errmsg": "ok"}

    async def _send_template(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._need("template")
        self._reader(message.get("touser", ""))
        if message.get("template_id") != TEMPLATE:
            raise Refused(40037, "invalid template_id")
        data = message.get("data", {})
        if data.keys() != TEMPLATE_FIELDS or not all(item.get("value") for item in data.values()):
            raise Refused(47003, "argument invalid! data.thing1.value is empty")
        await self._give(Sent(message["touser"], "template", "\n".join(item["value"] for item in data.values())))
        return {"errcode": 0, "errmsg": "ok", "msgid": len(self.sent)}

    def _upload(self, call: Call) -> dict[str, Any]:
        kind = call.query.get("type", "")
        if kind not in MEDIA_SIZE:
            raise Refused(40004, "invalid media type")
        name, content, type = call.body or ("", b"", "")
        if not name or not name.isascii() or not content:
            raise Refused(41005, "media data missing")
        if name.rpartition(".")[2].lower() not in MEDIA_ENDINGS[kind]:
            raise Refused(40005, "invalid file type")
        if len(content) > MEDIA_SIZE[kind]:
            raise Refused(40006, "invalid meida size")
        return {"type": kind, "media_id": self.lend(kind, content, type, name), "created_at": int(self.now())}

    def _medium(self, media_id: str) -> Medium:
        medium = self._media.get(media_id)
        if medium is None or medium.until <= self.now():
            raise Refused(40007, "invalid media_id")
        return medium

    def _get_medium(self, media_id: str) -> Any:
        medium = self._medium(media_id)
        if medium.kind == "video":
            return {"video_url": f"{self.url}/film/{media_id}"}
        return self.give_medium(media_id)

    def give_medium(self, media_id: str) -> Response:
        medium = self._medium(media_id)
        headers = {"Content-disposition": f'attachment; filename="{medium.name}"'}
        return Response(medium.content, media_type=medium.type, headers=headers)

    def _create_qr(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._need("qrcode")
        if asked.get("action_name") != "QR_STR_SCENE":
            raise Refused(40052, "invalid action name")
        scene = asked.get("action_info", {}).get("scene", {}).get("scene_str", "")
        seconds = asked.get("expire_seconds", 60)
        if not 0 < len(scene) <= 64 or not 0 < seconds <= 2_592_000:
            raise Refused(40053, "invalid action info")
        url = f"http://weixin.qq.com/q/{secrets.token_urlsafe(16)}"
        self._scenes[url] = scene
        return {"ticket": secrets.token_urlsafe(64), "expire_seconds": seconds, "url": url}

    def _get_menu(self) -> dict[str, Any]:
        self._need("menu")
        if self.menu is None:
            raise Refused(46003, "menu no exist")
        return {"menu": self.menu}

    def _create_menu(self, menu: Mapping[str, Any]) -> dict[str, Any]:
        self._need("menu")
        buttons = menu.get("button", [])
        if not 1 <= len(buttons) <= 3:
            raise Refused(40016, "invalid button size")
        for button in buttons:
            _check_button(button)
        self.menu = dict(menu)
        return {"errcode": 0, "errmsg": "ok"}

    def _user(self, openid: str) -> dict[str, Any]:
        self._need("user")
        person = self.people.get(openid)
        if person is None:
            raise Refused(40003, "invalid openid")
        if not person.follows:
            return {"subscribe": 0, "openid": openid}
        return {"subscribe": 1, "openid": openid, "nickname": "", "language": "zh_CN", "subscribe_time": 1_700_000_000}

    async def close(self) -> None:
        self._closing.set()
        if self.callback:
            await self.callback.close()


def _spend(person: Person, now: float) -> None:
    """One message from what the person's latest doings allow, the shortest-lived first."""
    open_grants = sorted((grant for grant in person.grants.values() if grant.until > now), key=lambda one: one.until)
    if not open_grants:
        raise Refused(45015, "response out of time limit or subscription is canceled")
    grant = next((grant for grant in open_grants if grant.left), None)
    if grant is None:
        raise Refused(45047, "out of response count limit")
    grant.left -= 1


def _check_button(button: Mapping[str, Any], *, sub: bool = False) -> None:
    inner = button.get("sub_button") or []
    if not 0 < len(button.get("name", "").encode()) <= (60 if sub else 16):
        raise Refused(40018, "invalid button name size")
    if len(inner) > 5 or (sub and inner):
        raise Refused(40023, "invalid sub button size")
    for one in inner:
        _check_button(one, sub=True)
    if inner:
        return
    if button.get("type") == "click" and not 0 < len(button.get("key", "").encode()) <= 128:
        raise Refused(40019, "invalid button key size")
    if button.get("type") == "view" and not button.get("url"):
        raise Refused(40020, "invalid button url size")
    if button.get("type") not in ("click", "view"):
        raise Refused(40017, "invalid button type")


def _as_page_menu(menu: Mapping[str, Any]) -> dict[str, Any]:
    """A menu as WeChat shows it to everybody, however it was made: sub-buttons are a `list` inside."""
    buttons = [
        {**button, "sub_button": {"list": button["sub_button"]}} if button.get("sub_button") else button
        for button in menu["button"]
    ]
    return {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}


def _read_body(request: Request, body: bytes) -> Any:
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        return _read_file(kind, body)
    if not body:
        return None
    return json.loads(ESCAPE.sub(rb"\1\\\\u", body))


def _read_file(kind: str, body: bytes) -> tuple[str, bytes, str] | None:
    """The part `media` of a form: name, bytes, type."""
    form: Message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    for part in form.get_payload():
        if isinstance(part, Message) and part.get_param("name", header="content-disposition") == "media":
            content = part.get_payload(decode=True)
            return part.get_filename() or "", content if isinstance(content, bytes) else b"", part.get_content_type()
    return None


def _json(body: Any) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), headers={"Content-Type": "application/json; encoding=utf-8"})


@asynccontextmanager
async def wechat_server() -> AsyncIterator[WeChatServer]:
    """A stand-in that answers on loopback until the block ends."""
    server = WeChatServer()
    app = FastAPI()

    @app.api_route("/cgi-bin/{path:path}", methods=["GET", "POST"])
    async def call(path: str, request: Request) -> Response:
        return await server.answer(path, request)

    @app.get("/film/{media_id}")
    async def film(media_id: str, request: Request) -> Response:
        assert not request.query_params, "this address is not WeChat's API: no token"
        return server.give_medium(media_id)

    async with listening(app) as port:
        server.url = f"http://127.0.0.1:{port}"
        try:
            yield server
        finally:
            await server.close()
