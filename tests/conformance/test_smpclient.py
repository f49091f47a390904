"""An independent client, smpclient, updates our simulator over a pseudo-terminal and over UDP."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.helpers import images
from tests.helpers.programs import ROOT, simulator
from tests.helpers.smp_port import smp_port

PEER = Path(os.environ.get("FLASHDESK_PEER", ROOT / ".work" / "peer" / "bin" / "python"))
SCRIPT = Path(__file__).with_name("peer_client.py")

pytestmark = pytest.mark.skipif(
    not PEER.exists(), reason="no environment with smpclient (tests/run.sh makes one)"
)


@pytest.mark.parametrize(
    ("listen", "profile", "buffers"),
    [("pty", "fast", [384, 4]), ("udp:127.0.0.2:1337", "udp", [2048, 2])],
)
def test_smpclient_updates_the_simulator(
    tmp_path: Path, listen: str, profile: str, buffers: list[int]
) -> None:
    file = tmp_path / "app.bin"
    file.write_bytes(images.image("1.4.2", 20_000))
    shared = smp_port() if listen.startswith("udp") else nullcontext()
    with shared, simulator(tmp_path, "--listen", listen, "--profile", profile) as address:
        place = address.partition(":")[2].partition("?")[0].removesuffix(":1337")
        done = subprocess.run(
            [str(PEER), str(SCRIPT), place, str(file)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=110,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "echo": "peer",
        "buffers": buffers,
        "before": ["1.3.0"],
        "uploaded": len(file.read_bytes()),
        "pending": ["1.4.2"],
        "unconfirmed": ["1.4.2"],
        "confirmed": ["1.4.2"],
        "refused": [1, 8],
    }
