"""Names of boards: both of Zephyr's spellings, and what a name leaves out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smp.update.boards import Board


def read(text: str) -> Board:
    board = Board.read(text)
    assert board is not None
    return board


SAME = [
    ("nrf52840dk_nrf52840", "nrf52840dk/nrf52840"),
    ("nrf52840dk", "nrf52840dk/nrf52840"),
    ("nrf52840dk", "nrf52840dk_nrf52840"),
    ("NRF52840DK_nRF52840", "nrf52840dk/nrf52840"),
    ("nrf52840dk@1.0.0/nrf52840", "nrf52840dk/nrf52840"),
    ("nrf52840dk_nrf52840@1.0.0", "nrf52840dk@1.0.0/nrf52840"),
    ("nrf5340dk_nrf5340_cpuapp_ns", "nrf5340dk/nrf5340/cpuapp/ns"),
    ("nrf5340dk_nrf5340_cpuapp", "nrf5340dk/nrf5340/cpuapp/ns"),
    ("nrf5340dk/nrf5340/cpuapp", "nrf5340dk/nrf5340/cpuapp/ns"),
    ("nrf5340dk", "nrf5340dk/nrf5340/cpuapp"),
    ("nrf5340dk/nrf5340", "nrf5340dk_nrf5340_cpuapp"),
    ("nrf9160dk@0.14.0", "nrf9160dk@0.14.0/nrf9160/ns"),
    ("nrf9160dk//ns", "nrf9160dk_nrf9160_ns"),
    ("mps2_an385", "mps2/an385"),
    ("frdm_k64f", "frdm_k64f/mk64f12"),
    ("actinius_icarus_ns", "actinius_icarus/nrf9160/ns"),
    ("mimxrt1170_evk_cm7", "mimxrt1170_evk/mimxrt1176/cm7"),
    ("nucleo_h745zi_q_m7", "nucleo_h745zi_q/stm32h745xx/m7"),
    ("rpi_pico/rp2040", "rpi_pico/rp2040/w"),
    ("raytac_mdbt53_db_40_nrf5340_cpuapp", "raytac_mdbt53_db_40/nrf5340/cpuapp"),
    ("  acme-pump ", "acme_pump"),
]
OTHERS = [
    ("nrf52840dk_nrf52840", "nrf52dk_nrf52832"),
    ("nrf52840dk/nrf52840", "nrf52dk/nrf52832"),
    ("nrf52840dk_nrf52840", "nrf52840dongle_nrf52840"),
    ("nrf52840dk", "nrf52840dongle/nrf52840"),
    ("nrf52840dk/nrf52811", "nrf52840dk/nrf52840"),
    ("nrf52840dk_nrf52811", "nrf52840dk/nrf52840"),
    ("nrf52840dk_nrf52840", "frdm_k64f/mk64f12"),
    ("arduino_nano_33_ble", "arduino_nano_33_ble_sense"),
    ("arduino_nano_33_ble/nrf52840", "arduino_nano_33_ble_sense"),
    ("nucleo_f7", "nucleo_f746zg"),
    ("rpi_pico", "rpi_pico_w"),
    ("acme_pump", "acme_lamp"),
    ("acme_pump", "acme"),
    ("rpi_pico/rp2040/w", "rpi_pico/rp2040/usb"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_one_board(one: str, other: str) -> None:
    assert read(one).may_be(read(other))
    assert read(other).may_be(read(one))
    assert not read(one).is_other_core(read(other))
    assert not read(one).is_other_revision(read(other))


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_two_boards(one: str, other: str) -> None:
    assert not read(one).may_be(read(other))
    assert not read(other).may_be(read(one))


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("a@1.0.0", "a@1.0.0/soc1", False),
        ("a@1", "a_soc1@1.0.0", False),
        ("a@1.0", "a", False),
        ("a@1.0.0", "a@1.1.0", True),
        ("a@B", "a@b/soc1", False),
        ("a@A", "a@b/soc1", True),
        ("a@10", "a@1.0", True),
        ("a@0", "a@0.0.0", False),
    ],
)
def test_revisions(one: str, other: str, *, differs: bool) -> None:
    assert read(one).may_be(read(other))
    assert read(one).is_other_revision(read(other)) is differs


def test_cores() -> None:
    application, network = read("nrf5340dk/nrf5340/cpuapp/ns"), read("nrf5340dk_nrf5340_cpunet")
    assert application.may_be(network)
    assert application.is_other_core(network)
    assert not read("nrf5340dk").is_other_core(network)
    assert read("cpunet").name == ("cpunet",), "a board's own name is no core"


@pytest.mark.parametrize(
    ("soc", "board", "fits"),
    [
        ("nRF52840_QIAA", "nrf52840dk/nrf52840", True),
        ("nRF52840_QIAA", "nrf52840dk_nrf52840", True),
        ("nrf52840", "nrf52dk/nrf52832", False),
        ("nrf52840", "nrf52dk_nrf52832", False),
        ("nrf9160", "nrf9160dk/nrf52840", False),
        ("nRF5340_CPUAPP_QKAA", "nrf5340dk_nrf5340_cpuapp_ns", True),
        ("STM32F746XX", "nucleo_f746zg/stm32f746xx", True),
        ("mps2_an385", "mps2/an385", True),
        ("esp32", "board/esp32s3/procpu", False),
        ("mk64f12", "frdm_k64f", None),
        ("nrf52840", "acme_pump", None),
        ("", "nrf52840dk/nrf52840", None),
        ("_", "nrf52840dk/nrf52840", None),
    ],
)
def test_chips(soc: str, board: str, fits: bool | None) -> None:
    assert read(board).has_chip(soc) is fits


@pytest.mark.parametrize("text", ["", "  ", "/", "@1.0.0", "//ns", "___"])
def test_nothing_is_no_board(text: str) -> None:
    assert Board.read(text) is None


@given(st.text(), st.text(), st.text())
def test_any_text_is_read_and_is_itself(one: str, other: str, chip: str) -> None:
    mine, theirs = Board.read(one), Board.read(other)
    if mine is None or theirs is None:
        return
    assert mine.may_be(mine)
    assert not mine.is_other_core(mine)
    assert not mine.is_other_revision(mine)
    assert mine.may_be(theirs) == theirs.may_be(mine)
    mine.has_chip(chip)
