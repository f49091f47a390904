"""What a user should know about an image that can be used, before it is sent."""

from __future__ import annotations

from enum import Enum

from smp.image.facts import WRAPPINGS
from smp.image.layout import HashCheck, Tail
from smp.image.mcuboot import McubootImage
from smp.image.trailer import Flag
from smp.text import Text


class Remark(Enum):
    """The value is a slug and stable."""

    MISFIT_HEADER = "misfit-header"
    MISFIT_ADDRESS = "misfit-address"
    UNSIGNED = "unsigned"
    SAMPLE_KEY = "sample-key"
    PADDED = "padded"
    MARKED_TEST = "marked-test"
    MARKED_CONFIRMED = "marked-confirmed"
    OTHER_DATA = "other-data"
    ENCRYPTED = "encrypted"
    ENCRYPTABLE = "encryptable"
    COMPRESSED = "compressed"
    NOT_BOOTABLE = "not-bootable"
    RUNS_FROM_RAM = "runs-from-ram"
    ONE_SLOT = "one-slot"
    DEPENDS = "depends"

    @property
    def words(self) -> Text:
        """Whole sentences."""
        return _WORDS[self]


_WORDS = {
    Remark.MISFIT_HEADER: Text(
        "The firmware does not begin where the image's header ends: the table that the "
        "processor starts from stands elsewhere. It was signed with a wrong header size and "
        "will not start"
    ),
    Remark.MISFIT_ADDRESS: Text(
        "The firmware starts at an address outside of the place the image is made for, so it "
        "will not start there"
    ),
    Remark.UNSIGNED: Text(
        "The image is not signed; only a bootloader built without signature check starts it"
    ),
    Remark.SAMPLE_KEY: Text(
        "The image is signed with the sample key that MCUboot publishes: anybody can sign for"
        " a device that trusts it"
    ),
    Remark.PADDED: Text("The image is padded; the padding is not needed and costs time to send"),
    Remark.MARKED_TEST: Text(
        "The file ends with a trailer: as soon as it is sent whole, the device will try the "
        "image at its next restart, without being told to"
    ),
    Remark.MARKED_CONFIRMED: Text(
        "The file ends with a trailer that confirms the image: as soon as it is sent whole, "
        "the device will run it after its next restart and not return to the old one by "
        "itself"
    ),
    Remark.OTHER_DATA: Text("Other data follows the image in the file"),
    Remark.ENCRYPTED: Text("The contents are encrypted; only the device can check them"),
    Remark.ENCRYPTABLE: Text("The contents are plain, although the image is marked as encrypted"),
    Remark.COMPRESSED: Text(
        "The contents are compressed; only a bootloader built for that unpacks them"
    ),
    Remark.NOT_BOOTABLE: Text("The image is marked as not bootable: it is one part of several"),
    Remark.RUNS_FROM_RAM: Text(
        "The image is built to be copied to RAM; only a RAM-load bootloader starts it"
    ),
    Remark.ONE_SLOT: Text("The image is built for one flash address and runs in that slot only"),
    Remark.DEPENDS: Text(
        "The bootloader starts it only if other images are there in a certain version"
    ),
}


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
