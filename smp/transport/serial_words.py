"""What is wrong with a serial port, in words: it does not open, it is gone, nobody answers."""

from __future__ import annotations

import errno
import os
import re

from smp.errors import LinkBusy, LinkError, LinkForbidden, LinkNotFound, NoAnswer
from smp.serial_ports import SerialPort, holders, join_command, join_group, owning_group
from smp.text import NOTHING, Coded, Text, outside
from smp.transport.ear import Heard
from smp.transport.windows import number_in

_NO_TERMINAL = re.compile(r"inappropriate ioctl|could not configure port: \((?:22|25),", re.I)
"""Of a file, a pipe or another device that can be opened and has no rate."""


def cannot_open(error: BaseException, path: str, baud: int) -> LinkError:
    """Why a port does not open."""
    name, detail = SerialPort(path).name, str(error)
    number = error.errno if isinstance(error, OSError) else None
    if number is None:
        number = number_in(detail)
    if number in (errno.EACCES, errno.EPERM) and os.name == "posix":
        group = owning_group(path)
        return LinkForbidden(
            Coded("port-no-permission", "No permission to open {name}", name=name),
            why=(
                Text("Only members of the group {group!r} may use it", group=group)
                if group
                else NOTHING
            ),
            next_step=(
                join_group(group)
                if group
                else Text("Ask for read and write permission on {path}", path=path)
            ),
            command=join_command(group) if group else "",
            detail=detail,
        )
    if number in (errno.EBUSY, errno.EAGAIN):
        others = holders(path)
        return LinkBusy(
            Coded("port-in-use", "{name} is in use", name=name),
            why=(
                Text("{others} has it open", others=others[0])
                if others
                else Text("Another program has it open")
            ),
            next_step=Text("Close that program and try again"),
            detail=detail,
        )
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return gone(path)
    if number in (errno.ENOTTY, errno.EISDIR) or _NO_TERMINAL.search(detail):
        return LinkError(
            Coded("port-not-serial", "{path} is not a serial port", path=path),
            next_step=Text("Choose the path of a serial port"),
            detail=detail,
        )
    if isinstance(error, ValueError | OverflowError) or number == errno.EINVAL:
        return LinkError(
            Coded(
                "port-baud-refused",
                "{name} does not work at {baud} baud",
                name=name,
                baud=baud,
            ),
            next_step=Text("Choose another baud rate"),
            detail=detail,
        )
    return LinkError(
        Coded("port-not-openable", "The port {name} cannot be opened", name=name),
        why=outside(detail),
        next_step=Text("Unplug the device, plug it in again and try once more"),
        detail=repr(error),
    )


def gone(path: str, other: SerialPort | None = None) -> LinkNotFound:
    """`other`: what has its serial number at another place."""
    name = SerialPort(path).name
    if other is not None:
        return LinkNotFound(
            Coded("port-not-there", "{name} is not there", name=name),
            why=Text(
                "A device with the same serial number is plugged in elsewhere ({name}). "
                "It may be another one of its kind, so it is not taken for this one",
                name=other.name,
            ),
            next_step=Text(
                "Plug the device back into the socket it was in, or choose the other one"
            ),
        )
    return LinkNotFound(
        Coded("port-not-there", "{name} is not there", name=name),
        why=Text("No device with that port is plugged in"),
        next_step=Text("Check the cable and the device's power, or choose another port"),
    )


def held(name: str, other: Text) -> NoAnswer:
    """Another program has it open, too."""
    return NoAnswer(
        Coded("no-answer-on-port", "No answer on {name}", name=name),
        why=Text("{others} has this port open too and may be reading the answers", others=other),
        next_step=Text("Close that program and try again"),
        is_explained=True,
    )


def silent(name: str, address: str, baud: int, heard: Heard) -> NoAnswer:
    """Nobody answers. `address`: the port's, without options."""
    if heard is Heard.NOISE:
        return NoAnswer(
            Coded(
                "port-unreadable",
                "What comes from {name} cannot be read",
                name=name,
                address=address,
            ),
            why=Text(
                "It sends bytes, but at {baud} baud they are neither text nor packets", baud=baud
            ),
            next_step=Text(
                "Set the rate and the framing that the device uses, or let all usual ones be tried"
            ),
            is_explained=True,
        )
    why = Text(
        "The port is open at {baud} baud, but nothing behind it speaks SMP right now", baud=baud
    )
    if heard is Heard.TEXT:
        why = Text(
            "It prints text that can be read, so that {baud} baud is right, but nothing behind it "
            "speaks SMP right now",
            baud=baud,
        )
    return NoAnswer(
        Coded("no-answer-on-port", "No answer on {name}", name=name, address=address),
        why=why,
        next_step=Text(
            "Check that the device is powered and runs firmware with SMP (MCUmgr), "
            "that this is the right one of its ports, and the baud rate"
        ),
    )
