"""Numeric error codes in plain words: MGMT_ERR and every group's own list.

Source: Zephyr include/zephyr/mgmt/mcumgr/mgmt/mgmt_defines.h and the group headers beside it,
with the translation a server makes for SMP v1 clients.
"""

from __future__ import annotations

from dataclasses import dataclass

from smp.text import NOTHING, Text

EOK = 0
EUNKNOWN = 1
ENOMEM = 2
EINVAL = 3
ETIMEOUT = 4
ENOENT = 5
EBADSTATE = 6
EMSGSIZE = 7
ENOTSUP = 8
ECORRUPT = 9
EBUSY = 10
EACCESSDENIED = 11
UNSUPPORTED_TOO_OLD = 12
UNSUPPORTED_TOO_NEW = 13
BRIDGED_CONNECTION_UNAVAILABLE = 14
EPERUSER = 256

OS, IMAGE, STATISTICS, SETTINGS, FILE_SYSTEM, SHELL, ENUMERATION, BASIC = 0, 1, 2, 3, 8, 9, 10, 63


class ImageError:
    """Codes of the image group that the engine acts on."""

    UNKNOWN = 1
    NO_IMAGE = 3
    HASH_NOT_FOUND = 8
    NO_FREE_SLOT = 9
    FLASH_OPEN = 10
    FLASH_READ = 11
    FLASH_WRITE = 12
    FLASH_ERASE = 13
    NO_FREE_MEMORY = 15
    CONTEXT_ALREADY_SET = 16
    CONTEXT_NOT_SET = 17
    INVALID_OFFSET = 20
    INVALID_LENGTH = 21
    INVALID_HEADER = 22
    INVALID_MAGIC = 23
    INVALID_HASH = 24
    WRONG_ADDRESS = 25
    VERSION_GET = 26
    NOT_NEWER = 27
    ALREADY_PENDING = 28
    TOO_LARGE = 30
    OVERRUN = 31
    CONFIRM_DENIED = 32
    TEST_ACTIVE_DENIED = 33


class FileCode:
    """Codes of the file system group that the engine acts on."""

    NOT_FOUND = 3
    OFFSET_NOT_VALID = 11


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: the specification's name, what it means, what the user can do."""

    name: str
    meaning: Text
    next_step: Text
    v1: int = EUNKNOWN


def explain(code: int, group: int | None = None) -> Entry:
    """Words for a code; unknown ones are described by their numbers, never refused."""
    if group is None:
        if code >= EPERUSER:
            return Entry(
                f"EPERUSER+{code - EPERUSER}",
                Text("The firmware reports its own error {code}", code=code),
                _LOOK_UP,
            )
        return _CORE.get(code) or Entry(
            f"MGMT_ERR {code}",
            Text("The device reports error {code}, which has no known meaning", code=code),
            NOTHING,
        )
    return _GROUPS.get(group, {}).get(code) or Entry(
        f"GROUP {group} ERR {code}",
        Text(
            "The device reports error {code} of command group {group}, which has no known meaning",
            code=code,
            group=group,
        ),
        _LOOK_UP,
    )


def known(group: int | None = None) -> list[int]:
    """The codes that `explain` has words of its own for."""
    return sorted(_CORE if group is None else _GROUPS.get(group, {}))


def v1_of(group: int, code: int) -> int:
    """The MGMT_ERR a server sends for a group error to a client that speaks SMP v1."""
    return explain(code, group).v1


def _entry(name: str, meaning: str, next_step: str, v1: int = EUNKNOWN) -> Entry:
    """A row of the tables below. `meaning` and `next_step` are templates."""
    return Entry(name, Text(meaning), Text(next_step), v1)


# fmt: off
_LOOK_UP = Text("See the product's documentation for this number")
_FIRMWARE_FAULT = Text("This is a fault in the firmware or its flash layout; tell the firmware's author")
_CLIENT_FAULT = Text("This looks like a fault in this program; save the log and report it")

