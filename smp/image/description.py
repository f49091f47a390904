"""Everything that is known about a file, for machines (`describe`) and for people (`rows`).

`describe` returns JSON-ready values. Keys are stable: new ones may come, none goes or changes its
meaning. What does not apply is null or an empty list; binary values are lower-case hex.

    name, path                text; path null if unknown
    kind, kind_text           a slug such as "mcuboot-image", and words
    size, sha256              of the whole file
    usable                    bool; false exactly if problem is not null
    problem                   {what, why, next_step, detail, command}; command: what can be typed
                              into a terminal for the next step
    suggestion                path of a file that could be used instead
    label                     what a package calls itself, else null
    notes                     list of texts: what is left out of the file, what is odd about it
    images                    list, one object an image:
      number                  the image number that the file says; null: it says none
      slot                    0 or 1 where it is built for that slot alone, else null
      name                    of the file in a package, else null
      board, soc, core        what a package says it is made for, else null
      address                 where a debugger would write it, or what a package says, else null
      version                 "1.2.3+4"
      hash                    {algorithm, value, check, check_text}
                              check: matches | differs | not-checkable | missing
      signatures              list of {kind, key_hash, fingerprint, public_key}
      signature_check         {result, text, is_from_key, key_kind, key_fingerprint}, null without a
                              key to check with
                              result: good | bad | other-key | unsigned | not-checkable
      endianness              "little" | "big"
      flags, flags_value      names of IMAGE_F_..., and the number
      load_address            number; what it is for, the flags tell
      header_size, code_size, protected_tlv_size, tlv_size, image_size, padding_size
                              bytes; image_size is the sum of the first four
      vector_table            {offset, displaced, stack, reset} of a Cortex-M: offset in the file;
                              displaced: not where the header ends, so it will not start
      security_counter, vendor_uuid, class_uuid
      dependencies            list of {image, minimum_version}
      boot_record             {software_type, version, signer_id, measurement, measurement_kind}
      encryption              {key_bits, wrapping}
      compression             {method, arm_thumb, unpacked_size, unpacked_hash}
      tail                    nothing | padding | trailer | other
      trailer                 {max_align, image_ok, copy_done, swap_type, image_number, swap_size}
      remarks                 list of {code, text}
      tlvs                    list of {type, name, protected, size, value}, in file order
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import Enum
from typing import Any

from smp.image.facts import Compression, Dependency, Encryption, Signature
from smp.image.file import FirmwareFile
from smp.image.mcuboot import McubootImage
from smp.image.part import FilePart
from smp.image.remark import remarks
from smp.image.signature import PublicKey, SignatureCheck, check_signature
from smp.image.signer import NamedKey, check_trust, find_signer
from smp.image.trailer import Flag, Trailer
from smp.text import Text, listed, outside, stopped

Json = dict[str, Any]
Row = tuple[Text, Text]
Trust = PublicKey | Sequence[NamedKey] | None
"""One key, or several of which one has to have signed."""


def describe(file: FirmwareFile, key: Trust = None) -> Json:
    """The object of the module's docstring; `key` adds the signature check."""
    problem = file.problem
    return {
        "name": file.name,
        "path": str(file.path) if file.path else None,
        "kind": file.kind.value,
        "kind_text": file.kind.words,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "usable": file.is_usable,
        "problem": problem
        and {
            "what": problem.what,
            "why": problem.why,
            "next_step": problem.next_step,
            "detail": problem.detail,
            "command": problem.command or None,
        },
        "suggestion": str(file.suggestion) if file.suggestion else None,
        "label": file.label or None,
        "notes": [stopped(note) for note in file.notes],
        "images": [
            {**_describe_part(part), **describe_image(part.image, key)} for part in file.parts
        ],
    }


def _describe_part(part: FilePart) -> Json:
    """What the file around an image says of it."""
    return {
        "number": part.number,
        "slot": part.slot,
        "name": part.name or None,
        "board": part.board or None,
        "soc": part.soc or None,
        "core": part.core or None,
        "address": part.address,
    }


