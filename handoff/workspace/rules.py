"""The desk's rules over HTTP: leads and admins read them, and save them whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import Field, JsonValue, ValidationError
from starlette.responses import JSONResponse

from bot.messages import Model
from handoff.broker import Agent
from handoff.ledger import Notes
from handoff.rulebook import Rulekeeper, RulesChanged, Version
from handoff.rules import DeskRules
from handoff.workspace.sessions import Problem


class RulesBody(Model):
    """`version`: the one that `rules` began as."""

    version: int = Field(ge=0)
    rules: dict[str, JsonValue]


def make_rules_routes(
    keeper: Rulekeeper, lead: Callable[..., Awaitable[Agent]], ledger: Notes, intents: Sequence[Mapping[str, str]]
) -> APIRouter:
    """`lead` is the dependency that gives whoever may change the rules, or answers 401 or 403 itself.

    `intents`: each with its `name`, and what it is called by tongue.
    """
    router = APIRouter(prefix="/workspace/api", tags=["workspace"])

    @router.get("/rules", dependencies=[Depends(lead)])
    async def rules() -> JSONResponse:
        """The newest version, the JSON schema of what may be set, and the intents that rules may name."""
        await keeper.load()
        shown = _shown(keeper.book.newest)
        return JSONResponse({**shown, "schema": DeskRules.model_json_schema(), "intents": list(intents)})

    @router.post("/rules")
    async def save(body: RulesBody, agent: Agent = Depends(lead)) -> JSONResponse:
        """Save a new version; it counts for all processes within seconds."""
        try:
            rules = await asyncio.to_thread(DeskRules.model_validate, body.rules)
            version = await keeper.save(rules, agent.name, body.version)
        except ValidationError as error:
            raise _problem_of(error) from None
        except RulesChanged:
            raise _changed(keeper.book.newest) from None
        await ledger.note("rules_saved", agent=agent, version=version.number)
        return JSONResponse(_shown(version))

    return router


def _shown(version: Version) -> dict[str, Any]:
    rules = version.rules.model_dump(mode="json")
    return {"version": version.number, "author": version.author, "at": version.at, "rules": rules}


def _problem_of(error: ValidationError) -> Problem:
    """The first thing that is wrong, and where."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    why = first["msg"].removeprefix("Value error, ")
    return Problem(400, "bad_request", f"{where}: {why}", where=where)


def _changed(newest: Version) -> Problem:
    message = f"{newest.author} has saved other rules meanwhile; load them and change those."
    return Problem(409, "refused", message, reason="changed")
