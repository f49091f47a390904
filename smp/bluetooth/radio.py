"""The radio: hearing Bluetooth LE devices advertise, for everybody who wants to know.

The systems bear one scan per program and adapter, so all share it. It runs while somebody
listens and nobody asks for quiet: looking for devices costs a transfer on the same adapter
throughput.

    radio = Radio.of(adapter)             # one per event loop and adapter
    with radio.listening(on_change):      # scanning as long as this lasts
        radio.heard                       # {address: Heard}, radio.problem
    found = await radio.find(lambda heard: heard.name == "sensor", limit=10.0)
    with radio.paused(): ...               # no scanning meanwhile
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakBluetoothNotAvailableError

from smp.bluetooth.words import explain, occupied, service_stopped, system_problem
from smp.errors import LinkBusy, LinkError
from smp.plain import plain
from smp.text import Text

SERVICE = "8d53dc1d-1db7-4cd3-868b-8a527460aa84"
CHARACTERISTIC = "da2e7828-fbce-4e01-ae9e-261174997c48"
FADES_AFTER = 20.0
"""Seconds of silence after which a device is doubtful. Linux repeats an unchanged advertisement
once in a scan of 10 s."""
GONE_AFTER = 45.0
RETRY = 3.0
"""Seconds after which a radio that could not be used is tried again."""
STALE = 12.0
"""Seconds without any advertisement after which the scan is begun anew: an adapter that was
switched off or pulled out tells nobody."""

_NO_SIGNAL = -127
_SECOND_LOOK = 0.5

log = logging.getLogger(__name__)

Listener = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Heard:
    """A device as it was last heard."""

    address: str
    """What the system calls it: the radio's address, an identifier on macOS."""
    name: str
    """Empty if it tells none."""
    rssi: int
    """Signal in dBm."""
    has_smp: bool
    """It advertises the SMP service. Those that do not may have it all the same."""
    at: float
    """The loop's time."""
    listened: float
    """`Radio.listened` then."""
    device: BLEDevice = field(compare=False, repr=False)