def describe_image(image: McubootImage, key: Trust = None) -> Json:
    """One entry of "images"."""
    header = image.header
    protected = len(image.protected_tlvs)
    return {
        "version": str(image.version),
        "hash": {
            "algorithm": image.hash_algorithm or None,
            "value": image.hash.hex() or None,
            "check": image.hash_check.value,
            "check_text": image.hash_check.words,
        },
        "signatures": [
            {
                "kind": signature.name,
                "key_hash": _plain(signature.key_hash),
                "fingerprint": signature.fingerprint or None,
                "public_key": _plain(signature.public_key),
            }
            for signature in image.signatures
        ],
        "signature_check": _describe_check(image, key) if key else None,
        "endianness": header.byteorder,
        "flags": list(image.flags.names()),
        "flags_value": int(image.flags),
        "load_address": header.load_address,
        "header_size": header.size,
        "code_size": header.image_size,
        "protected_tlv_size": header.protected_size,
        "tlv_size": image.tlv_size,
        "image_size": image.size,
        "padding_size": image.padding_size,
        "vector_table": _describe_vectors(image),
        "security_counter": image.security_counter,
        "vendor_uuid": _plain(image.vendor_uuid),
        "class_uuid": _plain(image.class_uuid),
        "dependencies": [
            {"image": dependency.image, "minimum_version": str(dependency.minimum)}
            for dependency in image.dependencies
        ],
        "boot_record": _fields(image.boot_record),
        "encryption": _fields(image.encryption),
        "compression": _fields(image.compression),
        "tail": image.tail.value,
        "trailer": _describe_trailer(image),
        "remarks": [
            {"code": remark.value, "text": stopped(remark.words)} for remark in remarks(image)
        ],
        "tlvs": [
            {
                "type": tlv.type,
                "name": tlv.name,
                "protected": index < protected,
                "size": len(tlv.value),
                "value": tlv.value.hex(),
            }
            for index, tlv in enumerate(image.all_tlvs)
        ],
    }


def rows(file: FirmwareFile, key: Trust = None) -> list[Row]:
    """Labels and texts for people, the most important first."""
    found: list[Row] = [
        (Text("File"), outside(file.name)),
        (Text("Kind"), file.kind.words),
    ]
    if file.problem is not None:
        found.append((Text("Problem"), file.problem.text))
    if file.label:
        found.append((Text("Package"), outside(file.label)))
    found += [(Text("Note"), stopped(note)) for note in file.notes]
    for part in file.parts:
        found += _part_rows(part, alone=len(file.parts) == 1)
        found += _image_rows(part.image, key)
    found += [
        (Text("File size"), _bytes(file.size)),
        (Text("File SHA-256"), outside(file.sha256.hex())),
    ]
    return found


def _part_rows(part: FilePart, *, alone: bool) -> list[Row]:
    """What the file around an image says of it."""
    found: list[Row] = []
    if part.number is not None:
        found.append((Text("Image"), outside(str(part.number))))
    elif not alone:
        found.append((Text("Image"), Text("not numbered")))
    if part.slot is not None:
        found.append((Text("Slot"), Text("built for slot {slot} alone", slot=part.slot)))
    if part.name:
        found.append((Text("File inside"), outside(part.name)))
    if made_for := [outside(word) for word in (part.board, part.soc, part.core) if word]:
        found.append((Text("Made for"), listed(made_for)))
    if part.address is not None:
        found.append((Text("Address"), Text("{address:#010x}", address=part.address)))
    return found


def _image_rows(image: McubootImage, key: Trust) -> list[Row]:
    header = image.header
    algorithm = image.hash_algorithm.upper().replace("SHA", "SHA-")
    found: list[Row] = [
        (Text("Version"), outside(str(image.version))),
        (Text("Image hash"), outside(f"{algorithm} {image.hash.hex()}".strip())),
        (Text("Hash check"), image.hash_check.words),
    ]
    found += [(Text("Signature"), _signature(signature)) for signature in image.signatures]
    if key:
        found.append((Text("Signature check"), stopped(_trust(image, key)[0].words)))
    parts = Text(
        "{size}: header {header:,}, code {code:,}, signature area {area:,}",
        size=_bytes(image.size),
        header=header.size,
        code=header.image_size,
        area=header.protected_size + image.tlv_size,
    )
    found.append((Text("Image size"), parts))
    if image.padding_size:
        behind = Text("{size}: {what}", size=_bytes(image.padding_size), what=image.tail.words)
        found.append((Text("Behind the image"), behind))
    found += _special_rows(image)
    found += [(Text("Note"), stopped(remark.words)) for remark in remarks(image)]
    return found


