"""Everything that is known about a file, for machines (`describe`) and for people (`rows`).

`describe` returns JSON-ready values. Keys are stable: new ones may come, none goes or changes its
meaning. What does not apply is null or an empty list; binary values are lower-case hex.

    name, path                text; path null if unknown
    kind, kind_text           a slug such as "mcuboot-image", and words
    size, sha256              of the whole file
    usable                    bool; false exactly if problem is not null
    problem                   {what, why, next_step, detail}
    suggestion                path of a file that could be used instead
    images                    list, one object an image:
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

from dataclasses import asdict
from enum import Enum
from typing import Any

from smp.image.facts import Encryption
from smp.image.file import FirmwareFile
from smp.image.mcuboot import McubootImage
from smp.image.remark import remarks
from smp.image.signature import PublicKey, SignatureCheck, check_signature
from smp.image.trailer import Flag

Json = dict[str, Any]
Row = tuple[str, str]


def describe(file: FirmwareFile, key: PublicKey | None = None) -> Json:
    """The object of the module's docstring; `key` adds the signature check."""
    problem = file.problem
    return {
        "name": file.name,
        "path": str(file.path) if file.path else None,
        "kind": file.kind.slug,
        "kind_text": file.kind.value,
        "size": file.size,
        "sha256": file.sha256.hex(),
        "usable": file.is_usable,
        "problem": problem
        and {
            "what": problem.what,
            "why": problem.why,
            "next_step": problem.next_step,
            "detail": problem.detail,
        },
        "suggestion": str(file.suggestion) if file.suggestion else None,
        "images": [describe_image(image, key) for image in file.images],
    }


def describe_image(image: McubootImage, key: PublicKey | None = None) -> Json:
    """One entry of "images"."""
    header = image.header
    protected = len(image.protected_tlvs)
    return {
        "version": str(image.version),
        "hash": {
            "algorithm": image.hash_algorithm or None,
            "value": image.hash.hex() or None,
            "check": _slug(image.hash_check),
            "check_text": image.hash_check.value,
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
        "tail": _slug(image.tail),
        "trailer": _describe_trailer(image),
        "remarks": [{"code": remark.slug, "text": remark.value} for remark in remarks(image)],
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


def rows(file: FirmwareFile, key: PublicKey | None = None) -> list[Row]:
    """Labels and texts for people, the most important first."""
    found = [("File", file.name), ("Kind", file.kind.value)]
    if file.problem is not None:
        found.append(("Problem", str(file.problem)))
    for number, image in enumerate(file.images):
        if len(file.images) > 1:
            found.append(("Image", str(number)))
        found += _image_rows(image, key)
    found += [("File size", _bytes(file.size)), ("File SHA-256", file.sha256.hex())]
    return found


def _image_rows(image: McubootImage, key: PublicKey | None) -> list[Row]:
    header = image.header
    algorithm = image.hash_algorithm.upper().replace("SHA", "SHA-")
    found = [
        ("Version", str(image.version)),
        ("Image hash", f"{algorithm} {image.hash.hex()}".strip()),
        ("Hash check", image.hash_check.value),
    ]
    for signature in image.signatures:
        named = f", key {signature.fingerprint}" if signature.fingerprint else ""
        found.append(("Signature", signature.name + named))
    if key is not None:
        found.append(("Signature check", check_signature(image, key).words))
    found.append(
        (
            "Image size",
            f"{_bytes(image.size)}: header {header.size:,}, code {header.image_size:,}, "
            f"signature area {header.protected_size + image.tlv_size:,}",
        )
    )
    if image.padding_size:
        found.append(("Behind the image", f"{_bytes(image.padding_size)}: {image.tail.value}"))
    found += _special_rows(image)
    found += [("Note", remark.value) for remark in remarks(image)]
    return found


def _special_rows(image: McubootImage) -> list[Row]:
    """What only some images have."""
    found = []
    if image.is_big_endian:
        found.append(("Byte order", "big-endian"))
    found += _address_rows(image)
    if image.security_counter is not None:
        found.append(("Security counter", f"{image.security_counter:,}"))
    found += [
        ("Needs", f"image {needed.image} in version {needed.minimum} or newer")
        for needed in image.dependencies
    ]
    found += [("Together with", f"the image with hash {other.hex()}") for other in image.companions]
    if image.vendor_uuid is not None:
        found.append(("Vendor", str(image.vendor_uuid)))
    if image.class_uuid is not None:
        found.append(("Device class", str(image.class_uuid)))
    if (record := image.boot_record) is not None:
        found.append(("Boot record", f"{record.software_type} {record.version}".strip()))
    if (encryption := image.encryption) is not None:
        found.append(("Encryption", _encryption(encryption)))
    if (packed := image.compression) is not None:
        size = "" if packed.unpacked_size is None else f", {_bytes(packed.unpacked_size)} unpacked"
        found.append(("Compression", packed.method + size))
    if image.trailer is not None:
        state = "confirmed" if image.trailer.image_ok is Flag.SET else "test"
        found.append(("Trailer", f"{state}, alignment {image.trailer.max_align}"))
    found += [
        (f"TLV {tlv.type:#06x}", f"{_bytes(len(tlv.value))}: {tlv.value[:32].hex()}")
        for tlv in image.all_tlvs
        if not tlv.is_known
    ]
    return found


def _address_rows(image: McubootImage) -> list[Row]:
    found = []
    if image.ram_address is not None:
        found.append(("Runs at", f"{image.ram_address:#010x} in RAM"))
    if image.rom_address is not None:
        found.append(("Built for", f"flash address {image.rom_address:#010x}"))
    if (away := image.displaced_vectors) is not None:
        found.append(("Vector table", f"at {away.at:,}; the header ends at {image.header.size:,}"))
    if (start := image.starts_outside) is not None:
        found.append(("Starts at", f"{start:#010x}"))
    return found


def _encryption(encryption: Encryption) -> str:
    wrapped = f", key wrapped by {encryption.wrapping}" if encryption.wrapping else ""
    return f"AES-{encryption.key_bits}{wrapped}"


def _describe_check(image: McubootImage, key: PublicKey) -> Json:
    check: SignatureCheck = check_signature(image, key)
    return {
        "result": _slug(check.result),
        "text": check.words,
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


def _bytes(count: int) -> str:
    return f"{count:,} byte{'' if count == 1 else 's'}"
