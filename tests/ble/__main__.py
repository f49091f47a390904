"""python -m tests.ble [pytest arguments]: these tests, in the Bluetooth VM.

    python -m tests.ble                             all of them
    python -m tests.ble tests/ble/test_rig.py -k echo
    FLASHDESK_BLE_VM_ARGUMENTS="--trace --verbose" python -m tests.ble ...      (see tests.ble.vm)

Where the VM cannot run they are skipped, with the reason. Reports go to .work/artifacts, where
the VM may write. Exit status: pytest's, or the VM's.
"""

from __future__ import annotations

import compileall
import os
import shlex
import subprocess
import sys

from tests.ble.vm.__main__ import order, read_arguments
from tests.ble.vm.parts import ROOT, Lacking
from tests.ble.vm.running import run, say

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
        return run(order(options), accelerator=options.accel, keep=options.keep)
    except Lacking as reason:
        say(str(reason))
        why = {"FLASHDESK_BLE_VM_LACKS": f"no Bluetooth VM: {reason}"}
        return subprocess.run(pytest, env={**os.environ, **why}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
