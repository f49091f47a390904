"""Real Zephyr and MCUboot servers, prebuilt, where FLASHDESK_ZEPHYR_SERVERS names their folder.

Its manifest.json says how each is launched: native_sim executables (32-bit, their UART a
pseudo-terminal, or UDP) and emulated boards (QEMU, their UART a TCP port or a pseudo-terminal).
"""

from __future__ import annotations

import json
import os
import re
import selectors
import shlex
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from smp.address import Address
from tests.helpers.smp_port import smp_port

VARIABLE = "FLASHDESK_ZEPHYR_SERVERS"
_STARTS_WITHIN = 30.0
_PTY = re.compile(rb"(?:pseudotty: |redirected to )(/dev/pts/\d+)")
_UDP_READY = re.compile(rb"smp_udp: Started")


def _folder() -> Path | None:
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def _manifest() -> list[dict[str, Any]]:
    folder = _folder()
    if folder is None:
        return []
    entries: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text())
    return entries


def find(target: str, config: str) -> dict[str, Any] | None:
    """The manifest's entry, if its artifact is there."""
    folder = _folder()
    for entry in _manifest():
        if (entry["target"], entry["config"]) == (target, config):
            return entry if folder and (folder / entry["artifact"]).exists() else None
    return None


def why_not(target: str, config: str) -> str:
    """Why this server cannot be run here; empty if it can."""
    if _folder() is None:
        return f"{VARIABLE} is not set"
    entry = find(target, config)
    if entry is None:
        return f"{target} {config} is not in the folder of {VARIABLE}"
    if entry["qemu_cmd"] and not shutil.which(shlex.split(entry["qemu_cmd"])[0]):
        return "qemu-system-arm is not installed"
    if entry["run"] and not Path("/lib/ld-linux.so.2").exists():
        return "libc6:i386 is not installed"
    return ""


def signed_image(target: str, config: str) -> Path:
    """The signed image that is paired with an emulated server."""
    folder, entry = _folder(), find(target, config)
    assert folder is not None
    assert entry is not None
    stem = entry["artifact"].removesuffix(".hex").removesuffix(".merged")
    return folder / f"{stem}.signed.bin"


@contextmanager
def serve(
    target: str,
    config: str,
    *,
    pty: bool = False,
    folder: Path,
    log: Path | None = None,
    monitor: Path | None = None,
    hurry: int = 1,
    empty: bool = False,
) -> Iterator[Address]:
    """Run the server in `folder` and yield its address. `pty`: an emulated UART as a terminal;
    `log`: file for what it prints; `monitor`: socket of an emulator's control (QMP);
    `hurry`: how much faster native_sim's clock runs, whose UART is looked at every 20 ms of it;
    `empty`: without an application. An emulator loads what it was started with at every reset, so
    only such a one keeps what its recovery takes."""
    source, entry = _folder(), find(target, config)
    assert source is not None
    assert entry is not None
    port = 0
    if entry["run"]:
        command = [str(source / entry["artifact"]), f"-rt-ratio={hurry}"]
        where = folder
    else:
        port = _free_port()
        text = entry["qemu_cmd"].replace("<PORT>", str(port))
        if empty:
            text = re.sub(r" -device loader,file=\S+,addr=\S+", "", text)
        if pty:
            text = re.sub(r"-chardev socket,id=con,\S+", "-chardev pty,id=con", text)
        if log is not None:
            text = text.replace("-serial null", f"-serial file:{log}")
        command, where = shlex.split(text), source
        if monitor is not None:
            command += ["-qmp", f"unix:{monitor},server=on,wait=off"]
    with smp_port() if entry["transport"] == "udp" else nullcontext():
        yield from _run(command, where, entry, port, pty=pty, log=log)


def _run(
    command: list[str],
    where: Path,
    entry: dict[str, Any],
    port: int,
    *,
    pty: bool,
    log: Path | None,
) -> Iterator[Address]:
    process = subprocess.Popen(command, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert process.stdout is not None
        if entry["transport"] == "udp":
            _wait_for(process, _UDP_READY)
            _drain(process, log)
            host = "::1" if entry["ip_family"] == "ipv6" else "127.0.0.1"
            yield Address("udp", host, entry["udp_port"] or 1337)
        elif entry["run"] or pty:
            terminal = _wait_for(process, _PTY)[1].decode()
            _drain(process, log)
            yield Address("serial", terminal, None, _framing(entry))
        else:
            _wait_for_port(port)
            _drain(process, log)
            yield Address("tcp", "127.0.0.1", port, _framing(entry))
    finally:
        process.kill()
        process.wait()


def _framing(entry: dict[str, Any]) -> dict[str, str]:
    return {"framing": "raw"} if entry["transport"] == "serial_raw" else {}


def _drain(process: subprocess.Popen[bytes], log: Path | None) -> None:
    """Read what it prints until it ends: a server whose pipe is full stands still."""

    def drain() -> None:
        assert process.stdout is not None
        with process.stdout as printed, (log or Path(os.devnull)).open("ab", 0) as kept:
            while data := os.read(printed.fileno(), 65536):
                kept.write(data)

    threading.Thread(target=drain, name="server's output", daemon=True).start()


def _wait_for(process: subprocess.Popen[bytes], pattern: re.Pattern[bytes]) -> re.Match[bytes]:
    assert process.stdout is not None
    seen = b""
    deadline = time.monotonic() + _STARTS_WITHIN
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(left):
                seen += os.read(process.stdout.fileno(), 65536)
                if match := pattern.search(seen):
                    return match
                if process.poll() is not None:
                    break
    raise AssertionError(f"the server did not start: {seen.decode(errors='replace')}")


def _wait_for_port(port: int) -> None:
    """QEMU listens before it runs the firmware; a connection proves that it is up."""
    deadline = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("the emulator does not listen")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
