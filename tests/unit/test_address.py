"""Addresses as people write them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.facts.devices import LinkKind
from app.presenters.device import KINDS
from smp.address import SCHEMES, Address
from smp.errors import AddressError
from smp.transport.serial import SerialTransport
from smp.transport.tcp import TcpTransport
from smp.transport.udp import UdpTransport

GOOD = [
    ("serial:/dev/ttyACM0", Address("serial", "/dev/ttyACM0")),
    ("serial:COM7", Address("serial", "COM7")),
    ("/dev/ttyACM0", Address("serial", "/dev/ttyACM0")),
    ("/dev/serial/by-id/usb-X-if00", Address("serial", "/dev/serial/by-id/usb-X-if00")),
    ("COM7", Address("serial", "COM7")),
    ("com12", Address("serial", "com12")),
    ("  serial:COM7  ", Address("serial", "COM7")),
    ("SERIAL:COM7", Address("serial", "COM7")),
    ("serial:/dev/ttyACM0?baud=9600", Address("serial", "/dev/ttyACM0", None, {"baud": "9600"})),
    ("/dev/ttyACM0?framing=raw", Address("serial", "/dev/ttyACM0", None, {"framing": "raw"})),
    ("COM7?baud=9600", Address("serial", "COM7", None, {"baud": "9600"})),
    (
        "serial:COM7?baud=1000000&framing=console&dtr=off&rts=on",
        Address(
            "serial",
            "COM7",
            None,
            {"baud": "1000000", "framing": "console", "dtr": "off", "rts": "on"},
        ),
    ),
    ("/tmp/board", Address("serial", "/tmp/board")),
    ("/dev/ttymxc0?baud=9600", Address("serial", "/dev/ttymxc0", None, {"baud": "9600"})),
    (r"\\.\COM12", Address("serial", "COM12")),
    (r"serial:\\.\COM12?baud=9600", Address("serial", "COM12", None, {"baud": "9600"})),
    (r"serial:\\.\CNCA0", Address("serial", r"\\.\CNCA0")),
    ("usb:1366:1015", Address("usb", "1366:1015")),
    ("USB:0x2FE3:0x4", Address("usb", "2fe3:0004")),
    ("usb:1366:1015:000683", Address("usb", "1366:1015:000683")),
    ("usb:303A:1001:7C:DF:A1:00:00:01", Address("usb", "303a:1001:7C:DF:A1:00:00:01")),
    ("usb:1366:1015:a%3Fb%20c", Address("usb", "1366:1015:a%3Fb%20c")),
    ("usb:1366:1015@1-2.4", Address("usb", "1366:1015@1-2.4")),
    (
        "usb:1366:1015@1-2.4:1.2?interface=SMP&baud=9600",
        Address("usb", "1366:1015@1-2.4:1.2", None, {"interface": "SMP", "baud": "9600"}),
    ),
    ("tcp:localhost:7000", Address("tcp", "localhost", 7000)),
    ("tcp:192.0.2.7:1", Address("tcp", "192.0.2.7", 1)),
    ("tcp:[::1]:65535", Address("tcp", "::1", 65535)),
    ("tcp:h:1?framing=raw", Address("tcp", "h", 1, {"framing": "raw"})),
    ("udp:192.0.2.7", Address("udp", "192.0.2.7", 1337)),
    ("udp:192.0.2.7:1338", Address("udp", "192.0.2.7", 1338)),
    ("udp:sensor.local", Address("udp", "sensor.local", 1337)),
    ("udp:[2001:db8::7]", Address("udp", "2001:db8::7", 1337)),
    ("udp:[2001:db8::7]:1338", Address("udp", "2001:db8::7", 1338)),
    ("udp:2001:db8::7", Address("udp", "2001:db8::7", 1337)),
    ("udp:[fe80::1%eth0]:9", Address("udp", "fe80::1%eth0", 9)),
    ("ble:C0:DE:00:00:00:02", Address("ble", "C0:DE:00:00:00:02")),
    ("ble:my lamp", Address("ble", "my lamp")),
    ("sim:demo", Address("sim", "demo")),
    (
        "sim:demo?link=baud=115200,loss=1%&seed=7",
        Address("sim", "demo", None, {"link": "baud=115200,loss=1%", "seed": "7"}),
    ),
]


@pytest.mark.parametrize(("text", "address"), GOOD, ids=[row[0] for row in GOOD])
def test_addresses_are_understood(text: str, address: Address) -> None:
    assert Address.parse(text) == address


@pytest.mark.parametrize("text", [row[0] for row in GOOD])
def test_an_address_written_down_is_the_same_address(text: str) -> None:
    address = Address.parse(text)
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("udp:192.0.2.7:1337", "udp:192.0.2.7"),
        ("udp:2001:db8::7", "udp:[2001:db8::7]"),
        ("COM7", "serial:COM7"),
        (r"\\.\COM7", "serial:COM7"),
        ("usb:0X1366:1015:A@B", "usb:1366:1015:A@B"),
        ("usb:1366:1015:a b", "usb:1366:1015:a%20b"),
        ("tcp:[::1]:7", "tcp:[::1]:7"),
        ("sim:demo?link=baud=115200,loss=1%", "sim:demo?link=baud=115200,loss=1%"),
    ],
)
def test_addresses_are_written_shortly(text: str, written: str) -> None:
    assert str(Address.parse(text)) == written


BAD = [
    "",
    " ",
    "ttyACM0",
    "dev/ttyACM0",
    "http://x",
    "ftp:x",
    ":x",
    "serial",
    "serial:",
    "serial:?baud=9600",
    "usb:",
    "usb:1366",
    "usb:1366:",
    "usb::1015",
    "usb:1366:1015:",
    "usb:1366:1015@",
    "usb:1366:10150",
    "usb:1366:101",
    "usb:0x:1015",
    "usb:136g:1015",
    "usb:٣٣٣٣:1015",
    "usb:1366:1015?speed=1",
    "tcp:h:1?interface=SMP",
    "tcp:",
    "tcp:localhost",
    "tcp:localhost:",
    "tcp::7000",
    "tcp:localhost:0",
    "tcp:localhost:65536",
    "tcp:localhost:-1",
    "tcp:localhost:7000x",
    "tcp:localhost:٧",
    "tcp:::1:7000",
    "tcp:[::1]",
    "tcp:[]:7000",
    "udp:",
    "udp::5",
    "udp:[::1",
    "udp:[::1]x",
    "udp:[::1]:x",
    "udp:h:99999",
    "udp:h:" + "9" * 5000,
    "udp:h?framing=raw",
    "serial:COM7?baud=0",
    "serial:COM7?baud=-5",
    "serial:COM7?baud=fast",
    "serial:COM7?baud=",
    "serial:COM7?baud=9600.5",
    "serial:COM7?baud=20000001",
    "serial:COM7?baud=" + "9" * 5000,
    "serial:COM7?framing=slip",
    "serial:COM7?dtr=maybe",
    "serial:COM7?speed=9600",
    "tcp:h:1?baud=9600",
    "sim:demo?seed=x",
    "sim:demo?seed=-1",
    "sim:",
    "ble:",
]


@pytest.mark.parametrize("text", BAD, ids=lambda text: repr(text[:30]))
def test_what_is_no_address_is_told_with_words(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        Address.parse(text)
    assert caught.value.what
    assert caught.value.why or caught.value.next_step


@pytest.mark.parametrize(
    "path", ["/dev/a?b", "/dev/a%3Fb", "/dev/%25", "/dev/50%", "/dev/ü #1&x=%41+", "/dev/a b?c=d"]
)
@pytest.mark.parametrize("options", [{}, {"baud": "9600"}])
def test_a_port_s_path_may_have_odd_characters(path: str, options: dict[str, str]) -> None:
    made = Address("serial", path, None, options)
    assert Address.parse(str(made)) == made


def test_a_question_mark_in_a_path_is_told_how_to_be_written() -> None:
    with pytest.raises(AddressError) as caught:
        Address.parse("/dev/a?b")
    assert "%3F" in caught.value.next_step
    assert Address.parse("/dev/a%3Fb").target == "/dev/a?b"


@pytest.mark.parametrize(("scheme", "has_auto"), [("serial:COM7", True), ("tcp:h:1", False)])
def test_an_unknown_framing_names_all_there_are(scheme: str, has_auto: bool) -> None:
    with pytest.raises(AddressError) as caught:
        Address.parse(f"{scheme}?framing=slip")
    assert "framing=raw" in caught.value.next_step
    assert ("framing=auto" in caught.value.next_step) is has_auto


def test_a_long_seed_is_borne_or_refused() -> None:
    try:
        Address.parse("sim:demo?seed=" + "9" * 5000).transport()
    except AddressError:
        pass


@pytest.mark.parametrize("text", ["udp:h:1" + "0" * 400, "tcp:" + "x" * 10_000 + ":1"])
def test_long_texts_bring_out_no_foreign_errors(text: str) -> None:
    try:
        Address.parse(text)
    except AddressError:
        pass


# -- transports -------------------------------------------------------------------------------


def test_a_serial_address_makes_a_serial_transport() -> None:
    made = Address.parse("serial:/dev/ttyUSB0?baud=9600&framing=raw&dtr=off").transport()
    assert isinstance(made, SerialTransport)
    assert (made.path, made.baud, made.framing) == ("/dev/ttyUSB0", 9600, "raw")


def test_a_network_address_makes_a_network_transport() -> None:
    tcp = Address.parse("tcp:[::1]:7000?framing=raw").transport()
    assert isinstance(tcp, TcpTransport)
    assert (tcp.host, tcp.port, tcp.framing) == ("::1", 7000, "raw")
    udp = Address.parse("udp:192.0.2.7").transport()
    assert isinstance(udp, UdpTransport)
    assert (udp.host, udp.port) == ("192.0.2.7", 1337)


LINKS = {
    "serial": "serial:/dev/ttyACM0",
    "usb": "usb:1366:1015",
    "tcp": "tcp:192.0.2.7:7000",
    "udp": "udp:192.0.2.7",
    "ble": "ble:sensor-7",
    "sim": "sim:fast",
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_a_link_and_a_place_in_the_list(scheme: str) -> None:
    transport = Address.parse(LINKS[scheme]).transport()
    assert transport.kind == {"usb": "serial"}.get(scheme, scheme)
    assert transport.name
    assert KINDS[scheme] in LinkKind


# -- any text ---------------------------------------------------------------------------------

PARTS = st.sampled_from(
    [
        "serial:",
        "tcp:",
        "udp:",
        "ble:",
        "sim:",
        "/dev/tty",
        "COM1",
        "[",
        "]",
        ":",
        "::1",
        "?",
        "baud=9600",
        "link=",
        "%",
        "%41",
        "&",
        "=",
        "seed=1",
        ",",
        "host",
        "80",
        "1337",
        "+",
    ]
)
TEXTS = st.text(max_size=30) | st.lists(PARTS | st.text(max_size=3), max_size=8).map("".join)


@given(TEXTS)
@example("sim:demo?link=%2541")
@example("sim:demo?link=a%2Bb")
@example("ble: a ")
@example("udp:[a]:5")
def test_any_text_is_an_address_that_can_be_written_down_or_refused(text: str) -> None:
    try:
        address = Address.parse(text)
    except AddressError:
        return
    assert Address.parse(str(address)) == address


@given(
    scheme=st.sampled_from(["serial", "ble"]),
    target=st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="?"), min_size=1
    ).filter(lambda text: text == text.strip()),
)
def test_ports_and_names_survive_being_written_down(scheme: str, target: str) -> None:
    address = Address(scheme, target)
    assert Address.parse(str(address)) == address


@given(st.ip_addresses(), st.integers(1, 65535), st.sampled_from(["tcp", "udp"]))
def test_hosts_survive_being_written_down(
    host: IPv4Address | IPv6Address, port: int, scheme: str
) -> None:
    zone = "%eth0" if host.version == 6 and host.is_link_local else ""
    address = Address(scheme, f"{host}{zone}", port)
    assert Address.parse(str(address)) == address


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("loss=1%25")
@example("%41")
def test_links_of_simulated_devices_survive_being_written_down(link: str) -> None:
    address = Address("sim", "demo", None, {"link": link})
    assert Address.parse(str(address)) == address
