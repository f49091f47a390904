"""A new job, explained: what is written for an engineer who begins one, here and in the editor."""

from __future__ import annotations

_TEXT = """\
# A job for a production station of Flashdesk.
#
#   flashdesk job check THIS-FILE             whether it can work, line by line
#   flashdesk job check THIS-FILE --simulate  tries it out on a simulated device
#   flashdesk job pin   THIS-FILE             writes down which firmware exactly is meant
#   flashdesk job lock  THIS-FILE             so that nobody else changes it
#
# Files are named from this file's folder on. Lines with # are remarks, or show what is possible.

format = 1

product = {product}
firmware = {firmware}
# Of exactly this file; `flashdesk job pin` writes it.
sha256 = {sha256}
# The public key that has to have signed the firmware.
#key = "product.pub.pem"

# confirm: tried out, then kept. test: left on trial. permanent: no way back.
mode = "confirm"
# Seconds that the new firmware has to run without a restart before it is called good.
#watch = 10
# What cannot be taken back is agreed to, for every unit: permanent, overwriting, recovery.
#consent = true
# Through the bootloader's serial recovery, also where the application takes updates.
#recovery = true
# Firmware that is made for another product is agreed to.
#other-product = true
# Findings that refuse a unit: `flashdesk update --forbid` tells which there are.
#forbid = ["not-signed", "older-than-running"]
# Of firmware for several images only this one.
#image = 0

# How many places; or a [[place]] for each, see below.
places = 1
# Units that pass, after which the station stops.
#limit = 400
# How often one unit may be tried.
#attempts = 3
# Units that are worked on at one time.
#at-once = 4
# A database of the hall; without it, a file of this computer.
#records = "postgresql://line@hall.example/records"
# A serial number that has passed may pass again.
#duplicates = true
#sound = false

# -- Which devices are units -----------------------------------------------------------------------
[recognise]
# serial, ble, udp, tcp, sim
transport = "serial"
# Vendor and product, as `flashdesk scan` tells them.
#usb = "2fe3:0001"
# Of a device with several ports: its number or its name.
#interface = "2"
# Over Bluetooth: what it is called. * is anything, ? one letter.
#name = "sensor-*"
# A unit that says it is another board is refused.
#board = "sensor2"
#baud = 115200
# console, raw; left out, it is found out.
#framing = "console"

# -- A place, bound to a socket of a USB hub, a Bluetooth device or an address; one for each -------
#[[place]]
#name = "A"
#at = "1-2.1"

# -- What has to hold before a unit is updated, and after. version, board, bootloader-mode,
#    statistics, shell, setting; low, high, equals, matches ---------------------------------------
#[[before]]
#ask = "version"
#low = "1.0.0"
#high = "1.9.9"
#
#[[after]]
#ask = "statistics"
#what = "flash.errors"
#high = 0
#
#[[after]]
#ask = "shell"
#what = "selftest"
#matches = "*passed*"

# -- Where serial numbers come from ----------------------------------------------------------------
[serial]
# none, counter, list (a file with one in each line), scan (a barcode), rest (a service)
source = "none"
# Jobs with one pool share its numbers; left out, it is the product.
#pool = "sensor"
# Of a counter; 06d: six digits, 06X: in hexadecimal.
#format = "S2-{{number:06d}}"
#first = 1
#last = 999999
# What a scanned or fetched one looks like: # is a digit, ? one letter, * anything.
#pattern = "S2-######"
#file = "numbers.txt"
#url = "https://mes.example/serials"

# -- What is written to each unit, as a setting of its firmware, and read back. It may have
#    {{serial}}, {{date}}, {{operator}} and {{station}} in it --------------------------------------
#[[write]]
#setting = "id/serial"
#value = "{{serial}}"
# The unit uses it only after a restart.
#restart = true

# -- Calls to a manufacturing system: may this unit start, and what became of it -------------------
#[before-start]
#url = "https://mes.example/start"
#seconds = 10
# Without an answer no unit starts.
#required = true
# A value that begins with $ is taken from the station's environment.
#headers = {{ Authorization = "$MES_TOKEN" }}
#
#[after-result]
#url = "https://mes.example/result"
"""


def new_job_text(product: str = "", firmware: str = "", sha256: str = "") -> str:
    """A job for this product, with remarks on everything else that it may say."""
    return _TEXT.format(
        product=quoted(product or "The product's name"),
        firmware=quoted(firmware or "firmware.signed.bin"),
        sha256=quoted(sha256),
    )


def quoted(text: str) -> str:
    """A text as TOML writes it; in single quotes where that keeps backslashes as they are."""
    is_plain = text.isprintable()
    if is_plain and "\\" in text and "'" not in text:
        return f"'{text}'"
    marks = {'"': '\\"', "\\": "\\\\"}
    letters = (
        marks.get(letter, letter) if letter.isprintable() else _escaped(letter) for letter in text
    )
    return '"' + "".join(letters) + '"'


def _escaped(letter: str) -> str:
    """Half of a pair of surrogates is no letter in TOML."""
    number = ord(letter)
    if 0xD800 <= number < 0xE000:
        return "\ufffd"
    return f"\\u{number:04x}" if number < 1 << 16 else f"\\U{number:08x}"
