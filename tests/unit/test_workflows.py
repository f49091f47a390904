"""Workflows do what they say: they name what exists, and may no more than they need."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
PACKAGES = FOLDER / "packages.yml"


def read(path: Path) -> dict[Any, Any]:
    """`on` is a boolean for YAML 1.1: it is the key True."""
    told = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(told, dict)
    return told


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job["steps"]]


def test_packages_are_made_for_pull_requests_and_tags() -> None:
    told = read(PACKAGES)
    assert {"pull_request", "push"} <= told[True].keys()
    assert told[True]["push"] == {"tags": ["v*"]}
    assert set(told["jobs"]) == {"linux", "windows", "macos", "release"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_they_run_scripts_that_exist(path: Path) -> None:
    commands = "\n".join(step.get("run", "") for step in steps(path))
    named = re.findall(r"(?:[\w.-]+/)+[\w-]+\.(?:sh|py|nsi|spec)\b", commands)
    assert named
    assert not [name for name in named if not (ROOT / name).is_file()]


def test_each_kind_of_package_is_one_that_can_be_built() -> None:
    build = (ROOT / "resources" / "packaging" / "build.sh").read_text("utf-8")
    commands = "\n".join(step.get("run", "") for step in steps(PACKAGES))
    built = set(re.findall(r"packaging/build\.sh (\w+)", commands))
    assert built == {"deb", "portable", "windows", "macos"}
    assert built <= set(re.findall(r"build\.sh (\w+) ", build))


@pytest.mark.parametrize("job", ["linux", "windows", "macos"])
def test_each_package_runs_before_it_is_kept(job: str) -> None:
    """After it was built, and in the same job: what did not start is not uploaded."""
    order = []
    for step in read(PACKAGES)["jobs"][job]["steps"]:
        run = step.get("run", "")
        order += ["built"] * ("build.sh" in run) + ["runs"] * ("smoke.sh" in run)
        order += ["kept"] * ("upload-artifact" in step.get("uses", ""))
        assert not step.get("continue-on-error")
    assert order[0] == "built"
    assert order[-2:] == ["runs", "kept"]


def test_a_release_waits_for_all_of_them_and_only_it_may_write() -> None:
    told = read(PACKAGES)
    release = told["jobs"]["release"]
    assert set(release["needs"]) == told["jobs"].keys() - {"release"}
    assert "refs/tags/" in release["if"]
    assert told["permissions"] == {"contents": "read"}
    writing = {n for n, job in told["jobs"].items() if "write" in str(job.get("permissions"))}
    assert writing == {"release"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_others_wrote_is_pinned_with_its_version_beside_it(path: Path) -> None:
    used = re.findall(r"uses: (.+)", path.read_text("utf-8"))
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used)
    assert len({each.partition("@")[0] for each in used}) == len(set(used))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nobody_waits_for_ever(path: Path) -> None:
    assert all(job["timeout-minutes"] <= 90 for job in read(path)["jobs"].values())


def test_a_reader_of_workflows_has_nothing_against_them() -> None:
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("zizmor is not installed")
    done = subprocess.run(
        [program, "--offline", "--no-progress", "--quiet", "--format", "plain", str(FOLDER)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