def _special_rows(image: McubootImage) -> list[Row]:
    """What only some images have."""
    found: list[Row] = []
    if image.is_big_endian:
        found.append((Text("Byte order"), Text("big-endian")))
    found += _address_rows(image)
    if image.security_counter is not None:
        found.append((Text("Security counter"), Text("{count:,}", count=image.security_counter)))
    found += [(Text("Needs"), _needed(needed)) for needed in image.dependencies]
    found += [
        (Text("Together with"), Text("the image with hash {hash}", hash=other.hex()))
        for other in image.companions
    ]
    if image.vendor_uuid is not None:
        found.append((Text("Vendor"), outside(str(image.vendor_uuid))))
    if image.class_uuid is not None:
        found.append((Text("Device class"), outside(str(image.class_uuid))))
    if (record := image.boot_record) is not None:
        named = outside(f"{record.software_type} {record.version}".strip())
        found.append((Text("Boot record"), named))
    if (encryption := image.encryption) is not None:
        found.append((Text("Encryption"), _encryption(encryption)))
    if (packed := image.compression) is not None:
        found.append((Text("Compression"), _compression(packed)))
    if image.trailer is not None:
        found.append((Text("Trailer"), _trailer(image.trailer)))
    found += [
        (
            Text("TLV {type:#06x}", type=tlv.type),
            Text("{size}: {value}", size=_bytes(len(tlv.value)), value=tlv.value[:32].hex()),
        )
        for tlv in image.all_tlvs
        if not tlv.is_known
    ]
    return found


def _address_rows(image: McubootImage) -> list[Row]:
    found: list[Row] = []
    if (address := image.ram_address) is not None:
        found.append((Text("Runs at"), Text("{address:#010x} in RAM", address=address)))
    if (address := image.rom_address) is not None:
        place = Text("flash address {address:#010x}", address=address)
        found.append((Text("Built for"), place))
    if (away := image.displaced_vectors) is not None:
        place = Text("at {at:,}; the header ends at {end:,}", at=away.at, end=image.header.size)
        found.append((Text("Vector table"), place))
    if (start := image.starts_outside) is not None:
        found.append((Text("Starts at"), Text("{address:#010x}", address=start)))
    return found


def _signature(signature: Signature) -> Text:
    if not signature.fingerprint:
        return outside(signature.name)
    return Text("{kind}, key {key}", kind=signature.name, key=signature.fingerprint)


def _needed(needed: Dependency) -> Text:
    return Text(
        "image {image} in version {version} or newer",
        image=needed.image,
        version=str(needed.minimum),
    )


def _encryption(encryption: Encryption) -> Text:
    if not encryption.wrapping:
        return Text("AES-{bits}", bits=encryption.key_bits)
    return Text(
        "AES-{bits}, key wrapped by {wrapping}",
        bits=encryption.key_bits,
        wrapping=encryption.wrapping,
    )


def _compression(packed: Compression) -> Text:
    if packed.unpacked_size is None:
        return outside(packed.method)
    size = _bytes(packed.unpacked_size)
    return Text("{method}, {size} unpacked", method=packed.method, size=size)


def _trailer(trailer: Trailer) -> Text:
    if trailer.image_ok is Flag.SET:
        return Text("confirmed, alignment {align}", align=trailer.max_align)
    return Text("test, alignment {align}", align=trailer.max_align)


def _trust(
    image: McubootImage, key: PublicKey | Sequence[NamedKey]
) -> tuple[SignatureCheck, PublicKey]:
    """The check, and the key that it speaks of: the one that has signed, or else the first."""
    if isinstance(key, PublicKey):
        return check_signature(image, key), key
    signer = find_signer(image, key)
    named = signer.key if signer is not None and signer.key is not None else key[0]
    return check_trust(image, key), named.key


def _describe_check(image: McubootImage, trust: PublicKey | Sequence[NamedKey]) -> Json:
    check, key = _trust(image, trust)
    return {
        "result": check.result.value,
        "text": stopped(check.words),
        "is_from_key": check.is_from_key,
        "key_kind": key.kind.value,
        "key_fingerprint": key.fingerprint_by(image.hash_algorithm or key.hash_algorithm),
    }


def _describe_trailer(image: McubootImage) -> Json | None:
    trailer = image.trailer
    if trailer is None:
        return None
    return {
        "max_align": trailer.max_align,
        "image_ok": _slug(trailer.image_ok),
        "copy_done": _slug(trailer.copy_done),
        "swap_type": _slug(trailer.swap_type),
        "image_number": trailer.image_number,
        "swap_size": trailer.swap_size,
    }


def _describe_vectors(image: McubootImage) -> Json | None:
    away = image.displaced_vectors
    table = image.vectors or away
    if table is None:
        return None
    return {
        "offset": table.at,
        "displaced": away is not None,
        "stack": table.stack,
        "reset": table.reset,
    }


def _fields(value: Any) -> Json | None:
    return value and {name: _plain(item) for name, item in asdict(value).items()}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (int, str)):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def _slug(member: Enum) -> str:
    return member.name.lower().replace("_", "-")


def _bytes(count: int) -> Text:
    return (
        Text("{count:,} byte", count=count) if count == 1 else Text("{count:,} bytes", count=count)
    )
