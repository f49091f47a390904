"""The manual page flashdesk.1, made from the command line's own help: `python manual.py`.

What the help says is not said a second time; what it does not say stands here.
"""

from __future__ import annotations

import sys
import time

import click

from app import VERSION
from app.cli.commands import main
from smp.update.verdict import ExitStatus

STATUSES = {
    ExitStatus.OK: "the device runs this file's image, as the mode asked",
    ExitStatus.NOT_UPDATED: "not updated; the old image runs",
    ExitStatus.USAGE: "bad usage or a bad file; nothing was sent",
    ExitStatus.LOST: "the device cannot be reached, or was lost",
    ExitStatus.CANCELLED: "cancelled",
    ExitStatus.UNKNOWN: "unknown; the verdict says what to do",
}

ADDRESSES = {
    "serial:PORT[?baud=N|auto&framing=console|raw|auto]": "a serial port, e.g. serial:/dev/ttyACM0",
    "ble:NAME-OR-ADDRESS[?adapter=hci1]": "a Bluetooth device",
    "tcp:HOST:PORT[?framing=console|raw]": "a terminal server",
    "udp:HOST[:PORT]": "a device on the network; its port is 1337 if none is given",
    "sim:PROFILE": "a simulated device; flashdesk simulate --list lists the profiles",
}

ENVIRONMENT = {
    "FLASHDESK_STATE": "the folder for settings, logs, crash reports and simulated devices; "
    "~/.local/state/flashdesk if it is not set",
    "LANGUAGE, LC_ALL, LC_MESSAGES, LANG": "the language",
    "NO_COLOR": "no colours in the terminal",
    "DISPLAY, WAYLAND_DISPLAY": "where the window opens",
}

EXAMPLES = {
    "flashdesk --demo": "the window with simulated devices",
    "flashdesk info --device serial:/dev/ttyACM0": "what a device tells of itself",
    "flashdesk update app.signed.bin --device ble:sensor-7": "an update over Bluetooth",
    "flashdesk image go-back --device serial:/dev/ttyACM0": "restart with the stored image, and "
    "keep it if it holds",
    "flashdesk update app.signed.bin --device sim:fast --json": "one of a simulated device, "
    "told as JSON, the verdict last",
}


def roff(text: str) -> str:
    """Text as it is, whatever its letters mean to troff; a list of choices may go on in the next
    line."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    text = text.replace("|", "|\\:")
    return "\n".join("\\&" + line if line.startswith(".") else line for line in text.splitlines())


def bold(text: str) -> str:
    return f"\\fB{roff(text)}\\fR"


def terms(table: dict[str, str]) -> list[str]:
    return [line for term, words in table.items() for line in (".TP", bold(term), roff(words))]


def options(command: click.Command) -> list[str]:
    """Every option of a command, as its help tells them."""
    context = click.Context(command, info_name=command.name, max_content_width=10_000)
    lines = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            lines += [".TP", bold(record[0]), roff(record[1] or "")]
    return lines


def usage(command: click.Command) -> str:
    context = click.Context(command, info_name=command.name)
    return " ".join(command.collect_usage_pieces(context))


def commands(group: click.Group, before: str = "") -> list[tuple[str, click.Command]]:
    """All of them, with the words that are typed; a group's own ones follow it."""
    found: list[tuple[str, click.Command]] = []
    for name, command in sorted(group.commands.items()):
        found.append((before + name, command))
        if isinstance(command, click.Group):
            found += commands(command, f"{before}{name} ")
    return found


def page(date: str) -> str:
    """The whole of it."""
    assert isinstance(main, click.Group)
    lines = [
        f'.TH FLASHDESK 1 "{date}" "Flashdesk {VERSION}" "User Commands"',
        ".ad l",  # a line that is one long word cannot be stretched to both margins
        ".SH NAME",
        "flashdesk \\- firmware updates with a verdict that is proven",
        ".SH SYNOPSIS",
        f".B flashdesk\n[\\fIOPTIONS\\fR] [\\fIFILE\\fR]\n.br\n.B flashdesk\n{roff('COMMAND ...')}",
        ".SH DESCRIPTION",
        roff(main.help or ""),
        ".PP",
        roff(
            "Without a command the window opens: pick a device, drop a file, press Update. "
            '"Updated" means that the device was asked after its restart and runs exactly this '
            "file's image, confirmed, with nothing pending."
        ),
        ".SH OPTIONS",
        *options(main),
        ".SH COMMANDS",
    ]
    for name, command in commands(main):
        lines += [".SS " + roff(f"flashdesk {name} {usage(command)}"), roff(command.help or "")]
        lines += options(command)
    lines += [".SH ADDRESSES", *terms(ADDRESSES)]
    lines += [
        ".SH EXIT STATUS",
        roff(
            "Of update; other commands use those that apply. For image and reset, 0 means that "
            "what was asked for is so, seen on the device afterwards, and 1 that it is not."
        ),
    ]
    lines += terms({str(int(status)): words for status, words in STATUSES.items()})
    lines += [".SH ENVIRONMENT", *terms(ENVIRONMENT)]
    lines += [".SH EXAMPLES", *terms(EXAMPLES)]
    lines += [".SH SEE ALSO", ".BR bluetoothctl (1),", ".BR udev (7)"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    day = time.gmtime(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    print(page(time.strftime("%Y-%m-%d", day)), end="")
