"""Output into pipes and files as Windows has them: few letters, and a reader who may be gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import images
from tests.helpers.programs import ROOT, command, environment


def piped(state: Path, encoding: str, *arguments: str) -> tuple[str, str]:
    """What was written by the command, and what it complained of; it succeeds."""
    done = subprocess.run(
        command(*arguments),
        env=environment(state, PYTHONIOENCODING=encoding, PYTHONUTF8="0"),
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=True,
    )
    name = encoding.partition(":")[0]
    return done.stdout.decode(name), done.stderr.decode(name)


@pytest.mark.parametrize(
    ("encoding", "arrow", "mark"),
    [("cp1252", "->", "+"), ("cp437:strict", "->", "+"), ("gbk", "→", "+"), ("utf-8", "→", "✓")],
)
def test_an_update_tells_plan_and_verdict_in_the_letters_that_there_are(
    tmp_path: Path, encoding: str, arrow: str, mark: str
) -> None:
    file = tmp_path / "app.bin"
    file.write_bytes(images.image("1.4.2", 5_000))
    told, complaints = piped(tmp_path, encoding, "update", str(file), "--device", "sim:fast")
    assert f"1.3.0 {arrow} 1.4.2" in told
    assert f"{mark} Running 1.4.2, confirmed." in told
    assert not complaints


@pytest.mark.parametrize(
    ("encoding", "times"), [("cp1252", "×"), ("cp437", "x"), ("cp1251:strict", "x")]
)
def test_a_devices_facts_are_told_in_the_letters_that_there_are(
    tmp_path: Path, encoding: str, times: str
) -> None:
    told, complaints = piped(tmp_path, encoding, "info", "--device", "sim:fast")
    assert f"4 {times} 384 B" in told
    assert "1.3.0, running, confirmed" in told
    assert not complaints


@pytest.mark.parametrize(
    ("encoding", "begins"),
    [("cp1252", "Usage: "), ("ascii", "Usage: "), ("gbk", "用法"), ("utf-8", "用法")],
)
def test_a_language_whose_letters_do_not_come_out_gives_way_to_english(
    tmp_path: Path, encoding: str, begins: str
) -> None:
    told, complaints = piped(tmp_path, encoding, "--lang", "zh_CN", "scan", "--help")
    assert told.startswith(begins)
    assert "?" not in told
    assert not complaints


def test_a_language_with_a_few_letters_more_stays(tmp_path: Path) -> None:
    told, _ = piped(tmp_path, "cp1251", "--lang", "de", "scan", "--help")
    assert told.startswith("Aufruf: ")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii:strict", "latin-1:surrogateescape", "utf-8"])
def test_no_letter_at_all_stops_the_output(tmp_path: Path, encoding: str) -> None:
    """Devices, files and the system say what they like, on either stream."""
    code = (
        "import sys\n"
        "from app.streams import ensure_streams\n"
        "ensure_streams()\n"
        "for stream in (sys.stdout, sys.stderr):\n"
        "    for first in range(0, 0x110000, 7):\n"
        "        stream.write(chr(first))\n"
        "    stream.write('│ → 5\\u202fkB, Größe ✓ \\udcff\\n')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment(tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0"),
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=True,
    )
    ends = {
        "cp1252": "| -> 5 kB, Größe + ?\n",
        "ascii": "| -> 5 kB, Gro?e + ?\n",
        "latin-1": "| -> 5 kB, Größe + ?\n",
        "utf-8": "│ → 5\u202fkB, Größe ✓ ?\n",
    }
    name = encoding.partition(":")[0]
    for written in (done.stdout, done.stderr):
        assert written.decode(name).replace("\r", "").endswith(ends[name])


def test_an_answer_in_other_letters_is_read(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from app.streams import ensure_streams\n"
        "ensure_streams()\n"
        "assert sys.stdin.readline().startswith('j')\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        input=b"j\xe4\x81\n",
        env=environment(tmp_path, PYTHONIOENCODING="utf-8:strict"),
        cwd=ROOT,
        timeout=60,
        check=True,
    )


_NO_READER = """
import errno, io, os, sys
class Gone(io.RawIOBase):
    def writable(self): return True
    def fileno(self): return 1
    def write(self, data):
        if os.path.samestat(os.fstat(1), os.stat(os.devnull)): return len(data)
        raise OSError({number}, os.strerror({number}))
sys.stdout = io.TextIOWrapper(io.BufferedWriter(Gone()), encoding="cp1252", line_buffering=True)
sys.argv = ["flashdesk", *{arguments!r}]
from app.__main__ import main
main()
"""


def into_nowhere(state: Path, number: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", _NO_READER.format(number=number, arguments=arguments)],
        env=environment(state),
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("number", ["errno.EINVAL", "errno.EPIPE"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["simulate", "--list"],
        ["info", "--device", "sim:fast"],
        ["info", "--device", "sim:fast", "--json"],
    ],
    ids=" ".join,
)
def test_a_reader_who_is_gone_is_no_crash(
    tmp_path: Path, number: str, arguments: list[str]
) -> None:
    """As `flashdesk scan | more`, left with q. Windows calls it an invalid argument."""
    done = into_nowhere(tmp_path, number, *arguments)
    assert done.returncode == 1
    assert not done.stderr


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """It is no reader who had enough: a list that is cut off must not look whole."""
    done = into_nowhere(tmp_path, "errno.ENOSPC", "simulate", "--list")
    assert done.returncode == 1
    assert done.stderr == b"The output cannot be written: No space left on device.\n"


def test_other_failures_are_not_taken_for_a_reader_who_is_gone(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "import app.cli.commands\n"
        "def fail(): raise OSError(22, 'Invalid argument', 'the port')\n"
        "app.cli.commands.main = fail\n"
        "from app.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"the port" in done.stderr
