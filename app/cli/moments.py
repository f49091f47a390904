"""A point in time as people write it on a command line."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timedelta

import click

from app.language import current
from smp.text import Text

_AGO = re.compile(r"([0-9]{1,6})\s*(min|h|d)")
_UNITS = {"min": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[float]):
    """2026-11-27, "2026-11-27 14:30", today, yesterday, 8h, 7d (ago): seconds since the epoch. Of
    this computer's time zone where none is told."""

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
        return time.time() - timedelta(**{_UNITS[ago[2]]: int(ago[1])}).total_seconds()
    if text in ("today", "yesterday"):
        day = date.today() - timedelta(days=text == "yesterday")  # noqa: DTZ011 -- as people mean it
        text = day.isoformat()
    return datetime.fromisoformat(text).timestamp()
