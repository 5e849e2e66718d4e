"""What leads set over HTTP: switches, the notice, texts and policies, each by version, checked, and undone to any."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError
from starlette.responses import JSONResponse

from actions.policies import Policies
from actions.seed.load import policies as example
from bot.dialogue.edits import LABELS, LONGEST, LONGEST_LABEL, SHAPE, TEXTS, Rewritten, check_line
from bot.dialogue.intents import TASKS
from bot.dialogue.policies import POLICIES, SHAPES, HandedPolicies, find_nonsense
from bot.dialogue.switches import ENTRY, NOTICES, SPOKEN_ALWAYS, SWITCHES, Notices, Switches
from bot.dialogue.texts import Texts
from bot.messages import LANGUAGES, Model
from bot.record.documents import Document, DocumentChanged, Documents
from bot.record.planned import Planned
from handoff.broker import Agent
from handoff.ledger import Notes
from handoff.workspace.sessions import Problem


class SettingBody(Model):
    """`version`: the one that `body` began as, 0 before the first; `body` None: as it was shipped."""

    name: str = Field(max_length=120)
    version: int = Field(ge=0)
    body: dict[str, JsonValue] | None


class UndoBody(Model):
    """`to`: the version to be in force again; 0 is what was shipped."""

    name: str = Field(max_length=120)
    version: int = Field(ge=0)
    to: int = Field(ge=0)


@dataclass(frozen=True)
class SettingParts:
    """What the pages of settings work with."""

    documents: Documents
    texts: Texts
    policies: HandedPolicies
    ledger: Notes


def make_setting_routes(parts: SettingParts, lead: Callable[..., Awaitable[Agent]]) -> APIRouter:
    """`lead` is the dependency that gives whoever may set, or answers 401 or 403 itself."""
    router = APIRouter(prefix="/workspace/api", tags=["workspace"])
    documents = parts.documents

    @router.get("/switches", dependencies=[Depends(lead)])
    async def switches() -> JSONResponse:
        """What is switched off, the notices, and what may be."""
        await documents.load()
        zh, en = parts.texts.below("zh-Hans"), parts.texts.below("en")
        flows = {task: {"zh": zh[f"intent.{task}"], "en": en[f"intent.{task}"]} for task in sorted(TASKS)}
        answers = {key: {"zh": zh[key], "en": en[key]} for key in zh if key.split(".")[0] not in SPOKEN_ALWAYS}
        shown = {"switches": _newest(documents, SWITCHES), "notice": _newest(documents, NOTICES)}
        return JSONResponse({**shown, "flows": flows, "answers": answers})

    @router.get("/texts", dependencies=[Depends(lead)])
    async def texts() -> JSONResponse:
        """Every text as it was shipped, by language and key, and those that were rewritten."""
        await documents.load()
        below = {language: parts.texts.below(language) for language in LANGUAGES}
        own = {key: _shown(one) for key, one in documents.under(TEXTS).items()}
        limits = {"labels": sorted(LABELS), "longest": LONGEST, "longest_label": LONGEST_LABEL}
        return JSONResponse({"shipped": below, "edited": own, **limits})

    @router.get("/policies", dependencies=[Depends(lead)])
    async def policies() -> JSONResponse:
        """Every table as it was shipped, as it was rewritten, an example of it, and the JSON schema of all."""
        await documents.load()
        tables = {
            "shipped": parts.policies.shipped.model_dump(mode="json"),
            "now": parts.policies().model_dump(mode="json"),
            "example": example().model_dump(mode="json"),
            "edited": {name: _newest(documents, f"{POLICIES}{name}") for name in SHAPES},
        }
        return JSONResponse({**tables, "schema": Policies.model_json_schema()})

    @router.get("/settings", dependencies=[Depends(lead)])
    async def history(name: str = "") -> JSONResponse:
        """All versions of one, the newest first."""
        return JSONResponse({"versions": [_shown(one) for one in await documents.history(name)]})

    @router.post("/settings")
    async def save(body: SettingBody, agent: Agent = Depends(lead)) -> JSONResponse:
        """Save a new version; it counts for all processes within seconds."""
        return JSONResponse(await _save(parts, agent, body.name, body.version, body.body))

    @router.post("/settings/undo")
    async def undo(body: UndoBody, agent: Agent = Depends(lead)) -> JSONResponse:
        """Save an earlier version again, as the newest."""
        versions = {one.version: one for one in await documents.history(body.name)}
        if body.to and body.to not in versions:
            raise Problem(404, "not_found", f"There is no version {body.to}.")
        text = versions[body.to].body if body.to else None
        return JSONResponse(await _save(parts, agent, body.name, body.version, json.loads(text) if text else None))

    return router


async def _save(parts: SettingParts, agent: Agent, name: str, seen: int, body: Any) -> dict[str, Any]:
    try:
        read = read_setting(name, body, parts.texts)
        saved = await parts.documents.save(name, read.model_dump_json() if read else None, agent.name, seen)
    except ValidationError as error:
        raise _problem_of(error) from None
    except DocumentChanged:
        raise _changed(_newest(parts.documents, name)) from None
    await parts.ledger.note("setting_saved", agent=agent, name=name, version=saved.version)
    return _shown(saved)


def read_setting(name: str, body: Any, texts: Texts) -> BaseModel | None:
    """A setting that may be saved; None: as shipped. Raises `ValidationError`, or `Problem` for what is wrong."""
    shape = _shape(name, texts)
    if body is None:
        return None
    read: BaseModel = shape.validate_json(json.dumps(body))
    if isinstance(read, Switches):
        _check_answers(read, texts)
    elif isinstance(read, Rewritten):
        _check_text(name.removeprefix(TEXTS), read, texts)
    elif isinstance(read, Planned) and (found := _find_nonsense(read)):
        raise _wrong(*found)
    return read


def _shape(name: str, texts: Texts) -> TypeAdapter[Any]:
    """Raises `Problem` for what cannot be set."""
    if name in (SWITCHES, NOTICES):
        return TypeAdapter(Switches if name == SWITCHES else Notices)
    if name.startswith(POLICIES) and (shape := SHAPES.get(name.removeprefix(POLICIES))):
        return shape
    if name.startswith(TEXTS) and name.removeprefix(TEXTS) in texts.below("zh-Hans"):
        return SHAPE
    raise Problem(404, "not_found", f"There is no setting {name}.")


def _check_text(key: str, read: Rewritten, texts: Texts) -> None:
    for where, lines in [("value", read.value), *((f"plans.{n}.value", one.value) for n, one in enumerate(read.plans))]:
        for language, line in (lines or {}).items():
            if why := check_line(key, line, texts.below(language)[key]):
                raise _wrong(f"{where}.{language}", why)


def _find_nonsense(read: Planned[Any]) -> tuple[str, str] | None:
    raw = read.model_dump(mode="json")
    tables = [("value", raw["value"]), *((f"plans.{n}.value", one["value"]) for n, one in enumerate(raw["plans"]))]
    return next((found for where, table in tables if (found := find_nonsense(table, where))), None)


def _check_answers(read: Switches, texts: Texts) -> None:
    known = texts.below("zh-Hans").keys()
    if unknown := sorted(key for key in read.answers if not key.startswith(ENTRY) and key not in known):
        raise _wrong(f"answers.{unknown[0]}", "there is no such text")


def _wrong(where: str, why: str) -> Problem:
    return Problem(400, "bad_request", f"{where}: {why}", where=where)


def _problem_of(error: ValidationError) -> Problem:
    """The first thing that is wrong, and where."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return _wrong(".".join(str(part) for part in first["loc"]), first["msg"].removeprefix("Value error, "))


def _changed(newest: Mapping[str, Any]) -> Problem:
    message = f"{newest['author']} has saved another version meanwhile; load it and change that."
    return Problem(409, "refused", message, reason="changed")


def _newest(documents: Documents, name: str) -> dict[str, Any]:
    found = documents.find(name)
    version = documents.version(name)
    return _shown(found) if found else {"version": version, "author": "", "at": 0, "body": None}


def _shown(one: Document) -> dict[str, Any]:
    body = json.loads(one.body) if one.body else None
    return {"version": one.version, "author": one.author, "at": one.at, "body": body}
