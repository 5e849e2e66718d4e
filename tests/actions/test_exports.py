"""A shop known by its exports: what the files say, in whatever shape shops write them, and nothing else."""

from __future__ import annotations

import csv
import io
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import actions.exports
from actions.exports.cells import BadCell, amount, moment, state
from actions.exports.shop import FileShop
from actions.requests import Urge
from actions.shop import OrderState, ShopFailed
from actions.values import Money

SAMPLES = Path(actions.exports.__file__).parent / "samples"
CHINA = ZoneInfo("Asia/Shanghai")


def open_shop(folder: Path) -> FileShop:
    shop = FileShop(folder, "示例店", lambda: CHINA)
    shop.load()
    return shop


def write(path: Path, *rows: list[str], encoding: str = "utf-8") -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


ORDER_HEAD = ["订单号", "订单状态", "手机号", "商品名称", "数量", "单价", "付款时间"]
AN_ORDER = ["A10001", "待发货", "13800001234", "青釉马克杯", "1", "49.00", "2026/11/20 08:00"]


async def test_the_samples_are_read_whole(caplog: pytest.LogCaptureFixture) -> None:
    shop = open_shop(SAMPLES)
    assert [one.id for one in await shop.products()] == ["MUG-01", "LAMP-02"]
    both = await shop.order("s20261121002")
    assert both is not None and [item.product for item in both.items] == ["MUG-01", "LAMP-02"]
    assert both.total == Money(amount=17800) and both.state is OrderState.PAID
    sent = await shop.order("S20261120001")
    assert sent is not None and sent.shipment is not None and sent.shipment.tracking_number == "LK700100200"
    assert sent.reached(OrderState.DISPATCHED) == datetime(2026, 11, 20, 17, 40, tzinfo=CHINA)
    assert "left out" not in caplog.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_the_encodings_that_spreadsheets_write_are_read(tmp_path: Path, encoding: str) -> None:
    write(tmp_path / "orders.csv", ORDER_HEAD, AN_ORDER, encoding=encoding)
    order = await open_shop(tmp_path).order("A10001")
    assert order is not None and order.items[0].names["zh-Hans"] == "青釉马克杯"


async def test_a_bad_line_is_left_out_and_the_log_keeps_what_it_holds_to_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = [*AN_ORDER[:1], "不知道", *AN_ORDER[2:]]
    good = ["A10002", *AN_ORDER[1:]]
    write(tmp_path / "orders.csv", ORDER_HEAD, bad, good)
    shop = open_shop(tmp_path)
    assert await shop.order("A10001") is None
    assert await shop.order("A10002") is not None
    assert "orders.csv, line 2 is left out: state: this is no state we know" in caplog.text
    assert "13800001234" not in caplog.text and "不知道" not in caplog.text


async def test_an_order_with_one_bad_line_is_left_out_whole(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", ORDER_HEAD, AN_ORDER, [*AN_ORDER[:4], "many", *AN_ORDER[5:]])
    assert await open_shop(tmp_path).order("A10001") is None


async def test_an_order_whose_phone_is_hidden_to_its_end_cannot_be_shown_to_be_anybodys(tmp_path: Path) -> None:
    write(tmp_path / "orders.csv", ORDER_HEAD, [*AN_ORDER[:2], "138********", *AN_ORDER[3:]])
    assert await open_shop(tmp_path).order("A10001") is None


def set_time(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, seconds))


async def test_a_changed_file_counts_once_it_stands_still(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    write(orders, ORDER_HEAD, AN_ORDER)
    shop = open_shop(tmp_path)
    write(orders, ORDER_HEAD, ["A10002", *AN_ORDER[1:]])
    set_time(orders, 1_000)
    shop.look()
    assert await shop.order("A10002") is None
    shop.look()
    assert await shop.order("A10002") is not None and await shop.order("A10001") is None


async def test_a_file_that_grows_is_not_read_until_it_is_whole(tmp_path: Path) -> None:
    orders = tmp_path / "orders.csv"
    write(orders, ORDER_HEAD, AN_ORDER)
    shop = open_shop(tmp_path)
    for size in range(1, 4):
        write(orders, ORDER_HEAD, *(["B" + str(n), *AN_ORDER[1:]] for n in range(size)))
        set_time(orders, 1_000 + size)
        shop.look()
        assert await shop.order("A10001") is not None


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", "甲,乙\n1,2\n".encode(), b'\xff"'])
async def test_a_file_that_is_none_leaves_what_was_said_before(tmp_path: Path, content: bytes) -> None:
    orders = tmp_path / "orders.csv"
    write(orders, ORDER_HEAD, AN_ORDER)
    shop = open_shop(tmp_path)
    orders.write_bytes(content)
    set_time(orders, 1_000)
    shop.look()
    shop.look()
    assert await shop.order("A10001") is not None
    orders.unlink()
    shop.look()
    assert await shop.order("A10001") is not None


async def test_what_files_cannot_do_fails_and_is_never_made_up(tmp_path: Path) -> None:
    shop = open_shop(SAMPLES)
    with pytest.raises(ShopFailed):
        await shop.file(Urge(key="k" * 8, order="S20261121002"))
    with pytest.raises(ShopFailed):
        await shop.promotions()
    assert await shop.member("anybody") is None
    assert await open_shop(tmp_path / "nowhere").order("A10001") is None


@pytest.mark.parametrize(
    ("cell", "minor"), [("49", 4900), ("1,299.50", 129950), ("¥ 0.01", 1), ("￥99元", 9900), ("12.50 元", 1250)]
)
def test_amounts_are_read_exactly(cell: str, minor: int) -> None:
    assert amount(cell) == Money(amount=minor)


@pytest.mark.parametrize("cell", ["", "free", "-1", "1.005", "NaN", "Infinity", "1e999999"])
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        amount(cell)


@given(st.integers(0, 10**12))
def test_every_amount_survives_being_written(minor: int) -> None:
    assert amount(f"{minor // 100:,}.{minor % 100:02}") == Money(amount=minor)


@given(
    st.datetimes(timezones=st.just(CHINA)).filter(lambda at: at.year >= 1000),
    st.sampled_from(["%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"]),
)
def test_every_time_survives_being_written(at: datetime, form: str) -> None:
    assert moment(at.strftime(form), CHINA) == at.replace(microsecond=0)


def test_a_time_that_names_its_zone_keeps_it() -> None:
    assert moment("2026-11-22T08:00:00+00:00", CHINA) == datetime(2026, 11, 22, 16, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize("cell", ["2026-02-30", "yesterday", "22.11.26", ""])
def test_what_is_no_date_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        moment(cell, CHINA)


@pytest.mark.parametrize("one", OrderState)
def test_every_state_may_be_written_in_our_own_words(one: OrderState) -> None:
    assert state(one.value.upper()) is one
