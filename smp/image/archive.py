"""Recognising ZIP files: firmware packages, and what else comes as a ZIP.

A package has a manifest (`smp.image.package`). Without one, an archive that holds exactly one
MCUboot image stands for that image. Whatever else it is gets its name: pictures, documents,
programs, other archives, the packages of the nRF5 SDK's nrfutil, whose `manifest.json` has another
shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smp.errors import FileError
from smp.image.header import MAGIC_LITTLE
from smp.image.judging import Judged, judge_bytes
from smp.image.kinds import CHOOSE_SIGNED, FileKind, Finding, unusable
from smp.image.listing import commas
from smp.image.manifest import MANIFEST, is_manifest, names_files
from smp.image.package import find_manifests, package, read_manifest
from smp.image.part import FilePart
from smp.image.unpacking import MOST_ENTRIES, Archive, CrowdedArchive, UnreadableArchive, shown
from smp.plain import plain
from smp.text import Text

_UNREADABLE = Text(
    "Its list of what is in it (manifest.json) cannot be read, so nobody can tell which part of a "
    "device the firmware in it is for"
)
_NAMES_NOTHING = Text(
    "Its list of what is in it (manifest.json) names no files, so nobody can tell which part of a "
    "device the firmware in it is for"
)
_MOST_MANIFESTS = 8
_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_MOST_NAMES = 4
_MOST_LOOKED_AT = 64
_MOST_IMAGES = 8
_FIRMWARE = (".bin", ".img", ".signed", ".hex", ".ihx")
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".xz", ".tar")
_PICTURES = (".jpg", ".jpeg", ".png", ".heic", ".gif", ".tif", ".tiff", ".webp", ".bmp", ".raw")
_MEDIA = (*_PICTURES, ".mp4", ".mov", ".avi", ".mp3", ".wav", ".m4a", ".mkv")


def zip_file(data: bytes, name: str) -> Finding | None:
    if not data.startswith(_STARTS):
        return None
    try:
        archive = Archive(data, name)
    except UnreadableArchive:
        return unusable(
            FileKind.ZIP,
            name,
            noun=Text("a damaged or incomplete ZIP archive"),
            why=Text("Its list of contents cannot be read"),
            next_step=Text("Copy or download the file again"),
        )
    except CrowdedArchive:
        return unusable(
            FileKind.ZIP,
            name,
            why=Text(
                "It holds more than {most:,} files; no firmware package does", most=MOST_ENTRIES
            ),
        )
    return _foreign(archive.names, name) or _opened(archive, name)


def _foreign(names: Sequence[str], name: str) -> Finding | None:
    """What the names inside tell."""
    if "[Content_Types].xml" in names or "mimetype" in names:
        return unusable(
            FileKind.DOCUMENT,
            name,
            noun=Text("an office document"),
            why=Text("It holds no firmware"),
        )
    if "META-INF/MANIFEST.MF" in names:
        return unusable(FileKind.PROGRAM, name, why=Text("It holds no firmware for SMP devices"))
    if names and _ending(names, _MEDIA) == list(names):
        only_pictures = _ending(names, _PICTURES) == list(names)
        return unusable(
            FileKind.ZIP,
            name,
            noun=(
                Text("a ZIP archive of pictures")
                if only_pictures
                else Text("a ZIP archive of pictures and sounds")
            ),
            why=Text("It holds no firmware"),
        )
    return None


def _opened(archive: Archive, name: str) -> Finding:
    paths = find_manifests(archive.names)
    path = paths[0] if paths else None
    kind = FileKind.PACKAGE if path == MANIFEST else FileKind.ZIP
    if archive.is_encrypted:
        return unusable(
            kind,
            name,
            noun=Text("a ZIP archive with a password"),
            why=Text("What it holds cannot be looked at"),
            next_step=Text("Unpack it with its password and choose the firmware that was in it"),
        )
    if path is None and archive.is_large:
        return unusable(kind, name, why=archive.how_large)
    try:
        archive.refuse_unsafe()
        manifests = {each: read_manifest(archive, each) for each in paths[:_MOST_MANIFESTS]}
        packages = [each for each, read in manifests.items() if names_files(read)]
        if len(packages) > 1:
            return _several_packages(packages, name)
        path = packages[0] if packages else path
        manifest = manifests[path] if path is not None else None
        if isinstance(manifest, dict) and isinstance(manifest.get("manifest"), dict):
            return unusable(
                FileKind.OTHER_FIRMWARE,
                name,
                noun=Text("a package for the bootloader of the nRF5 SDK"),
                why=Text("That bootloader does not speak SMP"),
                next_step=Text("Update that product with nRF Connect or nrfutil"),
            )
        if path is not None and names_files(manifest):
            return package(archive, path, manifest, name)
        found = _without_manifest(archive, name)
        if path is not None and found.parts:
            return _without_list(name, manifest)
        return replace(found, kind=kind)
    except FileError as error:
        return Finding(kind, problem=error)


def _without_list(name: str, manifest: object) -> Finding:
    """What the manifest would have said of the image may be that it is for another core."""
    return unusable(
        FileKind.PACKAGE,
        name,
        why=_NAMES_NOTHING if is_manifest(manifest) else _UNREADABLE,
        next_step=Text("Ask whoever gave you the package for a whole one"),
    )


def _several_packages(paths: Sequence[str], name: str) -> Finding:
    return unusable(
        FileKind.ZIP,
        name,
        noun=Text("a ZIP archive of several packages"),
        why=Text(
            "Each of these folders is one: {folders}",
            folders=commas([plain(path.rpartition("/")[0]) for path in paths]),
        ),
        next_step=Text(
            "Unpack it, pack the folder that is meant as a ZIP of its own, and choose it"
        ),
    )


def _without_manifest(archive: Archive, name: str) -> Finding:
    """One image that somebody packed stands for itself, also where a build left it twice, padded
    and not; of several nobody knows which is which."""
    images = [
        path
        for path in archive.names[:_MOST_LOOKED_AT]
        if archive.read(path, len(MAGIC_LITTLE)) == MAGIC_LITTLE
    ]
    judged = [(path, _judged(archive, path)) for path in images[:_MOST_IMAGES]]
    hashes = {image.hash if image is not None else path for path, (_, image, _) in judged}
    if len(images) == len(judged) and len(hashes) == 1:
        path, (_, image, problem) = min(judged, key=_bytes)
        parts = (FilePart(image, name=shown(path)),) if image is not None else ()
        return Finding(FileKind.ZIP, parts, problem)
    if images:
        return unusable(
            FileKind.ZIP,
            name,
            why=Text("It holds several images, and no manifest that says which is which"),
            next_step=_unpack(images),
        )
    firmware, inner = _ending(archive.names, _FIRMWARE), _ending(archive.names, _ARCHIVES)
    if firmware and not inner:
        why = Text("It is no firmware package, and holds no signed image")
        return unusable(FileKind.ZIP, name, why=why, next_step=_unpack(firmware))
    if inner:
        return unusable(
            FileKind.ZIP,
            name,
            noun=Text("a ZIP archive that holds another archive"),
            why=Text("Only what is inside of that could be firmware"),
            next_step=_unpack(inner),
        )
    why = Text("It is no firmware package: it holds no firmware")
    return unusable(FileKind.ZIP, name, why=why)


def _judged(archive: Archive, path: str) -> Judged:
    judged = judge_bytes(archive.read(path), shown(path))
    assert judged is not None, "it begins like an image"
    return judged


def _bytes(judged: tuple[str, Judged]) -> int:
    _, (_, image, _) = judged
    return len(image.data) if image is not None else 0


def _ending(names: Sequence[str], endings: tuple[str, ...]) -> list[str]:
    return [name for name in names if name.lower().endswith(endings)]


def _unpack(paths: Sequence[str]) -> Text:
    files = [shown(path) for path in paths]
    if len(files) == 1:
        return Text("Unpack it and choose {file} from it", file=files[0])
    if files:
        return Text(
            "Unpack it and choose the right one of the files in it: {files}",
            files=commas(files[:_MOST_NAMES]),
        )
    return CHOOSE_SIGNED
