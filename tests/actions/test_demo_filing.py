"""A key has one effect, whoever asks at once, however often, and whichever process dies in between."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from asking import about, first
from sqlalchemy import event, func, select

from actions.demo import DemoShop
from actions.demo.tables import filings, writing
from actions.requests import Filed, Refused
from actions.shop import OrderState, ShopFailed
from tests.conftest import NOW

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy import event
from actions.demo import DemoShop
from actions.requests import Return

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(path, number, when):
    shop = DemoShop.open(Path(path))
    if when == "before":
        event.listen(shop._engine, "commit", die)
    await shop.file(Return(key="the key of it", order=number, reason="too big"))
    die()

asyncio.run(main(*sys.argv[1:]))
"""
"""Files a return and dies, before what it wrote holds or before anybody gets its answer."""


def kept(shop: DemoShop) -> int:
    with shop._engine.connect() as db:
        return db.execute(select(func.count()).select_from(filings)).scalar_one()


@pytest.mark.parametrize(("when", "done"), [("before", 0), ("after", 1)])
async def test_a_request_that_a_killed_process_made_is_made_once(tmp_path: Path, when: str, done: int) -> None:
    order, path = first(OrderState.DELIVERED), tmp_path / "killed.db"
    DemoShop.open(path).close()
    command = [sys.executable, "-c", KILLED, str(path), order.number, when]
    died = await asyncio.to_thread(subprocess.run, command, check=False)
    assert died.returncode == -signal.SIGKILL
    shop = DemoShop.open(path)
    assert kept(shop) == done
    request = about("return", order, "the key of it")
    answers = [await shop.file(request) for _ in range(3)]
    assert isinstance(answers[0], Filed)
    assert answers == [answers[0]] * 3
    assert kept(shop) == 1
    shop.close()


async def test_two_processes_at_once_have_one_effect(shop: DemoShop, tmp_path: Path) -> None:
    other = DemoShop.open(tmp_path / "shop.db", clock=lambda: NOW)
    request = about("return", first(OrderState.DELIVERED), "one and the same")
    answers = await asyncio.gather(*(one.file(request) for one in [shop, other] * 10))
    assert len({answer.model_dump_json() for answer in answers}) == 1
    assert kept(shop) == 1
    other.close()


async def test_of_many_wishes_at_once_about_one_order_one_is_taken(shop: DemoShop) -> None:
    order = first(OrderState.DELIVERED)
    wishes = [about(kind, order, f"{kind} {n}") for n in range(4) for kind in ("return", "exchange", "remedy")]
    answers = await asyncio.gather(*(shop.file(wish) for wish in wishes))
    assert [type(answer) for answer in answers].count(Filed) == 1
    assert {answer.reason for answer in answers if isinstance(answer, Refused)} == {"pending"}


async def test_a_file_that_breaks_while_a_request_is_written_keeps_nothing_of_it(shop: DemoShop) -> None:
    request = about("return", first(OrderState.DELIVERED), "one and the same")

    def forbid(connection: object, *_: object) -> None:
        raise OSError("no space left")

    with pytest.raises((ShopFailed, OSError)):
        event.listen(shop._engine, "commit", forbid)
        await shop.file(request)
    event.remove(shop._engine, "commit", forbid)
    assert kept(shop) == 0
    assert isinstance(await shop.file(request), Filed)


def test_an_older_seed_is_filled_anew(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    shop = DemoShop.open(path)
    with writing(shop._engine).begin() as db:
        db.exec_driver_sql("PRAGMA user_version = 1")
        db.exec_driver_sql("DELETE FROM orders")
        db.exec_driver_sql("CREATE TABLE returns (key TEXT)")
    shop.close()
    again = DemoShop.open(path)
    with again._engine.connect() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM orders").scalar_one() > 100
        assert not db.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'returns'").first()
    again.close()
