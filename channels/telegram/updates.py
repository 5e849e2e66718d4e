"""Telegram's updates as far as we read them; whatever else they hold, now or in future, is left alone.

https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.messages import Text

Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Chat(Read):
    id: Id
    type: str = ""


class User(Read):
    first_name: Text = ""
    language_code: str | None = None


class File(Read):
    """A picture in one size, a voice, a film, a document or a sticker. `duration` in seconds."""

    file_id: Text = Field(min_length=1, max_length=500)
    file_size: int | None = Field(default=None, ge=0)
    file_name: Text | None = None
    mime_type: Text | None = None
    duration: int | None = Field(default=None, ge=0)
    width: int = 0
    height: int = 0
    emoji: Text = ""
    is_animated: bool = False
    is_video: bool = False


class Point(Read):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Venue(Read):
    title: Text = ""
    address: Text = ""


class Contact(Read):
    phone_number: Text
    first_name: Text = ""
    last_name: Text = ""


class Quoted(Read):
    """A message that is replied to, or the part of it that the shopper marked."""

    text: Text = ""
    caption: Text = ""


class InlineButton(Read):
    text: Text
    callback_data: Text | None = None


class Keyboard(Read):
    inline_keyboard: tuple[tuple[InlineButton, ...], ...] = ()


class Message(Read):
    message_id: Id
    chat: Chat
    sender: User = Field(default=User(), alias="from")
    text: Text = ""
    caption: Text = ""
    media_group_id: Text | None = None
    reply_to_message: Quoted | None = None
    quote: Quoted | None = None
    photo: tuple[File, ...] = ()
    voice: File | None = None
    audio: File | None = None
    video: File | None = None
    video_note: File | None = None
    animation: File | None = None
    document: File | None = None
    sticker: File | None = None
    location: Point | None = None
    venue: Venue | None = None
    contact: Contact | None = None
    reply_markup: Keyboard = Keyboard()


class CallbackQuery(Read):
    """A pressed button; `message` is the one it hangs on."""

    id: Text = Field(min_length=1, max_length=100)
    sender: User = Field(default=User(), alias="from")
    message: Message | None = None
    data: Text | None = None


class Member(Read):
    status: str


class MemberChange(Read):
    """What became of the bot in a chat: `kicked` is blocked."""

    chat: Chat
    sender: User = Field(default=User(), alias="from")
    new_chat_member: Member


class Update(Read):
    """At most one of the optional members is there."""

    update_id: Id
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: MemberChange | None = None


WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of updates that we ask for."""
