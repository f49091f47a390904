"""Simulated devices that live on between connections, so that a second update finds what the first
one left. With `keep` their flash also survives the process, however it ends, in one file per
profile; a second process that wants the same device is told that it is in use.
"""

from __future__ import annotations

import logging
from pathlib import Path

from smp.errors import FileError, LinkBusy
from smp.simulator.device import SimulatedDevice
from smp.simulator.flash_file import FlashFile
from smp.simulator.host import SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from smp.simulator.profiles import profile
from smp.simulator.serve import make_device
from smp.simulator.traits import Profile
from smp.text import Coded, Text, outside

log = logging.getLogger(__name__)

_ON_FOR = 5.0
"""Seconds: like a board that lies on the desk, a device has been on before anybody asks for it.
Who would find it booting waits for the handshake's next try."""

_hosts: dict[tuple[str, str, int], SimulatorHost] = {}
_kept: list[FlashFile] = []


def simulated(
    name: str, link: str = "", seed: int = 0, keep: Path | None = None
) -> LoopbackTransport:
    """A transport to the simulated device of this profile, link and seed, the same one each time.

    keep: folder for its flash. Raises `AddressError` for unknown profiles or links, `LinkBusy`
    when another process has it, `FileError` when the folder cannot be used.
    """
    key = (name, link, seed)
    if key not in _hosts:
        chosen = profile(name)
        if keep is None:
            _hosts[key] = SimulatorHost(chosen, link, seed=seed, on_for=_ON_FOR)
        else:
            device = _kept_device(keep / f"{name}.flash", chosen, seed)
            _hosts[key] = SimulatorHost(device, link, seed=seed, on_for=_ON_FOR)
    return LoopbackTransport(_hosts[key])


def close_simulated() -> None:
    """Switch all simulated devices of this process off, keeping what is to be kept."""
    for host in _hosts.values():
        host.close()
    for kept in _kept:
        try:
            kept.close()
        except FileError as error:
            log.error("a simulated device's flash could not be kept: %s", error)
    _hosts.clear()
    _kept.clear()


def _kept_device(path: Path, chosen: Profile, seed: int) -> SimulatedDevice:
    """A device with the flash that was kept there, which is ours from now on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = FlashFile(path)
    except FileError as error:
        if error.what.code != "simulated-flash-in-use":
            raise
        raise LinkBusy(
            Coded("simulated-in-use", "{name} is in use already", name=chosen.title),
            why=Text("Another program on this computer has the simulated device"),
            next_step=Text("Close that one, or use another simulated device"),
        ) from None
    except OSError as error:
        raise FileError(
            Coded("simulated-not-kept", "Simulated devices cannot be kept"),
            why=Text(
                "{folder} cannot be used: {reason}",
                folder=str(path.parent),
                reason=outside(error.strerror or ""),
            ),
            next_step=Text("Make that folder writable"),
            detail=str(error),
        ) from error
    _kept.append(kept)
    try:
        return make_device(chosen, kept, seed=seed)
    except FileError as error:
        log.info("%s: beginning with a new device", error)
    device = SimulatedDevice(chosen, seed=seed)
    kept.keep(device.flash)
    return device
