"""WeChat's side of a callback: signed and sealed as the account's mode asks, tried three times, the answer read hard.

The sealing here is written from WeChat's description, apart from the one under test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

Mode = Literal["plain", "compatible", "aes"]

ACCOUNT = "gh_7f083739789a"
APP_ID = "wx5823bf96d3bd56c7"
CALLBACK_TOKEN = "QDG6eK"
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TRIES = 3
LONGEST_REPLY = 2_048
"""Bytes of a text."""


class BadAnswer(Exception):
    """The shopper would read "该公众号提供的服务出现故障，请稍后再试"."""


@dataclass(frozen=True)
class Delivered:
    """What came of one message. `tries` went out; `status` is of the last one, None without an answer in time.

    `reply` has the fields of a passive reply; `bodies`: every answer that came in time, as it came.
    """

    tries: int
    status: int | None
    reply: Mapping[str, str]
    bodies: tuple[bytes, ...]
    broken: str = ""

    @property
    def text(self) -> str | None:
        return self.reply.get("Content")


class Callback:
    """`url`: where the account's callback answers; `patience` in seconds."""

    def __init__(self, url: str, now: Callable[[], float], *, mode: Mode = "plain", patience: float = 5.0) -> None:
        self.url = url
        self.mode = mode
        self.patience = patience
        self.token = CALLBACK_TOKEN
        self.key = AES_KEY
        self._now = now
        self._client = httpx.AsyncClient(trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def verify(self) -> bool:
        """Saving the address on WeChat's page: the echo must come back as it is."""
        query = {**self.signature(), "echostr": str(int.from_bytes(os.urandom(8), "big"))}
        answer = await self._client.get(self.url, params=query, timeout=self.patience)
        return answer.status_code == 200 and answer.text == query["echostr"]

    async def deliver(self, fields: Mapping[str, object]) -> Delivered:
        """The same message three times at most, until an answer comes in time."""
        bodies: list[bytes] = []
        status: int | None = None
        for number in range(1, TRIES + 1):
            query, body = self.message(fields)
            try:
                answer = await self._client.post(
                    self.url, params=query, content=body, headers={"Content-Type": "text/xml"}, timeout=self.patience
                )
            except httpx.TransportError:
                status = None
                continue
            bodies.append(answer.content)
            status = answer.status_code
            if status == 200:
                return self.read(number, answer.content, bodies, fields)
        return Delivered(TRIES, status, {}, tuple(bodies), "no answer")

    def message(self, fields: Mapping[str, object]) -> tuple[dict[str, str], bytes]:
        """Query and body of one try."""
        xml = to_xml(fields)
        query = {**self.signature(), "openid": str(fields.get("FromUserName", ""))}
        if self.mode == "plain":
            return query, xml
        sealed = seal(xml, self.key)
        query |= {"encrypt_type": "aes", "msg_signature": self.sign(query["timestamp"], query["nonce"], sealed)}
        shown = fields if self.mode == "compatible" else {"ToUserName": fields.get("ToUserName", ACCOUNT)}
        return query, to_xml({**shown, "Encrypt": sealed})

    def signature(self) -> dict[str, str]:
        timestamp, nonce = str(int(self._now())), str(int.from_bytes(os.urandom(4), "big"))
        return {"signature": self.sign(timestamp, nonce), "timestamp": timestamp, "nonce": nonce}

    def sign(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted((self.token, *parts))).encode()).hexdigest()

    def read(self, tries: int, body: bytes, bodies: list[bytes], fields: Mapping[str, object]) -> Delivered:
        """What WeChat makes of an answer."""
        try:
            reply = self._open(body, fields)
        except (BadAnswer, ElementTree.ParseError, ValueError) as error:
            return Delivered(tries, 200, {}, tuple(bodies), str(error) or type(error).__name__)
        return Delivered(tries, 200, reply, tuple(bodies))

    def _open(self, body: bytes, fields: Mapping[str, object]) -> dict[str, str]:
        if body in (b"", b"success"):
            return {}
        reply = from_xml(body)
        if "Encrypt" in reply:
            signed = self.sign(reply["TimeStamp"], reply["Nonce"], reply["Encrypt"])
            if not hmac.compare_digest(signed, reply["MsgSignature"]):
                raise BadAnswer("the answer's signature is wrong")
            reply = from_xml(unseal(reply["Encrypt"], self.key))
        elif self.mode == "aes":
            raise BadAnswer("the answer is not sealed")
        _check_reply(reply, fields)
        return reply


def _check_reply(reply: Mapping[str, str], fields: Mapping[str, object]) -> None:
    if (reply.get("ToUserName"), reply.get("FromUserName")) != (fields["FromUserName"], fields["ToUserName"]):
        raise BadAnswer("the answer is for somebody else")
    if not reply.get("CreateTime", "").isdigit():
        raise BadAnswer("the answer has no time")
    if reply.get("MsgType") == "text":
        if not 0 < len(reply.get("Content", "").encode()) <= LONGEST_REPLY:
            raise BadAnswer("the text is empty or too long")
    elif reply.get("MsgType") not in ("image", "voice", "video", "music", "news"):
        raise BadAnswer("no such kind of answer")


def to_xml(fields: Mapping[str, object]) -> bytes:
    """Numbers as they are, texts as CDATA, mappings as elements of their own."""
    return b"<xml>" + b"".join(_element(name, value) for name, value in fields.items()) + b"</xml>"


def _element(name: str, value: object) -> bytes:
    if isinstance(value, Mapping):
        inner = b"".join(_element(key, item) for key, item in value.items())
    elif isinstance(value, int | float):
        inner = str(value).encode()
    else:
        inner = b"<![CDATA[" + str(value).replace("]]>", "]]]]><![CDATA[>").encode() + b"]]>"
    return b"<%s>%s</%s>" % (name.encode(), inner, name.encode())


def from_xml(xml: bytes) -> dict[str, str]:
    return {child.tag: child.text or "" for child in ElementTree.fromstring(xml)}


def _cipher(key: str) -> Cipher[modes.CBC]:
    secret = base64.b64decode(key + "=")
    return Cipher(algorithms.AES(secret), modes.CBC(secret[:16]))


def seal(xml: bytes, key: str, app_id: str = APP_ID) -> str:
    whole = os.urandom(16) + struct.pack(">I", len(xml)) + xml + app_id.encode()
    missing = 32 - len(whole) % 32
    encryptor = _cipher(key).encryptor()
    return base64.b64encode(encryptor.update(whole + bytes([missing]) * missing) + encryptor.finalize()).decode()


def unseal(sealed: str, key: str, app_id: str = APP_ID) -> bytes:
    decryptor = _cipher(key).decryptor()
    whole = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
    whole = whole[16 : -whole[-1]]
    length = struct.unpack(">I", whole[:4])[0]
    if whole[4 + length :] != app_id.encode():
        raise BadAnswer("the answer is sealed for another account")
    return whole[4 : 4 + length]