_CORE: dict[int, Entry] = {
    EOK: _entry("EOK", "No error", ""),
    EUNKNOWN: _entry(
        "EUNKNOWN", "Something failed on the device and it does not say what",
        "Try again; the device's own log may tell more",
    ),
    ENOMEM: _entry(
        "ENOMEM", "The device has no free buffer or memory",
        "Wait a moment and try again",
    ),
    EINVAL: _entry(
        "EINVAL", "The device found a value missing, malformed or out of range",
        "Check what was entered",
    ),
    ETIMEOUT: _entry("ETIMEOUT", "The device gave up waiting for a part of itself", "Try again"),
    ENOENT: _entry(
        "ENOENT", "There is no such entry, file or image on the device",
        "Check the name, and read the device's state again",
    ),
    EBADSTATE: _entry(
        "EBADSTATE", "The device does not allow this in its present state",
        "Confirm the running image, or restart the device, and try again",
    ),
    EMSGSIZE: _entry(
        "EMSGSIZE", "The answer would be larger than the device's buffer",
        "Ask for less; only firmware with larger buffers can answer this",
    ),
    ENOTSUP: _entry(
        "ENOTSUP", "This firmware does not have that command",
        "Go on without it, or ask the firmware's author to enable it",
    ),
    ECORRUPT: _entry(
        "ECORRUPT", "The message was damaged or cut on the way",
        "Check the cable or connection and try again",
    ),
    EBUSY: _entry(
        "EBUSY", "Another operation is using the device",
        "Close other programs that talk to it, wait, and try again",
    ),
    EACCESSDENIED: _entry(
        "EACCESSDENIED", "The firmware does not permit this",
        "Unlock the device if it has a lock, or ask the firmware's owner",
    ),
    UNSUPPORTED_TOO_OLD: Entry(
        "UNSUPPORTED_TOO_OLD", Text("The firmware no longer speaks SMP version 1"), _CLIENT_FAULT
    ),
    UNSUPPORTED_TOO_NEW: Entry(
        "UNSUPPORTED_TOO_NEW", Text("The firmware does not know this SMP version"), _CLIENT_FAULT
    ),
    BRIDGED_CONNECTION_UNAVAILABLE: _entry(
        "BRIDGED_CONNECTION_UNAVAILABLE", "The device behind this one cannot be reached",
        "Check the device behind it and its connection, then try again",
    ),
}

_RETRY_FLASH = Text("Try again; if it repeats, the flash or its layout is faulty")

_OS: dict[int, Entry] = {
    2: Entry("INVALID_FORMAT", Text("The device does not know that system fact"), _CLIENT_FAULT, EINVAL),
    3: _entry("QUERY_YIELDS_NO_ANSWER", "The bootloader has no answer to that question", "Go on without it", ENOENT),
    4: _entry("RTC_NOT_SET", "The device's clock was never set", "Set the clock first", ENOENT),
    5: _entry("RTC_COMMAND_FAILED", "The device's clock did not react", "Try again"),
    6: Entry(
        "QUERY_RESPONSE_VALUE_NOT_VALID", Text("The bootloader gave no valid answer"),
        _FIRMWARE_FAULT, ENOENT,
    ),
    7: _entry("HEAP_STATISTICS_FAILED", "The device could not read its memory statistics", "Try again"),
}

