"""Where a shopper is: WeChat's coordinates are those of Chinese maps, ours those of all others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.wechat.places import SOUTH, WEST, _shift, to_wgs84

METRE = 1e-5
"""Degrees, about."""


@pytest.mark.parametrize(
    ("chinese", "known"),
    [
        ((31.17530398364597, 121.531541859215), (31.1774276, 121.5272106)),
        ((22.540796131694766, 113.9171764808363), (22.543847, 113.912316)),
        ((39.91334545536069, 116.38404722455657), (39.911954, 116.377817)),
    ],
    ids=["shanghai", "shenzhen", "beijing"],
)
def test_a_known_place_is_found(chinese: tuple[float, float], known: tuple[float, float]) -> None:
    assert to_wgs84(*chinese) == pytest.approx(known, abs=METRE)


@given(st.floats(SOUTH + 1, 54), st.floats(WEST + 1, 136))
def test_whatever_was_shifted_comes_back(latitude: float, longitude: float) -> None:
    north, east = _shift(latitude, longitude)
    assert to_wgs84(latitude + north, longitude + east) == pytest.approx((latitude, longitude), abs=METRE / 100)


def test_places_outside_china_stay_where_they_are() -> None:
    assert to_wgs84(51.5007, -0.1246) == (51.5007, -0.1246)
