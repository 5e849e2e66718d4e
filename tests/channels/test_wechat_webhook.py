"""The callback by itself: whatever is sent to it has one of three ends, and a reply knows whether it was taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat.crypto import Seal, sign
from channels.wechat.reader import Unreadable, read_letter
from channels.wechat.webhook import Account, NoKey, PassiveReply, Refused, _open
from tests.channels.wechat_callback import AES_KEY, APP_ID, CALLBACK_TOKEN, to_xml

SEAL = Seal(AES_KEY, APP_ID)
PLAIN, SEALED = Account(CALLBACK_TOKEN, None, "shop"), Account(CALLBACK_TOKEN, SEAL, "shop")
queries = st.dictionaries(st.sampled_from(["timestamp", "nonce", "msg_signature"]), st.text(max_size=40))


def read(account: Account, query: dict[str, str], body: bytes) -> str:
    """The end it comes to."""
    try:
        read_letter(_open(account, query, body), account.desk)
    except (Refused, Unreadable, NoKey) as error:
        return type(error).__name__
    return "read"


@given(queries, st.binary(max_size=200), st.sampled_from([PLAIN, SEALED]))
def test_any_body_is_read_or_refused(query: dict[str, str], body: bytes, account: Account) -> None:
    assert read(account, query, body) in ("Refused", "Unreadable")


@given(st.text(max_size=200), queries)
def test_an_unsigned_seal_is_refused_whatever_it_says(sealed: str, query: dict[str, str]) -> None:
    body = to_xml({"ToUserName": "gh", "Encrypt": sealed.replace("\x00", "")})
    assert read(SEALED, query, body) in ("Refused", "Unreadable")


@given(st.text(max_size=200) | st.sampled_from(["<xml/>", "<xml><MsgType>text</MsgType></xml>"]))
def test_whatever_is_well_sealed_inside_is_read_or_unreadable(inside: str) -> None:
    sealed = SEAL.close(inside)
    query = {"timestamp": "1", "nonce": "n", "msg_signature": sign(CALLBACK_TOKEN, "1", "n", sealed)}
    assert read(SEALED, query, to_xml({"Encrypt": sealed})) == "Unreadable"


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=100))
def test_whatever_is_signed_as_a_seal_is_opened_or_refused(garbage: str) -> None:
    """Garbage under a valid signature raises many kinds of errors elsewhere."""
    query = {"timestamp": "1", "nonce": "n", "msg_signature": sign(CALLBACK_TOKEN, "1", "n", garbage)}
    assert read(SEALED, query, to_xml({"Encrypt": garbage})) == "Refused"


class Requester:
    """The other side of a reply: `hangs_up` before it has read it, or breaks the connection at once."""

    def __init__(self, *, hangs_up: bool = False, breaks: bool = False) -> None:
        self.ends: list[str] = []
        self.body = b""
        self._hangs_up = hangs_up
        self._breaks = breaks

    async def receive(self) -> dict[str, Any]:
        if not self._hangs_up:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self._breaks:
            raise OSError
        self.body += message.get("body", b"")

    async def note(self, end: str) -> None:
        self.ends.append(end)

    async def ask(self) -> None:
        reply = PassiveReply("<xml/>", written=lambda: self.note("written"), lost=lambda: self.note("lost"))
        await reply({"type": "http", "method": "POST"}, self.receive, self.send)


@pytest.mark.parametrize(
    ("requester", "end"),
    [(Requester(), "written"), (Requester(hangs_up=True), "lost"), (Requester(breaks=True), "lost")],
    ids=["stays", "hangs up", "breaks"],
)
async def test_a_reply_knows_whether_it_was_taken(requester: Requester, end: str) -> None:
    await requester.ask()
    assert requester.ends == [end]
    assert (requester.body == b"<xml/>") == (end == "written"), "who hung up before the end has nothing"
