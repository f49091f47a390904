"""From an order to an exit status: parts, a folder for the run, one boot or two."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.ble.vm.machine import Accelerator, Machine, Order
from tests.ble.vm.parts import ROOT, Lacking, Parts

FAILED = 125


def say(text: str) -> None:
    print(f"ble-vm: {text}", file=sys.stderr, flush=True)


def parts() -> Parts:
    named = os.environ.get("FLASHDESK_BLE_VM_CACHE")
    return Parts(Path(named or ROOT / ".work" / "ble-vm").resolve(), say)


def run(order: Order, *, accelerator: str | None = None, keep: bool = False) -> int:
    """The command's exit status; 124 after the timeout, 125 if the VM broke down.

    Raises `Lacking` where the VM cannot be had: something is missing, or QEMU does not start it.
    """
    made = parts()
    made.prepare()
    say(f"made of {made.made_of}")
    runs = made.folder / "runs"
    runs.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=runs))
    machine = Machine(made, order, folder, say)
    chosen = accelerator or Accelerator.choose()
    status: int | None = None
    try:
        status = machine.run(chosen)
        if status is None and chosen == Accelerator.KVM and "command" not in machine.marks:
            say("trying again without KVM")
            status = machine.run(Accelerator.TCG)
        if status is None and "kernel" not in machine.marks:
            words = machine.last_words(1).splitlines()
            raise Lacking(f"QEMU did not start the VM: {words[-1] if words else 'no sign of life'}")
        if status is None:
            say(f"the VM ended before the command did\n{machine.last_words()}")
    finally:
        keep = keep or order.verbose or order.trace or machine.timed_out
        if keep or (status is None and "kernel" in machine.marks):
            say(f"logs in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return FAILED if status is None else status
