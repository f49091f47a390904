"""Simulated devices that live on between connections, so that a second update finds what the first
one left. With `keep` their flash also survives the process, in one file per profile; a second
process that wants the same device is told that it is in use.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import IO

from smp.errors import FileError, LinkBusy
from smp.file_lock import lock_file
from smp.simulator.device import SimulatedDevice
from smp.simulator.factory import geometry_of
from smp.simulator.flash import Flash
from smp.simulator.host import SimulatorHost
from smp.simulator.loopback import LoopbackTransport
from smp.simulator.profiles import profile
from smp.simulator.serve import FlashKeeper
from smp.simulator.traits import Profile
from smp.text import Coded, Text, outside

log = logging.getLogger(__name__)

_ON_FOR = 5.0
"""Seconds: like a board that lies on the desk, a device has been on before anybody asks for it.
Who would find it booting waits for the handshake's next try."""

_hosts: dict[tuple[str, str, int], SimulatorHost] = {}
_kept: list[tuple[FlashKeeper, IO[bytes]]] = []


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
            path = keep / f"{name}.flash"
            device, lock = _kept_device(path, chosen, seed)
            _hosts[key] = SimulatorHost(device, link, seed=seed, on_for=_ON_FOR)
            _kept.append((FlashKeeper(_hosts[key], path), lock))
    return LoopbackTransport(_hosts[key])


def close_simulated() -> None:
    """Switch all simulated devices of this process off, keeping what is to be kept."""
    for host in _hosts.values():
        host.close()
    for keeper, lock in _kept:
        try:
            keeper.keep()
        except OSError as error:
            log.error("a simulated device's flash could not be kept: %s", error)
        lock.close()
    _hosts.clear()
    _kept.clear()


def _kept_device(path: Path, chosen: Profile, seed: int) -> tuple[SimulatedDevice, IO[bytes]]:
    """A device with the flash that was kept there, and the lock that says it is ours."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_file(path.with_suffix(".lock"))
    except BlockingIOError:
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
    flash = None
    if path.exists():
        try:
            flash = Flash.load(path, geometry_of(chosen.in_real_time()), seed=seed)
        except FileError as error:
            log.info("%s: beginning with a new device", error)
    return SimulatedDevice(chosen, seed=seed, flash=flash), lock
