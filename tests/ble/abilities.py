"""What the kernel of the VM keeps the rig from doing: a fault of the kernel is none of the product.

    EARLY_LOSS     a link is lost before the first ATT request is answered

What is lacking is found by `selfcheck`, before the tests. Should the kernel die all the same,
`death` knows: nothing that happens on that machine from then on says anything.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

EARLY_LOSS = "early_loss"
VARIABLE = "FLASHDESK_BLE_VM_CANNOT"
"""JSON: ability -> why it is lacking."""

_TAINTED = Path("/proc/sys/kernel/tainted")
_DIED = 1 << 7
"""Source: Documentation/admin-guide/tainted-kernels.rst: an oops or a BUG was hit."""
_TELLS = re.compile(r"corruption, |kernel BUG at |BUG: |Oops: |general protection fault")


def why_not(ability: str) -> str:
    """Nothing where the rig can do it."""
    lacking: dict[str, str] = json.loads(os.environ.get(VARIABLE) or "{}")
    return lacking.get(ability, "")


def death() -> str:
    """What the kernel said when a part of it died; nothing while it is well."""
    if not int(_TAINTED.read_text()) & _DIED:
        return ""
    told = next((line for line in _kernel_log() if _TELLS.search(line)), "without a word")
    return f"the kernel of the Bluetooth VM ({os.uname().release}) crashed: {told}"


def _kernel_log() -> list[str]:
    lines = []
    reader = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    try:
        while True:
            try:
                record = os.read(reader, 8192).decode(errors="replace")
            except BrokenPipeError:
                continue  # the oldest ones were overwritten meanwhile
            lines.append(record.partition(";")[2].splitlines()[0])
    except BlockingIOError:
        return lines
    finally:
        os.close(reader)
