"""WeChat's XML becomes our words in one step, and no other module sees it: what was said, or what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from bot.media import media_id
from bot.messages import Attachment, Content, Grant, Inbound, Location
from channels.wechat.places import to_wgs84

CHANNEL = "wechat"
MINUTE = 60_000
"""ms"""
FOR_A_MESSAGE = Grant(messages=5, ms=48 * 60 * MINUTE)
FOR_AN_EVENT = Grant(messages=3, ms=MINUTE)
"""What WeChat lets an account send: for what a shopper says, and for a menu click, a follow or a scan."""
LONGEST_ID = 128
"""Characters of an openid or a MsgId; WeChat's have 28 and 20."""
SCENE = "qrscene_"
"""What stands before the parameter of a QR code when scanning it was also the follow."""

Fields = Mapping[str, str]


class Unreadable(Exception):
    """This is no XML of WeChat's."""


@dataclass(frozen=True)
class Happened:
    """An event of an identity that is nothing said. `parameter`: what the scanned QR code carried."""

    event: Literal["followed", "unfollowed", "scanned"]
    grant: Grant | None = None
    parameter: str | None = None


@dataclass(frozen=True)
class Letter:
    """What a callback brought. `id`: the same when WeChat repeats it; `content`: None for a kind that is not for us."""

    account: str
    identity: str
    id: str
    kind: str
    content: Inbound | Happened | None


def read_fields(body: bytes) -> Fields:
    """The texts of the XML's top elements, by name. Raises `Unreadable`, whatever is wrong; entities are refused."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except Exception as error:  # expat, the guard against bombs, and the codecs have no error in common
        raise Unreadable(type(error).__name__) from error
    return {child.tag: child.text or "" for child in root}


def read_letter(fields: Fields, desk: str) -> Letter:
    """Raises `Unreadable` when a field that every callback has is missing, or one has an impossible value."""
    try:
        kind = fields["MsgType"]
        is_event = kind == "event"
        named = f"event:{fields['Event'].lower()}" if is_event else kind
        id = _event_id(named, fields) if is_event else _id(fields["MsgId"])
        content: Inbound | Happened | None = _happened(fields) if is_event else None
        if content is None and (say := CONTENTS.get(named)):
            content = _inbound(fields, id, say(fields, desk), FOR_AN_EVENT if is_event else FOR_A_MESSAGE)
        return Letter(fields["ToUserName"], _id(fields["FromUserName"]), id, named, content)
    except (KeyError, ValueError) as error:  # pydantic's errors are ValueErrors
        raise Unreadable(f"a field is missing or impossible ({type(error).__name__})") from error


def _id(text: str) -> str:
    if not 0 < len(text) <= LONGEST_ID:
        raise ValueError("no id")
    return text


def _event_id(named: str, fields: Fields) -> str:
    """Events have no id of WeChat's. Two items of a menu may be pressed within the second that `CreateTime` counts."""
    key = blake2b(fields.get("EventKey", "").encode(), digest_size=8).hexdigest()
    return f"{named:.60}:{int(fields['CreateTime'])}:{key}"


def _inbound(fields: Fields, id: str, content: Content, grant: Grant) -> Inbound:
    return Inbound(
        channel=CHANNEL, identity=fields["FromUserName"], external_id=id, content=content, language=None, grant=grant
    )


def _happened(fields: Fields) -> Happened | None:
    parameter = fields.get("EventKey", "")
    match fields["Event"].lower():
        case "subscribe":
            return Happened("followed", FOR_AN_EVENT, parameter.removeprefix(SCENE) or None)
        case "unsubscribe":
            return Happened("unfollowed")
        case "scan":
            return Happened("scanned", FOR_AN_EVENT, parameter or None)
    return None


def _attached(kind: Literal["image", "voice", "video"], type: str | None) -> Callable[[Fields, str], Content]:
    def read(fields: Fields, desk: str) -> Content:
        source = fields["MediaId"]
        medium = Attachment(kind=kind, media=media_id(desk, CHANNEL, source), type=type, source=source)
        return Content(text=fields.get("Recognition", ""), attachments=(medium,))

    return read


def _location(fields: Fields, _: str) -> Content:
    latitude, longitude = to_wgs84(float(fields["Location_X"]), float(fields["Location_Y"]))
    label = fields.get("Label", "").strip()[:200] or None
    return Content(location=Location(latitude=latitude, longitude=longitude, label=label))


def _link(fields: Fields, _: str) -> Content:
    lines = (fields.get(name, "").strip() for name in ("Title", "Description", "Url"))
    return Content(text="\n".join(line for line in lines if line))


def _menu(fields: Fields, _: str) -> Content:
    """A menu's key is what it says: `转人工`, or a choice of ours such as `human`."""
    return Content(text=fields["EventKey"], choice=fields["EventKey"])


CONTENTS: Mapping[str, Callable[[Fields, str], Content]] = {
    "text": lambda fields, _: Content(text=fields["Content"]),
    "image": _attached("image", None),
    "voice": _attached("voice", "audio/amr"),
    "video": _attached("video", "video/mp4"),
    "shortvideo": _attached("video", "video/mp4"),
    "location": _location,
    "link": _link,
    "event:click": _menu,
}
