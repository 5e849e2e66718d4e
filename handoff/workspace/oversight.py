"""What those who oversee the desk read over HTTP: the wall's figures, and the ledger, as pages and as a file."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import JSONResponse, StreamingResponse

from handoff.accounts import Account
from handoff.ledger import Filter, Ledger, Line
from handoff.report import Reports
from handoff.reportcsv import MARK, safe
from handoff.wall import Wall
from handoff.workspace.conversations import Who
from handoff.workspace.sessions import Problem

PAGE = 100
CURSOR = r"^\d{1,15},\d{1,15}-\d{1,10}$"
COLUMNS = ("at", "kind", "agent_name", "agent", "conversation", "episode", "data")

Word = Annotated[str | None, Query(max_length=40)]


@dataclass(frozen=True)
class OversightParts:
    wall: Wall
    ledger: Ledger
    reports: Reports


def make_oversight_routes(parts: OversightParts, overseer: Who, auditor: Who) -> APIRouter:
    """The dependencies give who may see the wall, and who may read the ledger, or answer 401 or 403 themselves."""
    router = APIRouter(prefix="/workspace/api", tags=["workspace"])

    @router.get("/wall", dependencies=[Depends(overseer)])
    async def wall() -> JSONResponse:
        """The day so far, and how many chats each agent takes; everything else of the wall is in the feed."""
        return JSONResponse((await parts.wall.today()).model_dump(mode="json"))

    def wanted(kind: Word = None, agent: Word = None, conversation: Word = None, day: date | None = None) -> Filter:
        try:
            span = parts.reports.span(day, day) if day else None
        except ValueError as error:
            raise Problem(400, "bad_request", str(error), reason="days") from None
        since, until = (span.start, span.end) if span else (None, None)
        kinds = (kind,) if kind else ()
        return Filter(kinds=kinds, agent=agent, conversation=conversation, since=since, until=until)

    @router.get("/ledger", dependencies=[Depends(auditor)])
    async def ledger(
        wanted: Filter = Depends(wanted), before: Annotated[str | None, Query(pattern=CURSOR)] = None
    ) -> JSONResponse:
        """The newest lines before a cursor, newest first, and what there is to filter by."""
        lines = await parts.ledger.read(wanted, PAGE + 1, _read_cursor(before) if before else None)
        more = len(lines) > PAGE
        known = await parts.ledger.known()
        shown = [line.model_dump(mode="json") for line in lines[:PAGE]]
        cursor = f"{lines[PAGE - 1].at},{lines[PAGE - 1].id}" if more else None
        return JSONResponse({"lines": shown, "before": cursor, "kinds": known.kinds, "agents": known.agents})

    @router.get("/ledger.csv")
    async def table(wanted: Filter = Depends(wanted), by: Account = Depends(auditor)) -> StreamingResponse:
        """All of them as a file, times in UTC."""
        chosen = wanted.model_dump(exclude_defaults=True, mode="json")
        await parts.ledger.note("ledger_saved", agent=by, wanted=chosen)
        headers = {"Content-Disposition": 'attachment; filename="jieli-ledger.csv"'}
        return StreamingResponse(
            _write(parts.ledger.walk(wanted)), media_type="text/csv; charset=utf-8", headers=headers
        )

    return router


def _read_cursor(text: str) -> tuple[int, str]:
    at, id = text.split(",")
    return int(at), id


async def _write(lines: AsyncIterator[Line]) -> AsyncIterator[str]:
    yield MARK + _row(COLUMNS)
    async for line in lines:
        at = datetime.fromtimestamp(line.at / 1000, UTC).isoformat(timespec="milliseconds")
        data = json.dumps(line.data, ensure_ascii=False, sort_keys=True)
        fields = line.kind, line.agent_name, line.agent, line.conversation, line.episode, data
        yield _row((at, *fields))


def _row(cells: tuple[str | int | None, ...]) -> str:
    text = StringIO()
    csv.writer(text).writerow([safe(cell) for cell in cells])
    return text.getvalue()
