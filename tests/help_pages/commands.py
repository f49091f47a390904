"""command-line.md: every command and option as click has them, and output that is real."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import click

from app.cli.commands import main
from smp.simulator import build_image
from smp.update.verdict import ExitStatus
from tests.help_pages.entries import MADE, stopped, wrapped
from tests.helpers.programs import run

_HEAD = """\
# The command line

`flashdesk` without a command opens the window. With one it does the same work without a window: on
a server, in a script, on a production line. Every command tells what it can with `--help`.
"""

_ADDRESSES = """\
## Addresses

A device is named by an address, wherever one is asked for:

| address | what it is |
|---|---|
| `serial:/dev/ttyACM0`, `serial:COM7` | a serial port |
| `serial:COM7?baud=57600` | the same with another speed than 115200 |
| `serial:COM7?framing=raw` | for firmware that speaks raw SMP, without a console |
| `ble:sensor-7`, `ble:C0:DE:00:00:00:02` | over Bluetooth, by its name or its address |
| `ble:sensor-7?adapter=hci1` | the same with this adapter |
| `udp:192.0.2.7`, `udp:[2001:db8::7]:1338` | over the network; 1337 is the usual port |
| `tcp:localhost:7000` | a device server |
| `sim:demo` | a simulated device; `flashdesk simulate --list` lists them |
"""

_AGREEING = """\
## What `--yes` agrees to

`--yes` stands in scripts, so it agrees only to what follows from the device and the mode, and is
the same for each device of a line:

- that the old image is overwritten, or the new one stays even if it does not run (overwrite-only,
  one slot, serial recovery, a firmware loader, `--mode permanent`, a bootloader that tells nothing
  of it);
- that the device is restarted into its serial recovery, where its application does not run;
- that the restart also starts another image that waits on the device, for good;
- with `image` and `reset`: what that act says cannot be taken back.

It does not agree to firmware that is made for another product: that is never what a script is
for, but the wrong file. Whoever means it (a board of one's own that calls itself like the kit
it was copied from) gives `--other-product`, and `--yes` as well where there is no way back. Neither
overrules what `--forbid` or the settings forbid.

Nobody is asked about these, with or without `--yes`, because they are warned of and can be taken
back, or the bootloader decides: an older version (`--forbid older-than-running` refuses it), an
image that is not signed (`--forbid not-signed`), one signed with another key (`--key` refuses it).
"""

_EXIT = """\
## Exit statuses

What a script gets from `update`; the other commands use 0, 2, 3 and 4 in the same sense. `inspect`
ends with 0 for a file that `update` would take, and with 2 for any other: one that cannot be used,
or with `--key` one that none of those keys has signed.
"""

_MEANINGS = {
    ExitStatus.OK: "the device runs this file's image, confirmed, or as `--mode` asked. With the "
    "ending `core-not-listed` one core's image was put in place, and is not listed",
    ExitStatus.NOT_UPDATED: "not updated: the old image runs",
    ExitStatus.USAGE: "bad usage or a bad file: nothing was sent",
    ExitStatus.LOST: "the device is not reachable, or was lost on the way",
    ExitStatus.CANCELLED: "cancelled",
    ExitStatus.UNKNOWN: "unknown: look at the device. With the ending `core-not-listed` all is "
    "proven but what one core runs, which the device does not list",
}

_JSON = """\
## For scripts: `--json`

With `--json` each line of the output is one JSON object. `event` says what it is, `schema` which
form it has; `schema` grows when a key goes or means something else, not when one is added. Errors,
checks and obstacles carry a `code` that never changes, explained under [Errors](errors.md) and
[What is said before an update](checks.md); sentences may change at any time. The last object of
`update` is always its verdict, whatever happened.

The objects below were printed by the program, and are broken into lines here.
"""

_TIMES = re.compile(r'"(seconds|after)": [0-9.]+')
_IMAGE = "app_1.4.2.bin"


def commands_page() -> str:
    lines = [MADE, "", _HEAD, *_command(main, "flashdesk"), _ADDRESSES, _AGREEING, _EXIT]
    lines += ["| status | meaning |", "|---|---|"]
    lines += [f"| {status.value} | {_MEANINGS[status]} |" for status in ExitStatus]
    lines += ["", _JSON, *_examples()]
    return "\n".join(lines).rstrip() + "\n"


def without_times(page: str) -> str:
    """What two runs of the program have in common."""
    return _TIMES.sub(r'"\1": 0', page)


def _command(command: click.Command, name: str) -> list[str]:
    lines = [f"## `{name}`", "", *wrapped(str(command.help)), ""]
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    for option in options:
        lines += wrapped(f"- {_option(option)}", "  ")
    lines += [""]
    if arguments:
        named = " ".join(argument.make_metavar(click.Context(command)) for argument in arguments)
        lines.insert(2, f"`{name} {named} [OPTIONS]`\n")
    if isinstance(command, click.Group):
        for inner in sorted(command.commands):
            lines += _command(command.commands[inner], f"{name} {inner}")
    return lines


def _option(option: click.Option) -> str:
    context = click.Context(click.Command("any"))
    names = ", ".join(f"`{name}`" for name in option.opts)
    value = "" if option.is_flag else f" `{option.make_metavar(context)}`"
    told = [stopped(str(option.help))] if option.help else []
    if option.required:
        told.append("Has to be given.")
    if option.show_default and not option.is_flag:
        told.append(f"Without it: {option.default}.")
    return f"{names}{value}: {' '.join(told)}" if told else f"{names}{value}"


def _examples() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        file = state / _IMAGE
        file.write_bytes(build_image("1.4.2", 20_000))
        shown: list[str] = []
        for title, arguments in (
            ("What a file is", ("inspect", _IMAGE)),
            ("What a device tells", ("info", "--device", "sim:fast", "--json")),
            ("An update's verdict", ("update", _IMAGE, "--device", "sim:fast", "--json")),
            ("An error", ("info", "--device", "udp:", "--json")),
        ):
            given = [str(file) if each == _IMAGE else each for each in arguments]
            ended = run(state, *given, FLASHDESK_LANGUAGE="en")
            shown += [f"### {title}", "", f"`flashdesk {' '.join(arguments)}`", ""]
            if ended.events:
                told = json.dumps(ended.events[-1], indent=2, ensure_ascii=False)
                shown += ["```json", told, "```", ""]
            else:
                shown += ["```", ended.text.rstrip(), "```", ""]
    return shown
