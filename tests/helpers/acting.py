"""Acts on simulated devices and on one that answers as it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smp.client import Client
from smp.commands.os import BootloaderMode
from smp.packet import Op, Packet
from smp.update.acts.acting import Acting
from smp.update.acts.events import ActEvent
from smp.update.acts.kinds import Act, ActKind
from smp.update.acts.record import act_json
from smp.update.acts.results import ActResult
from tests.helpers.memory_link import MemoryTransport
from tests.helpers.texts import english

OLD, NEW = b"o" * 32, b"n" * 32


def listed(slot: int, digest: bytes, version: str, **more: Any) -> dict[str, Any]:
    return {"slot": slot, "version": version, "hash": digest, "bootable": True, **more}


RUNS = listed(0, OLD, "1.0.0", active=True, confirmed=True)
STORED = listed(1, NEW, "2.0.0")


async def act(
    client: Client,
    kind: ActKind,
    image: int = 0,
    slot: int | None = None,
    *,
    force: bool = False,
    consent: bool = True,
    events: list[ActEvent] | None = None,
    on_event: Callable[[ActEvent], None] = lambda event: None,
    **more: Any,
) -> ActResult:
    """One act to its result; every event can be written down."""

    def take(event: ActEvent) -> None:
        assert act_json(event)["event"]
        if events is not None:
            events.append(event)
        on_event(event)

    wanted = Act(kind, image, slot, force)
    result = await Acting(client, wanted, consent=consent, on_event=take, **more).run()
    for said in (result.headline, result.reason, result.next_step):
        assert not list(english(said)), (said, list(english(said)))
        assert "None" not in said, said
    return result


class Told:
    """Lists these images, and answers a write with what `answers` has for it: a map, "silence", or
    a function that may change the lists first. `asked`: every write, by name and body."""

    def __init__(
        self, *images: dict[str, Any], mode: BootloaderMode | None = BootloaderMode.SWAP_MOVE
    ) -> None:
        self.link = MemoryTransport(sizes=(1024,))
        self.link.server.on_request = self._answer
        self.client = Client(self.link)
        self.images = list(images)
        self.mode = mode
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def _answer(self, packet: Packet) -> dict[str, Any] | str | None:
        what = (packet.group, packet.command)
        if packet.op == Op.WRITE and what in _NAMES:
            name, body = _NAMES[what], packet.body()
            self.asked.append((name, body))
            answer = self.answers.get(name)
            if callable(answer):
                answer = answer(body)
            if answer is not None or name == "reset":
                return answer  # type: ignore[no-any-return]
        if what == (0, 8):
            if self.mode is None:
                return {"rc": 8}
            asks_mode = packet.body().get("query") == "mode"
            return {"mode": int(self.mode)} if asks_mode else {"bootloader": "MCUboot"}
        if what == (1, 0):
            return {"images": self.images, "splitStatus": 0}
        if what == (1, 5):
            return {}
        return None


_NAMES = {(1, 0): "state", (1, 5): "erase", (0, 5): "reset"}
