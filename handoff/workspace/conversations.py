"""What agents do with a conversation over HTTP: read it whole, and command it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.joins import Joins
from bot.log import ConversationLog
from bot.media import HEADERS
from bot.messages import MAX_TEXT, Attachment, Audience, Conversation, Model, State, Text
from bot.store.store import Store
from bot.uploads import MOST, UploadId, UploadRefused, Uploads
from handoff.accounts import Account
from handoff.brief import Brief, make_brief
from handoff.broker import Agent, Broker, Moved, Outcome, Refused, read_outcome
from handoff.ledger import Notes
from handoff.mentions import Mentions, named_in
from handoff.roles import May
from handoff.rules import DeskRules
from handoff.workspace.finder import Finder
from handoff.workspace.history import read_page
from handoff.workspace.media import problem_of
from handoff.workspace.rows import Rows
from handoff.workspace.sessions import Problem
from handoff.workspace.summaries import SummaryBody, read_summary
from handoff.workspace.transcript import draw_transcript, read_transcript

PAGE = 100
LONGEST_SEARCH = 100
BRIEF_READS = 30
"""Entries before a human chat's beginning, and after it, that the brief is made from."""
MoveName = Literal["claim", "decline", "reply", "note", "hand_back", "close", "requeue"]
CommandName = MoveName | Literal["unjoin"]
CURSOR = r"^[1-9]\d{0,15}(,[a-z2-7]{16}:[1-9]\d{0,15}){0,50}$"
ConversationId = Annotated[str, Path(pattern=r"^[a-z2-7]{16}$")]
SPEAKING = ("reply", "note")
Who = Callable[..., Awaitable[Account]]

REFUSALS = {
    "state": "The chat's present state does not allow this.",
    "owner": "Another agent holds this chat, or is asked to take it.",
    "away": "That agent takes no chats now.",
    "capacity": "You hold as many chats as you may.",
    "full": "That agent holds as many chats as they may.",
    "gone": "That agent is not here.",
    "self": "It is with you already.",
    "unknown_agent": "There is no such agent.",
    "unknown": "There is no such chat.",
    "joined": "This chat goes on in another one, which it is joined to.",
    "alone": "No other channel is joined to this chat.",
    "time": "A chat is put aside for a week at most.",
}
"""What a refusal means; the workspace says it in the agent's language by its reason."""


class CommandBody(Model):
    """`command`: a random id; the same id again gets the same answer. `attachments`: the agent's uploads.

    `summary`: of a chat that ends.
    """

    command: str = Field(min_length=8, max_length=64)
    text: Text = Field(default="", max_length=MAX_TEXT)
    attachments: tuple[UploadId, ...] = Field(default=(), max_length=MOST)
    summary: SummaryBody | None = None


@dataclass(frozen=True)
class ConversationParts:
    """What the routes work with; `colleagues` lists the agents that may sign in."""

    store: Store
    log: ConversationLog
    broker: Broker
    joins: Joins
    uploads: Uploads
    rows: Rows
    finder: Finder
    mentions: Mentions
    colleagues: Callable[[], Awaitable[list[Agent]]]
    ledger: Notes
    rules: Callable[[], DeskRules]

    async def thread(self, id: str) -> Conversation:
        """The conversation, or the thread it is joined to. Raises `Problem` where there is none."""
        conversation = await self.store.conversation(id)
        if conversation.joined:
            conversation = await self.store.conversation(conversation.joined)
        if not conversation.channel:
            raise Problem(404, "not_found", REFUSALS["unknown"])
        return conversation


def make_conversation_routes(parts: ConversationParts, who_may: Callable[[May], Who]) -> APIRouter:
    """`who_may` makes the dependency that gives whoever may do something, or answers 401 or 403 itself."""
    router = APIRouter(prefix="/workspace/api/conversations", tags=["workspace"])
    _add_reading(router, parts, who_may(May.READ))
    _add_commands(router, parts, who_may(May.WORK))
    return router


