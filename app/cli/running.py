"""What every command needs: errors in words or JSON, an exit status, Ctrl-C, rows."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from app.language import say
from app.lib.wording import columns
from smp.errors import AddressError, FileError, JobError, SmpError
from smp.text import Text
from smp.update.verdict import ExitStatus

if TYPE_CHECKING:
    from smp.address import Address


def parse_address(text: str, *, as_json: bool = False) -> Address:
    from smp.address import Address

    with Errors(as_json):
        return Address.parse(text)


SCHEMA = 1
"""Of all that is printed with `--json`. It grows when a key goes or means something else, not when
one is added."""


class Errors:
    """Turns engine errors into words or JSON and an exit status."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: Any
    ) -> None:
        if isinstance(error, SmpError):
            sys.exit(report_error(error, self._as_json))


def report_error(error: SmpError, as_json: bool) -> int:
    """Say it, and return the exit status it stands for."""
    usage = isinstance(error, AddressError | FileError | JobError)
    if as_json:
        print_json({"event": "error", **error.to_json()})
    else:
        from app.cli.terminal import print_error

        print_error(error)
    return ExitStatus.USAGE if usage else ExitStatus.LOST


def refuse(error: SmpError, as_json: bool) -> int:
    """An update that cannot even begin: with --json the verdict says so."""
    if not as_json:
        return report_error(error, as_json)
    from smp.update.endings.refused import bad_input

    verdict = bad_input(error)
    print_json(verdict.to_json())
    return verdict.exit_status


def run(work: Coroutine[Any, Any, int], *, as_json: bool = False) -> None:
    """Run a command's coroutine to its exit status. Ctrl-C ends it unless it has its own way."""
    import asyncio

    async def guarded() -> int:
        task = asyncio.current_task()
        assert task is not None
        on_interrupt(task.cancel)
        try:
            return await work
        except SmpError as error:
            return report_error(error, as_json)
        except asyncio.CancelledError:
            return ExitStatus.CANCELLED
        finally:
            _close_simulated()

    sys.exit(asyncio.run(guarded()))


def _close_simulated() -> None:
    """Only where a simulated device was used: loading the simulator takes longer than a device
    takes to answer."""
    if "smp.simulator.living" in sys.modules:
        from smp.simulator.living import close_simulated

        close_simulated()


def on_interrupt(stop: Callable[[], object]) -> None:
    import asyncio

    loop = asyncio.get_running_loop()
    for number in _interrupting():
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _interrupting() -> list[signal.Signals]:
    """A terminal that is closed is one, too, unless the program is to outlive it (nohup)."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    hangup = getattr(signal, "SIGHUP", None)  # not on Windows
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
        numbers.append(hangup)
    return numbers


def print_json(value: Mapping[str, object]) -> None:
    """One object of `--json`: on a line of its own, and it tells first which form it has."""
    click.echo(json.dumps({"schema": SCHEMA, **value}))


def print_rows(rows: Sequence[tuple[Text, Text]]) -> None:
    """Two columns, in the language of the program."""
    said = [(say(label), say(text)) for label, text in rows]
    width = max((columns(label) for label, _ in said), default=0)
    for label, text in said:
        click.echo(f"{label}{' ' * (width - columns(label))}  {text}")


def print_text(text: Text) -> None:
    """A line, in the language of the program."""
    click.echo(say(text))
