"""A linked device on the running event loop: the only clock is `loop.time()`, the only timer one.

    host = SimulatorHost("demo")
    host.start()
    port = host.attach(on_output, on_gone, on_back)
    port.write(b"...")
    host.close()

Works on any asyncio loop, qasync's too. Everything happens in callbacks of the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from smp.errors import LinkBusy
from smp.signal import Signal
from smp.simulator.device import SimulatedDevice
from smp.simulator.happenings import PortGone, Sent
from smp.simulator.link import Quality
from smp.simulator.linked import LinkedDevice, quality_of
from smp.simulator.profiles import profile
from smp.simulator.traits import Profile
from smp.text import Coded, Text

OnOutput = Callable[[bytes], None]
OnGone = Callable[[], None]
OnBack = Callable[[str], None]


class HostPort:
    """A client's end of the link. `name` is what a system would call the port now."""

    def __init__(
        self, host: SimulatorHost, on_output: OnOutput, on_gone: OnGone, on_back: OnBack
    ) -> None:
        self._host = host
        self.on_output = on_output
        self.on_gone = on_gone
        self.on_back = on_back
        self.is_open = True
        self.is_cut_off = False
        """The port vanished, and nothing was written since: who closes it hangs up nothing, though
        another may be there by then."""

    @property
    def name(self) -> str:
        return self._host.device.port_name

    @property
    def product(self) -> int:
        """What USB calls the product that is plugged in now."""
        return self._host.device.port_product

    @property
    def is_present(self) -> bool:
        """False while the port has vanished."""
        return not self._host.device.is_gone

    @property
    def backlog(self) -> float:
        """Bytes written that the line has not carried yet."""
        return self._host.backlog()

    def write(self, data: bytes) -> None:
        """Bytes of a stream, or one message. Never blocks; into a vanished port it does nothing."""
        if self.is_open:
            self._host.write(self, data)

    def close(self, *, was_connected: bool = True) -> None:
        """was_connected: false for who only looked whether it is there, or waited for it."""
        if self.is_open:
            self.is_open = False
            self._host.detach(self, was_connected=was_connected)


class SimulatorHost:
    """Runs a device. `what` is a device, a profile or its name; `link` a quality or its text;
    `on_for` the seconds for which it has been on when it is started.

    Raises `AddressError` for names and texts that mean nothing.
    """

    def __init__(
        self,
        what: SimulatedDevice | Profile | str = "demo",
        link: Quality | str = "",
        *,
        seed: int = 0,
        on_for: float = 0.0,
    ) -> None:
        if isinstance(what, str):
            what = profile(what)
        self.device = (
            what if isinstance(what, SimulatedDevice) else SimulatedDevice(what, seed=seed)
        )
        quality = quality_of(self.device.profile, link) if isinstance(link, str) else link
        self.linked = LinkedDevice(self.device, quality)
        self.changed: Signal[()] = Signal("a simulated device")
        """The device did something; for whoever shows or keeps its state."""
        self._on_for = on_for
        self._ports: list[HostPort] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # -- life -------------------------------------------------------------------------

    def start(self) -> None:
        """Switch the device on, on the running loop. A second call does nothing."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            # One moment for both: a device that comes up in between would tell nobody of it.
            now = self.now
            self.linked.power_on(now - self._on_for)
            self.linked.handle_timer(now)
            self._flush()

    def close(self) -> None:
        """Stop the clock and detach everybody. The device keeps its flash."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._loop is not None:
            self.linked.power_off(self._loop.time())
            self.linked.drain()
            self._loop = None
        self._ports.clear()

    @property
    def now(self) -> float:
        """The loop's time, or 0 if the host is not started."""
        return self._loop.time() if self._loop is not None else 0.0

    @property
    def is_attached(self) -> bool:
        """Somebody has the port open."""
        return bool(self._ports)

    # -- clients ----------------------------------------------------------------------

    def attach(
        self,
        on_output: OnOutput,
        on_gone: OnGone = lambda: None,
        on_back: OnBack = lambda name: None,
    ) -> HostPort:
        """Open the port. Only networks take several clients: else raises `LinkBusy`."""
        if self._ports and not self._is_shared:
            raise LinkBusy(
                Coded("simulated-port-in-use", "The simulated port is in use"),
                next_step=Text("Close the other connection to it"),
            )
        self.start()
        port = HostPort(self, on_output, on_gone, on_back)
        self._ports.append(port)
        return port

    def detach(self, port: HostPort, *, was_connected: bool = True) -> None:
        if port in self._ports:
            self._ports.remove(port)
            if was_connected and not port.is_cut_off and not self._is_shared:
                self.device.disconnected(self.now if self._loop is not None else None)
                self._arm()

    def write(self, port: HostPort, data: bytes) -> None:
        if self._loop is not None:
            port.is_cut_off = port.is_cut_off and self.device.is_gone
            self.linked.write(bytes(data), self._loop.time(), port if self._is_shared else None)
            self._flush()

    def backlog(self) -> float:
        """Bytes from clients that the line has not carried yet."""
        return self.linked.backlog(self._loop.time()) if self._loop is not None else 0.0

    # -- hands on the device ----------------------------------------------------------

    def power_on(self) -> None:
        self.linked.power_on(self.now)
        self._flush()

    def power_off(self) -> None:
        """Pull the plug."""
        self.linked.power_off(self.now)
        self._flush()

    def unplug(self) -> None:
        """Pull the whole board out: its power goes, and its port for whoever has it open."""
        self.power_off()
        for port in list(self._ports):
            port.on_gone()

    def press_reset(self) -> None:
        self.linked.reset_button(self.now)
        self._flush()

    # -- inside -----------------------------------------------------------------------

    @property
    def _is_shared(self) -> bool:
        return self.device.profile.framing.is_shared

    def _flush(self) -> None:
        """Hand out what arrived, and arm the timer for what comes next."""
        for output in self.linked.drain():
            for port in list(self._ports):
                if isinstance(output, Sent):
                    if output.peer is None or output.peer is port:
                        port.on_output(output.data)
                elif isinstance(output, PortGone):
                    port.is_cut_off = True
                    port.on_gone()
                else:
                    port.on_back(output.name)
        self.changed.tell()
        self._arm()

    def _arm(self) -> None:
        """One timer; one that fires too early is cheaper than a cancelled one that lingers."""
        when = self.linked.next_timer()
        if self._loop is None or when is None:
            return
        if self._timer is not None:
            if self._timer_at <= when:
                return
            self._timer.cancel()
        self._timer_at = when
        self._timer = self._loop.call_at(when, self._handle_timer)

    def _handle_timer(self) -> None:
        self._timer = None
        if self._loop is not None:
            self.linked.handle_timer(max(self._timer_at, self._loop.time()))
            self._flush()
