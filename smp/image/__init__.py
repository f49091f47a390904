"""What is this file, is it whole, whose signature: MCUboot images and what is taken for them."""

from smp.image.boot_record import BootRecord
from smp.image.description import describe, describe_image, rows
from smp.image.facts import Compression, Dependency, Encryption, Signature, fingerprint
from smp.image.file import LARGEST_FILE, FirmwareFile, classify, read_firmware
from smp.image.header import Header, ImageFlags
from smp.image.key_file import KeyForm
from smp.image.kinds import FileKind
from smp.image.layout import HashCheck, Tail, TruncatedImage
from smp.image.mcuboot import McubootImage
from smp.image.nearby import find_signed
from smp.image.part import FilePart
from smp.image.remark import Remark, remarks
from smp.image.signature import (
    KeyKind,
    PublicKey,
    SignatureCheck,
    SignatureResult,
    check_signature,
)
from smp.image.signer import NamedKey, Signer, check_trust, find_signer
from smp.image.tlv import Tlv, TlvType
from smp.image.trailer import Flag, Magic, SwapType, Trailer, TrailerLayout
from smp.image.vectors import ALIAS, VectorTable
from smp.image.version import Version, VersionError

__all__ = [
    "ALIAS",
    "LARGEST_FILE",
    "BootRecord",
    "Compression",
    "Dependency",
    "Encryption",
    "FileKind",
    "FilePart",
    "FirmwareFile",
    "Flag",
    "HashCheck",
    "Header",
    "ImageFlags",
    "KeyForm",
    "KeyKind",
    "Magic",
    "McubootImage",
    "NamedKey",
    "PublicKey",
    "Remark",
    "Signature",
    "SignatureCheck",
    "SignatureResult",
    "Signer",
    "SwapType",
    "Tail",
    "Tlv",
    "TlvType",
    "Trailer",
    "TrailerLayout",
    "TruncatedImage",
    "VectorTable",
    "Version",
    "VersionError",
    "check_signature",
    "check_trust",
    "classify",
    "describe",
    "describe_image",
    "find_signed",
    "find_signer",
    "fingerprint",
    "read_firmware",
    "remarks",
    "rows",
]
