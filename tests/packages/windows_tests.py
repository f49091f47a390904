"""The project's tests on a Windows Python under Wine; those that cannot run are a list.

    sh tests/packages/windows_tests.sh [pytest arguments]

Without arguments all of them run, and every entry of the list must be of some test.
"""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "resources" / "packaging" / "windows")]

import windows_python  # noqa: E402 -- from the folder of the packaging
from wine import Wine, WineFailed  # noqa: E402

WORK = ROOT / ".work" / "windows"
REPORT = WORK / "tests.xml"
TABLE = Path(os.environ.get("FLASHDESK_TABLE") or ROOT / ".work" / "packages" / "table")
TESTS = ("tests/unit", "tests/property", "tests/conformance")
WIDGETS = "test_widgets_*.py"
SECONDS = 3600
CANNOT_IMPORT = """
import importlib, sys
sys.path.insert(0, ".")
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    print("importable:", name)
"""


def run(wine: Wine, python: Path, arguments: list[str]) -> int:
    """pytest's status. What it prints is shown as it comes."""
    widgets = sorted(f"tests/gui/{path.name}" for path in (ROOT / "tests/gui").glob(WIDGETS))
    chosen = arguments or [*TESTS, *widgets]
    options = ["-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider"]
    options += ["-p", "tests.packages.windows_list", "--junit-xml", wine.windows_path(REPORT)]
    end = time.monotonic() + SECONDS
    command = (python, "-X", "utf8", "-m", "pytest", *options, *chosen)
    with wine.running(*command, folder=ROOT) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if time.monotonic() > end:
                raise WineFailed(f"the tests did not end within {SECONDS} s")
    return process.returncode


def wrong_entries(wine: Wine, python: Path) -> list[str]:
    """Of the list: modules that can be imported, and tests that are not there."""
    from tests.packages.windows_list import entries

    modules = [
        entry.pattern.removesuffix(".py").replace("/", ".")
        for entry in entries()
        if entry.kind == "import"
    ]
    done = wine.run(python, "-X", "utf8", "-c", CANNOT_IMPORT, *modules, seconds=120, folder=ROOT)
    names = [_name(case) for case in ElementTree.parse(REPORT).iter("testcase")]
    return [line for line in done.output.splitlines() if line.startswith("importable:")] + [
        f"no such test: {entry.pattern}"
        for entry in entries()
        if entry.kind != "import" and not any(entry.is_of(name) for name in names)
    ]


def _name(case: ElementTree.Element) -> str:
    module = case.get("classname", "").replace(".", "/")
    return f"{module}.py::{case.get('name')}"


def counted() -> str:
    """In words, from the report."""
    kinds: Counter[str] = Counter()
    for case in ElementTree.parse(REPORT).iter("testcase"):
        child = next(
            (child for child in case if child.tag in ("failure", "error", "skipped")), None
        )
        if child is None:
            kinds["passed"] += 1
        elif child.tag == "skipped":
            kinds["listed" if child.get("type") == "pytest.xfail" else "skipped"] += 1
        else:
            kinds["failed"] += 1
    return ", ".join(f"{kinds[kind]} {kind}" for kind in ("passed", "failed", "listed", "skipped"))


def main(arguments: list[str]) -> int:
    began = time.monotonic()
    python, tools = WORK / "python", windows_python.tools(WORK)
    windows_python.make_python(python, tools)
    extras = ("--extra", "package", "--extra", "test")
    windows_python.install(python, tools, "-r", "pyproject.toml", *extras)
    REPORT.unlink(missing_ok=True)
    with Wine.ready(WORK / "tests", DISPLAY="", CI="true") as wine:
        status = run(wine, python / "python.exe", arguments)
        wrong = [] if arguments else wrong_entries(wine, python / "python.exe")
    for line in wrong:
        print(f"windows_cannot.txt: {line}")
    seconds, words = time.monotonic() - began, counted()
    print(f"windows tests: {words}, {seconds:.0f} s")
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with TABLE.open("a", encoding="utf-8") as table:
        table.write(f"windows\ttests on a Windows Python\t{seconds:.0f}\t{words}\n")
    return status or (1 if wrong else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
