"""README's code runs as it stands there."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smp.client import Client
from smp.errors import LinkNotFound
from smp.simulator import SimulatorHost, build_image, profile

ROOT = Path(__file__).resolve().parents[2]
ENGINE, LINK = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)


def test_the_engine_alone_in_twenty_lines(tmp_path: Path) -> None:
    file = tmp_path / "app.bin"
    file.write_bytes(build_image("1.4.2", 5000))
    script = tmp_path / "engine.py"
    script.write_text(ENGINE)
    done = subprocess.run(
        [sys.executable, str(script), "sim:fast", str(file)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    size = len(file.read_bytes())
    lines = done.stdout.splitlines()
    assert lines[1] == "slot 0: 1.3.0, running"
    assert lines[-1] == f"{size} of {size} bytes"
    assert len([line for line in ENGINE.splitlines() if line.strip()]) <= 20


async def test_a_link_of_ones_own(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(LINK, names)
    host = SimulatorHost(profile("udp", speed=100.0))
    path = str(tmp_path / "gateway")
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = host.attach(lambda packet: writer.write(len(packet).to_bytes(2, "big") + packet))
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                port.write(await reader.readexactly(size))
        except asyncio.IncompleteReadError:
            port.close()
            writer.close()
            gone.set()

    with pytest.raises(LinkNotFound, match="Nobody listens"):
        await Client(names["SocketLink"](path)).connect()
    server = await asyncio.start_unix_server(serve, path)
    image = build_image("1.4.2", 5000)
    async with Client(names["SocketLink"](path)) as device:
        assert await device.echo("over a socket") == "over a socket"
        assert (await device.upload(image)).acked == len(image)
    await gone.wait()
    server.close()
    host.close()
