"""What follows a human chat, as the desk's leads set it: what shoppers are asked, and how agents sum up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from bot.messages import Model, Text

WHOLE = 100

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_:.-]{0,39}$")]
Name = Annotated[Text, Field(min_length=1, max_length=40)]


class RatingRules(Model):
    """What shoppers are asked after a chat.

    `human`, `bot`: for stars, after a chat with a human, and after the bot has finished a task; `human_after` and
    `bot_after`: seconds of quiet before; `low`: up to so many stars a lead hears of it. `nps_share`: per cent of the
    shoppers who are asked whether they would recommend us, at most once in `nps_days`, `nps_after` seconds of quiet
    after a chat; 0: nobody.
    """

    human: bool = True
    human_after: int = Field(5, ge=0, le=3_600)
    bot: bool = True
    bot_after: int = Field(300, ge=10, le=3_600)
    low: int = Field(2, ge=0, le=4)
    nps_share: int = Field(0, ge=0, le=WHOLE)
    nps_days: int = Field(90, ge=7, le=730)
    nps_after: int = Field(1_800, ge=60, le=14_400)


class Disposition(Model):
    """What a chat came to; suggested where its topic, or the reason of its handoff, is one of `topics`."""

    key: Word
    zh: Name
    en: Name
    topics: tuple[Word, ...] = Field((), max_length=20)


def _disposition(key: str, zh: str, en: str, *topics: str) -> Disposition:
    return Disposition(key=key, zh=zh, en=en, topics=topics)


ASKED = ("price", "product", "payment", "account", "other", "asked", "not_understood", "business")
DISPOSITIONS = (
    _disposition("answered", "咨询已答复", "Question answered", *ASKED),
    _disposition("order", "订单与物流", "Order or delivery", "order", "logistics"),
    _disposition("returned", "退换货与退款", "Return or refund", "returns"),
    _disposition("complaint", "投诉", "Complaint", "complaint"),
    _disposition("fault", "商品或系统故障", "Fault of goods or system", "failure"),
    _disposition("silent", "顾客未再回应", "Customer went silent"),
    _disposition("other", "其他", "Other"),
)


class WrapUpRules(Model):
    """How agents sum up a chat that they end. `pause`: seconds after it in which nothing new is given to them."""

    required: bool = False
    pause: int = Field(0, ge=0, le=900)
    dispositions: tuple[Disposition, ...] = Field(DISPOSITIONS, max_length=50)

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        keys = [one.key for one in self.dispositions]
        if len(set(keys)) < len(keys):
            raise ValueError("two dispositions have the same key")
        if self.required and not keys:
            raise ValueError("a summary is required, but there is none to choose")
        return self

    def find(self, key: str) -> Disposition | None:
        return next((one for one in self.dispositions if one.key == key), None)

    def suggest(self, *subjects: str | None) -> Disposition | None:
        """The first disposition that is for the first of `subjects` that any is for."""
        for subject in subjects:
            if found := next((one for one in self.dispositions if subject in one.topics), None):
                return found
        return None


@dataclass(frozen=True)
class Summary:
    """What an agent writes of a chat that ends."""

    disposition: Disposition
    tags: tuple[str, ...] = ()
