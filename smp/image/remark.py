"""What a user should know about an image that can be used, before it is sent."""

from __future__ import annotations

from enum import Enum

from smp.image.facts import WRAPPINGS
from smp.image.layout import HashCheck, Tail
from smp.image.mcuboot import McubootImage
from smp.image.trailer import Flag


class Remark(Enum):
    """The value is a whole sentence; the name is stable."""

    MISFIT_HEADER = (
        "The firmware does not begin where the image's header ends: the table that the processor "
        "starts from stands elsewhere. It was signed with a wrong header size and will not start."
    )
    MISFIT_ADDRESS = (
        "The firmware starts at an address outside of the place the image is made for, so it will "
        "not start there."
    )
    UNSIGNED = "The image is not signed; only a bootloader built without signature check starts it."
    SAMPLE_KEY = (
        "The image is signed with the sample key that MCUboot publishes: anybody can sign for a "
        "device that trusts it."
    )
    PADDED = "The image is padded; the padding is not needed and costs time to send."
    MARKED_TEST = (
        "The file ends with a trailer: as soon as it is sent whole, the device will try the image "
        "at its next restart, without being told to."
    )
    MARKED_CONFIRMED = (
        "The file ends with a trailer that confirms the image: as soon as it is sent whole, the "
        "device will run it after its next restart and not return to the old one by itself."
    )
    OTHER_DATA = "Other data follows the image in the file."
    ENCRYPTED = "The contents are encrypted; only the device can check them."
    ENCRYPTABLE = "The contents are plain, although the image is marked as encrypted."
    COMPRESSED = "The contents are compressed; only a bootloader built for that unpacks them."
    NOT_BOOTABLE = "The image is marked as not bootable: it is one part of several."
    RUNS_FROM_RAM = "The image is built to be copied to RAM; only a RAM-load bootloader starts it."
    ONE_SLOT = "The image is built for one flash address and runs in that slot only."
    DEPENDS = "The bootloader starts it only if other images are there in a certain version."

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")


def remarks(image: McubootImage) -> tuple[Remark, ...]:
    """In order of importance."""
    hidden = image.hash_check is HashCheck.NOT_CHECKABLE
    confirmed = image.trailer is not None and image.trailer.image_ok is Flag.SET
    has_key = any(tlv.type in WRAPPINGS for tlv in image.tlvs)
    applies = (
        (Remark.MISFIT_HEADER, image.displaced_vectors is not None),
        (Remark.MISFIT_ADDRESS, image.starts_outside is not None),
        (Remark.MARKED_CONFIRMED, confirmed),
        (Remark.MARKED_TEST, image.tail is Tail.TRAILER and not confirmed),
        (Remark.UNSIGNED, not image.signatures),
        (Remark.SAMPLE_KEY, any(s.is_from_sample_key for s in image.signatures)),
        (Remark.NOT_BOOTABLE, not image.is_bootable),
        (Remark.ONE_SLOT, image.rom_address is not None),
        (Remark.RUNS_FROM_RAM, image.ram_address is not None),
        (Remark.DEPENDS, bool(image.dependencies)),
        (Remark.ENCRYPTED, hidden),
        (Remark.ENCRYPTABLE, image.is_encrypted and has_key and not hidden),
        (Remark.COMPRESSED, image.is_compressed),
        (Remark.PADDED, image.tail is Tail.PADDING),
        (Remark.OTHER_DATA, image.tail is Tail.OTHER),
    )
    return tuple(remark for remark, does in applies if does)
