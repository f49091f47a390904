"""What is written to each unit through its settings, and read back: nothing is assumed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence

from app.records.attempt import Measurement, Result
from app.station.expectations import as_text
from app.station.job import UnitWrite
from app.station.outcomes import StationError, UnfitUnit
from smp.client import Client
from smp.commands.settings import CommitSettings, ReadSetting, SaveSettings, WriteSetting
from smp.errors import DeviceError
from smp.plain import plain
from smp.text import Coded, Text, outside, sentences
from smp.update.acts.acting import Acting
from smp.update.acts.kinds import Act, ActKind
from smp.update.acts.results import ActResult

NAMES = ("serial", "date", "operator", "station")
"""What a value may have in braces."""
_FIELD = re.compile(r"\{([^{}]*)\}")


def filled(value: str, values: Mapping[str, str]) -> str:
    """With what stands for its {names}. Raises `StationError` for one that nobody knows."""
    unknown = [name for name in _FIELD.findall(value) if name not in values]
    if unknown:
        raise StationError(
            Coded(
                "station-write-unknown",
                "{name} in a value that is written to the unit means nothing",
                name=f"{{{unknown[0]}}}",
            ),
            next_step=Text(
                "Use some of these in the job: {names}",
                names=", ".join(f"{{{name}}}" for name in NAMES),
            ),
        )
    return _FIELD.sub(lambda found: values[found[1]], value)


def carries_serial(writes: Sequence[UnitWrite]) -> bool:
    return any("{serial}" in write.value for write in writes)


async def write_all(
    client: Client,
    writes: Sequence[UnitWrite],
    values: Mapping[str, str],
    note: Callable[[Measurement], None],
) -> None:
    """Write, save, restart where that is wanted, and read each value back from what answers then.

    What is saved comes first: saving is of all settings, and what must not outlast a restart would
    be saved with them. Raises `UnfitUnit` for what reads back otherwise, and what the unit answers.
    """
    kept = [(it, filled(it.value, values)) for it in writes if it.save or it.restart]
    passing = [(it, filled(it.value, values)) for it in writes if not (it.save or it.restart)]
    if kept:
        await _write(client, kept)
        await client.request(SaveSettings())
    if any(write.restart for write, _ in kept):
        await _restart(client)
    if passing:
        await _write(client, passing)
    await read_back(client, [*kept, *passing], note)


async def _write(client: Client, writes: Sequence[tuple[UnitWrite, str]]) -> None:
    for write, value in writes:
        try:
            await client.request(WriteSetting(write.setting, value.encode("utf-8")))
        except DeviceError as error:
            raise _refused(write, error) from error
    try:
        await client.request(CommitSettings())
    except DeviceError as error:
        if not error.is_unsupported:
            raise


def _refused(write: UnitWrite, error: DeviceError) -> UnfitUnit:
    return UnfitUnit(
        Coded("station-write-refused", "The unit does not take its {name}", name=write.setting),
        why=sentences(error.why, outside(error.detail)),
        next_step=Text(
            "Tell the engineer: the setting's name and its value in the job have to be what this "
            "firmware takes"
        ),
    )


async def read_back(
    client: Client, writes: Sequence[tuple[UnitWrite, str]], note: Callable[[Measurement], None]
) -> None:
    """Raises `UnfitUnit` with the first that differs, when all were read."""
    first: UnfitUnit | None = None
    for write, wanted in writes:
        try:
            read = as_text((await client.request(ReadSetting(write.setting))).value)
        except DeviceError as error:
            problem: UnfitUnit | None = UnfitUnit(
                Coded(
                    "station-write-not-proven",
                    "The unit does not tell its {name}, which was written to it",
                    name=write.setting,
                ),
                why=sentences(error.why, outside(error.detail)),
                next_step=Text(
                    "Tell the engineer: what cannot be read back is not proven to be there"
                ),
            )
            read = ""
        else:
            problem = _differs(write, wanted, read)
        result = Result.FAIL if problem is not None else Result.PASS
        name = f"setting {plain(write.setting)}"
        note(Measurement(name, plain(read), wanted=plain(wanted), result=result))
        first = first or problem
    if first is not None:
        raise first


def _differs(write: UnitWrite, wanted: str, read: str) -> UnfitUnit | None:
    if read == as_text(wanted.encode("utf-8")):
        return None
    return UnfitUnit(
        Coded(
            "station-write-lost",
            "The unit's {name} reads back as {read}, written was {wanted}",
            name=write.setting,
            read=read or "nothing",
            wanted=wanted,
        ),
        why=(
            Text("It does not keep what is saved over a restart")
            if write.restart
            else Text("It has taken the value, and uses another one")
        ),
    )


async def _restart(client: Client) -> None:
    """Followed to its end, until the firmware answers again. Insisted on, as an update does."""
    acting = Acting(client, Act(ActKind.RESTART, force=True), consent=True)
    work = asyncio.ensure_future(acting.run())
    try:
        result = await asyncio.shield(work)
    except asyncio.CancelledError:
        acting.cancel()
        await work
        raise
    if not result.is_good:
        raise _not_restarted(result)


def _not_restarted(result: ActResult) -> UnfitUnit:
    return UnfitUnit(
        Coded("station-not-restarted", "The restart that its settings need did not come about"),
        why=sentences(result.headline, result.reason),
        next_step=result.next_step,
    )
