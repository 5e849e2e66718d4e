"""The levels of service a desk means to keep, and when the next answer is due by them."""

from __future__ import annotations

from typing import Protocol

from pydantic import Field

from bot.messages import Model, State

SECOND = 1_000


class Service(Model):
    """The levels the desk means to keep, and when somebody is thought to be silent. In seconds.

    `first_reply`: of an agent who has just got a chat; `next_reply_soon` and `next_reply`: of every later one, and of
    the queue; `remind`: an agent who owes an answer; `take_back`: after that, back to the queue; `silent_shopper`:
    after a human's word, until the closing note; `close`: after that; `long_wait`: until who waits is asked whether to
    leave a message; `reopen`: a shopper who writes again within it after the end goes to the same agent, if free.

    The ladder of an answer that is not given: its colour changes at `next_reply_soon`, with a sound where `sound` is
    on; at `next_reply` the `supervisor` is told; after `remind` and `take_back` it goes back to the queue where
    `requeue` is on. Who waits in line for `compensate_after` (0: never) gets a coupon of `compensation`, in whole
    units, once.
    """

    first_reply: int = Field(30, ge=5, le=86_400)
    next_reply_soon: int = Field(100, ge=5, le=86_400)
    next_reply: int = Field(180, ge=5, le=86_400)
    remind: int = Field(100, ge=5, le=86_400)
    take_back: int = Field(200, ge=5, le=86_400)
    silent_shopper: int = Field(600, ge=5, le=604_800)
    close: int = Field(300, ge=5, le=604_800)
    long_wait: int = Field(600, ge=5, le=86_400)
    reopen: int = Field(600, ge=0, le=86_400)
    sound: bool = True
    supervisor: bool = True
    requeue: bool = True
    compensate_after: int = Field(0, ge=0, le=86_400)
    compensation: int = Field(5, ge=1, le=10_000)


class Answerable(Protocol):
    """What it takes to know when an answer is due: a conversation, or its row. Times in ms."""

    @property
    def state(self) -> State: ...
    @property
    def since(self) -> int: ...
    @property
    def waiting(self) -> int | None: ...
    @property
    def answered_at(self) -> int: ...
    @property
    def snoozed_until(self) -> int: ...
    @property
    def woken_at(self) -> int: ...


def owed_since(c: Answerable) -> int | None:
    """Since when whoever has the conversation now owes the shopper an answer, in ms; None: nothing is owed."""
    if c.waiting is None or not c.state.with_humans or c.snoozed_until:
        return None
    return max(c.waiting, c.since, c.woken_at)


def reply_times(c: Answerable, service: Service) -> tuple[int, int] | None:
    """When the next answer is due soon, and when it is late, in ms; None where none is owed."""
    since = owed_since(c)
    if since is None:
        return None
    if c.state is State.ASSIGNED and c.answered_at < c.since:
        return since, since + service.first_reply * SECOND
    return since + service.next_reply_soon * SECOND, since + service.next_reply * SECOND
