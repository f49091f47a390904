"""A point in time as people write it on a command line."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta

import click

from app.language import current
from smp.text import Text

_AGO = re.compile(
    r"([0-9]{1,6})\s*(?:(?P<minutes>m|min|minutes?)|(?P<hours>h|hours?)|(?P<days>d|days?)"
    r"|(?P<weeks>w|weeks?))"
)
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(.*)")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")


class Moment(click.ParamType[float]):
    """2026-11-27, "2026-11-27 14:30", 27.11.2026, 14:30 (today), today, yesterday, now, 8h, 7d, 2w
    (ago), and what is exported, 2026-11-27T14:30:00Z: seconds since the epoch. Of this computer's
    time zone where none is told."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip().lower()
        try:
            return _read(text)
        except (ValueError, OverflowError, OSError):
            words = Text(
                "{text} is no time; write 2026-11-27, 2026-11-27T14:30, today, 8h or 7d", text=text
            )
            self.fail(words.said(current()), param, ctx)


def _read(text: str) -> float:
    if ago := _AGO.fullmatch(text):
        unit = str(ago.lastgroup)
        return time.time() - timedelta(**{unit: int(ago[1])}).total_seconds()
    if text == "now":
        return time.time()
    today = date.today()  # noqa: DTZ011 -- as people mean it
    if text in ("today", "yesterday"):
        text = (today - timedelta(days=text == "yesterday")).isoformat()
    elif dotted := _DOTTED.fullmatch(text):
        day, month, year, rest = dotted.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{rest}"
    elif clock := _CLOCK.fullmatch(text):
        text = f"{today.isoformat()} {clock[1]:0>2}:{clock[2]}"
    return datetime.fromisoformat(text.upper()).timestamp()
