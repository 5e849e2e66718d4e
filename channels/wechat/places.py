"""Places as Chinese maps have them (GCJ-02), moved back to where the rest of the world has them (WGS-84)."""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt

AXIS = 6_378_245.0
"""Metres, of the Krasovsky ellipsoid that the shift is defined on."""
FLATNESS = 0.006_693_421_622_965_943
"""Its eccentricity, squared."""
SOUTH, NORTH, WEST, EAST = 0.8293, 55.8271, 72.004, 137.8347
"""Degrees; nothing is shifted outside."""
ROUNDS = 4
"""Each leaves less than a hundredth of the error before."""


def to_wgs84(latitude: float, longitude: float) -> tuple[float, float]:
    """Degrees of a place that is given in GCJ-02, to a centimetre; what is outside China stays as it is."""
    north, east = latitude, longitude
    for _ in range(ROUNDS):
        shift = _shift(north, east)
        north, east = latitude - shift[0], longitude - shift[1]
    return north, east


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """How far GCJ-02 moves a place of WGS-84, in degrees: the formula everybody uses, as nobody has published one."""
    if not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST):
        return 0.0, 0.0
    x, y = longitude - 105, latitude - 35
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += _waves(x, (20, 6), (20, 2)) + _waves(y, (20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += _waves(x, (20, 6), (20, 2), (20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))
    bend = 1 - FLATNESS * sin(radians(latitude)) ** 2
    metres_north = radians(AXIS * (1 - FLATNESS) / bend**1.5)
    metres_east = radians(AXIS / sqrt(bend) * cos(radians(latitude)))
    return north / metres_north, east / metres_east


def _waves(degrees: float, *waves: tuple[float, float]) -> float:
    """The sum of waves of (height in metres, half turns a degree), two thirds high."""
    return sum(height * sin(turns * pi * degrees) for height, turns in waves) * 2 / 3
