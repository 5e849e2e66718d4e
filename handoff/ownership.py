"""Who may move a conversation from where to where: one pure table. Whatever is not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue

from bot.messages import State


class Command(StrEnum):
    """What somebody wants done with a conversation."""

    REQUEST = "request"
    """the bot, or the shopper's button: a human, please"""
    LEAVE = "leave"
    """the shopper leaves the queue and stays with the bot"""
    CLAIM = "claim"
    """an agent takes a waiting conversation, or accepts one that is offered"""
    ASSIGN = "assign"
    """the dispatcher gives a waiting conversation to a free agent"""
    OFFER = "offer"
    """the dispatcher asks a free agent to take a waiting conversation"""
    DECLINE = "decline"
    """the agent who was asked does not take it"""
    MISS = "miss"
    """the agent who was asked did not answer in time"""
    REPLY = "reply"
    """an agent says something to the shopper: always a takeover"""
    NOTE = "note"
    """an agent writes something only agents see"""
    HAND_BACK = "hand_back"
    CLOSE = "close"
    REQUEUE = "requeue"
    SNOOZE = "snooze"
    """an agent puts it aside until a time, or until the shopper writes"""
    WAKE = "wake"
    """it is at hand again"""
    TRANSFER = "transfer"
    """an agent passes it on to a colleague, who has it at once"""
    TRANSFER_OFFER = "transfer_offer"
    """an agent passes it on to a colleague, who is asked first"""
    TRANSFER_SKILL = "transfer_skill"
    """an agent passes it on to whoever can do something else"""
    TAKE_OVER = "take_over"
    """a supervisor has it from now on, whoever had it"""
    WHISPER = "whisper"
    """a supervisor writes something only agents see, for the agent who has it"""
    REOPEN = "reopen"
    """the shopper writes again soon after the end: back to the same agent"""


@dataclass(frozen=True)
class Move:
    """Where a command leads. `owner_only`: only for the agent who holds the conversation, or from that agent."""

    to: State
    owner_only: bool = False


MOVES: Mapping[tuple[State, Command], Move] = {
    (State.BOT, Command.REQUEST): Move(State.QUEUED),
    (State.CLOSED, Command.REQUEST): Move(State.QUEUED),
    (State.QUEUED, Command.LEAVE): Move(State.BOT),
    (State.OFFERED, Command.LEAVE): Move(State.BOT),
    (State.QUEUED, Command.CLAIM): Move(State.ASSIGNED),
    (State.QUEUED, Command.ASSIGN): Move(State.ASSIGNED),
    (State.QUEUED, Command.OFFER): Move(State.OFFERED),
    (State.OFFERED, Command.CLAIM): Move(State.ASSIGNED, owner_only=True),
    (State.OFFERED, Command.DECLINE): Move(State.QUEUED, owner_only=True),
    (State.OFFERED, Command.MISS): Move(State.QUEUED, owner_only=True),
    (State.BOT, Command.REPLY): Move(State.ASSIGNED),
    (State.CLOSED, Command.REPLY): Move(State.ASSIGNED),
    (State.QUEUED, Command.REPLY): Move(State.ASSIGNED),
    (State.OFFERED, Command.REPLY): Move(State.ASSIGNED),
    (State.ASSIGNED, Command.REPLY): Move(State.ASSIGNED, owner_only=True),
    (State.ASSIGNED, Command.HAND_BACK): Move(State.BOT, owner_only=True),
    (State.ASSIGNED, Command.CLOSE): Move(State.CLOSED, owner_only=True),
    (State.ASSIGNED, Command.REQUEUE): Move(State.QUEUED, owner_only=True),
    (State.ASSIGNED, Command.SNOOZE): Move(State.ASSIGNED, owner_only=True),
    (State.ASSIGNED, Command.WAKE): Move(State.ASSIGNED, owner_only=True),
    (State.ASSIGNED, Command.TRANSFER): Move(State.ASSIGNED, owner_only=True),
    (State.ASSIGNED, Command.TRANSFER_OFFER): Move(State.OFFERED, owner_only=True),
    (State.ASSIGNED, Command.TRANSFER_SKILL): Move(State.QUEUED, owner_only=True),
    (State.BOT, Command.REOPEN): Move(State.ASSIGNED),
    (State.BOT, Command.TAKE_OVER): Move(State.ASSIGNED),
    (State.CLOSED, Command.TAKE_OVER): Move(State.ASSIGNED),
    (State.QUEUED, Command.TAKE_OVER): Move(State.ASSIGNED),
    (State.OFFERED, Command.TAKE_OVER): Move(State.ASSIGNED),
    (State.ASSIGNED, Command.TAKE_OVER): Move(State.ASSIGNED, owner_only=True),
    (State.ASSIGNED, Command.WHISPER): Move(State.ASSIGNED),
    **{(state, Command.NOTE): Move(state) for state in State},
}


def rows(command: Command) -> dict[str, JsonValue]:
    """The table's rows for a command, as the scripts take them: state -> {to, owner, kind}."""
    return {
        state: {"to": move.to, "owner": move.owner_only, "kind": name}
        for (state, name), move in MOVES.items()
        if name is command
    }