_IMAGE: dict[int, Entry] = {
    2: Entry("FLASH_CONFIG_QUERY_FAIL", Text("The device cannot read its flash layout"), _FIRMWARE_FAULT),
    3: _entry("NO_IMAGE", "There is no image in that slot", "Upload one first", ENOENT),
    4: _entry(
        "NO_TLVS", "The image has no signature area",
        "Use the signed file, not the raw binary", ENOENT,
    ),
    5: _entry("INVALID_TLV", "The image's signature area is damaged", "Build or sign it again"),
    6: _entry("TLV_MULTIPLE_HASHES_FOUND", "The image holds several hashes", "Sign it again"),
    7: _entry("TLV_INVALID_SIZE", "An entry in the image has a wrong size", "Sign it again"),
    8: _entry(
        "HASH_NOT_FOUND", "No slot holds an image with that hash",
        "Read the device's state again, then upload the image again",
    ),
    9: _entry(
        "NO_FREE_SLOT", "No slot is free: the other one holds the image to return to",
        "Confirm the running image, or restart the device so that it returns to the old one",
        EBADSTATE,
    ),
    10: Entry("FLASH_OPEN_FAILED", Text("The device cannot open that slot"), _RETRY_FLASH),
    11: Entry("FLASH_READ_FAILED", Text("The device cannot read its flash"), _RETRY_FLASH),
    12: Entry("FLASH_WRITE_FAILED", Text("The device cannot write its flash"), _RETRY_FLASH),
    13: Entry("FLASH_ERASE_FAILED", Text("The device cannot erase its flash"), _RETRY_FLASH),
    14: _entry("INVALID_SLOT", "The device has no such slot", "Choose one of its slots", EINVAL),
    15: _entry(
        "NO_FREE_MEMORY", "The device has no memory to open its flash",
        "Restart the device and try again", ENOMEM,
    ),
    16: _entry("FLASH_CONTEXT_ALREADY_SET", "An upload is still open on the device", "Try again"),
    17: _entry("FLASH_CONTEXT_NOT_SET", "The device lost the open upload", "Try again"),
    18: Entry("FLASH_AREA_DEVICE_NULL", Text("The device's flash driver is missing"), _FIRMWARE_FAULT),
    19: Entry("INVALID_PAGE_OFFSET", Text("A flash page lies outside the flash"), _FIRMWARE_FAULT, EINVAL),
    20: Entry("INVALID_OFFSET", Text("The upload's offset is missing"), _CLIENT_FAULT, EINVAL),
    21: Entry("INVALID_LENGTH", Text("The upload's length is missing"), _CLIENT_FAULT, EINVAL),
    22: Entry(
        "INVALID_IMAGE_HEADER", Text("The first part of the upload is too short"), _CLIENT_FAULT, EINVAL
    ),
    23: _entry(
        "INVALID_IMAGE_HEADER_MAGIC", "The file is not an MCUboot image", "Choose the signed file"
    ),
    24: Entry("INVALID_HASH", Text("The hash has a length the device does not use"), _CLIENT_FAULT, EINVAL),
    25: _entry(
        "INVALID_FLASH_ADDRESS", "The image was built for the other slot's address",
        "Use the file that was built for the free slot", EINVAL,
    ),
    26: _entry("VERSION_GET_FAILED", "The device cannot read its running version", "Try again"),
    27: _entry(
        "CURRENT_VERSION_IS_NEWER", "The running version is the same or newer",
        "Use a file with a higher version, or allow downgrades", EBADSTATE,
    ),
    28: _entry(
        "IMAGE_ALREADY_PENDING", "Another image is already waiting for the next restart",
        "Restart the device to run it, or erase the slot", EBADSTATE,
    ),
    29: _entry("INVALID_IMAGE_VECTOR_TABLE", "The image is not built for this device", "Choose the right file"),
    30: _entry("INVALID_IMAGE_TOO_LARGE", "The image is larger than the slot", "Use a smaller image"),
    31: _entry("INVALID_IMAGE_DATA_OVERRUN", "More data came than was announced", "Try again"),
    32: _entry(
        "IMAGE_CONFIRMATION_DENIED", "The firmware does not allow confirming that image",
        "Let the firmware confirm itself",
    ),
    33: _entry(
        "IMAGE_SETTING_TEST_TO_ACTIVE_DENIED", "That image is already running",
        "Confirm it instead",
    ),
    34: Entry("ACTIVE_SLOT_NOT_KNOWN", Text("The device cannot tell which slot is running"), _FIRMWARE_FAULT),
}

_STATISTICS: dict[int, Entry] = {
    2: _entry("INVALID_GROUP", "The device has no statistics of that name", "Read the list again", ENOENT),
    3: _entry("INVALID_STAT_NAME", "The device has no statistic of that name", "Read the list again", ENOENT),
    4: Entry("INVALID_STAT_SIZE", Text("The statistic has a size the device cannot send"), _FIRMWARE_FAULT, EINVAL),
    5: _entry("WALK_ABORTED", "The device stopped listing its statistics", "Try again"),
}

