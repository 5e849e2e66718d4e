"""What an update says, in our words. Nothing of Telegram's own shapes leaves this module."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from bot.media import PICTURES, media_id
from bot.messages import MAX_TEXT, Attachment, Content, Inbound, Language, Location
from channels.degrade import split_text
from channels.telegram.updates import CallbackQuery, Contact, File, MemberChange, Message, Update, User

log = logging.getLogger(__name__)

CHANNEL = "telegram"
PRIVATE = "private"
LONGEST_QUOTE = 200
LONGEST_NAME = 64
COMMAND = re.compile(r"/(\w{1,32})(?:@\w+)?(?:\s+(\S.*))?", re.DOTALL)
CHOICES = {"start": "greet", "human": "human"}
"""What our commands choose; other words with a slash are read as text."""
EVENTS = {"kicked": "blocked", "member": "unblocked"}


@dataclass(frozen=True)
class Press:
    """A pressed button: the id of the query, which wants an answer, and of the message the button hangs on."""

    query: str
    message: int


@dataclass(frozen=True)
class Event:
    """What happened to the identity."""

    kind: str
    external_id: str
    name: str | None
    language: Language | None


@dataclass(frozen=True)
class Reading:
    """An update of the private `chat`. `payload`: what a link to the bot brought along."""

    chat: int
    said: tuple[Inbound, ...] = ()
    press: Press | None = None
    event: Event | None = None
    payload: str | None = None


def read_update(raw: object, desk: str) -> Reading | None:
    """None, with a line in the log, for what is nothing for us or cannot be read."""
    try:
        update = Update.model_validate(raw)
        reading = _read(update, desk)
    except (ValidationError, RecursionError) as error:
        log.warning("a telegram update cannot be read: %s", _why(error))
        return None
    if reading is None:
        log.info("telegram update %d is nothing for us", update.update_id)
    return reading


def _read(update: Update, desk: str) -> Reading | None:
    if update.message:
        return _written(update.message, desk)
    if update.edited_message:
        return _edited(update.edited_message, update.update_id, desk)
    if update.callback_query:
        return _pressed(update.callback_query)
    return _changed(update.my_chat_member, update.update_id) if update.my_chat_member else None


def _written(message: Message, desk: str) -> Reading | None:
    if message.chat.type != PRIVATE:
        return None
    command = COMMAND.fullmatch(message.text.strip())
    name, payload = (command[1].lower(), command[2]) if command else ("", None)
    said = tuple(
        Inbound(
            channel=CHANNEL,
            identity=str(message.chat.id),
            external_id=_part_id(message, part),
            content=content.model_copy(update={"choice": CHOICES.get(name)}),
            name=_name(message.sender),
            language=_language(message.sender),
            album=message.media_group_id,
        )
        for part, content in enumerate(_contents(message, desk))
    )
    return Reading(message.chat.id, said, payload=payload if name == "start" else None) if said else None


def _edited(message: Message, update: int, desk: str) -> Reading | None:
    """A new version of what was written. A live location moves by edits, up to every second: those are left out."""
    written = None if message.location else _written(message, desk)
    if written is None:
        return None
    versions = (one.model_copy(update=_as_edit(one, update)) for one in written.said)
    return Reading(written.chat, tuple(versions))


def _as_edit(version: Inbound, update: int) -> dict[str, object]:
    content = version.content.model_copy(update={"choice": None})
    return {"external_id": f"{version.external_id}:edit:{update}", "edits": version.external_id, "content": content}


def _pressed(query: CallbackQuery) -> Reading | None:
    message = query.message
    if message is None or not query.data or message.chat.type != PRIVATE:
        return None
    said = Inbound(
        channel=CHANNEL,
        identity=str(message.chat.id),
        external_id=f"callback:{query.id}",
        content=Content(text=_label(query, message) or query.data, choice=query.data),
        name=_name(query.sender),
        language=_language(query.sender),
    )
    return Reading(message.chat.id, (said,), Press(query.id, message.message_id))


def _changed(change: MemberChange, update: int) -> Reading | None:
    kind = EVENTS.get(change.new_chat_member.status)
    if kind is None or change.chat.type != PRIVATE:
        return None
    event = Event(kind, f"member:{update}", _name(change.sender), _language(change.sender))
    return Reading(change.chat.id, event=event)


def _contents(message: Message, desk: str) -> Iterator[Content]:
    """The message as one content; a text longer than a message may be in rare cases: it goes on in a second one."""
    files = tuple(_attachments(message, desk))
    location = _location(message)
    texts = split_text(_text(message), MAX_TEXT)
    if texts[0].strip() or files or location:
        yield Content(text=texts[0], attachments=files, location=location, quote=_quote(message))
        yield from (Content(text=text) for text in texts[1:])


def _text(message: Message) -> str:
    if message.contact:
        return _card(message.contact)
    return message.text or message.caption or (message.sticker.emoji if message.sticker else "")


def _card(contact: Contact) -> str:
    name = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    return "\n".join(part for part in (name, contact.phone_number) if part)


def _attachments(message: Message, desk: str) -> Iterator[Attachment]:
    """The file of a message; a picture comes in several sizes, a film without sound as a document besides."""
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        yield _attachment("image", largest, desk, "image/jpeg")
    elif message.sticker:
        yield from _sticker(message.sticker, desk)
    elif sound := message.voice or message.audio:
        yield _attachment("voice", sound, desk, "audio/ogg")
    elif film := message.video or message.video_note or message.animation:
        yield _attachment("video", film, desk, "video/mp4")
    elif document := message.document:
        yield _attachment("image" if document.mime_type in PICTURES else "file", document, desk, None)


def _sticker(sticker: File, desk: str) -> Iterator[Attachment]:
    """Animated stickers are drawings that only Telegram plays: their emoji has to do."""
    if sticker.is_video:
        yield _attachment("video", sticker, desk, "video/webm")
    elif not sticker.is_animated:
        yield _attachment("image", sticker, desk, "image/webp")


def _attachment(kind: str, file: File, desk: str, type: str | None) -> Attachment:
    return Attachment.model_validate(
        {
            "kind": kind,
            "media": media_id(desk, CHANNEL, file.file_id),
            "type": (file.mime_type or type or "")[:100] or None,
            "name": file.file_name[:200] if file.file_name else None,
            "size": file.file_size,
            "seconds": file.duration,
            "source": file.file_id,
        }
    )


def _location(message: Message) -> Location | None:
    if message.location is None:
        return None
    venue = message.venue
    label = " ".join(part for part in (venue.title, venue.address) if part)[:200] if venue else None
    point = message.location
    return Location(latitude=point.latitude, longitude=point.longitude, label=label or None)


def _quote(message: Message) -> str | None:
    """What the shopper replies to: the part that was marked, else the beginning of the message."""
    marked, whole = message.quote, message.reply_to_message
    text = (marked.text if marked else "") or (whole.text or whole.caption if whole else "")
    return text[:LONGEST_QUOTE] or None


def _label(query: CallbackQuery, message: Message) -> str | None:
    """The text of the pressed button, as far as Telegram still shows us the message it hangs on."""
    buttons = (button for row in message.reply_markup.inline_keyboard for button in row)
    return next((button.text for button in buttons if button.callback_data == query.data), None)


def _part_id(message: Message, part: int) -> str:
    return f"{message.message_id}:{part}" if part else str(message.message_id)


def _name(user: User) -> str | None:
    return user.first_name[:LONGEST_NAME] or None


def _language(user: User) -> Language | None:
    """Telegram's IETF tag as one of our languages."""
    tag = (user.language_code or "").lower()
    if tag.startswith("zh"):
        return "zh-Hant" if any(part in tag for part in ("hant", "tw", "hk", "mo")) else "zh-Hans"
    return "en" if tag else None


def _why(error: ValidationError | RecursionError) -> str:
    """Where it is broken, and nothing of what it says."""
    if isinstance(error, RecursionError):
        return "too deep"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'update'}: {first['type']}"
