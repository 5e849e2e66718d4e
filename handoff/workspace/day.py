"""The day page over HTTP: the figures of some days, as data and as a table for spreadsheets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from handoff.accounts import Account
from handoff.ledger import Notes
from handoff.report import Reports, Span
from handoff.reportcsv import Reader, write_csv
from handoff.rules import DeskRules
from handoff.workspace.sessions import Problem


def make_day_routes(
    reports: Reports, rules: Callable[[], DeskRules], overseer: Callable[..., Awaitable[Account]], ledger: Notes
) -> APIRouter:
    """`overseer` is the dependency that gives whoever may see the figures, or answers 401 or 403 itself."""
    router = APIRouter(prefix="/workspace/api", tags=["workspace"])

    def span(first: date | None = None, last: date | None = None) -> Span:
        try:
            return reports.span(first, last)
        except ValueError as error:
            raise Problem(400, "bad_request", str(error), reason="days") from None

    @router.get("/day", dependencies=[Depends(overseer)])
    async def day(span: Span = Depends(span)) -> JSONResponse:
        """The figures of `first` to `last` (days of the desk's time zone; today if neither is given)."""
        report = await reports.make(span)
        names = [one.model_dump(include={"key", "zh", "en"}) for one in rules().wrapup.dispositions]
        return JSONResponse({"report": report.model_dump(mode="json"), "dispositions": names})

    @router.get("/day.csv")
    async def table(
        language: Reader = "zh", span: Span = Depends(span), agent: Account = Depends(overseer)
    ) -> Response:
        """The same as a file."""
        report = await reports.make(span)
        outcomes = {one.key: one.zh if language == "zh" else one.en for one in rules().wrapup.dispositions}
        await ledger.note("report_saved", agent=agent, first=str(span.first), last=str(span.last))
        saved = {"Content-Disposition": f'attachment; filename="jieli-{span.first}-{span.last}.csv"'}
        return Response(write_csv(report, language, outcomes), media_type="text/csv; charset=utf-8", headers=saved)

    return router
