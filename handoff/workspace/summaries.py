"""The summary that comes with the end of a chat, as the workspace sends it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from bot.messages import Model, Text
from handoff.afterwards import Summary, WrapUpRules
from handoff.workspace.sessions import Problem

Tag = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=30)]


class SummaryBody(Model):
    """`disposition`: the key of one of the desk's."""

    disposition: str = Field(max_length=40)
    tags: tuple[Tag, ...] = Field((), max_length=10)


def read_summary(rules: WrapUpRules, body: SummaryBody | None) -> Summary | None:
    """The summary an agent gave. Raises `Problem` where the desk requires one, or does not know this one."""
    if body is None:
        if rules.required:
            raise Problem(409, "refused", "Say first how the chat came out.", reason="summary")
        return None
    disposition = rules.find(body.disposition)
    if disposition is None:
        raise Problem(409, "refused", "The desk has no such disposition any more.", reason="disposition")
    return Summary(disposition, tuple(dict.fromkeys(body.tags)))
