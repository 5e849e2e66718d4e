"""The HTTP surface as its own description tells it: no request that fits it, or nearly, breaks the server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation

from handoff.accounts import DEMO_NAME
from tests.conftest import DEMO_PASSWORD, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = 8
"""Of each kind for each path and method."""


def sign_in(url: str) -> dict[str, str]:
    """The headers of an agent's browser."""
    who = {"name": DEMO_NAME, "password": DEMO_PASSWORD}
    answer = httpx.post(f"{url}/workspace/api/login", json=who, headers={"Origin": url})
    cookies = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    headers = {"Origin": url, "Cookie": cookies, "X-CSRF-Token": answer.json()["csrf"]}
    assert httpx.get(f"{url}/workspace/api/me", headers=headers).is_success
    return headers


def fuzz(operation: APIOperation[Any, Any, Any], mode: GenerationMode, url: str, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: schemathesis.Case) -> None:
        answer = case.call(base_url=url, headers=headers, timeout=20)
        assert answer.status_code < 500, f"{operation.label} answered {answer.status_code}"
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert error["code"] and error["message"]

    with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
        answers()


@pytest.mark.parametrize("who", ["a stranger", "an agent"])
async def test_no_described_request_breaks_the_server(site: Site, who: str) -> None:
    def fuzz_all() -> int:
        headers = sign_in(site.url) if who == "an agent" else {}
        schema = schemathesis.openapi.from_url(f"{site.url}/openapi.json").exclude(path_regex="logout$")
        operations = [found.ok() for found in schema.get_all_operations()]
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                fuzz(operation, mode, site.url, headers)
        return len(operations)

    assert await asyncio.to_thread(fuzz_all) > 10
