"""WeChat's XML as ours: every kind it sends is read or let go, and nothing it could be brings another error."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media import media_id
from bot.messages import MAX_TEXT, Attachment, Content, Inbound, Location
from channels.wechat.places import to_wgs84
from channels.wechat.reader import FOR_A_MESSAGE, FOR_AN_EVENT, Happened, Letter, Unreadable, read_fields, read_letter
from channels.wechat.replies import text_reply
from tests.channels.wechat_callback import ACCOUNT, from_xml, to_xml
from tests.channels.wechat_server import XU

NOW = 1_795_000_000


def read(**fields: Any) -> Letter:
    whole = {"ToUserName": ACCOUNT, "FromUserName": XU, "CreateTime": NOW, "MsgId": 23_000, **fields}
    return read_letter(read_fields(to_xml({name: value for name, value in whole.items() if value is not None})), "shop")


def content(**fields: Any) -> Content:
    said = read(**fields).content
    assert isinstance(said, Inbound)
    return said.content


def medium(kind: Any, type: str | None) -> Attachment:
    return Attachment(kind=kind, media=media_id("shop", "wechat", "M1"), type=type, source="M1")


def test_a_text_is_a_message_of_its_openid() -> None:
    letter = read(MsgType="text", Content="发货了吗 <b>&amp;</b> ]]>")
    assert letter.content == Inbound(
        channel="wechat",
        identity=XU,
        external_id="23000",
        content=Content(text="发货了吗 <b>&amp;</b> ]]>"),
        grant=FOR_A_MESSAGE,
    )
    assert (letter.account, letter.identity, letter.id) == (ACCOUNT, XU, "23000")


def test_media_are_named_before_they_are_fetched() -> None:
    picture = content(MsgType="image", PicUrl="http://mmbiz.qpic.cn/x", MediaId="M1")
    assert picture.attachments == (medium("image", None),)
    assert content(MsgType="video", MediaId="M1", ThumbMediaId="T").attachments == (medium("video", "video/mp4"),)
    assert content(MsgType="shortvideo", MediaId="M1").attachments == (medium("video", "video/mp4"),)


@pytest.mark.parametrize("heard", ["我要退货", "", None])
def test_a_voice_says_what_was_recognised_if_anything_was(heard: str | None) -> None:
    said = content(MsgType="voice", MediaId="M1", Format="amr", Recognition=heard)
    assert said == Content(text=heard or "", attachments=(medium("voice", "audio/amr"),))


def test_a_place_and_a_link_are_read() -> None:
    place = content(MsgType="location", Location_X=23.13, Location_Y=113.35, Scale=20, Label="广州塔")
    latitude, longitude = to_wgs84(23.13, 113.35)
    assert place.location == Location(latitude=latitude, longitude=longitude, label="广州塔")
    link = content(MsgType="link", Title="T", Description="", Url="https://shop.example/p1")
    assert link.text == "T\nhttps://shop.example/p1"


def test_a_menu_click_says_its_key() -> None:
    letter = read(MsgType="event", Event="CLICK", EventKey="转人工", MsgId=None)
    assert isinstance(letter.content, Inbound)
    assert letter.content.content == Content(text="转人工", choice="转人工")
    assert letter.content.grant == FOR_AN_EVENT
    assert letter.content.external_id == letter.id


def test_an_event_is_the_same_only_when_all_of_it_is() -> None:
    pressed = {"MsgType": "event", "Event": "CLICK", "EventKey": "查物流", "MsgId": None}
    others = [{"EventKey": "退换货"}, {"CreateTime": NOW + 1}, {"Event": "SCAN"}, {"EventKey": "k" * 128}]
    assert read(**pressed).id == read(**pressed).id
    assert len({read(**pressed | other).id for other in ({}, *others)}) == 1 + len(others)


@pytest.mark.parametrize(
    ("fields", "happened"),
    [
        ({"Event": "subscribe", "EventKey": ""}, Happened("followed", FOR_AN_EVENT)),
        ({"Event": "subscribe"}, Happened("followed", FOR_AN_EVENT)),
        ({"Event": "subscribe", "EventKey": "qrscene_JL-1", "Ticket": "t"}, Happened("followed", FOR_AN_EVENT, "JL-1")),
        ({"Event": "SCAN", "EventKey": "JL-1", "Ticket": "t"}, Happened("scanned", FOR_AN_EVENT, "JL-1")),
        ({"Event": "unsubscribe", "EventKey": ""}, Happened("unfollowed")),
    ],
)
def test_what_happens_to_an_identity_is_no_message(fields: dict[str, Any], happened: Happened) -> None:
    assert read(MsgType="event", MsgId=None, **fields).content == happened


@pytest.mark.parametrize("kind", ["file", "miniprogrampage", "一种新消息"])
def test_unknown_messages_are_let_go(kind: str) -> None:
    assert read(MsgType=kind, MediaId="M1").content is None


@pytest.mark.parametrize("event", ["VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "scancode_push", "x" * 500])
def test_unknown_events_are_let_go(event: str) -> None:
    assert read(MsgType="event", Event=event, EventKey="k", MsgId=None).content is None


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "text"},
        {"MsgType": "image"},
        {"MsgType": "text", "Content": "x", "MsgId": None},
        {"MsgType": "text", "Content": "x", "MsgId": ""},
        {"MsgType": "text", "Content": "x", "FromUserName": ""},
        {"MsgType": "text", "Content": "x", "FromUserName": "o" * 129},
        {"MsgType": "text", "Content": "x" * (MAX_TEXT + 1)},
        {"MsgType": "text", "Content": "x" * 1_000_000},
        {"MsgType": "location", "Location_X": "north", "Location_Y": "1"},
        {"MsgType": "location", "Location_X": "91", "Location_Y": "1"},
        {"MsgType": "location", "Location_X": "nan", "Location_Y": "1"},
        {"MsgType": "event", "MsgId": None},
        {"MsgType": "event", "Event": "CLICK", "CreateTime": None},
        {"MsgType": "event", "Event": "unsubscribe", "FromUserName": ""},
        {"MsgType": "event", "Event": "SCAN", "EventKey": "k", "FromUserName": "o" * 129},
        {"Content": "x"},
    ],
)
def test_what_lacks_something_or_is_impossible_is_unreadable(fields: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read(**fields)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><MsgType>text</MsgType><Content>&c;</Content></xml>"""
OUTSIDE = b'<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/hostname">]><xml><Content>&f;</Content></xml>'
DTD = b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml><MsgType>text</MsgType></xml>'


