"""What travels between widget and server (docs/protocol.md), and the errors both sides know."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from bot.messages import MAX_TEXT, Attachment, Content, Conversation, Language, Model, State, Text, clean_text
from bot.uploads import MOST, UploadId

PAGE = 100
"""Entries sent at once."""
END = 2**53
"""No `seq` is larger: the largest whole number a browser counts to."""
LONGEST_ID = 64


class Problem(Exception):
    """Something the widget has to be told: a code of docs/protocol.md and a sentence."""

    def __init__(self, code: str, message: str, id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.id = id

    def frame(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message}
        return {"type": "error", "error": error, **({"id": self.id} if self.id else {})}


Id = Annotated[str, BeforeValidator(clean_text), Field(min_length=1, max_length=LONGEST_ID)]


class Words(Model):
    """What a shopper may say: text, a pressed button, or what was uploaded before."""

    text: Text = ""
    choice: Annotated[Text, Field(max_length=200)] | None = None
    attachments: Annotated[tuple[UploadId, ...], Field(max_length=MOST)] = ()


class Hello(Model):
    type: Literal["hello"]
    token: str = Field(max_length=512)
    after: int = Field(default=0, ge=0, le=END)
    conversation: str | None = Field(default=None, max_length=64)
    language: Language | None = None


class Say(Model):
    type: Literal["say"] = "say"
    id: Id
    content: Words
    product: str | None = Field(default=None, max_length=64)


class TypingSign(Model):
    type: Literal["typing"]


class History(Model):
    type: Literal["history"] = "history"
    before: int = Field(ge=1, le=END)


class Ping(Model):
    type: Literal["ping"]


class VisitorRequest(Model):
    token: str | None = Field(default=None, max_length=512)


class PollRequest(Model):
    token: str = Field(max_length=512)
    after: int = Field(default=0, ge=0, le=END)
    conversation: str | None = Field(default=None, max_length=64)
    language: Language | None = None
    wait: float = Field(default=25, ge=0, le=30)


class SayRequest(Model):
    token: str = Field(max_length=512)
    language: Language | None = None
    id: Id
    content: Words
    product: str | None = Field(default=None, max_length=64)


class HistoryRequest(Model):
    token: str = Field(max_length=512)
    before: int = Field(ge=1, le=END)


Frame = Annotated[Say | TypingSign | History | Ping, Field(discriminator="type")]
_frame: TypeAdapter[Say | TypingSign | History | Ping] = TypeAdapter(Frame)
KINDS = ("say", "typing", "history", "ping")


def read_json(text: str | bytes) -> dict[str, Any]:
    """Raises `Problem` (`bad_json`)."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Problem("bad_json", "This is not JSON.") from None
    if not isinstance(value, dict):
        raise Problem("bad_json", "A JSON object is expected.")
    return value


def read_hello(text: str) -> Hello:
    """The first frame of a socket. Raises `Problem`."""
    try:
        return Hello.model_validate(read_json(text))
    except ValidationError as error:
        raise _problem(error, None) from None


def read_frame(text: str) -> Say | TypingSign | History | Ping:
    """A later frame of a socket. Raises `Problem`, with the message's id where there is one."""
    value = read_json(text)
    id = _id_of(value)
    if value.get("type") not in KINDS:
        raise Problem("unknown_type", "A frame's type is one of: " + ", ".join(KINDS) + ".", id)
    try:
        return _frame.validate_python(value)
    except ValidationError as error:
        raise _problem(error, id) from None


def _id_of(value: dict[str, Any]) -> str | None:
    """The id a wrong frame can be answered with, if it has one."""
    id = clean_text(value.get("id"))
    return id if isinstance(id, str) and len(id) <= LONGEST_ID else None


def _problem(error: ValidationError, id: str | None) -> Problem:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"] if part not in KINDS)
    return Problem("bad_request", f"{clean_text(where[:80]) or 'body'}: {first['msg']}", id)


def check_words(say: Say | SayRequest, attachments: tuple[Attachment, ...] = ()) -> Content:
    """The content of a message. Raises `Problem` (`too_long`, `empty`)."""
    length = len(say.content.text)
    if length > MAX_TEXT:
        raise Problem("too_long", f"A message may have {MAX_TEXT:,} characters; this one has {length:,}.", say.id)
    if not (say.content.text.strip() or attachments):
        raise Problem("empty", "The message is empty.", say.id)
    return Content(text=say.content.text, choice=say.content.choice, attachments=attachments)


class Standing(Protocol):
    """Where somebody stands who waits for a human.

    `place` counts from 1; `wait`: minutes, at least and at most, where known; `here`: whether the team is open now, and
    if not, when it `opens`, where known.
    """

    @property
    def place(self) -> int: ...

    @property
    def wait(self) -> tuple[int, int] | None: ...

    @property
    def here(self) -> bool: ...

    @property
    def opens(self) -> datetime | None: ...


def state_frame(conversation: Conversation, standing: Standing | None, linked: list[str]) -> dict[str, Any]:
    agent = conversation.agent_name if conversation.state is State.ASSIGNED else None
    id, state = conversation.id, State.QUEUED if conversation.state.waits else conversation.state
    return {"conversation": id, "state": state, **_line(standing), "agent": agent, "linked": linked}


def _line(standing: Standing | None) -> dict[str, Any]:
    if standing is None:
        return {"place": None, "wait": None, "closed": False, "opens": None}
    opens = int(standing.opens.timestamp() * 1000) if standing.opens else None
    return {"place": standing.place, "wait": standing.wait, "closed": not standing.here, "opens": opens}
