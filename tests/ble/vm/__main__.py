"""python -m tests.ble.vm [options] -- CMD [ARG...]

Boots a VM with a Linux kernel, BlueZ and a virtual Bluetooth LE peripheral, runs CMD in it, and
passes on what it prints and its exit status. The guest sees this machine's files under the same
names, read-only: what it writes is gone afterwards, except in folders given with --rw.

Exit status 77: this machine cannot run the VM, with the reason; 125: the VM failed; 124: --timeout.
FLASHDESK_BLE_VM_CACHE names the folder for what it fetches once, by default .work/ble-vm.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.ble.vm.machine import Accelerator, Order
from tests.ble.vm.parts import Lacking
from tests.ble.vm.running import parts, run, say

CANNOT = 77


def main(arguments: list[str]) -> int:
    options = read_arguments(arguments)
    try:
        if not options.command:
            made = parts()
            made.prepare()
            say(f"made of {made.made_of}")
            return 0
        return run(order(options), accelerator=options.accel, keep=options.keep)
    except Lacking as reason:
        say(str(reason))
        return CANNOT


def order(options: argparse.Namespace) -> Order:
    environment = {}
    for item in options.env:
        name, given, value = item.partition("=")
        environment[name] = value if given else os.environ.get(name, "")
    return Order(
        options.command,
        writable=[Path(folder).resolve() for folder in options.rw],
        environment=environment,
        peripheral=None if options.no_peripheral else options.peripheral,
        cpus=options.cpus,
        memory=options.memory,
        timeout=options.timeout,
        trace=options.trace,
        verbose=options.verbose,
    )


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.ble.vm",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("command", nargs=argparse.REMAINDER, metavar="CMD", help="none: only fetch what it needs")
    add("--rw", action="append", default=[], metavar="DIR", help="the VM may write there")
    add("--env", "-e", action="append", default=[], metavar="NAME[=VALUE]")
    add("--peripheral", action="append", default=[], metavar="NAME=VALUE", help="settings.py")
    add("--no-peripheral", action="store_true", help="no adapter either; bluetoothd alone")
    add("--timeout", type=float, default=3600, metavar="SECONDS")
    add("--accel", choices=(Accelerator.KVM, Accelerator.TCG))
    add("--cpus", type=int, default=os.cpu_count() or 2)
    add("--memory", type=int, default=2048, metavar="MIB")
    add("--keep", action="store_true", help="keep the logs of the run")
    add("--trace", action="store_true", help="keep an HCI trace, and the logs")
    add("--verbose", action="store_true", help="stages and debug logs; keeps them")
    options = parser.parse_args(arguments)
    if options.command[:1] == ["--"]:
        del options.command[0]
    for folder in options.rw:
        if not Path(folder).is_dir():
            parser.error(f"--rw {folder}: no such folder")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
