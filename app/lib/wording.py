"""Quantities in words: sizes, rates, durations, hashes. No Qt, so the command line says the same.

Units follow their number after a narrow no-break space; prefixes are decimal (1 kB = 1000 B).
"""

from __future__ import annotations

import math
import time

THIN = "\u202f"
"""Narrow no-break space."""
NBSP = "\u00a0"
ELLIPSIS = "…"
MINUS = "\u2212"

_STEPS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


def size(count: int) -> str:
    """214_900 -> "214.9 kB"; 1_048_576 -> "1.05 MB"; 812 -> "812 B"."""
    number, unit = size_parts(count)
    return f"{number}{THIN}{unit}"


def size_parts(count: float) -> tuple[str, str]:
    """The number and its unit apart, for figures that set them in two sizes."""
    for step, unit in _STEPS:
        # 999 950 B would be rounded to "1000 kB".
        if count >= step * (0.99995 if step > 1_000 else 1.0):
            return _number(count / step, 1 if step == 1_000 else 2), unit
    return str(round(count)), "B"


def size_of(part: int, whole: int) -> str:
    """ "214.3 of 480 kB", both in the unit of the whole."""
    for step, unit in _STEPS:
        if whole >= step:
            digits = 1 if step == 1_000 else 2
            return f"{_number(part / step, digits)} of {_number(whole / step, digits)}{THIN}{unit}"
    return f"{part} of {whole}{THIN}B"


def exact_size(count: int) -> str:
    """ "214 312 B", for those who count."""
    return f"{count:,}".replace(",", THIN) + f"{THIN}B"


def rate(bytes_per_second: float) -> str:
    """7_100 -> "7.1 kB/s"."""
    number, unit = rate_parts(bytes_per_second)
    return f"{number}{THIN}{unit}"


def rate_parts(bytes_per_second: float) -> tuple[str, str]:
    """Number and unit; always kB/s below a megabyte, so that a slow link does not flicker."""
    kilo = max(0.0, bytes_per_second) / 1_000
    if kilo >= 999.5:
        return f"{kilo / 1_000:.1f}", "MB/s"
    if kilo >= 99.95:
        return f"{kilo:.0f}", "kB/s"
    if 0.0 < kilo < 0.095:
        return f"{kilo:.2f}", "kB/s"
    return f"{kilo:.1f}", "kB/s"


def duration(seconds: float) -> str:
    """0.44 -> "0.4 s"; 9.4 -> "9.4 s"; 12.4 -> "12 s"; 72 -> "1 min 12 s"; 4000 -> "1 h 07 min".

    The one form of a duration in the whole program: axes, figures, sentences, terminal.
    """
    if seconds < 9.95:
        return f"{_number(seconds, 1)}{THIN}s" if seconds >= 0.05 else f"less than 0.1{THIN}s"
    return _joined(_split(round(seconds)))


def whole_seconds(seconds: float) -> str:
    """What has passed, as a counter that does not tremble: 5.97 -> "5 s". Rounded down."""
    return _joined(_split(max(0, math.floor(seconds + 1e-6))))


def left(seconds: float) -> str:
    """What is still to come, as a counter: 11.2 -> "12 s left", 130 -> "2 min 10 s left"."""
    return f"{_joined(duration_parts(seconds))} left"


def duration_parts(seconds: float) -> tuple[tuple[str, str], ...]:
    """What is still to come, for figures: (("12", "s"),), (("2", "min"), ("05", "s")). Rounded
    up, so that nothing is promised too early."""
    return _split(max(0, math.ceil(seconds - 1e-6)))


def _split(whole: int) -> tuple[tuple[str, str], ...]:
    if whole < 60:
        return ((str(whole), "s"),)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return ((str(minutes), "min"), (f"{rest:02d}", "s")) if rest else ((str(minutes), "min"),)
    hours, minutes = divmod(round(whole / 60), 60)
    return ((str(hours), "h"), (f"{minutes:02d}", "min")) if minutes else ((str(hours), "h"),)


def _joined(parts: tuple[tuple[str, str], ...]) -> str:
    return NBSP.join(f"{number}{THIN}{unit}" for number, unit in parts)


def time_of_day(at: float, now: float | None = None) -> str:
    """A moment, in seconds since the epoch, as a local clock shows it: "20:18"; with its date
    where that is another day than `now`: "25 Nov 20:18"."""
    then, today = time.localtime(at), time.localtime(now)
    clock = time.strftime("%H:%M", then)
    if then[:3] == today[:3]:
        return clock
    return f"{then.tm_mday} {time.strftime('%b', then)} {clock}"


def about(seconds: float) -> str:
    """An estimate nobody mistakes for a promise: "about 35 s", "about 2 min"."""
    if seconds < 1.5:
        return f"about 1{THIN}s"
    if seconds < 20:
        return f"about {round(seconds)}{THIN}s"
    if seconds <= 55:
        return f"about {5 * math.ceil(seconds / 5)}{THIN}s"
    minutes = math.ceil(seconds / 30) / 2
    if minutes < 10 and minutes % 1:
        return f"about {int(minutes)}½{THIN}min"
    if minutes < 60:
        return f"about {math.ceil(minutes)}{THIN}min"
    return f"about {duration(60 * math.ceil(minutes))}"


def percent(fraction: float) -> str:
    """0.614 -> "61 %". Never 100 % before it is whole, never 0 % once it began."""
    return f"{percent_number(fraction)}{THIN}%"


def percent_number(fraction: float) -> int:
    if fraction >= 1.0:
        return 100
    if fraction <= 0.0:
        return 0
    return min(99, max(1, math.floor(fraction * 100 + 1e-9)))


def short_hash(digest: str | bytes, groups: int = 2) -> str:
    """Hex in groups of four: "7f3a 9c41 …"; a short one whole."""
    text = digest.hex() if isinstance(digest, bytes) else digest.replace(" ", "").lower()
    parts = [text[at : at + 4] for at in range(0, len(text), 4)]
    if len(parts) <= groups:
        return " ".join(parts)
    return " ".join(parts[:groups]) + f" {ELLIPSIS}"


def signal_strength(dbm: int) -> str:
    """-52 -> "−52 dBm", with a real minus."""
    return f"{MINUS if dbm < 0 else ''}{abs(dbm)}{THIN}dBm"


def signal_word(dbm: int) -> str:
    """How well a radio is heard, for those to whom dBm says nothing."""
    return ("very weak", "weak", "good", "strong")[signal_bars(dbm)]


def signal_bars(dbm: int) -> int:
    """0 to 3 bars."""
    return sum(dbm >= step for step in (-90, -78, -64))


def times(count: int, one: str, many: str) -> str:
    """ "1 device", "3 devices"."""
    return f"{count} {one if count == 1 else many}"


def nth(count: int) -> str:
    """1 -> "1st", 2 -> "2nd", 11 -> "11th"."""
    last = count % 100
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th") if not 10 < last < 14 else "th"
    return f"{count}{suffix}"


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
