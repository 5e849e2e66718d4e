"""Sends one message as one call, and keeps what is already on the screen fresh."""

from __future__ import annotations

import logging

from bot.media import Media, MediaFile
from bot.messages import MAX_TEXT, Attachment, Button, Content
from bot.numbered import is_scale
from channels.port import DeliveryError, Fetched, Rejected, RetryLater, Traits
from channels.telegram.api import Api, upload
from channels.telegram.pace import Pace
from channels.telegram.reader import CHANNEL
from channels.telegram.screen import Screen

log = logging.getLogger(__name__)

LONGEST_TEXT = MAX_TEXT
"""UTF-16 units; Telegram would take 4,096."""
A_ROW = 6
"""Buttons of a scale (0 to 10) beside each other."""
CALLBACK_BYTES = 64
"""A button's callback data; a button with more is left out."""
LARGEST_PHOTO = 10 * 1024 * 1024
UPLOADS = {
    "sendPhoto": ("image/jpeg", "image/png", "image/webp"),
    "sendVoice": ("audio/ogg", "audio/mpeg", "audio/mp4"),
    "sendVideo": ("video/mp4",),
}
"""What Telegram shows or plays in the chat; everything else is a file to download."""
PARAMETERS = {"sendPhoto": "photo", "sendVoice": "voice", "sendVideo": "video", "sendDocument": "document"}


class Sender:
    """A `Channel` and a `Source`. Text is sent as it is, without markup: nothing in it needs escaping."""

    traits = Traits(CHANNEL, buttons=11, cards=False, max_text=LONGEST_TEXT, attachments=True)

    def __init__(self, api: Api, screen: Screen, media: Media, pace: Pace) -> None:
        self._api = api
        self._screen = screen
        self._media = media
        self._pace = pace

    async def send(self, identity: str, content: Content) -> None:
        """Raises the `DeliveryError` that says what to do."""
        chat = int(identity)
        if content.attachments:
            await self._upload(chat, content.attachments[0])
            return
        buttons = _fitting(content)
        result = await self._paced("sendMessage", chat, text=content.text, reply_markup=_keyboard(buttons))
        if buttons and isinstance(result, dict):
            await self._screen.show(chat, result["message_id"], content.model_copy(update={"buttons": buttons}))

    async def refresh(self, identity: str, content: Content) -> None:
        """Put the newest question in new words, if it is the same one: with the same buttons, and not the same text.

        Raises a `DeliveryError`; none of them calls for another try.
        """
        chat = int(identity)
        shown = await self._screen.question(chat)
        if shown is None or shown.content.buttons != _fitting(content) or shown.content.text == content.text:
            return
        keyboard = _keyboard(shown.content.buttons)
        await self._paced("editMessageText", chat, message_id=shown.message, text=content.text, reply_markup=keyboard)
        await self._screen.show(chat, shown.message, content)

    async def fetch(self, attachment: Attachment) -> Fetched:
        """Raises the `DeliveryError` that says what to do."""
        return Fetched(await self._api.download(attachment.source or ""), attachment.type, attachment.name)

    async def show_typing(self, identity: str) -> None:
        """Lasts 5 s or until the next message; a chat that is over its pace goes without."""
        chat = int(identity)
        if self._pace.wait(chat) > 0:
            return
        try:
            await self._api.call("sendChatAction", chat_id=chat, action="typing")
        except DeliveryError as error:
            log.info("typing is not shown: %s", error)

    async def _upload(self, chat: int, attachment: Attachment) -> None:
        file = await self._media.get(attachment.media)
        if file is None:
            raise Rejected("the medium is not here")
        method = _method(file)
        await self._paced(method, chat, **{PARAMETERS[method]: upload(await file.read(), file.name)})

    async def _paced(self, method: str, chat: int, **parameters: object) -> object:
        await self._pace.turn(chat)
        try:
            return await self._api.call(method, chat_id=chat, **parameters)
        except RetryLater as error:
            self._pace.hold(chat, error.after)
            raise


def _method(file: MediaFile) -> str:
    fitting = (method for method, types in UPLOADS.items() if file.type in types)
    method = next(fitting, "sendDocument")
    return "sendDocument" if method == "sendPhoto" and file.size > LARGEST_PHOTO else method


def _fitting(content: Content) -> tuple[Button, ...]:
    return tuple(button for button in content.buttons if len(button.choice.encode()) <= CALLBACK_BYTES)


def _keyboard(buttons: tuple[Button, ...]) -> dict[str, object] | None:
    """A button a row; those of a scale stand side by side."""
    keys = [{"text": button.label, "callback_data": button.choice} for button in buttons]
    a_row = A_ROW if is_scale(buttons) else 1
    rows = [keys[start : start + a_row] for start in range(0, len(keys), a_row)]
    return {"inline_keyboard": rows} if rows else None
