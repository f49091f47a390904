"""Pieces of a report in HTML: everything from outside is escaped here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from app.language import say
from app.records.summary import HourCount
from smp.text import Text


def words(text: Text | str) -> str:
    """In the language of the program, escaped; what is no text as it is, escaped."""
    return escape(say(text) if isinstance(text, Text) else text)


def table(heads: Sequence[Text], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Cells are HTML already. `numbers`: columns that are set to the right."""

    def classed(at: int) -> str:
        return ' class="n"' if at in numbers else ""

    head = "".join(f"<th{classed(at)}>{words(text)}</th>" for at, text in enumerate(heads))
    body = "".join(
        f"<tr>{''.join(f'<td{classed(at)}>{cell}</td>' for at, cell in enumerate(row))}</tr>\n"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n"


def figure(label: Text, value: str, tone: str = "") -> str:
    """A number that is read first, with what it is."""
    return f'<div class="figure {tone}"><b>{words(value)}</b><span>{words(label)}</span></div>\n'


def bar(fraction: float, tone: str) -> str:
    """As long as the fraction of its cell."""
    return f'<div class="bar {tone}" style="width:{max(0.0, min(1.0, fraction)) * 100:.1f}%"></div>'


def hours(counts: Sequence[HourCount], label: Text, begin: str, end: str) -> str:
    """Columns of an SVG, one an hour, with those between in which nothing ended: what has failed
    stands on what has passed. `begin`, `end`: of the first and the last hour."""
    first, last = counts[0].began, counts[-1].began
    span = (last - first) // 3600 + 1
    most = max(count.passed + count.failed for count in counts)
    wide, high = 720.0, 110.0
    step = min(60.0, wide / span)
    columns = []
    for count in counts:
        x = (count.began - first) // 3600 * step
        good, bad = (high * part / most for part in (count.passed, count.failed))
        for y, tall, tone in ((high - good, good, "ok"), (high - good - bad, bad, "bad")):
            if tall:
                columns.append(
                    f'<rect class="{tone}" x="{x:.2f}" y="{y:.2f}" width="{step * 0.86:.2f}" '
                    f'height="{tall:.2f}"/>'
                )
    ends = "".join(f"<span>{words(end)}</span>" for end in (begin, end))
    share = span * step / wide * 100
    return (
        f'<svg viewBox="0 0 {wide:.0f} {high + 1:.0f}" role="img" aria-label="{words(label)}">'
        f'<line x1="0" x2="{wide:.0f}" y1="{high}" y2="{high}"/>{"".join(columns)}</svg>\n'
        f'<div class="ends" style="width:{max(share, 40.0):.1f}%">{ends}</div>\n'
    )


STYLE = """
:root{--ground:#fff;--ink:#1b2330;--soft:#5b6677;--line:#dfe3ea;--ok:#187a48;--bad:#b3261e;
--panel:#f5f6f8}
@media screen and (prefers-color-scheme:dark){:root{--ground:#15181d;--ink:#e8ebf0;
--soft:#a3adbb;--line:#343b46;--ok:#4cc38a;--bad:#ff8a80;--panel:#1d2128}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px;max-width:1100px;background:var(--ground);color:var(--ink);
font:14px/1.45 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
h1{font-size:24px;margin:0 0 4px}
h2{font-size:16px;margin:28px 0 8px;break-after:avoid}
p{margin:4px 0;color:var(--soft)}
p.part{color:var(--ink);font-weight:600;border-left:5px solid var(--bad);padding-left:10px}
.figures{display:flex;flex-wrap:wrap;gap:12px;margin-top:16px}
.figure{flex:1 1 130px;padding:12px 16px;background:var(--panel);border-radius:8px;
border-left:5px solid var(--line);break-inside:avoid}
.figure b{display:block;font-size:26px;line-height:1.2}
.figure span{color:var(--soft)}
.figure.ok{border-color:var(--ok)}
.figure.bad{border-color:var(--bad)}
table{border-collapse:collapse;width:100%}
thead{display:table-header-group}
th{text-align:left;color:var(--soft);font-weight:600}
th,td{padding:4px 10px 4px 0;border-bottom:1px solid var(--line);vertical-align:top;
overflow-wrap:anywhere}
tr{break-inside:avoid}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.b{min-width:160px}
.bar{height:14px;min-width:2px;margin-top:3px;background:var(--soft);border-radius:2px}
.bar.bad{background:var(--bad)}
.ok{color:var(--ok)}
.bad{color:var(--bad)}
.figure.ok,.figure.bad{color:var(--ink)}
td .ok,td .bad{white-space:nowrap}
th{overflow-wrap:normal}
svg{width:100%;height:auto}
svg .ok{fill:var(--ok)}
svg .bad{fill:var(--bad)}
svg line{stroke:var(--line)}
.ends{display:flex;justify-content:space-between;color:var(--soft);font-size:12px}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
@page{size:A4;margin:14mm}
@media print{body{padding:0;max-width:none;font-size:10.5px}h1{font-size:18px}
.figure b{font-size:19px}.figure{padding:8px 10px}}
"""
"""Light on paper, whatever the screen is; needs nothing from elsewhere."""
