"""The headless commands as a script runs them: real processes, real images, exit statuses."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from smp.simulator import build_image
from tests.helpers import images
from tests.helpers.programs import command, environment, run, run_until, simulator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app_1.4.2.bin"
    path.write_bytes(images.image("1.4.2", 60_000))
    return path


def test_update_then_the_same_file_again_sends_nothing(tmp_path: Path, file: Path) -> None:
    first = run(tmp_path, "update", str(file), "--device", "sim:fast", "--json")
    assert (first.status, first.verdict["outcome"]) == (0, "updated")
    assert first.verdict["running"]["version"] == "1.4.2"
    assert first.verdict["running"]["confirmed"] is True
    assert first.verdict["was"]["version"] == "1.3.0"
    assert first.of("progress")[-1]["offset"] == len(file.read_bytes())
    assert first.verdict["parts"] == [
        {"number": 0, "running": first.verdict["running"], "was": first.verdict["was"]}
    ]
    (plan,) = first.of("plan")
    (part,) = plan["parts"]
    assert (part["number"], part["slot"], part["from"], part["to"]) == (0, 1, "1.3.0", "1.4.2")
    assert part["from_hash"] == first.verdict["was"]["hash"]
    assert part["to_hash"] == first.verdict["running"]["hash"]
    assert (plan["from"], plan["to"]) == ("1.3.0", "1.4.2")
    again = run(tmp_path, "update", str(file), "--device", "sim:fast", "--json")
    assert (again.status, again.verdict["outcome"]) == (0, "already-running")
    assert not again.of("upload")
    assert not again.of("progress")


def test_file_signed_for_nobody_is_refused_at_boot(tmp_path: Path) -> None:
    path = tmp_path / "app.bin"
    path.write_bytes(images.image("1.4.2", 5_000, key_name="nobody"))
    ended = run(tmp_path, "update", str(path), "--device", "sim:strict-key", "--json")
    assert (ended.status, ended.verdict["outcome"]) == (1, "not-updated")
    assert ended.verdict["ending"] == "refused-at-boot"
    assert "key" in ended.verdict["reason"]
    assert ended.verdict["running"]["version"] == "1.3.0"


def test_killed_at_ten_moments_the_upload_goes_on_each_time(tmp_path: Path, file: Path) -> None:
    """The device runs on in another process; only the updater is killed."""
    total = len(file.read_bytes())
    with simulator(tmp_path, "--profile", "demo", "--link", "baud=460800") as address:
        arguments = ("update", str(file), "--device", address, "--json")
        reached = 0
        for moment in range(1, 11):
            goal = total * moment // 24  # whoever kills may be late: much is still to come
            killed = run_until(
                tmp_path,
                lambda event, goal=goal: event["event"] == "progress" and event["offset"] >= goal,  # type: ignore[misc]
                *arguments,
            )
            assert killed.status == -signal.SIGKILL
            first = killed.of("progress")[0]
            assert first["resumed_from"] >= reached, f"kill {moment}: it began again"
            reached = killed.of("progress")[-1]["offset"]
        last = run(tmp_path, *arguments)
        assert last.of("progress")[0]["resumed_from"] >= reached
        assert (last.status, last.verdict["outcome"]) == (0, "updated")


def test_killed_in_the_restart_the_next_run_waits_for_the_device(
    tmp_path: Path, file: Path
) -> None:
    """It is putting the image in place meanwhile, and silent."""
    with simulator(tmp_path, "--profile", "demo", "--link", "baud=460800") as address:
        arguments = ("update", str(file), "--device", address, "--json")
        run_until(tmp_path, lambda event: event["event"] == "went-silent", *arguments)
        last = run(tmp_path, *arguments)
        assert last.of("waiting")
        assert (last.status, last.verdict["outcome"]) == (0, "updated")
        assert last.verdict["ending"] == "confirmed-only"


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupt_cancels_and_says_what_state_is_left(
    tmp_path: Path, file: Path, by: signal.Signals
) -> None:
    """Also by whoever ends programs, or closes their terminal."""
    with simulator(tmp_path, "--link", "baud=230400") as address:
        arguments = ("update", str(file), "--device", address, "--json")
        ended = run_until(tmp_path, lambda event: event["event"] == "progress", *arguments, by=by)
        assert (ended.status, ended.verdict["ending"]) == (4, "cancelled")
        assert "still running 1.3.0" in ended.verdict["headline"]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_output_that_nobody_reads_stops_no_update(
    tmp_path: Path, file: Path, form: list[str]
) -> None:
    """As `flashdesk update ... | head -1`."""
    arguments = ["update", str(file), "--device", "sim:fast", *form]
    with subprocess.Popen(
        command(*arguments),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr is not None
        assert program.stderr.read() == b""
        assert program.wait() == 0
    assert run(tmp_path, *arguments[:4], "--json").verdict["outcome"] == "already-running"


def test_port_in_use_names_the_trouble(tmp_path: Path, file: Path) -> None:
    import fcntl

    with simulator(tmp_path, "--profile", "fast") as address:
        with Path(address.removeprefix("serial:")).open("rb+", buffering=0) as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            ended = run(tmp_path, "update", str(file), "--device", address, "--json")
        assert ended.status == 3
        assert "in use" in ended.verdict["reason"]
        assert run(tmp_path, "update", str(file), "--device", address, "--json").status == 0


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (b"", "empty"),
        (b"\x7fELF" + bytes(200), "ELF"),
        (b":020000040000FA\n:00000001FF\n", "HEX"),
        (b"PK\x03\x04" + bytes(50), "ZIP"),
        (b"UF2\nWQ]\x9e" + bytes(504), "UF2"),
        (build_image("1.0.0", 5000)[:3000], "cut off"),
        (b"just some words\n" * 20, "text"),
    ],
)
def test_wrong_file_is_named_and_nothing_is_sent(
    tmp_path: Path, contents: bytes, words: str
) -> None:
    path = tmp_path / "dropped.bin"
    path.write_bytes(contents)
    ended = run(tmp_path, "update", str(path), "--device", "sim:fast", "--json")
    assert (ended.status, ended.verdict["outcome"]) == (2, "not-updated")
    assert words.lower() in json.dumps(ended.verdict).lower()
    assert ended.verdict["next_step"]
    assert len(ended.events) == 1


def test_file_that_is_not_there_and_bad_addresses_are_usage(tmp_path: Path, file: Path) -> None:
    for path, device in (
        (tmp_path / "nothing.bin", "sim:fast"),
        (tmp_path, "sim:fast"),
        (file, "sim:nothing"),
        (file, "serial"),
        (file, "udp:host:port"),
        (file, "serial:/dev/null?baud=fast"),
    ):
        ended = run(tmp_path, "update", str(path), "--device", device, "--json")
        assert ended.status == 2, (path, device, ended)
        assert ended.verdict["outcome"] == "not-updated"


def test_device_that_is_not_there(tmp_path: Path, file: Path) -> None:
    for device in ("serial:/dev/ttyNothing9", "tcp:127.0.0.1:1", "udp:127.0.0.1:9"):
        ended = run(tmp_path, "update", str(file), "--device", device, "--json")
        assert ended.status == 3, ended
        assert ended.verdict["next_step"]


def test_key_is_checked_before_anything_is_sent(tmp_path: Path, file: Path) -> None:
    own = str(images.public_key_file())
    other = str(images.public_key_file(name="other"))
    refused = run(tmp_path, "update", str(file), "--device", "sim:fast", "--key", other, "--json")
    assert (refused.status, refused.verdict["ending"]) == (2, "bad-input")
    assert run(tmp_path, "update", str(file), "-d", "sim:fast", "--key", own, "--json").status == 0


def test_inspect_ends_as_update_would(tmp_path: Path, file: Path) -> None:
    own = str(images.public_key_file())
    other = str(images.public_key_file(name="other"))
    private = str(images.key_file())
    unsigned = tmp_path / "unsigned.bin"
    unsigned.write_bytes(images.image(key=None))
    for path, keys, status, words in (
        (file, (other, own), 0, ""),
        (file, (other,), 2, f"app.bin is not signed with the key in {Path(other).name}."),
        (file, (other, other), 2, "app.bin is not signed with any of the keys in"),
        (file, (private,), 2, f"{Path(private).name} holds a private key."),
        (unsigned, (), 0, ""),
        (unsigned, (own,), 2, "unsigned.bin is not signed with the key in"),
    ):
        options = [word for key in keys for word in ("--key", key)]
        told = run(tmp_path, "inspect", str(path.absolute()), *options)
        assert told.status == status, (path, keys, told)
        assert words.replace("app.bin", file.name) in " ".join(told.errors.split())
        as_json = run(tmp_path, "inspect", str(path.absolute()), *options, "--json")
        assert as_json.status == status


def test_what_cannot_be_taken_back_needs_a_yes(tmp_path: Path, file: Path) -> None:
    arguments = ("update", str(file), "-d", "sim:overwrite-only?link=baud=0", "--json")
    refused = run(tmp_path, *arguments)
    assert (refused.status, refused.verdict["ending"]) == (1, "forbidden")
    assert not refused.of("upload")
    assert "--yes" not in f"{refused.verdict['reason']} {refused.verdict['next_step']}"
    assert "--yes" in run(tmp_path, *arguments[:-1]).text


def test_a_check_forbids_where_the_command_line_says_so(tmp_path: Path, file: Path) -> None:
    arguments = ("update", str(file), "--device", "sim:fast", "--json", "--forbid")
    kept = run(tmp_path, *arguments, "not-signed", "--forbid", "older-than-running")
    assert (kept.status, kept.verdict["outcome"]) == (0, "updated")
    older = tmp_path / "older.bin"
    older.write_bytes(images.image("1.0.0", 5_000))
    ended = run(tmp_path, "update", str(older), *arguments[2:], "older-than-running")
    assert (ended.status, ended.verdict["ending"]) == (1, "forbidden")
    assert "Older than what runs now (1.4.2)" in ended.verdict["reason"]
    assert not ended.of("upload")
    unknown = run(tmp_path, *arguments, "older")
    assert (unknown.status, unknown.verdict["ending"]) == (2, "bad-input")
    assert "older-than-running" in unknown.verdict["next_step"]
    assert "--forbid CODE" in run(tmp_path, "update", "--help").text


def test_inspect_tells_everything_and_says_by_its_status_if_it_can_be_used(
    tmp_path: Path, file: Path
) -> None:
    good = run(tmp_path, "inspect", str(file), "--key", str(images.public_key_file()), "--json")
    (told,) = good.events
    assert good.status == 0
    assert told["images"][0]["version"] == "1.4.2"
    assert told["images"][0]["hash"]["check"] == "matches"
    assert told["images"][0]["signature_check"]["result"] == "good"
    bad = run(tmp_path, "inspect", str(Path(__file__)))
    assert bad.status == 2
    assert "text" in bad.text


def test_info_and_scan(tmp_path: Path) -> None:
    (facts,) = run(tmp_path, "info", "--device", "sim:fast", "--json").events
    assert facts["buffers"] == {"size": 384, "count": 4}
    assert facts["bootloader"]["can_roll_back"] is True
    assert facts["images"][0]["version"] == "1.3.0"
    scan = run(tmp_path, "scan", "--json")
    assert scan.status == 0
    assert any(device["address"] == "sim:demo" for device in scan.of("device"))
    assert "1.3.0, running, confirmed" in run(tmp_path, "info", "-d", "sim:fast").text


def test_simulator_keeps_its_flash_in_a_file(tmp_path: Path, file: Path) -> None:
    arguments = ("--profile", "fast", "--listen", "udp:0", "--flash", str(tmp_path / "kept"))
    with simulator(tmp_path, *arguments) as address:
        assert run(tmp_path, "update", str(file), "-d", address, "--json").status == 0
    with simulator(tmp_path, *arguments) as address:
        (facts,) = run(tmp_path, "info", "-d", address, "--json").events
        assert facts["images"][0]["version"] == "1.4.2"


def test_plain_output_in_a_pipe_has_no_bar_and_no_escapes(tmp_path: Path, file: Path) -> None:
    ended = run(tmp_path, "update", str(file), "-d", "sim:fast")
    assert ended.status == 0
    assert "\x1b" not in ended.text
    assert "Running 1.4.2, confirmed" in ended.text


def test_help_shows_every_command(tmp_path: Path) -> None:
    text = run(tmp_path, "--help").text
    for name in ("scan", "info", "inspect", "update", "image", "reset", "simulate"):
        assert name in text
        assert run(tmp_path, name, "--help").status == 0


def test_the_watch_of_the_new_image_is_announced(tmp_path: Path, file: Path) -> None:
    ended = run(tmp_path, "update", str(file), "--device", "sim:fast")
    assert "Watching the new image for" in ended.text
