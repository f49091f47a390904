"""ICU's data without what nothing here asks for: `python icu.py FOLDER`, a frozen folder.

Qt brings all of ICU's data, 32 MB, as a library that holds one table of files and no code. Of ICU
it calls some dozen functions, which `FAMILIES` names by their beginnings, each with the files that
these read: all of them, so that each function answers as before. Only names of time zones, which
the program shows nowhere, are kept for its own languages alone. Names of languages, countries,
currencies and units Qt has itself; how letters change case, and where text may break, is in code.

The library is made anew by binutils from the files that stay, with the same names and symbol. If
anything in the folder calls another function, or the data cannot be read back, the build ends here.
"""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

_OWN = r"(root|pool|res_index|(en|de|zh)(_\w+)?)\.res"
"""Of files that there is one of for each language: those of the program's languages."""

FAMILIES = {
    "ucol_": r"coll/.*",
    "ucnv_|UCNV_": r".*\.cnv|cnvalias\.icu",
    "ucal_": rf"((zone|curr)/)?{_OWN}|(zoneinfo64|timezoneTypes|metaZones|windowsZones)\.res"
    r"|(supplementalData|likelySubtags|numberingSystems|keyTypeData)\.res",
    "u_str": r"icu(std|ver)\.res",
}
"""Functions, and the files that they need: sorting, encodings, time zones; upper and lower case
need none, and get what ICU tells its version by."""

_COUNT = struct.Struct("<I")
_ENTRY = struct.Struct("<II")
"""Where a file's name begins and where it does itself, counted from the table on."""
_ALIGNED = 16


class Package:
    """ICU's common data (ucmndata.h): a head, and files by name, e.g. icudt73l/coll/de.res."""

    def __init__(self, data: bytes) -> None:
        (length,) = struct.unpack_from("<H", data)
        magic, little, kind = data[2:4], data[8] == 0, data[12:16]
        if magic != b"\xda\x27" or not little or kind != b"CmnD" or data[16] != 1:
            sys.exit("icu.py: this is not the data of ICU that is known here")
        self.head, table = data[:length], data[length:]
        (count,) = _COUNT.unpack_from(table)
        entries = [_ENTRY.unpack_from(table, 4 + 8 * number) for number in range(count)]
        ends = [start for _, start in entries[1:]] + [len(table)]
        self.files = {
            table[name : table.index(0, name)].decode("ascii"): table[start:end]
            for (name, start), end in zip(entries, ends, strict=True)
        }

    def kept(self) -> dict[str, bytes]:
        """Of the files those that some function needs."""
        wanted = re.compile("|".join(FAMILIES.values()))
        return {
            name: data
            for name, data in self.files.items()
            if wanted.fullmatch(name.partition("/")[2])
        }


def packed(head: bytes, files: dict[str, bytes]) -> bytes:
    """The same as `Package` reads: in the order of their names, by which ICU looks for them."""
    names, entries = bytearray(), []
    begin = 4 + 8 * len(files)
    for name in sorted(files):
        entries.append(begin + len(names))
        names += name.encode("ascii") + b"\0"
    contents = bytearray()
    at = begin + len(names)
    table = bytearray(_COUNT.pack(len(files)))
    for entry, name in zip(entries, sorted(files), strict=True):
        contents += bytes(-(at + len(contents)) % _ALIGNED)
        table += _ENTRY.pack(entry, at + len(contents))
        contents += files[name]
    return head + bytes(table) + bytes(names) + bytes(contents)


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def data_of(library: Path) -> tuple[str, bytes]:
    """The name of the only symbol, and what it stands for."""
    # 0000000000001000 0000000001e8bb80 R icudt73_dat
    ((_, size, _, symbol),) = (
        line.split() for line in run("nm", "-DS", "--defined-only", library).splitlines()
    )
    with tempfile.TemporaryDirectory() as folder:
        content = Path(folder) / "icu.dat"
        run("objcopy", "--dump-section", f".rodata={content}", library, "/dev/null")
        data = content.read_bytes()
    if len(data) != int(size, 16):
        sys.exit(f"icu.py: {library} holds more than {symbol}")
    return symbol, data


def built(symbol: str, data: bytes, soname: str, library: Path) -> None:
    """A library that holds the data, where the other one was."""
    with tempfile.TemporaryDirectory() as folder:
        content, code, thing = (Path(folder) / f"icu.{ending}" for ending in ("dat", "s", "o"))
        content.write_bytes(data)
        code.write_text(
            f'.section .rodata\n.balign {_ALIGNED}\n.globl {symbol}\n.type {symbol}, "object"\n'
            f'{symbol}: .incbin "{content}"\n.size {symbol}, . - {symbol}\n'
            '.section .note.GNU-stack,"",%progbits\n'
        )
        run("as", "-o", thing, code)
        # A library that is loaded is never written over.
        library.unlink(missing_ok=True)
        run(
            *("ld", "-shared", "-s", "-soname", soname, "--build-id=sha1", "--hash-style=gnu"),
            *("-z", "noexecstack", "-o", library, thing),
        )
    library.chmod(0o644)


def asked(libraries: Iterable[Path], version: str) -> set[str]:
    """The functions of ICU that they call, without its version."""
    found = set()
    for library in libraries:
        for line in run("nm", "-D", "--undefined-only", library).splitlines():
            name = line.split()[-1]
            if name.endswith(f"_{version}") or f"icu_{version}" in name:
                found.add(name.removesuffix(f"_{version}"))
    return found


def unknown(functions: Iterable[str]) -> list[str]:
    """Of functions those whose files nobody here knows."""
    known = re.compile("|".join(FAMILIES))
    return sorted(name for name in functions if not known.match(name))


def main(folder: Path) -> None:
    libraries = [path for path in folder.rglob("*.so*") if path.is_file() and not path.is_symlink()]
    found = [path for path in libraries if path.name.startswith("libicudata.so.")]
    if not found:
        print("icu.py: no data of ICU in here")
        return
    (library,) = found
    version = library.name.rpartition(".")[2]
    callers = [path for path in libraries if not path.name.startswith("libicu")]
    if strange := unknown(asked(callers, version)):
        sys.exit(f"icu.py: {', '.join(strange)}: FAMILIES does not say which files that needs")
    before = library.stat().st_size
    symbol, data = data_of(library)
    package = Package(data)
    kept = package.kept()
    built(symbol, packed(package.head, kept), library.name, library)
    symbol_now, data_now = data_of(library)
    if symbol_now != symbol or Package(data_now).files != kept:
        sys.exit("icu.py: the data cannot be read back")
    print(
        f"icu.py: {len(kept)} of {len(package.files)} files stay, "
        f"{library.stat().st_size / 1e6:.1f} of {before / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
