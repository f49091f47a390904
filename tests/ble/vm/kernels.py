"""Which kernel the VM gets: apt's newest if it is known to work, else the newest one that is.

A kernel nobody has tried is taken only where apt has none of these; then the rig tries itself first
(tests.ble.selfcheck).
"""

from __future__ import annotations

META_PACKAGE = "linux-image-amd64"
KNOWN = (
    "linux-image-6.1.0-54-amd64",
    "linux-image-6.1.0-53-amd64",
    "linux-image-6.1.0-50-amd64",
)
"""Every test of tests/ble passes on these; the newest first. 6.1.0-55 and -56 (Linux 6.1.192) kill
bluetoothd where a link is lost before the first answer: "list_del corruption" in hci_chan_del."""


def is_known(package: str) -> bool:
    return package in KNOWN


def in_order(newest: str | None) -> list[str]:
    """What to try to get, the best first; `newest` is what apt would install, if it knows that."""
    if newest is None:
        return list(KNOWN)
    if is_known(newest):
        return [newest, *(name for name in KNOWN if name != newest)]
    return [*KNOWN, newest]
