"""Quantities in words: sizes, rates, durations, hashes. No Qt, so the command line says the same.

Units follow their number after a narrow no-break space; prefixes are decimal (1 kB = 1000 B).
All are texts: a view that shows one itself says it (`app.language.say`).
"""

from __future__ import annotations

import math
import time
from unicodedata import combining, east_asian_width

from smp.text import Numeral, Text, outside

THIN = "\u202f"
"""Narrow no-break space."""
NBSP = "\u00a0"
ELLIPSIS = "…"
MINUS = "\u2212"

_B, _KB, _MB, _GB = Text("B"), Text("kB"), Text("MB"), Text("GB")
_KB_S, _MB_S = Text("kB/s"), Text("MB/s")
_S, _MIN, _H = Text("s"), Text("min"), Text("h")
_STEPS = ((1_000_000_000, _GB), (1_000_000, _MB), (1_000, _KB))

Parts = tuple[Text, Text]
"""A number and its unit apart, for figures that set them in two sizes."""


def _quantity(number: str, unit: Text) -> Text:
    return Text("{number}\u202f{unit}", number=Numeral(number), unit=unit)


def size(count: int) -> Text:
    """214_900 -> "214.9 kB"; 1_048_576 -> "1.05 MB"; 812 -> "812 B"."""
    number, unit = size_parts(count)
    return _quantity(number, unit)


def size_parts(count: float) -> Parts:
    for step, unit in _STEPS:
        # 999 950 B would be rounded to "1000 kB".
        if count >= step * (0.99995 if step > 1_000 else 1.0):
            return Numeral(_number(count / step, 1 if step == 1_000 else 2)), unit
    return Numeral(str(round(count))), _B


def size_of(part: int, whole: int) -> Text:
    """ "214.3 of 480 kB", both in the unit of the whole."""
    step, unit = next((each for each in _STEPS if whole >= each[0]), (1, _B))
    digits = 1 if step == 1_000 else 2
    some, all_of_it = _number(part / step, digits), _number(whole / step, digits)
    return Text("{part} of {whole}", part=Numeral(some), whole=_quantity(all_of_it, unit))


def exact_size(count: int) -> Text:
    """ "214 312 B", for those who count."""
    return Text("{number}\u202f{unit}", number=f"{count:,}".replace(",", THIN), unit=_B)


def rate(bytes_per_second: float) -> Text:
    """7_100 -> "7.1 kB/s"."""
    number, unit = rate_parts(bytes_per_second)
    return _quantity(number, unit)


def exact_rate(bytes_per_second: float) -> Text:
    """7_758 -> "7.76 kB/s": a digit more than a measured rate has, for a known limit."""
    if bytes_per_second >= 99_950:
        return rate(bytes_per_second)
    return _quantity(f"{bytes_per_second / 1_000:.2f}", _KB_S)


def rate_unit(of_a_megabyte: bool) -> Text:
    return _MB_S if of_a_megabyte else _KB_S


def rate_parts(bytes_per_second: float) -> Parts:
    """Number and unit; always kB/s below a megabyte, so that a slow link does not flicker."""
    kilo = max(0.0, bytes_per_second) / 1_000
    if kilo >= 999.5:
        return Numeral(f"{kilo / 1_000:.1f}"), _MB_S
    if kilo >= 99.95:
        return Numeral(f"{kilo:.0f}"), _KB_S
    if 0.0 < kilo < 0.095:
        return Numeral(f"{kilo:.2f}"), _KB_S
    return Numeral(f"{kilo:.1f}"), _KB_S


def duration(seconds: float) -> Text:
    """0.44 -> "0.4 s"; 9.4 -> "9.4 s"; 12.4 -> "12 s"; 72 -> "1 min 12 s"; 4000 -> "1 h 07 min".

    The one form of a duration in the whole program: axes, figures, sentences, terminal.
    """
    if seconds < 0.05:
        return Text("less than {time}", time=_quantity("0.1", _S))
    if seconds < 9.95:
        return _quantity(_number(seconds, 1), _S)
    return _joined(_split(round(seconds)))


def tenths(seconds: float) -> Text:
    """5.97 -> "6.0 s": a point in time, read off."""
    return _quantity(f"{seconds:.1f}", _S)


