"""What updates say: every kind as ours, and nothing that makes the reader raise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media import media_id
from bot.messages import MAX_TEXT, Content, Location
from channels.telegram.reader import Reading, read_update

PERSON = {"id": 7, "is_bot": False, "first_name": "Xu", "language_code": "zh-hans"}


def message(**members: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}, "from": PERSON, **members}


def read(kind: str = "message", **members: Any) -> Reading:
    reading = read_update({"update_id": 9, kind: message(**members)}, "shop")
    assert reading is not None
    return reading


def content(**members: Any) -> Content:
    (said,) = read(**members).said
    return said.content


def test_a_text_is_a_message_of_its_chat() -> None:
    reading = read(text="运费怎么算？")
    (said,) = reading.said
    assert reading.chat == 7
    assert (said.channel, said.identity, said.external_id) == ("telegram", "7", "5")
    assert (said.name, said.language, said.content.text) == ("Xu", "zh-Hans", "运费怎么算？")


def test_a_text_longer_than_a_message_is_kept_whole() -> None:
    pieces = read(text="长" * 4096).said
    assert [piece.external_id for piece in pieces] == ["5", "5:1"]
    assert [len(piece.content.text) for piece in pieces] == [MAX_TEXT, 96]


def test_every_version_of_a_text_names_the_first() -> None:
    (version,) = read("edited_message", text="我要换货").said
    assert (version.external_id, version.edits) == ("5:edit:9", "5")


def test_a_live_location_that_moves_is_left_out() -> None:
    moved = message(location={"latitude": 1, "longitude": 1, "live_period": 60})
    assert read_update({"update_id": 9, "edited_message": moved}, "shop") is None


def test_the_largest_size_of_a_picture_is_taken() -> None:
    sizes = [{"file_id": f"p{side}", "width": side, "height": side} for side in (90, 1280, 320)]
    said = content(photo=sizes, caption="这里坏了")
    assert said.text == "这里坏了"
    assert [(one.kind, one.source, one.media) for one in said.attachments] == [
        ("image", "p1280", media_id("shop", "telegram", "p1280"))
    ]


@pytest.mark.parametrize(
    ("members", "kind", "type"),
    [
        ({"voice": {"file_id": "f", "duration": 3}}, "voice", "audio/ogg"),
        ({"audio": {"file_id": "f", "mime_type": "audio/mpeg"}}, "voice", "audio/mpeg"),
        ({"video": {"file_id": "f"}}, "video", "video/mp4"),
        ({"video_note": {"file_id": "f"}}, "video", "video/mp4"),
        ({"animation": {"file_id": "f"}, "document": {"file_id": "g"}}, "video", "video/mp4"),
        ({"document": {"file_id": "f", "mime_type": "application/pdf"}}, "file", "application/pdf"),
        ({"document": {"file_id": "f", "mime_type": "image/png"}}, "image", "image/png"),
        ({"document": {"file_id": "f", "mime_type": "image/svg+xml"}}, "file", "image/svg+xml"),
        ({"sticker": {"file_id": "f"}}, "image", "image/webp"),
        ({"sticker": {"file_id": "f", "is_video": True}}, "video", "video/webm"),
    ],
)
def test_every_kind_of_file_is_an_attachment(members: dict[str, Any], kind: str, type: str) -> None:
    (attachment,) = content(**members).attachments
    assert (attachment.kind, attachment.type, attachment.source) == (kind, type, "f")


def test_an_animated_sticker_is_its_emoji() -> None:
    assert content(sticker={"file_id": "f", "emoji": "👍", "is_animated": True}) == Content(text="👍")


def test_pictures_sent_together_share_an_album() -> None:
    (said,) = read(photo=[{"file_id": "p"}], media_group_id="g1").said
    assert said.album == "g1"


def test_a_place_has_its_name() -> None:
    said = content(location={"latitude": 31.2, "longitude": 121.4}, venue={"title": "仓库", "address": "一号路 2 号"})
    assert said.location == Location(latitude=31.2, longitude=121.4, label="仓库 一号路 2 号")


def test_a_contact_is_a_name_and_a_number() -> None:
    assert (
        content(contact={"phone_number": "13800138000", "first_name": "小", "last_name": "徐"}).text
        == "小 徐\n13800138000"
    )


def test_a_reply_quotes_what_was_marked_before_the_whole() -> None:
    whole = {"message_id": 3, "text": "退货要先申请，再寄回。"}
    assert content(text="寄到哪里？", reply_to_message=whole).quote == "退货要先申请，再寄回。"
    assert content(text="寄到哪里？", reply_to_message=whole, quote={"text": "再寄回"}).quote == "再寄回"


@pytest.mark.parametrize(
    ("text", "choice", "payload"),
    [
        ("/start", "greet", None),
        ("/start JL-7KQ2", "greet", "JL-7KQ2"),
        ("/human", "human", None),
        ("/human@shop_bot", "human", None),
        ("/help", None, None),
        ("/", None, None),
        ("1/2", None, None),
    ],
)
def test_commands_are_choices(text: str, choice: str | None, payload: str | None) -> None:
    reading = read(text=text)
    assert (reading.said[0].content.choice, reading.payload) == (choice, payload)


@pytest.mark.parametrize(
    ("code", "language"), [("zh-hans", "zh-Hans"), ("zh-TW", "zh-Hant"), ("en", "en"), ("de", "en"), (None, None)]
)
def test_telegrams_language_becomes_one_of_ours(code: str | None, language: str | None) -> None:
    assert read(text="hi", **{"from": {**PERSON, "language_code": code}}).said[0].language == language


def test_a_pressed_button_says_its_label() -> None:
    keyboard = {"inline_keyboard": [[{"text": "是", "callback_data": "yes"}, {"text": "否", "callback_data": "no"}]]}
    query = {"id": "q1", "from": PERSON, "data": "no", "message": message(text="?", reply_markup=keyboard)}
    reading = read_update({"update_id": 9, "callback_query": query}, "shop")
    assert reading and reading.press
    assert (reading.press.query, reading.press.message) == ("q1", 5)
    assert reading.said[0].content == Content(text="否", choice="no")


@pytest.mark.parametrize(("status", "kind"), [("kicked", "blocked"), ("member", "unblocked")])
def test_blocking_is_an_event(status: str, kind: str) -> None:
    change = {"chat": {"id": 7, "type": "private"}, "from": PERSON, "new_chat_member": {"status": status}}
    reading = read_update({"update_id": 9, "my_chat_member": change}, "shop")
    assert reading and reading.event
    assert (reading.event.kind, reading.event.external_id, reading.said) == (kind, "member:9", ())


def test_lone_surrogates_and_control_characters_do_not_reach_the_store() -> None:
    text = json.loads(r'"a\ud800\u0000b"')
    raw = {"update_id": 1, "message": message(text=text)}
    reading = read_update(raw, "shop")
    assert reading and reading.said[0].content.text == "a\ufffdb"


NAMES = """
update_id message edited_message callback_query my_chat_member new_chat_member status from chat id type text caption
data message_id photo voice sticker file_id location latitude longitude contact quote reply_to_message reply_markup
media_group_id
"""
names = st.sampled_from(NAMES.split())
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("private"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=6),
)


@given(raw=values)
def test_no_update_makes_the_reader_raise(raw: object) -> None:
    read_update(raw, "shop")


@given(name=names, value=values)
def test_no_broken_member_makes_the_reader_raise(name: str, value: object) -> None:
    for kind in ("message", "edited_message"):
        reading = read_update({"update_id": 1, kind: {**message(text="hi"), name: value}}, "shop")
        assert reading is None or all(said.model_dump_json() for said in reading.said)
