"""Make the index that archived conversations are searched by, and index what is there."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from bot.record.grams import grams

revision = "0005"
down_revision = "0004"

ENTRIES = sa.text("SELECT content FROM entries WHERE conversation = :id AND kind IN ('message', 'edit', 'note')")


def upgrade() -> None:
    table = op.create_table(
        "grams",
        sa.Column("gram", sa.String(8), nullable=False),
        sa.Column("conversation", sa.String(32), sa.ForeignKey("conversations.id", ondelete="CASCADE"), index=True),
        sa.PrimaryKeyConstraint("gram", "conversation"),
    )
    connection = op.get_bind()
    for (id,) in connection.execute(sa.text("SELECT id FROM conversations")).all():
        texts = [json.loads(content).get("text", "") for (content,) in connection.execute(ENTRIES, {"id": id})]
        found = {gram for text in texts for gram in grams(text)}
        if found:
            connection.execute(sa.insert(table), [{"gram": gram, "conversation": id} for gram in sorted(found)])