_SETTINGS: dict[int, Entry] = {
    2: _entry("KEY_TOO_LONG", "The setting's name is too long", "Use a shorter name", EINVAL),
    3: _entry("KEY_NOT_FOUND", "There is no such setting", "Check its name", ENOENT),
    4: _entry("READ_NOT_SUPPORTED", "That setting cannot be read", "Choose another setting", ENOENT),
    5: _entry("ROOT_KEY_NOT_FOUND", "There is no such setting", "Check the part before the first slash"),
    6: _entry("WRITE_NOT_SUPPORTED", "That setting cannot be written", "Choose another setting"),
    7: _entry("DELETE_NOT_SUPPORTED", "That setting cannot be deleted", "Choose another setting"),
    8: _entry("SAVE_NOT_SUPPORTED", "The firmware cannot store settings", "Ask the firmware's author to give it a settings store"),
    9: _entry("SAVE_FAILED", "The setting could not be stored", "Use a shorter value"),
}

_FILES: dict[int, Entry] = {
    2: _entry("FILE_INVALID_NAME", "The file name is not valid", "Start it with a slash and the mount point", EINVAL),
    3: _entry("FILE_NOT_FOUND", "There is no such file on the device", "Check its path", ENOENT),
    4: _entry("FILE_IS_DIRECTORY", "That name is a directory", "Name a file"),
    5: _entry("FILE_OPEN_FAILED", "The device cannot open the file", "Check the path and the free space"),
    6: _entry("FILE_SEEK_FAILED", "The device cannot move inside the file", "Try again"),
    7: _entry("FILE_READ_FAILED", "The device cannot read the file", "Try again"),
    8: _entry("FILE_TRUNCATE_FAILED", "The device cannot shorten the file", "Try again"),
    9: _entry("FILE_DELETE_FAILED", "The device cannot delete the file", "Try again"),
    10: _entry("FILE_WRITE_FAILED", "The device cannot write the file", "Its file system is probably full"),
    11: _entry("FILE_OFFSET_NOT_VALID", "The device expects another part of the file", "Start the transfer again"),
    12: _entry("FILE_OFFSET_LARGER_THAN_FILE", "The file is shorter than that", "Check the offset"),
    13: _entry("CHECKSUM_HASH_NOT_FOUND", "The device does not know that kind of hash", "Choose another", EINVAL),
    14: _entry("MOUNT_POINT_NOT_FOUND", "The device has no file system there", "Check the first part of the path", ENOENT),
    15: _entry("READ_ONLY_FILESYSTEM", "That file system is read-only", "Choose another path"),
    16: _entry("FILE_EMPTY", "The file is empty", "Choose another file"),
    17: _entry("FILE_CLOSE_FAILED", "The device cannot close the file", "Try again"),
}

_SHELL: dict[int, Entry] = {
    2: _entry("COMMAND_TOO_LONG", "The command line is too long for the device", "Shorten it", EINVAL),
    3: _entry("EMPTY_COMMAND", "The command line is empty", "Enter a command", EINVAL),
}

_ENUMERATION: dict[int, Entry] = {
    2: Entry("TOO_MANY_GROUP_ENTRIES", Text("Too many groups were asked for at once"), _CLIENT_FAULT, EINVAL),
    3: _entry("INSUFFICIENT_HEAP", "The device has no memory for the list", "Try again"),
    4: _entry("INDEX_TOO_LARGE", "There are fewer groups than that", "Ask for a lower number"),
}

_BASIC: dict[int, Entry] = {
    2: Entry("FLASH_OPEN_FAILED", Text("The device cannot open its storage partition"), _RETRY_FLASH, ENOENT),
    3: Entry("FLASH_CONFIG_QUERY_FAIL", Text("The device cannot read its flash layout"), _FIRMWARE_FAULT, EOK),
    4: Entry("FLASH_ERASE_FAILED", Text("The device cannot erase its storage partition"), _RETRY_FLASH, EOK),
}

# fmt: on
_EVERY_GROUP: dict[int, Entry] = {
    0: _entry("OK", "No error", "", EOK),
    1: _entry("UNKNOWN", "Something failed on the device and it does not say what", "Try again"),
}

_GROUPS: dict[int, dict[int, Entry]] = {
    group: _EVERY_GROUP | table
    for group, table in (
        (OS, _OS),
        (IMAGE, _IMAGE),
        (STATISTICS, _STATISTICS),
        (SETTINGS, _SETTINGS),
        (FILE_SYSTEM, _FILES),
        (SHELL, _SHELL),
        (ENUMERATION, _ENUMERATION),
        (BASIC, _BASIC),
    )
}
