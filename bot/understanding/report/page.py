"""The page of the report: what is confused with what, how sure is right how often, what is slow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bot.understanding.calibration import Calibration
from bot.understanding.report.charts import Line, bars_chart, lines_chart
from bot.understanding.report.folds import Guess, confusions, curve, in_scope, intent_scores

PAIRS = 25
EXAMPLES = 5
"""Of each pair."""
SLOWEST = 15
LANGUAGES = {"zh": "中文", "en": "English"}

STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5c6577; --paper: #fff; --rule: #dde1e8;
  --a: #2563c9; --b: #c2590f; --c: #26803f; --d: #8a3fb0; --e: #a8324a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf1; --soft: #a3acbd; --paper: #14171d; --rule: #313845;
  --a: #7aa8f7; --b: #f0a063; --c: #74c98c; --d: #cf9bec; --e: #f08ea2; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--rule); vertical-align: top }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.wide { overflow-x: auto } p.note, .legend { color: var(--soft); font-size: .9rem }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--ink); font-size: 12px }
svg text.small { fill: var(--soft); font-size: 9px } .grid { stroke: var(--rule) }
.line { fill: none; stroke-width: 2; stroke: var(--of) } .bar, .dot { fill: var(--of) }
.s0 { --of: var(--a) } .s1 { --of: var(--b) } .s2 { --of: var(--c) } .s3 { --of: var(--d) } .s4 { --of: var(--e) }
.legend span { margin-right: 1.2rem; white-space: nowrap }
.key { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; background: var(--of) }
"""

Measure = tuple[str, float, str]
"""Name, value, unit."""


@dataclass(frozen=True)
class Findings:
    """All a page shows; `missing` says why there are no guesses, `sure` has (confidence, right) by file."""

    measures: Sequence[Measure]
    guesses: Sequence[Guess]
    missing: str
    sure: Mapping[str, Sequence[tuple[float, bool]]]
    slowest: Sequence[tuple[float, str]]
    calibration: Calibration


def page(findings: Findings) -> str:
    """A whole HTML document that needs nothing else."""
    parts = [
        _measures(findings.measures),
        _curves(findings),
        *(_folds(findings.guesses) if findings.guesses else [f"<p>{escape(findings.missing)}</p>"]),
        _slowest(findings.slowest),
    ]
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    title = "Understanding · 理解报告"
    body = f"<h1>{title}</h1>{''.join(parts)}"
    return (
        f'<!doctype html><html lang="zh"><head>{head}<title>{title}</title><style>{STYLE}</style></head>'
        f"<body>{body}</body></html>\n"
    )


def _measures(measures: Iterable[Measure]) -> str:
    rows = [(name, f"{value:g}", unit) for name, value, unit in measures]
    return _section("Measures · 指标", _table(("measure", "value", "unit"), rows, numbers=(1,)))


def _curves(findings: Findings) -> str:
    lines = [Line(name, curve(pairs)) for name, pairs in findings.sure.items() if pairs]
    if findings.guesses:
        lines.insert(0, _line_of_folds(findings.guesses, findings.calibration))
    chart = lines_chart("Precision by coverage", lines, "answered · 回答占比", "right · 正确率")
    note = "In-scope messages, surest first. The dot is where the thresholds of the bundle stand on held-out folds."
    return _section("Coverage and precision · 覆盖率与准确率", f'{chart}<p class="note">{note}</p>')


def _line_of_folds(guesses: Sequence[Guess], calibration: Calibration) -> Line:
    asked = in_scope(guesses)
    answered = [guess for guess in asked if guess.answered(calibration)]
    mark = (len(answered) / len(asked), sum(guess.right for guess in answered) / max(1, len(answered)))
    return Line("held-out folds", curve([(guess.confidence, guess.right) for guess in asked]), mark)


def _folds(guesses: Sequence[Guess]) -> list[str]:
    scores = {language: intent_scores(guesses, language) for language in LANGUAGES}
    by_intent = {language: {score.intent: score.f1 for score in scores[language]} for language in LANGUAGES}
    names = sorted(by_intent["zh"], key=lambda name: sum(found.get(name, 0.0) for found in by_intent.values()))
    bars = [(name, [by_intent[language].get(name, 0.0) for language in LANGUAGES]) for name in names]
    parts = [_section("F1 by intent · 各意图 F1", bars_chart("F1 by intent", bars, list(LANGUAGES.values())))]
    for language, title in LANGUAGES.items():
        rows = [
            (s.intent, str(s.rows), f"{s.precision:.0%}", f"{s.recall:.0%}", f"{s.f1:.0%}") for s in scores[language]
        ]
        heads = ("intent", "examples", "precision", "recall", "F1")
        parts.append(_section(f"Scores · 分数: {title}", _table(heads, rows, numbers=(1, 2, 3, 4))))
    return [*parts, _confusions(guesses)]


def _confusions(guesses: Iterable[Guess]) -> str:
    rows = [
        (str(len(found)), meant, taken, " / ".join(guess.example.text for guess in found[:EXAMPLES]))
        for (meant, taken), found in confusions(guesses)[:PAIRS]
    ]
    heads = ("times", "meant · 实为", "taken for · 判为", "surest examples · 例句")
    return _section("Confusions · 混淆", _table(heads, rows, numbers=(0,)))


def _slowest(latencies: Sequence[tuple[float, str]]) -> str:
    worst = sorted(latencies, reverse=True)[:SLOWEST]
    rows = [(f"{ms:.1f}", str(len(text)), text[:120]) for ms, text in worst]
    return _section("Slowest inputs · 最慢输入", _table(("ms", "characters", "text"), rows, numbers=(0, 1)))


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int]) -> str:
    def cells(tag: str, row: Sequence[str]) -> str:
        kind = [' class="n"' if column in numbers else "" for column in range(len(row))]
        return "".join(f"<{tag}{c}>{escape(cell)}</{tag}>" for c, cell in zip(kind, row, strict=True))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{cells("th", heads)}</tr></thead><tbody>{body}</tbody></table></div>'
