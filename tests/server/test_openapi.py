"""The HTTP surface as its own description tells it: no request that fits it, or nearly, breaks the server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation

from tests.conftest import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLES = 12
"""Of each kind for each path and method."""


def fuzz(operation: APIOperation[Any, Any, Any], mode: GenerationMode, url: str) -> None:
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
        answer = case.call(base_url=url, timeout=20)
        assert answer.status_code < 500, f"{operation.label} answered {answer.status_code}"
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert error["code"] and error["message"]

    with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
        answers()


async def test_no_described_request_breaks_the_server(site: Site) -> None:
    def fuzz_all() -> int:
        schema = schemathesis.openapi.from_url(f"{site.url}/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations()]
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                fuzz(operation, mode, site.url)
        return len(operations)

    assert await asyncio.to_thread(fuzz_all) > 10
