"""All checks of the installation, one after the other, so that none disturbs another."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from app.checkup import engine, links, places, program
from app.checkup.part import INSTALL_AGAIN, Check, Finding, Part, failed
from smp.errors import SmpError
from smp.text import Text, outside

log = logging.getLogger(__name__)


def checks(state: Path) -> tuple[Check, ...]:
    """Those that need no Qt. `state`: the folder where the program keeps its things."""
    return (
        Check("program", Text("Program"), program.itself),
        Check("python", Text("Python"), program.python),
        Check("qt", Text("Qt"), program.qt),
        *_qts_own_data(),
        Check("resources", Text("Icons and resources"), program.resources),
        Check("languages", Text("Languages"), program.languages),
        Check("folders", Text("Folders"), lambda: places.folders(state)),
        Check("disk", Text("Room on the disk"), lambda: places.disk(state)),
        Check("cbor", Text("Packets"), engine.packets),
        Check("crypto", Text("Signatures"), engine.signatures),
        Check("udp", Text("Network, UDP"), links.udp),
        Check("tcp", Text("Network, TCP"), links.tcp),
        Check("serial", Text("Serial ports"), links.serial),
        Check("bluetooth", Text("Bluetooth"), links.bluetooth),
        Check("update", Text("Update of a simulated device"), engine.update, limit=60.0),
    )


def _qts_own_data() -> tuple[Check, ...]:
    if sys.platform != "linux":
        return ()
    return (Check("text", Text("Sorting and encodings"), program.text),)


async def parts(those: Sequence[Check]) -> AsyncIterator[Part]:
    """What they found, each as soon as it is known. Whatever a check raises is a part that
    failed."""
    for check in those:
        yield Part(check.key, check.name, await _find(check))


async def _find(check: Check) -> Finding:
    try:
        async with asyncio.timeout(check.limit):
            return await check.find()
    except TimeoutError:
        return failed(
            Text("No result after {seconds:.0f} s", seconds=check.limit),
            Text("Start the computer anew and check again"),
        )
    except SmpError as error:
        return failed(error.what, error.next_step, error.detail)
    except ImportError as error:
        return failed(
            Text("A part of the program cannot be loaded: {reason}", reason=outside(str(error))),
            INSTALL_AGAIN,
            _trace(),
        )
    except Exception as error:  # noqa: BLE001 -- this is what the check is for
        log.info("the check %s: %r", check.key, error)
        return failed(
            Text(
                "{kind}: {reason}",
                kind=outside(type(error).__name__),
                reason=outside(str(error)),
            ),
            INSTALL_AGAIN,
            _trace(),
        )


def _trace() -> str:
    return "".join(traceback.format_exception(sys.exception())).strip()
