"""python -m tests.ble [pytest arguments]: these tests, in the Bluetooth VM.

    python -m tests.ble                             all of them
    python -m tests.ble tests/ble/test_rig.py -k echo
    FLASHDESK_BLE_VM_ARGUMENTS="--trace --verbose" python -m tests.ble ...      (see tests.ble.vm)

Where the VM cannot run they are skipped, with the reason. On a kernel that is not known to work the
rig tries itself first, and those are skipped that it turns out to be unable to do. Reports go to
.work/artifacts, where the VM may write. Exit status: pytest's, or the VM's.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shlex
import subprocess
import sys

from tests.ble import abilities
from tests.ble.vm.__main__ import order, read_arguments
from tests.ble.vm.machine import Order
from tests.ble.vm.parts import ROOT, Lacking
from tests.ble.vm.running import parts, run, say

ARTIFACTS = ROOT / ".work" / "artifacts"
HERE = "tests/ble"


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    if not any(argument.startswith(HERE) for argument in arguments):
        arguments = [*arguments, HERE]
    for folder in ("smp", "tests"):  # an emulated CPU would take seconds, at every run
        compileall.compile_dir(folder, quiet=2)
    pytest = [sys.executable, "-m", "pytest", "-c", f"{HERE}/inside.ini", f"--rootdir={ROOT}"]
    pytest += [f"--confcutdir={HERE}", *arguments]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    vm = ["--rw", str(ARTIFACTS.resolve())]
    vm += shlex.split(os.environ.get("FLASHDESK_BLE_VM_ARGUMENTS", ""))
    options = read_arguments([*vm, "--", *pytest])
    try:
        os.environ[abilities.VARIABLE] = what_it_cannot(options)
        return run(order(options), accelerator=options.accel, keep=options.keep)
    except Lacking as reason:
        say(str(reason))
        why = {"FLASHDESK_BLE_VM_LACKS": f"no Bluetooth VM: {reason}"}
        return subprocess.run(pytest, env={**os.environ, **why}, check=False).returncode


def what_it_cannot(options: argparse.Namespace) -> str:
    """For `abilities`; found out once for what the VM is made of, in a boot of its own."""
    made = parts()
    made.prepare()
    if made.kernel_is_known:
        return "{}"
    folder = made.folder / "selfcheck"
    folder.mkdir(exist_ok=True)
    found, stamp = folder / "found.json", folder / "stamp"
    with made.locked("selfcheck.lock"):
        if not stamp.exists() or stamp.read_text() != made.made_of:
            say("this kernel is not known to work: the rig tries itself first")
            found.unlink(missing_ok=True)
            check = [sys.executable, "-m", "tests.ble.selfcheck", str(found)]
            run(
                Order(check, writable=[folder], cpus=options.cpus, memory=options.memory),
                accelerator=options.accel,
                keep=options.keep,
            )
            if not found.exists():
                why = "the Bluetooth VM's check of itself did not come to an end"
                found.write_text(json.dumps({abilities.EARLY_LOSS: why}))
            stamp.write_text(made.made_of)
        for ability, why in json.loads(found.read_text()).items():
            say(f"it cannot do {ability}: {why}")
        return found.read_text()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
