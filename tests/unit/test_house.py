"""The rules of the house that a machine can check: who imports whom, and what nobody calls."""

from __future__ import annotations

import ast
import enum
import importlib
import re
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP = {"pyproject.toml", "README.md", "LICENSE", "app", "smp", "resources", "tests"}
QT = ("PySide6", "shiboken6", "qasync")
NO_IO = (
    "machine",
    "signal",
    "packet",
    "errors",
    "plain",
    "codes",
    "framing",
    "session",
    "timing",
    *(f"transfer/{name}" for name in ("upload", "chunks", "packet_size", "congestion")),
    *(f"transfer/{name}" for name in ("limits", "endurance", "failures", "pipeline", "cutting")),
    *(f"transfer/{name}" for name in ("flight", "offsets", "patience", "states")),
)
"""Rooms of the engine that do no I/O and know no event loop."""
FOR_ALL = ("smp.plain", "smp.text")
"""No domain: what makes a text from outside harmless wherever one enters, and texts as values."""
EDGES = ("transport", "bluetooth", "update", "simulator")
"""Folders of the engine that know asyncio, besides some modules."""


@cache
def modules(folder: str) -> tuple[tuple[Path, ast.Module], ...]:
    """What is in it, read once; nobody changes the trees."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return tuple((path, ast.parse(path.read_text("utf-8"))) for path in paths)


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def is_of(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def test_the_engine_knows_neither_the_program_nor_qt() -> None:
    for path, tree in modules("smp"):
        bad = [name for name in imports(tree) if is_of(name, "app", "tests", *QT)]
        assert not bad, f"{path.relative_to(ROOT)} imports {bad}"


def test_rooms_without_io_import_none() -> None:
    for name in NO_IO:
        path = ROOT / "smp" / f"{name}.py"
        tree = ast.parse(path.read_text("utf-8"))
        bad = [m for m in imports(tree) if is_of(m, "asyncio", "socket", "threading", "serial")]
        assert not bad, f"smp/{name}.py imports {bad}"


def test_files_commands_and_judgements_do_no_io() -> None:
    for folder in ("image", "commands"):
        for path, tree in modules(f"smp/{folder}"):
            bad = [m for m in imports(tree) if is_of(m, "asyncio", "socket", "threading", "serial")]
            assert not bad, f"{path.relative_to(ROOT)} imports {bad}"


def test_no_circles() -> None:
    """Whatever is imported when, and from wherever: nobody needs, in the end, itself."""
    needs = {name: set(needed) for name, needed in _needs().items()}
    while free := {name for name, needed in needs.items() if not needed & needs.keys()}:
        for name in free:
            del needs[name]
    rest = {name: sorted(needed & needs.keys()) for name, needed in needs.items()}
    assert not rest


def test_links_know_no_simulator() -> None:
    for name, needed in _needs().items():
        if is_of(name, "smp") and not is_of(name, "smp.simulator", "smp.address"):
            bad = [n for n in needed if is_of(n, "smp.simulator")]
            assert not bad, f"{name} imports {bad}"


@cache
def _needs() -> dict[str, set[str]]:
    """Module by module of smp and app: the modules that its code imports, at whatever moment.

    What a type checker alone sees is left out.
    """
    found: dict[str, set[str]] = {}
    trees = {}
    for folder in ("smp", "app"):
        for path, tree in modules(folder):
            parts = path.relative_to(ROOT).with_suffix("").parts
            trees[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = tree
    for name, tree in trees.items():
        needed = set()
        for node in _run(tree):
            if isinstance(node, ast.Import):
                needed |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                needed |= {f"{node.module}.{alias.name}" for alias in node.names}
                if any(f"{node.module}.{alias.name}" not in trees for alias in node.names):
                    needed.add(node.module)
        found[name] = (needed & trees.keys()) - {name}
    return found


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """As `ast.walk`, without what a type checker alone sees."""
    todo = deque([tree])
    while todo:
        node = todo.popleft()
        yield node
        is_for_types = isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        todo.extend(node.orelse if is_for_types else ast.iter_child_nodes(node))  # type: ignore[attr-defined]


def test_only_the_edges_of_the_engine_know_asyncio() -> None:
    allowed = {"connection", "drive", "contact", "refusals", "discovery", "survey"}
    for path, tree in modules("smp"):
        room = path.relative_to(ROOT / "smp")
        if room.parts[0] in EDGES or path.stem in allowed:
            continue
        assert not [n for n in imports(tree) if is_of(n, "asyncio")], f"smp/{room}"


def test_only_views_have_widgets_and_they_no_engine() -> None:
    for folder in ("controllers", "presenters", "log", "facts"):
        for path, tree in modules(f"app/{folder}"):
            bad = [n for n in imports(tree) if is_of(n, *QT)]
            assert not bad, f"{path.relative_to(ROOT)} imports {bad}"
    for path, tree in modules("app/controllers"):
        bad = [n for n in imports(tree) if is_of(n, "app.presenters", "app.desk")]
        assert not bad, f"{path.relative_to(ROOT)} imports {bad}"
    above = ("smp", "app.controllers", "app.presenters", "app.log", "app.desk")
    for path, tree in modules("app/views"):
        bad = [n for n in imports(tree) if is_of(n, *above)]
        bad = [n for n in bad if n not in FOR_ALL]
        assert not bad, f"{path.relative_to(ROOT)} imports {bad}"


def test_lib_knows_no_domain() -> None:
    for path, tree in modules("app/lib"):
        bad = [n for n in imports(tree) if is_of(n, "smp", "app.views", "app.controllers")]
        bad = [n for n in bad if n not in FOR_ALL]
        assert not bad, f"{path.relative_to(ROOT)} imports {bad}"


def test_qasync_is_known_in_one_place() -> None:
    knowing = [path for path, tree in modules("app") if "qasync" in set(imports(tree))]
    assert [path.name for path in knowing] == ["loop.py"]


ELSEWHERE = () if sys.platform != "win32" else ("smp.bluetooth.bluez", "smp.simulator.pty")
"""What Windows cannot import."""

FORBIDDEN = {"exec", "exec_", "processEvents", "asyncClose", "asyncSlot", "waitSignal"}
"""They nest event loops: other tasks are killed in silence, or everything hangs."""


@pytest.mark.parametrize("folder", ["app", "smp"])
def test_nobody_nests_event_loops(folder: str) -> None:
    for path, tree in modules(folder):
        called = {
            node.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not called & FORBIDDEN, f"{path.relative_to(ROOT)} calls {called & FORBIDDEN}"


def test_nobody_sleeps_blocking() -> None:
    for folder in ("app", "smp"):
        for path, tree in modules(folder):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    value = node.func.value
                    name = value.id if isinstance(value, ast.Name) else ""
                    assert (name, node.func.attr) != ("time", "sleep"), path


def test_starting_the_program_loads_nothing_heavy() -> None:
    """Neither Qt nor what is only needed later is there before a command wants it."""
    late = ("PySide6", "bleak", "serial", "cryptography", "rich", "cbor2", "smp.simulator")
    late += ("sqlalchemy", "alembic", "pg8000", "tomlkit")
    code = (
        "import sys, app.cli.commands; "
        f"print([m for m in {late!r} if any(k == m or k.startswith(m + '.') for k in sys.modules)])"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() in ("[]", "['cbor2']"), done.stdout + done.stderr


def test_the_top_level_holds_what_it_should() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git here, or not a checkout")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    top = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} == TOP


def test_pins_agree_with_the_project() -> None:
    pins = dict(
        line.split("==")
        for line in (ROOT / "resources" / "constraints.txt").read_text().splitlines()
        if "==" in line and not line.startswith("#")
    )
    assert pins["qasync"] == "0.28.0"
    assert tuple(map(int, pins["PySide6_Essentials"].split(".")[:2])) < (6, 12)


def test_every_ending_is_reached_by_a_test() -> None:
    """An ending that no test demands, by its name alone, may be given to anything."""
    from smp.update.verdict import Ending

    demanded: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assert):
                demanded |= set(_endings_demanded(node.test))
    assert demanded == {ending.name for ending in Ending}


def _endings_demanded(test: ast.expr) -> Iterator[str]:
    """Of `x.ending is Ending.A` and `(.., x.ending) == (.., Ending.A)`; not of `in (A, B)`."""
    for node in ast.walk(test):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Is | ast.Eq):
            continue
        attributes = [n for n in ast.walk(node) if isinstance(n, ast.Attribute)]
        if any(n.attr == "ending" for n in attributes):
            names = [n for n in attributes if isinstance(n.value, ast.Name)]
            yield from (n.attr for n in names if getattr(n.value, "id", "") == "Ending")


# -- nothing is dropped in silence -----------------------------------------------------------------

OPEN = {
    "app/log/packet_words.py": {"value"},  # whatever a device sends
    "app/desk/desk.py": {"key"},  # a text; see the action keys below
}
"""What is matched on and has no end of kinds."""


def test_every_match_says_that_it_has_said_all() -> None:
    """A new event, state or ending is a type error wherever nobody has said what it does there."""
    for folder in ("smp", "app"):
        for path, tree in modules(folder):
            room = path.relative_to(ROOT).as_posix()
            for node in ast.walk(tree):
                if isinstance(node, ast.Match):
                    subject = ast.unparse(node.subject)
                    last = ast.unparse(node.cases[-1])
                    sealed = last.startswith("case _:") and "assert_never(" in last
                    open_ended = subject in OPEN.get(room, set())
                    assert sealed or open_ended, f"{room}:{node.lineno} match {subject}"


def test_who_asks_for_one_kind_after_the_other_matches() -> None:
    """`if x is A: return ... if x is B: return ...` and `elif` end in silence for every kind to
    come. Whoever asks twice says what all of them mean; one question has two answers anyway."""
    for name, path, tree in _importable():
        kinds = {n: k for n, k in vars(importlib.import_module(name)).items() if _is_ours(k)}
        for node in ast.walk(tree):
            for field in ("body", "orelse", "finalbody"):
                for chain in _chains(getattr(node, field, None)):
                    asked = [question for test in chain for question in _asked(test, kinds)]
                    twice = {question for question in asked if asked.count(question) > 1}
                    room = path.relative_to(ROOT).as_posix()
                    assert not twice, f"{room}:{chain[0].lineno} asks {twice}: match it"


def _importable() -> Iterator[tuple[str, Path, ast.Module]]:
    for folder in ("smp", "app"):
        for path, tree in modules(folder):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] != "__main__" and ".".join(parts) not in ELSEWHERE:
                yield ".".join(parts).removesuffix(".__init__"), path, tree


def _is_ours(kind: object) -> bool:
    """An enum of the house. Numbers are asked of devices and files, which send others, too."""
    ours = isinstance(kind, enum.EnumMeta) and is_of(kind.__module__, "smp", "app")
    return ours and not issubclass(kind, int)  # type: ignore[arg-type]


def _chains(block: object) -> Iterator[list[ast.expr]]:
    """The tests of `if`s of which at most one is taken: an `elif`, or each leaves."""
    chain: list[ast.expr] = []
    for statement in block if isinstance(block, list) else []:
        leaves = False
        while isinstance(statement, ast.If):
            chain.append(statement.test)
            leaves = isinstance(
                statement.body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break
            )
            rest = statement.orelse
            statement = rest[0] if len(rest) == 1 else None
        if not leaves:
            yield chain
            chain = []
    yield chain


def _asked(test: ast.expr, kinds: Mapping[str, object]) -> set[tuple[str, str]]:
    """What a test wants to be of which enum: `x is A.B`, `x == A.B`, `x in (A.B, A.C)`."""
    found = set()
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Is | ast.Eq | ast.In):
            for each in ast.walk(node.comparators[0]):
                named = ast.unparse(each.value) if isinstance(each, ast.Attribute) else ""
                if named in kinds:
                    found.add((ast.unparse(node.left), named))
    return found


def test_a_table_that_is_written_where_it_is_asked_has_all_of_its_enum() -> None:
    """`{A.B: 1}.get(x, 2)` is a match that ends in silence."""
    for name, path, tree in _importable():
        kinds = {n: k for n, k in vars(importlib.import_module(name)).items() if _is_ours(k)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Dict):
                keys = [key for key in node.value.keys if isinstance(key, ast.Attribute)]
                by_enum = any(ast.unparse(key.value) in kinds for key in keys)
                room = path.relative_to(ROOT).as_posix()
                assert not (by_enum and node.attr == "get"), f"{room}:{node.lineno}"


PARTIAL = {
    "HASHES WRAPPINGS _SIGNATURES": "smp.image",  # of all kinds of TLV those that are one
    "_WORDS": "smp.image.foreign",  # those that a few first bytes tell
    "SHORT_MODES": "app",  # not of the mode that is not known
    "_CONSENTS _WAYS_BACK": "smp.update.consent",  # those without a way back
    "_REMARKS": "smp.update.checks",  # those that the plan tells as more than a fact
    "_INKS": "app.views",  # what has a colour of its own
    "_ARROWS": "app.views.device_delegate",  # what can be folded
    "_ICONS _LETTERS": "app.views.steps",  # a step has one of the two, or its number
    "_MARKS": "app.views.station_tile",  # verdicts alone have one
}
"""Tables that are asked whether they have something, by name and where they are."""


def _is_partial(name: str, label: str) -> bool:
    return any(
        label in labels.split() and is_of(name, *rooms.split()) for labels, rooms in PARTIAL.items()
    )


def test_tables_by_an_enum_have_all_of_it() -> None:
    for name in _needs().keys() - set(ELSEWHERE):
        if name.rpartition(".")[2] == "__main__":
            continue
        for label, table in vars(importlib.import_module(name)).items():
            if not isinstance(table, dict) or len(table) < 2:
                continue
            kinds = {type(key) for key in table}
            (kind,) = kinds if len(kinds) == 1 else (object,)
            if issubclass(kind, enum.Enum) and not _is_partial(name, label):
                missing = [member for member in kind if member not in table]
                assert not missing, f"{name}.{label} has no {missing}"


def test_nobody_takes_the_place_of_a_listener() -> None:
    """`thing.on_change = show` silences whoever listened before: a `Signal` has room for all."""
    for folder in ("smp", "app"):
        for path, tree in modules(folder):
            for node in ast.walk(tree):
                for to in node.targets if isinstance(node, ast.Assign) else []:
                    if isinstance(to, ast.Attribute) and to.attr.lstrip("_").startswith("on_"):
                        own = isinstance(to.value, ast.Name) and to.value.id == "self"
                        assert own, f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(to)}"


MACHINES = {"UploadState", "CallState", "LinkState", "Progress"}
"""States that follow a table (`smp.machine`): what looks it up writes them, but for the first."""


def test_states_with_a_table_are_written_by_it_alone() -> None:
    for folder in ("smp", "app"):
        for path, tree in modules(folder):
            first = {
                id(inner)
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef) and node.name == "__init__"
                for inner in ast.walk(node)
            }
            for node in ast.walk(tree):
                if not isinstance(node, ast.Assign) or id(node) in first:
                    continue
                written = any(isinstance(to, ast.Attribute | ast.Subscript) for to in node.targets)
                named = {
                    ast.unparse(each.value)
                    for each in ast.walk(node.value)
                    if isinstance(each, ast.Attribute)
                }
                assert not (written and named & MACHINES), f"{path.name}:{node.lineno}"


def test_the_command_line_prints_json_in_one_place() -> None:
    """What is printed there begins with the number of its form."""
    rooms = {
        path.stem
        for path in (ROOT / "app" / "cli").glob("*.py")
        if "json.dumps" in path.read_text("utf-8")
    }
    assert rooms == {"running"}


def test_no_bits_are_read_of_a_picture_that_nobody_holds() -> None:
    """They are freed with it, before anybody looks; whether they are still there is luck."""
    reads = ("bits", "constBits", "scanLine", "constScanLine")
    for folder in ("app", "tests"):
        for path, tree in modules(folder):
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and node.attr in reads:
                    held = not isinstance(node.value, ast.Call)
                    assert held, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_nobody_asks_a_layout_for_its_items() -> None:
    """Python keeps what `itemAt` gives with the layout, Qt deletes it with the widget: what comes
    to its place in memory is taken for it, and the program ends when that is deleted."""
    for path, tree in modules("app"):
        for node in ast.walk(tree):
            name = node.attr if isinstance(node, ast.Attribute) else ""
            assert name not in ("itemAt", "itemAtPosition"), f"{path}:{node.lineno}"


def test_text_files_name_their_encoding() -> None:
    """Windows would take that of the region."""
    for folder in ("app", "smp"):
        for path, tree in modules(folder):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and _opens_text(node):
                    assert _names_encoding(node), f"{path.relative_to(ROOT)}:{node.lineno}"


def _opens_text(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    name = call.func.id if isinstance(call.func, ast.Name) else name
    if name in ("read_text", "write_text"):
        return True
    modes = [a.value for a in call.args if isinstance(a, ast.Constant)]
    is_open = name in ("open", "fdopen", "NamedTemporaryFile", "TemporaryFile")
    return is_open and any(
        isinstance(mode, str) and re.fullmatch("[rwax]t?[+]?", mode) for mode in modes
    )


def _names_encoding(call: ast.Call) -> bool:
    given = [a.value for a in call.args if isinstance(a, ast.Constant)]
    return "utf-8" in given or any(k.arg == "encoding" for k in call.keywords)
