"""What a job says, as rows of words for a person who did not write it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from app.lib.wording import duration, short_hash
from app.station.job import Ask, Expectation, Hook, SerialRule, SerialSource, StationJob
from app.station.job_file import JobFile
from smp.text import NOTHING, Text, listed, outside, sentences
from smp.update.kinds import Mode

Row = tuple[Text, Text]


def rows(file: JobFile) -> list[Row]:
    """Labels and words, in the order in which things happen to a unit."""
    return [row for row in _rows(file) if row[1]]


def _rows(file: JobFile) -> Iterator[Row]:
    job = file.job
    yield Text("Product"), outside(job.product)
    yield Text("Firmware"), outside(job.firmware)
    yield Text("SHA-256"), outside(short_hash(job.sha256)) if job.sha256 else Text("not pinned yet")
    yield Text("Signed with"), outside(job.key)
    yield Text("Units"), units(job)
    yield Text("Places"), _places(job)
    yield Text("Serial number"), _serial(job.serial)
    yield Text("Before start"), _hook(job.before_start)
    for each in job.before:
        yield Text("Before"), expectation(each)
    yield Text("Update"), _update(job)
    for write in job.writes:
        words = Text("{setting} becomes {value}", setting=write.setting, value=write.value)
        yield Text("Written"), words
    for each in job.after:
        yield Text("After"), expectation(each)
    yield Text("After the result"), _hook(job.after_result)
    yield Text("Limits"), _limits(job)
    yield (
        Text("Records"),
        outside(_without_password(job.records))
        if job.records
        else Text("in a file of this computer"),
    )
    yield Text("Lock"), _lock(file)


def units(job: StationJob) -> Text:
    """Which devices are taken for one."""
    rule = job.recognise
    parts = [
        Text("over {transport}", transport=rule.transport),
        Text("USB {usb}", usb=rule.usb) if rule.usb else NOTHING,
        Text("interface {name}", name=rule.interface) if rule.interface else NOTHING,
        Text("called {name}", name=rule.name) if rule.name else NOTHING,
        Text("board {board}", board=rule.board) if rule.board else NOTHING,
        Text("{baud} baud", baud=str(rule.baud)) if rule.baud else NOTHING,
        outside(rule.framing),
    ]
    return listed(parts)


def _places(job: StationJob) -> Text:
    return listed(
        Text("{name} at {at}", name=place.name, at=place.at) if place.at else outside(place.name)
        for place in job.places
    )


def _serial(rule: SerialRule) -> Text:
    match rule.source:
        case SerialSource.NONE:
            return Text("none")
        case SerialSource.COUNTER if rule.last is not None:
            return Text(
                "counted, {format} from {first} to {last}",
                format=rule.format,
                first=str(rule.first),
                last=str(rule.last),
            )
        case SerialSource.COUNTER:
            return Text(
                "counted, {format} from {first} on", format=rule.format, first=str(rule.first)
            )
        case SerialSource.LIST:
            return Text("the next line of {file}", file=rule.file)
        case SerialSource.SCAN if rule.pattern:
            return Text("scanned, looks like {pattern}", pattern=rule.pattern)
        case SerialSource.SCAN:
            return Text("scanned")
        case SerialSource.REST:
            return Text("from {url}", url=rule.url)
        case _:
            assert_never(rule.source)


def expectation(each: Expectation) -> Text:
    """What has to hold, in words."""
    return Text("{thing} {bounds}", thing=_asked(each), bounds=_bounds(each))


def _asked(each: Expectation) -> Text:
    match each.ask:
        case Ask.VERSION:
            return Text("the version")
        case Ask.BOARD:
            return Text("the board")
        case Ask.BOOTLOADER_MODE:
            return Text("the bootloader's mode")
        case Ask.STATISTICS:
            return Text("the statistic {name}", name=each.what)
        case Ask.SHELL:
            return Text("the answer to {name}", name=each.what)
        case Ask.SETTING:
            return Text("the setting {name}", name=each.what)
        case _:
            assert_never(each.ask)


def _bounds(each: Expectation) -> Text:
    unit = f" {each.unit}" if each.unit else ""
    low, high = f"{each.low}{unit}", f"{each.high}{unit}"
    parts = [
        Text("is {value}", value=f"{each.equals}{unit}") if each.equals else NOTHING,
        Text("looks like {pattern}", pattern=each.matches) if each.matches else NOTHING,
        Text("is from {low} to {high}", low=low, high=high) if each.low and each.high else NOTHING,
        Text("is at least {low}", low=low) if each.low and not each.high else NOTHING,
        Text("is at most {high}", high=high) if each.high and not each.low else NOTHING,
    ]
    return listed(parts) or Text("is told")


def _update(job: StationJob) -> Text:
    match job.mode:
        case Mode.CONFIRM:
            how = Text("Tried out, then kept")
        case Mode.TEST:
            how = Text("Left on trial")
        case Mode.PERMANENT:
            how = Text("For good, without a way back")
        case _:
            assert_never(job.mode)
    return sentences(
        how,
        Text("Watched for {time}", time=duration(job.watch)) if job.watch is not None else NOTHING,
        Text("Through the bootloader's serial recovery") if job.recovery else NOTHING,
        Text("What cannot be taken back is agreed to") if job.consent else NOTHING,
        Text("Firmware for another product is agreed to") if job.other_product else NOTHING,
        Text("Refused if found: {codes}", codes=", ".join(sorted(job.forbids)))
        if job.forbids
        else NOTHING,
    )


def _limits(job: StationJob) -> Text:
    return listed(
        [
            Text("{count} units that pass", count=job.limit) if job.limit else NOTHING,
            Text("{count} attempts on a unit", count=job.attempts) if job.attempts else NOTHING,
            Text("{count} units at one time", count=job.at_once) if job.at_once else NOTHING,
        ]
    )


def _hook(hook: Hook | None) -> Text:
    if hook is None:
        return NOTHING
    if hook.required:
        return Text("{url} is asked, and has to answer", url=hook.url)
    return Text("{url} is told", url=hook.url)


def _lock(file: JobFile) -> Text:
    if file.lock is None:
        return Text("none: whoever may write the file may change it")
    if file.lock.is_of_password:
        return Text("with a password, key {key}", key=file.lock.fingerprint)
    return Text("with the key {key}", key=file.lock.fingerprint)


def _without_password(records: str) -> str:
    before, at, after = records.rpartition("@")
    scheme, slashes, who = before.partition("://")
    return f"{scheme}{slashes}{who.partition(':')[0]}{at}{after}" if at else records
