"""What Rasa itself makes of texts, for the parity check: a JSON list on stdin, a JSON object a text on stdout."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from rasa.core.agent import Agent


async def answer(archive: str) -> None:
    """Parse every text of stdin with the model in `archive`."""
    agent = Agent.load(archive)
    for text in json.load(sys.stdin):
        parsed = await agent.parse_message(text)
        print(json.dumps(_compared(parsed), ensure_ascii=False))


def _compared(parsed: dict[str, Any]) -> dict[str, Any]:
    entities = [[e["entity"], e["value"], e["start"], e["end"]] for e in parsed["entities"]]
    return {"intent": parsed["intent"]["name"], "confidence": parsed["intent"]["confidence"], "entities": entities}


if __name__ == "__main__":
    asyncio.run(answer(sys.argv[1]))
