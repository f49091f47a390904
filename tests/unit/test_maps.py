"""The maps in the packages' docstrings: every room is on them, and nothing that is not there."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import app
import smp
from smp.simulator import build_image

ROOT = Path(__file__).resolve().parents[2]


def rooms(package: str) -> set[str]:
    """Modules and folders that lie directly in it."""
    folder = ROOT / package
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return files | {path.name for path in folder.iterdir() if path.is_dir()} - {"__pycache__"}


def table(text: str, title: str) -> list[str]:
    """The indented lines that follow the line with that title."""
    lines = text.partition(title)[2].splitlines()[1:]
    found = []
    for line in lines:
        if line.strip() and not line.startswith("    "):
            break
        found.append(line)
    return found


@pytest.mark.parametrize("package", [smp, app])
def test_every_room_is_on_the_map(package: object) -> None:
    text, name = str(package.__doc__), str(getattr(package, "__name__", ""))
    named = set(re.findall(r"[a-z_]+", "\n".join(table(text, "The rooms"))))
    assert not rooms(name) - named


@pytest.mark.parametrize("package", [smp, app])
def test_every_name_in_quotes_is_a_room(package: object) -> None:
    """`update.run`, `lib.dialog`: what a reader would look for."""
    text, name = str(package.__doc__), str(getattr(package, "__name__", ""))
    for dotted in re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", text):
        inside = dotted if dotted.startswith("smp.") else f"{name}.{dotted}"
        path = ROOT.joinpath(*inside.split("."))
        assert path.is_dir() or path.with_suffix(".py").exists(), dotted


PUBLIC = {
    line.split()[0]: {name.rstrip(",") for name in line.split()[1:]}
    for line in table(str(smp.__doc__), "Public, and kept")
    if line
}
"""Names by module; a star is all of them."""


def test_what_is_called_public_is_there() -> None:
    assert {"smp.address", "smp.client", "smp.update.run"} <= PUBLIC.keys()
    for module, names in PUBLIC.items():
        loaded = importlib.import_module(module)
        assert not [name for name in names - {"*"} if not hasattr(loaded, name)], module


def test_what_readme_imports_is_public() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for module, names in re.findall(r"from (smp[\w.]*) import (.+)", readme):
        assert "*" in PUBLIC[module] or set(names.split(", ")) <= PUBLIC[module], module


async def test_the_example_runs(tmp_path: Path) -> None:
    lines = table(str(smp.__doc__), "link of your own.")
    file = tmp_path / "app.signed.bin"
    file.write_bytes(build_image("1.4.2", 5000))
    code = (
        "\n".join(lines)
        .replace("serial:/dev/ttyACM0", "sim:fast")
        .replace(file.name, file.as_posix())
    )
    imports = [
        f"from {module} import {', '.join(names)}" for module, names in sorted(PUBLIC.items())
    ]
    names: dict[str, Any] = {}
    body = f"async def example():\n{code}\n    return verdict\n"
    exec("\n".join([*imports, body]), names)
    verdict = await names["example"]()
    assert verdict.outcome.value == "updated", verdict


@pytest.mark.parametrize("package", [smp, app])
def test_each_room_stands_on_those_before_it(package: object) -> None:
    text, name = str(package.__doc__), str(getattr(package, "__name__", ""))
    there = rooms(name)
    order = [
        word for line in table(text, "The rooms") for word in named_rooms(line) if word in there
    ]
    mutual = {("transport", "bluetooth"), ("cli", "window"), ("cli", "station_window")}
    for room in there:
        later = set(order[order.index(room) + 1 :])
        for needed in needs_of(name, room):
            assert needed not in later or (room, needed) in mutual, f"{room} needs {needed}"


def named_rooms(line: str) -> list[str]:
    """The words that begin a column, in order."""
    columns = re.split(r" {2,}", line.strip())
    return [
        name
        for column in columns
        if re.fullmatch(r"[a-z_]+(, [a-z_]+)*/?", column)
        for name in re.findall(r"[a-z_]+", column)
    ]


def needs_of(package: str, room: str) -> set[str]:
    """The rooms of the same package that it imports, whenever."""
    folder = ROOT / package
    alone = folder / f"{room}.py"
    files = [alone] if alone.exists() else [*(folder / room).rglob("*.py")]
    found: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
                parts = (node.module or "").split(".")
                found |= {parts[1]} if len(parts) > 1 else {a.name for a in node.names}
    return found & rooms(package) - {room}


FOLDERS = (
    "smp/simulator",
    "smp/transfer",
    "smp/update/steps",
    "smp/update/endings",
    "app/desk",
    "app/cli",
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folders_own_map_has_its_rooms(folder: str) -> None:
    text = str(ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text("utf-8"))))
    assert not rooms(folder) - set(re.findall(r"[a-z_]+", text))


def test_the_maps_import_nothing() -> None:
    assert "import" not in (ROOT / "smp" / "__init__.py").read_text("utf-8").rpartition('"""')[2]