def _add_reading(router: APIRouter, parts: ConversationParts, reader: Who) -> None:
    @router.get("")
    async def find(
        state: Literal["bot", "closed"] = "bot",
        words: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
        _: Account = Depends(reader),
    ) -> JSONResponse:
        """Those in which `words` were said, else the newest in a state."""
        hits = await (parts.finder.search(words) if words.strip() else parts.finder.newest(State(state)))
        return JSONResponse({"conversations": [hit.model_dump(mode="json") for hit in hits]})

    @router.get("/{id}")
    async def read(
        id: ConversationId, before: Annotated[str | None, Query(pattern=CURSOR)] = None, _: Account = Depends(reader)
    ) -> JSONResponse:
        """The newest entries before a cursor, with the brief and the row; those of its thread where it is joined."""
        conversation = await parts.thread(id)
        page = await read_page(parts.log, conversation, before, PAGE)
        brief = await _read_brief(parts.log, conversation)
        return JSONResponse(
            {
                "conversation": parts.rows.of(conversation).model_dump(mode="json"),
                "brief": brief.model_dump(mode="json"),
                "entries": page.entries,
                "more": page.before is not None,
                "before": page.before,
            }
        )

    @router.get("/{id}/transcript")
    async def transcript(
        id: ConversationId, form: Literal["html", "json"] = "html", agent: Account = Depends(reader)
    ) -> Response:
        """What the shopper saw, to be saved: a page of its own, or data."""
        conversation = await parts.thread(id)
        entries = await read_transcript(parts.log, conversation)
        await parts.ledger.note("transcript_saved", agent=agent, conversation=conversation.id, form=form)
        saved = {**HEADERS, "Content-Disposition": f'attachment; filename="{conversation.id}.{form}"'}
        if form == "html":
            return HTMLResponse(draw_transcript(conversation, entries, datetime.now(UTC)), headers=saved)
        row = parts.rows.of(conversation).model_dump(mode="json")
        return JSONResponse({"conversation": row, "entries": entries}, headers=saved)


async def _read_brief(log: ConversationLog, conversation: Conversation) -> Brief:
    """Of the newest request, and of what was told soon after it."""
    asked = conversation.request
    before = await log.before(conversation.id, asked + 1, BRIEF_READS, Audience.AGENTS)
    since = await log.after(conversation.id, asked, BRIEF_READS, Audience.AGENTS) if asked else []
    brief = make_brief([*before, *since])
    return brief.model_copy(update={"topic": conversation.topic or brief.topic})


def _add_commands(router: APIRouter, parts: ConversationParts, worker: Who) -> None:
    @router.post("/{id}/{command}")
    async def command(
        id: ConversationId, command: CommandName, body: CommandBody, agent: Account = Depends(worker)
    ) -> JSONResponse:
        """Claim, decline, reply, note, hand back, close, requeue, or give the joined channels their own chats again."""
        if command in SPEAKING and not (body.text.strip() or body.attachments):
            return _error(400, "empty", "The message is empty.")
        if command == "unjoin":
            known = f"{agent.id}:{body.command}"
            return answer(read_outcome(await parts.joins.unjoin(id, known, agent=agent.id, by=agent.name)))
        try:
            attached = await parts.uploads.find(agent.id, body.attachments)
        except UploadRefused as refusal:
            raise problem_of(refusal) from None
        outcome = await _carry_out(parts, command, id, agent, body, attached)
        if command == "note" and isinstance(outcome, Moved):
            await _tell_mentioned(parts, id, agent, body.text)
        return answer(outcome)


async def _tell_mentioned(parts: ConversationParts, id: str, by: Agent, text: str) -> None:
    """A note that is written again, because its answer was lost, is on the lists once."""
    colleagues = [agent for agent in await parts.colleagues() if agent.id != by.id]
    await parts.mentions.add(id, by, text, named_in(text, colleagues))


async def _carry_out(
    parts: ConversationParts,
    command: MoveName,
    id: str,
    agent: Agent,
    body: CommandBody,
    attached: tuple[Attachment, ...],
) -> Outcome:
    broker, rules = parts.broker, parts.rules().wrapup
    match command:
        case "claim":
            return await broker.claim(id, agent, body.command)
        case "decline":
            return await broker.decline(id, agent, body.command)
        case "reply":
            return await broker.reply(id, agent, body.command, body.text, attached)
        case "note":
            return await broker.note(id, agent, body.command, body.text, attached)
        case "hand_back":
            return await broker.hand_back(id, agent, body.command, read_summary(rules, body.summary))
        case "close":
            return await broker.close(id, agent, body.command, read_summary(rules, body.summary))
        case "requeue":
            return await broker.requeue(id, agent, body.command)


def answer(outcome: Outcome) -> JSONResponse:
    """What a command came to; a refusal in words."""
    match outcome:
        case Moved(state, epoch, seq):
            return JSONResponse({"state": state, "epoch": epoch, "seq": seq})
        case Refused(reason, state, agent):
            more = {"reason": reason, "state": state, "agent": agent}
            return _error(409, "refused", REFUSALS[reason], **more)


def _error(status: int, code: str, message: str, **more: Any) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, **more}}, status)