def whole_seconds(seconds: float) -> Text:
    """What has passed, as a counter that does not tremble: 5.97 -> "5 s". Rounded down."""
    return _joined(_split(max(0, math.floor(seconds + 1e-6))))


def left(seconds: float) -> Text:
    """What is still to come, as a counter: 11.2 -> "12 s left", 130 -> "2 min 10 s left"."""
    return Text("{time} left", time=_joined(duration_parts(seconds)))


def duration_parts(seconds: float) -> tuple[Parts, ...]:
    """What is still to come, for figures: (("12", "s"),), (("2", "min"), ("05", "s")). Rounded
    up, so that nothing is promised too early."""
    return _split(max(0, math.ceil(seconds - 1e-6)))


def _split(whole: int) -> tuple[Parts, ...]:
    if whole < 60:
        return ((Numeral(str(whole)), _S),)
    larger, smaller, units = *divmod(whole, 60), (_MIN, _S)
    if larger >= 60:
        larger, smaller, units = *divmod(round(whole / 60), 60), (_H, _MIN)
    first = (Numeral(str(larger)), units[0])
    return (first, (Numeral(f"{smaller:02d}"), units[1])) if smaller else (first,)


def _joined(parts: tuple[Parts, ...]) -> Text:
    first, *more = (_quantity(number, unit) for number, unit in parts)
    return Text("{larger}\u00a0{smaller}", larger=first, smaller=more[0]) if more else first


_MONTHS = (
    Text("Jan"),
    Text("Feb"),
    Text("Mar"),
    Text("Apr"),
    Text("May"),
    Text("Jun"),
    Text("Jul"),
    Text("Aug"),
    Text("Sep"),
    Text("Oct"),
    Text("Nov"),
    Text("Dec"),
)


def time_of_day(at: float, now: float | None = None) -> Text:
    """A moment, in seconds since the epoch, as a local clock shows it: "20:18"; with its date
    where that is another day than `now`: "25 Nov 20:18"."""
    then, today = time.localtime(at), time.localtime(now)
    clock = outside(time.strftime("%H:%M", then))
    if then[:3] == today[:3]:
        return clock
    month = _MONTHS[then.tm_mon - 1]
    return Text("{day} {month} {clock}", day=then.tm_mday, month=month, clock=clock)


def about(seconds: float) -> Text:
    """An estimate nobody mistakes for a promise: "about 35 s", "about 2 min"."""
    return Text("about {time}", time=_roughly(seconds))


def _roughly(seconds: float) -> Text:
    if seconds < 1.5:
        return _quantity("1", _S)
    if seconds < 20:
        return _quantity(str(round(seconds)), _S)
    if seconds <= 55:
        return _quantity(str(5 * math.ceil(seconds / 5)), _S)
    minutes = math.ceil(seconds / 30) / 2
    if minutes < 10 and minutes % 1:
        return _quantity(f"{int(minutes)}½", _MIN)
    if minutes < 60:
        return _quantity(str(math.ceil(minutes)), _MIN)
    return duration(60 * math.ceil(minutes))


def percent(fraction: float) -> Text:
    """0.614 -> "61 %". Never 100 % before it is whole, never 0 % once it began."""
    return Text("{number}\u202f%", number=percent_number(fraction))


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


def signal_strength(dbm: int) -> Text:
    """-52 -> "−52 dBm", with a real minus."""
    return Text("{number}\u202fdBm", number=f"{MINUS if dbm < 0 else ''}{abs(dbm)}")


def signal_word(dbm: int) -> Text:
    """How well a radio is heard, for those to whom dBm says nothing."""
    return _HEARD[signal_bars(dbm)]


_HEARD = (Text("very weak"), Text("weak"), Text("good"), Text("strong"))


def signal_bars(dbm: int) -> int:
    """0 to 3 bars."""
    return sum(dbm >= step for step in (-90, -78, -64))


def nth(count: int) -> Text:
    """1 -> "1st", 2 -> "2nd", 11 -> "11th"."""
    last = 0 if 10 < count % 100 < 14 else count % 10
    if last == 1:
        return Text("{count}st", count=count)
    if last == 2:
        return Text("{count}nd", count=count)
    if last == 3:
        return Text("{count}rd", count=count)
    return Text("{count}th", count=count)


def columns(text: str) -> int:
    """How many places of a terminal or a text file it takes: Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text
    )


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
