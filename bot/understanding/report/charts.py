"""Charts as inline SVG: shapes take their colours from the page, so they follow its light and dark themes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 640
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 34
_BAR, _GAP, _NAMES = 9, 8, 190

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A named line through points between 0 and 1, and where on it the bot stands."""

    name: str
    points: Sequence[Point]
    mark: Point | None = None


def lines_chart(title: str, lines: Sequence[Line], across: str, up: str, floor: float = 0.5) -> str:
    """Lines in a square from (0, `floor`) to (1, 1), with a legend below; `across` and `up` name the axes."""
    height = 320
    bottom = height - _BOTTOM

    def at(point: Point) -> tuple[float, float]:
        x = _LEFT + point[0] * (WIDTH - _LEFT - _RIGHT)
        y = bottom - (max(point[1], floor) - floor) / (1 - floor) * (bottom - _TOP)
        return round(x, 1), round(y, 1)

    drawn = [_grid(at, floor, bottom)]
    for number, line in enumerate(lines):
        path = " ".join(f"{x},{y}" for x, y in map(at, line.points))
        drawn.append(f'<polyline class="line s{number}" points="{path}"/>')
        if line.mark:
            x, y = at(line.mark)
            drawn.append(f'<circle class="dot s{number}" cx="{x}" cy="{y}" r="5"/>')
    drawn.append(f'<text x="{WIDTH / 2}" y="{height - 4}" text-anchor="middle">{escape(across)}</text>')
    drawn.append(f'<text x="{_LEFT + 6}" y="{bottom - 8}">{escape(up)}</text>')
    return _svg(title, height, drawn) + _legend([line.name for line in lines])


def bars_chart(title: str, rows: Sequence[tuple[str, Sequence[float]]], series: Sequence[str]) -> str:
    """Bars of shares between 0 and 1, a group a row, a bar a series."""
    group = _BAR * len(series) + _GAP
    room = WIDTH - _NAMES - 44
    drawn = []
    for place, (name, shares) in enumerate(rows):
        top = _TOP + place * group
        drawn.append(f'<text x="{_NAMES - 8}" y="{top + group / 2}" text-anchor="end">{escape(name)}</text>')
        for number, share in enumerate(shares):
            y, length = top + number * _BAR, round(share * room, 1)
            drawn.append(f'<rect class="bar s{number}" x="{_NAMES}" y="{y}" width="{length}" height="{_BAR - 1}"/>')
            drawn.append(f'<text class="small" x="{_NAMES + length + 4}" y="{y + 8}">{share:.0%}</text>')
    return _svg(title, _TOP + group * len(rows) + 4, drawn) + _legend(series)


def _grid(at: Callable[[Point], tuple[float, float]], floor: float, bottom: float) -> str:
    drawn = []
    for step in range(6):
        x, _ = at((step / 5, 1))
        share = floor + (1 - floor) * step / 5
        _, y = at((0, share))
        drawn.append(f'<line class="grid" x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}"/>')
        drawn.append(f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{WIDTH - _RIGHT}" y2="{y}"/>')
        drawn.append(f'<text class="small" x="{x}" y="{bottom + 14}" text-anchor="middle">{step / 5:.0%}</text>')
        drawn.append(f'<text class="small" x="{_LEFT - 5}" y="{y + 3}" text-anchor="end">{share:.0%}</text>')
    return "".join(drawn)


def _svg(title: str, height: float, drawn: Sequence[str]) -> str:
    opening = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
    return f"{opening}<title>{escape(title)}</title>{''.join(drawn)}</svg>"


def _legend(names: Sequence[str]) -> str:
    keys = "".join(f'<span><i class="key s{number}"></i>{escape(name)}</span>' for number, name in enumerate(names))
    return f'<p class="legend">{keys}</p>'
