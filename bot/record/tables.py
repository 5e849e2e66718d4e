"""The record's tables. Times are milliseconds since the epoch; a change here comes with a migration."""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Table(DeclarativeBase):
    type_annotation_map = {int: BigInteger}  # noqa: RUF012  (read by SQLAlchemy as it is)


class AgentRow(Table):
    """Somebody who may sign in to the workspace. `folded` keeps names unique whatever their case."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    folded: Mapped[str] = mapped_column(String(160), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(255))
    """The argon2 hash; none until the first link is used."""
    disabled: Mapped[bool]
    demo: Mapped[bool]
    """Made by demo mode, and unknown outside of it."""
    created_at: Mapped[int]


class SessionRow(Table):
    """A browser signed in; of its token only the hash is kept."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent: Mapped[str] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    expires: Mapped[int] = mapped_column(index=True)


class InvitationRow(Table):
    """A one-time link: `new` makes an agent of `role`, `reset` gives `agent` a new password."""

    __tablename__ = "invitations"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    role: Mapped[str | None] = mapped_column(String(16))
    agent: Mapped[str | None] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    expires: Mapped[int]
    used: Mapped[int | None]


class ConversationRow(Table):
    """An archived conversation; every entry up to `cursor` is in the record."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32))
    identity: Mapped[str] = mapped_column(String(128))
    name: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    at: Mapped[int] = mapped_column(index=True)
    cursor: Mapped[int]


class EntryRow(Table):
    """An archived log entry, as `bot.messages.Entry`; `content` and `data` are JSON."""

    __tablename__ = "entries"

    conversation: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    prev: Mapped[int]
    at: Mapped[int] = mapped_column(index=True)
    epoch: Mapped[int]
    channel: Mapped[str] = mapped_column(String(32), server_default="")
    author: Mapped[str] = mapped_column(String(16))
    audience: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))
    who: Mapped[str | None] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    data: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(String(128))


class GramRow(Table):
    """Two signs that stand together somewhere in an archived conversation (`bot.record.grams`)."""

    __tablename__ = "grams"

    gram: Mapped[str] = mapped_column(String(8), primary_key=True)
    conversation: Mapped[str] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class CannedRow(Table):
    """A canned reply: the desk's, or an agent's own."""

    __tablename__ = "canned_replies"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agent: Mapped[str | None] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(16))
    """`zh` or `en`; empty where it serves any."""
    shortcut: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[int]


class RulesRow(Table):
    """The desk's rules (`handoff.rules.DeskRules`, JSON) by version: the newest counts, the others are its history."""

    __tablename__ = "rules"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(40))
    """The agent's name, as it was then."""
    at: Mapped[int]


class DocumentRow(Table):
    """Something leads write (`bot.record.documents`), by version: the newest counts, the others are its past."""

    __tablename__ = "documents"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str | None] = mapped_column(Text)
    """None: taken away."""
    author: Mapped[str] = mapped_column(String(40))
    """The agent's name, as it was then."""
    at: Mapped[int] = mapped_column(index=True)


class LedgerRow(Table):
    """What was done with a conversation, or by a human (`handoff.ledger`); the database refuses to change a row."""

    __tablename__ = "ledger"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Its place in the store's stream."""
    at: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    conversation: Mapped[str | None] = mapped_column(String(32), index=True)
    episode: Mapped[int | None]
    agent: Mapped[str | None] = mapped_column(String(32), index=True)
    agent_name: Mapped[str | None] = mapped_column(String(40))
    data: Mapped[str] = mapped_column(Text)
    """JSON."""


class CursorRow(Table):
    """How far a stream of the store is copied into the record."""

    __tablename__ = "cursors"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[str] = mapped_column(String(40))


class PastAnswerRow(Table):
    """What an agent answered, with the question as a vector: nothing of it is one shopper's own."""

    __tablename__ = "past_answers"

    conversation: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    tongue: Mapped[str] = mapped_column(String(16))
    """`zh` or `en`: what the answer is written in."""
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    """384 little-endian float16."""
    at: Mapped[int] = mapped_column(index=True)


class CorrectionRow(Table):
    """What a message really means, as an agent sees it; `understood` and `corrected` are JSON."""

    __tablename__ = "corrections"
    __table_args__ = (UniqueConstraint("conversation", "seq"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation: Mapped[str] = mapped_column(String(32), index=True)
    seq: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    understood: Mapped[str] = mapped_column(Text)
    corrected: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(String(64))
    """The shopper's, to be masked in what is exported."""
    agent: Mapped[str] = mapped_column(String(32))
    agent_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[int]


class TicketRow(Table):
    """A ticket: `body` is all of it (`handoff.tickets.Ticket`, JSON), the others are what it is found by."""

    __tablename__ = "tickets"

    number: Mapped[str] = mapped_column(String(24), primary_key=True)
    origin: Mapped[str] = mapped_column(String(160), unique=True)
    """What it was opened for, so that it is opened once."""
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    owner: Mapped[str | None] = mapped_column(String(32), index=True)
    conversation: Mapped[str | None] = mapped_column(String(32), index=True)
    at: Mapped[int] = mapped_column(index=True)
    due: Mapped[int | None] = mapped_column(index=True)
    """When something of it is late; none where nothing can be any more."""
    look_at: Mapped[int | None] = mapped_column(index=True)
    """When somebody is to be told something next."""
    tell_at: Mapped[int | None] = mapped_column(index=True)
    """When the shopper is to be told that it is solved; none where there is nothing to tell."""
    words: Mapped[str] = mapped_column(String(400))
    """Number, title and order, folded."""
    body: Mapped[str] = mapped_column(Text)


class TicketHistoryRow(Table):
    """What was done with a ticket; the database refuses to change a row."""

    __tablename__ = "ticket_history"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    ticket: Mapped[str] = mapped_column(String(24), index=True)
    command: Mapped[str | None] = mapped_column(String(160), unique=True)
    at: Mapped[int]
    act: Mapped[str] = mapped_column(String(16))
    agent: Mapped[str | None] = mapped_column(String(32))
    agent_name: Mapped[str | None] = mapped_column(String(40))
    data: Mapped[str] = mapped_column(Text)
    """JSON: what changed, and what was remarked."""


class CheckRow(Table):
    """What a supervisor thought of a human chat of the random sample (`handoff.checks`)."""

    __tablename__ = "checks"

    conversation: Mapped[str] = mapped_column(String(32), primary_key=True)
    episode: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    agent: Mapped[str] = mapped_column(String(32), index=True)
    """Whose chat it was."""
    ended: Mapped[int] = mapped_column(index=True)
    scores: Mapped[str] = mapped_column(Text)
    """JSON: criterion -> 1 to 5."""
    comment: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(32))
    by_name: Mapped[str] = mapped_column(String(40))
    at: Mapped[int]
