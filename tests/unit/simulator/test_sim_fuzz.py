"""Whatever arrives on whatever port: the device does not fail, and lives on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smp.errors import NoAnswer
from smp.framing import console_lines
from smp.packet import Op, Packet, decode_body, encode_body
from smp.simulator import Bench, DeviceState, Framing, Mode, build_image

KB = 1024

KEYS = st.sampled_from(
    ["d", "off", "data", "len", "sha", "image", "upgrade", "hash", "confirm", "slot", "format",
     "query", "datetime", "force", "boot_mode", "x"]
)  # fmt: skip
VALUES = (
    st.integers(-5, 300)
    | st.integers(0, 2**64 - 1)
    | st.binary(max_size=80)
    | st.text(max_size=30)
    | st.booleans()
    | st.none()
    | st.floats()
    | st.just(b"\x3d\xb8\xf3\x96" + bytes(60))
)
PAYLOADS = st.binary(max_size=40) | st.dictionaries(KEYS, VALUES, max_size=5).map(encode_body)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Packets that reach the handlers more often than chance would have it, resets left out."""
    group = draw(st.sampled_from([0, 0, 1, 1, 1, 63, 300]))
    command = draw(st.integers(0, 9).filter(lambda number: (group, number) != (0, 5)))
    packet = Packet(
        draw(st.integers(0, 7)),
        group,
        command,
        draw(st.integers(0, 255)),
        draw(PAYLOADS),
        draw(st.integers(0, 3)),
    ).to_bytes()
    return packet[: draw(st.integers(0, len(packet)))] if draw(st.booleans()) else packet


def bench(framing: Framing) -> Bench:
    changes: dict[str, Any] = {"slot_size": 32 * KB, "image_size": 900, "buf_size": 512}
    return Bench("fast", framing=framing, prompt=True, chatty=5.0, **changes)


BENCHES = {framing: bench(framing) for framing in Framing}


def is_alive(made: Bench) -> bool:
    """After a pause the device answers as if nothing had been."""
    made.advance(10.0)
    made.forget()
    if made.device.profile.framing is Framing.CONSOLE:
        made.write(b"\n")
        made.advance(1.0)
    request = Packet(0, 0, 0, 77, encode_body({"d": "alive"})).to_bytes()
    answer = made.exchange(request, 5.0)
    return answer is not None and decode_body(answer[8:]) == {"r": "alive"}


@pytest.mark.parametrize("framing", list(Framing))
@given(pieces=st.lists(st.binary(max_size=300), max_size=6))
def test_arbitrary_bytes(framing: Framing, pieces: list[bytes]) -> None:
    made = BENCHES[framing]
    for piece in pieces:
        made.write(piece)
        made.advance(0.01)
    assert is_alive(made)


@pytest.mark.parametrize("framing", list(Framing))
@given(packets=st.lists(requests(), max_size=6))
@settings(max_examples=150)
def test_almost_right_requests(framing: Framing, packets: list[bytes]) -> None:
    made = BENCHES[framing]
    for packet in packets:
        pieces = console_lines(packet) if framing is Framing.CONSOLE else [packet]
        for piece in pieces:
            made.write(piece)
        made.advance(0.01)
    assert is_alive(made)


@given(st.data())
def test_bytes_at_any_moment_of_a_life(data: st.DataObject) -> None:
    """Through boots, resets and power cuts too."""
    made = BENCHES[Framing.CONSOLE]
    for _ in range(data.draw(st.integers(0, 6))):
        action = data.draw(st.sampled_from(["write", "wait", "off", "on", "button", "cut"]))
        if action == "write":
            made.write(
                data.draw(st.binary(max_size=40) | requests().map(lambda p: console_lines(p)[0]))
            )
        elif action == "wait":
            made.advance(data.draw(st.floats(0, 0.01)))
        elif action == "off":
            made.power_off()
        elif action == "on":
            made.linked.power_on(made.now)
        elif action == "button":
            made.linked.reset_button(made.now)
        else:
            made.device.cut_power_after(data.draw(st.integers(1, 30)))
    made.device.flash.power_cut_at = None
    made.power_on()
    assert is_alive(made)


IMAGES = [build_image(f"2.{number}.0", size) for number, size in enumerate((100, 900, 2500))]
IMAGES.append(IMAGES[1][:600] + b"\0" + IMAGES[1][601:])
MODES = [mode for mode in Mode if mode is not Mode.SINGLE_SLOT]
ACTIONS = ["upload", "upload", "test", "permanent", "confirm", "erase", "reset", "reset", "cut"]


def act(made: Bench, action: str, number: int) -> None:
    """One thing that a client or a person may do; the power may go meanwhile."""
    image = IMAGES[number % len(IMAGES)]
    try:
        if action == "upload":
            made.upload(image, 300)
        elif action in ("test", "permanent"):
            body = {"hash": image[-32:], "confirm": action == "permanent"}
            made.ask(1, 0, body, op=Op.WRITE)
        elif action == "confirm":
            made.ask(1, 0, {"confirm": True}, op=Op.WRITE)
        elif action == "erase":
            made.ask(1, 5, op=Op.WRITE)
        elif action == "reset":
            made.reset()
        else:
            made.device.cut_power_after(1 + number)
    except NoAnswer:
        made.power_on()


@pytest.mark.parametrize("mode", MODES)
@given(
    actions=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 40)), max_size=14),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40)
def test_no_sequence_of_updates_and_power_cuts_loses_the_device(
    mode: Mode, actions: list[tuple[str, int]], seed: int
) -> None:
    small: dict[str, Any] = {"slot_size": 8 * KB, "block_size": 512, "scratch_size": KB}
    made = Bench("fast", mode=mode, seed=seed, image_size=700, buf_size=512, **small)
    for action, number in actions:
        act(made, action, number)
    made.device.flash.power_cut_at = None
    made.power_on()
    made.reset()
    assert made.device.state is DeviceState.RUNNING
    running = made.images()[0]["version"] if mode.obeys_trailers else None
    report = made.device.history[-1].report
    assert report is not None
    assert report.image is not None
    if running is not None:
        assert running == str(report.image.version)
