"""Brings a shopper who writes again soon after the end back to the same agent, if that agent is here and free."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.dialogue.port import Draft
from bot.messages import Conversation
from handoff.broker import Agent, Broker, has_agent
from handoff.dispatcher import Profiles
from handoff.presence import Presence
from handoff.rules import DeskRules
from handoff.service import SECOND

log = logging.getLogger(__name__)

COURTESIES = frozenset({"thank", "goodbye", "greet", "affirm"})
"""What nobody has to come back for."""


class Reopening:
    """`profiles`: the agents who may sign in; `rules`: those that count now."""

    def __init__(
        self, clock: Clock, broker: Broker, presence: Presence, profiles: Profiles, rules: Callable[[], DeskRules]
    ) -> None:
        self._clock = clock
        self._broker = broker
        self._presence = presence
        self._profiles = profiles
        self._rules = rules

    async def reopen(self, conversation: Conversation, command: str) -> bool:
        """Give it back to the agent who closed it, if they are here, free, and it is not too long ago."""
        until = conversation.closed_at + self._rules().service.reopen * SECOND
        if not conversation.closed_at or self._clock.now() >= until:
            return False
        try:
            agent = await self._find(conversation.last_agent)
        except SQLAlchemyError as error:  # the bot answers then
            log.warning("who had the chat is not known: %s", type(error).__name__)
            return False
        return agent is not None and has_agent(await self._broker.reopen(conversation, agent, command))

    async def _find(self, id: str | None) -> Agent | None:
        if id not in await self._presence.online():
            return None
        return next((Agent(one.id, one.name) for one in await self._profiles() if one.id == id), None)


def is_courtesy(draft: Draft) -> bool:
    """Whether a turn only thanks or says goodbye."""
    return bool(draft.heard) and COURTESIES.issuperset(draft.heard)