@pytest.mark.parametrize(
    "body",
    [BOMB, OUTSIDE, DTD, b"", b"\x00", b"<xml>", b"<xml><a></b></xml>", b'{"a": 1}', b"<?xml version='1.0'"]
    + [b'<?xml version="1.0" encoding="%s"?><xml/>' % name for name in (b"utf-7", b"none", b"utf-32")]
    + [b"<a>" * 100_000, b"\xff\xfe<xml/>", b"<xml>\xff</xml>"],
)
def test_bombs_and_broken_xml_are_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_fields(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    with suppress(Unreadable):
        read_letter(read_fields(body), "shop")


FIELDS = (
    "ToUserName FromUserName CreateTime MsgType MsgId Content Event EventKey MediaId Location_X Location_Y Label Url"
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["text", "image", "voice", "video", "location", "link", "event", "CLICK", "SCAN", "subscribe"]),
    st.floats().map(str),
    st.integers().map(str),
)


@given(st.dictionaries(st.sampled_from(FIELDS.split()), VALUES), st.booleans())
def test_any_fields_are_read_or_unreadable(fields: dict[str, str], is_known: bool) -> None:
    """With the right names and any values, a letter is read, let go or unreadable."""
    known = {"ToUserName": "a", "FromUserName": "b", "CreateTime": "1", "MsgId": "1"} if is_known else {}
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in (known | fields).items())
    try:
        letter = read_letter(read_fields(f"<xml>{inside}</xml>".encode()), "shop")
    except Unreadable:
        return
    assert letter.identity


@given(st.text(max_size=200))
def test_a_reply_reads_as_it_was_said(text: str) -> None:
    said = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\r]", "", text)
    reply = from_xml(text_reply(said, to=XU, account=ACCOUNT, at=NOW).encode())
    assert reply["Content"] == said
    assert (reply["ToUserName"], reply["FromUserName"], reply["CreateTime"]) == (XU, ACCOUNT, str(NOW))