class Radio:
    """See the module. Get one by `Radio.of`."""

    _all: dict[tuple[int, str], Radio] = {}  # noqa: RUF012 -- the registry of `of`

    def __init__(self, adapter: str = "") -> None:
        self.adapter = adapter
        self.heard: dict[str, Heard] = {}
        self.problem: LinkError | None = None
        """Why nothing can be heard now; None while all is well."""
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Listener] = []
        self._pauses = 0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._last_advertisement = 0.0
        self._listened = 0.0
        self._attempts = 0
        self._scan_began = 0.0
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, adapter: str = "") -> Radio:
        """The radio of the running loop; `adapter` empty: the system's first."""
        loop = asyncio.get_running_loop()
        for key, radio in list(cls._all.items()):
            if radio._loop.is_closed():  # noqa: SLF001 -- its own class
                del cls._all[key]
        return cls._all.setdefault((id(loop), adapter), cls(adapter))

    @property
    def is_scanning(self) -> bool:
        return not self._idle.is_set()

    @property
    def is_paused(self) -> bool:
        """Somebody would like to listen, but a connection needs the radio."""
        return bool(self._listeners) and self._pauses > 0

    @property
    def listened(self) -> float:
        """Seconds that scans ran so far: devices age by it, not while nobody may hear them."""
        now = self._loop.time() if self.is_scanning else self._scan_began
        return self._listened + now - self._scan_began

    def silent_for(self, heard: Heard) -> float:
        """Seconds of listening since the device was heard."""
        return self.listened - heard.listened

    async def released(self) -> None:
        """Wait until the radio is let go, if nobody listens any more."""
        if self._task is not None and not self._listeners:
            await asyncio.wait((self._task,))

    @contextlib.contextmanager
    def listening(self, on_change: Listener = lambda: None) -> Iterator[None]:
        """Scan meanwhile. `on_change` is called for each advertisement, and when `problem` or
        the pausing changes."""
        self._listeners.append(on_change)
        self._reconcile()
        try:
            yield
        finally:
            self._listeners.remove(on_change)
            self._reconcile()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Do not scan meanwhile. `stopped` waits until the radio really rests."""
        self._pauses += 1
        self._reconcile()
        try:
            yield
        finally:
            self._pauses -= 1
            self._reconcile()

    async def stopped(self) -> None:
        """Wait until no scan runs. Only while nobody listens, or within `paused`."""
        await self._idle.wait()

    async def find(self, wanted: Callable[[Heard], bool], limit: float) -> Heard | None:
        """The first device heard from now on that is wanted, None after `limit` seconds.

        Raises the `LinkError` for which nothing can be heard.
        """
        began, attempts = self._loop.time(), self._attempts
        heard = asyncio.Event()
        with self.listening(heard.set), contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while True:
                    await heard.wait()
                    heard.clear()
                    if self.problem is not None and self._attempts > attempts + 1:
                        raise self.problem
                    for each in self.heard.values():
                        if each.at >= began and wanted(each):
                            return each
        return None

    def forget(self, address: str) -> None:
        """Do not show it any more until it is heard again."""
        self.heard.pop(address, None)

    # -- inside -----------------------------------------------------------------------------

    def _reconcile(self) -> None:
        """Scan, or do not, as is wanted now."""
        self._wake.set()
        if self._listeners and self._task is None:
            self._task = self._loop.create_task(self._run(), name=f"radio {self.adapter}")
        self._tell()

    def _is_wanted(self) -> bool:
        return bool(self._listeners) and not self._pauses

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    async def _run(self) -> None:
        """Lives as long as somebody listens."""
        try:
            while self._listeners:
                self._wake.clear()
                if not self._is_wanted():
                    await self._wake.wait()
                    continue
                problem = await self._scan()
                if problem is not None:
                    await self._report(problem)
        finally:
            self._task = None

    async def _report(self, problem: LinkError) -> None:
        """Nothing can be heard now: tell, and wait a little."""
        fresh = self.problem is None or self.problem.what != problem.what
        if fresh:
            log.info("%s", problem)
            self.problem = problem
        self._attempts += 1
        self.heard.clear()
        self._wake.clear()
        self._tell()
        with contextlib.suppress(TimeoutError):
            # bleak learns of changes a moment late: a fresh problem is looked at twice.
            await asyncio.wait_for(self._wake.wait(), _SECOND_LOOK if fresh else RETRY)

    async def _scan(self) -> LinkError | None:
        """One scan, until it is not wanted any more or went stale; why it could not be done."""
        problem: LinkError | None = system_problem()
        if problem is not None:
            return problem
        self._scan_began = self._loop.time()
        self._idle.clear()
        try:
            scanner = BleakScanner(self._detected, bluez=_bluez_options(self.adapter))
            await scanner.start()
        except Exception as error:  # noqa: BLE001 -- whatever bleak raises becomes ours
            self._idle.set()
            return await _explain(error)
        if self.problem is not None:
            self.problem = None
            self._tell()
        self._last_advertisement = self._loop.time()
        try:
            while self._is_wanted() and not self._is_stale():
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), STALE / 4)
                self._age()
        finally:
            try:
                await scanner.stop()
            except Exception as error:  # noqa: BLE001
                log.info("the scan did not stop well: %r", error)
            self._listened = self.listened
            self._idle.set()
        return None

    def _is_stale(self) -> bool:
        return self._loop.time() - self._last_advertisement > STALE

    def _age(self) -> None:
        gone = [
            address for address, heard in self.heard.items() if self.silent_for(heard) > GONE_AFTER
        ]
        for address in gone:
            del self.heard[address]
        if self.heard or gone:
            self._tell()

    def _detected(self, device: BLEDevice, data: AdvertisementData) -> None:
        now = self._loop.time()
        self._last_advertisement = now
        before = self.heard.get(device.address)
        if data.rssi <= _NO_SIGNAL:
            return  # BlueZ tells of other changes, too
        name = plain(data.local_name or device.name or "") or (before.name if before else "")
        # An advertisement and its scan response may be told one by one.
        has_smp = SERVICE in (uuid.lower() for uuid in data.service_uuids)
        has_smp |= before is not None and before.has_smp
        self.heard[device.address] = Heard(
            device.address, name, data.rssi, has_smp, now, self.listened, device
        )
        self._tell()


async def _explain(error: Exception) -> LinkError:
    """Why no scan can be made."""
    found = explain(error, Text("the adapter"))
    if isinstance(found, LinkBusy):
        return occupied(found.detail)
    if sys.platform == "linux" and isinstance(error, BleakBluetoothNotAvailableError):
        from smp.bluetooth import bluez

        # bleak remembers that there was a service, and finds it without adapters.
        try:
            if not await bluez.runs():
                return service_stopped(found.detail)
        except Exception as problem:  # noqa: BLE001 -- what bleak said stands
            log.info("asking for the Bluetooth service: %r", problem)
    return found


def _bluez_options(adapter: str) -> BlueZScannerArgs:
    options: BlueZScannerArgs = {"filters": {"DuplicateData": True}}
    if adapter:
        options["adapter"] = adapter
    return options
