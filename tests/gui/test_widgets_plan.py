"""The plan, the steps, the figures, the banner, the header, the footer: words and buttons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QCheckBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.facts.devices import HeaderFacts, LinkButton
from app.facts.firmware import CheckFacts, PlanButton, PlanFacts
from app.facts.run import DoneFigures, RunFacts, StepFacts, StepState, UploadFigures, WaitFigures
from app.facts.window import BannerFacts, FooterFacts
from app.facts.words import ActionFacts, ChipFacts
from app.lib import wording
from app.lib.buttons import Button, Rank
from app.lib.text import ElidedLabel, Label
from app.lib.tone import Ink, Tone
from app.views.banner import Banner
from app.views.device_header import DeviceHeader
from app.views.figures import FiguresView, figures_of
from app.views.footer import Footer
from app.views.plan_view import PlanView
from app.views.run_card import RunCard
from app.views.steps import Steps
from tests.gui.scenes import CHECKS, PLAN, UPLOADING, steps

pytestmark = pytest.mark.usefixtures("theme")

LEFT = Qt.MouseButton.LeftButton
N = wording.THIN
CONSENT = replace(PLAN, consent="I know that there is no way back.")


def visible(holder: QWidget) -> dict[str, Button]:
    return {b.words: b for b in holder.findChildren(Button) if b.isVisible()}


def words(holder: QWidget) -> list[str]:
    return [label.text() for label in holder.findChildren(QLabel) if label.isVisible()]


@pytest.fixture
def plan(qtbot: QtBot) -> PlanView:
    view = PlanView()
    qtbot.addWidget(view)
    view.resize(420, 240)
    view.show()
    return view


def test_update_is_the_one_primary_button(plan: PlanView, qtbot: QtBot) -> None:
    plan.present(PLAN)
    assert list(visible(plan)) == ["Update"]
    assert visible(plan)["Update"].rank is Rank.PRIMARY
    assert PLAN.beside in words(plan)
    with qtbot.waitSignal(plan.update_requested) as asked:
        qtbot.mouseClick(visible(plan)["Update"], LEFT)
    assert asked.args == [False]


def test_what_forbids_the_update_stands_beside_it(plan: PlanView, qtbot: QtBot) -> None:
    plan.present(replace(PLAN, forbidden="This file is for another product."))
    assert not visible(plan)["Update"].isEnabled()
    assert "This file is for another product." in words(plan)
    assert PLAN.beside not in words(plan)
    assert visible(plan)["Update"].accessibleDescription() == "This file is for another product."
    with qtbot.assertNotEmitted(plan.update_requested):
        qtbot.mouseClick(visible(plan)["Update"], LEFT)
        plan.press()


@pytest.mark.parametrize("why", ["Choose a device", "Reading app.bin"])
def test_what_is_only_missing_is_not_red(plan: PlanView, why: str) -> None:
    plan.present(replace(PLAN, forbidden=why))
    label = next(x for x in plan.findChildren(Label) if x.text() == why)
    assert label.ink is Ink.SOFT


def test_where_nothing_is_to_do_nothing_is_the_thing_to_do_next(
    plan: PlanView, qtbot: QtBot
) -> None:
    plan.present(replace(PLAN, calm=True, beside="already running, nothing to send"))
    assert visible(plan)["Update"].rank is Rank.PLAIN
    with qtbot.waitSignal(plan.update_requested):
        qtbot.mouseClick(visible(plan)["Update"], LEFT)
    with qtbot.waitSignal(plan.update_requested):
        plan.press()
    plan.present(replace(PLAN, calm=True, forbidden="Reading app.bin"))
    with qtbot.assertNotEmitted(plan.update_requested):
        qtbot.mouseClick(visible(plan)["Update"], LEFT)
        plan.press()


def test_consent_has_to_be_given(plan: PlanView, qtbot: QtBot) -> None:
    plan.present(CONSENT)
    update = visible(plan)["Update"]
    assert not update.isEnabled()
    assert "Tick the box above first" in words(plan)
    box = plan.findChildren(QCheckBox)[0]
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert update.isEnabled()
    with qtbot.waitSignal(plan.update_requested) as asked:
        qtbot.mouseClick(update, LEFT)
    assert asked.args == [True]


def test_consent_is_for_one_plan_only(plan: PlanView) -> None:
    plan.present(CONSENT)
    box = plan.findChildren(QCheckBox)[0]
    box.setChecked(True)
    plan.present(replace(CONSENT, beside="about 40 s, then one restart"))
    assert box.isChecked(), "a better estimate is the same plan"
    plan.present(replace(CONSENT, then="1.5.0"))
    assert not box.isChecked()


def test_try_again_asks_for_an_update(plan: PlanView, qtbot: QtBot) -> None:
    plan.present(replace(PLAN, button=PlanButton.TRY_AGAIN))
    with qtbot.waitSignal(plan.update_requested):
        qtbot.mouseClick(visible(plan)["Try again"], LEFT)


def test_running_plan_can_be_cancelled_once(plan: PlanView, qtbot: QtBot) -> None:
    plan.present(replace(PLAN, button=PlanButton.CANCEL))
    with qtbot.waitSignal(plan.cancel_requested):
        qtbot.mouseClick(visible(plan)["Cancel"], LEFT)
    plan.present(replace(PLAN, button=PlanButton.CANCELLING))
    assert not visible(plan)["Cancelling…"].isEnabled()


def test_another_device(plan: PlanView, qtbot: QtBot) -> None:
    plan.present(replace(PLAN, button=PlanButton.ANOTHER))
    with qtbot.waitSignal(plan.another_requested):
        qtbot.mouseClick(visible(plan)["Update another device"], LEFT)


def test_long_versions_stay_whole_as_long_as_they_can(plan: PlanView, qtbot: QtBot) -> None:
    long = replace(PLAN, now="10.120.65535.4294", then="10.121.65535.4294")
    plan.resize(420, 240)
    plan.present(long)
    assert {long.now, long.then} <= set(words(plan))
    shown = [x for x in plan.findChildren(ElidedLabel) if x.text() in (long.now, long.then)]
    qtbot.waitUntil(lambda: all(x.shown() == x.text() for x in shown))


def test_checks_carry_their_verdict_for_ears_too(plan: PlanView) -> None:
    plan.present(replace(PLAN, checks=(*CHECKS[:1], CheckFacts(Tone.BAD, "Too large"))))
    said = {x.text(): x.accessibleDescription() for x in plan.findChildren(QLabel)}
    assert said[CHECKS[0].words] == "good"
    assert said["Too large"] == "bad"


# -- steps and figures ----------------------------------------------------------------


def test_steps_tell_their_states(qtbot: QtBot) -> None:
    view = Steps()
    qtbot.addWidget(view)
    view.present(steps(1, StepState.CURRENT))
    assert view.accessibleName() == (
        "Check: done; Upload: going on; Restart: to come; Verify: to come; Confirm: to come"
    )


def test_each_state_of_a_step_looks_different(qtbot: QtBot) -> None:
    view = Steps()
    qtbot.addWidget(view)
    view.resize(200, 30)
    seen = []
    for state in StepState:
        view.present((StepFacts("Verify", state),))
        image = view.grab().toImage()
        assert image not in seen, state
        seen.append(image)


def test_notes_of_steps_give_way(qtbot: QtBot) -> None:
    view = Steps()
    qtbot.addWidget(view)
    view.present(tuple(StepFacts(f"Step {n}", StepState.DONE, "in 12 s") for n in range(5)))
    assert view.minimumSizeHint().width() < view.sizeHint().width()


def test_figures_of_an_upload() -> None:
    shown, remark = figures_of(UploadFigures(0.61, 7_100, 12, 6_900, 2))
    assert [(f.number, f.unit) for f in shown] == [("61", "%"), ("7.1", "kB/s"), ("12", "s left")]
    assert remark == f"mean 6.9{N}kB/s · 2 resent"
    later = UploadFigures(0.61, 7_100, 132, 6_900, after="then a restart")
    shown, remark = figures_of(later)
    assert [(f.number, f.unit) for f in shown[2:]] == [("2", "min"), ("12", "s left")]
    assert remark == f"then a restart · mean 6.9{N}kB/s · none resent"


def test_trouble_takes_the_place_of_estimates() -> None:
    words = "No answer for 5 s, asking again"
    shown, remark = figures_of(UploadFigures(0.61, 0.0, 12, 6_900, 2, "later", words))
    assert [(f.number, f.unit) for f in shown] == [("61", "%"), ("0.0", "kB/s")]
    assert remark == words


def test_figures_of_waiting_and_of_the_end() -> None:
    shown, remark = figures_of(WaitFigures("Restarting", 9))
    assert [(f.number, f.unit) for f in shown] == [("9", "s left")]
    assert remark == "Restarting"
    assert figures_of(WaitFigures("Erasing", 40, at_most=True))[0][0].unit == "s at most"
    assert figures_of(WaitFigures("Erasing")) == ((), "Erasing")
    shown, remark = figures_of(DoneFigures(6_900, 214_900, 31, 9, 2))
    assert [(f.number, f.unit) for f in shown] == [("6.9", "kB/s mean")]
    assert remark == f"214.9{N}kB in 31{N}s · restart 9{N}s · verify and confirm 2{N}s"


def test_remark_beside_the_figures_is_elided_not_clipped(qtbot: QtBot) -> None:
    view = FiguresView()
    qtbot.addWidget(view)
    view.present(UploadFigures(0.61, 7_100, 12, 6_900, 2))
    view.resize(900, 30)
    assert "resent" in view.remark_shown()
    view.resize(330, 30)
    assert view.remark_shown().endswith("…")
    assert "61 %" in view.accessibleName()


def test_run_card_is_low_without_a_graph(qtbot: QtBot) -> None:
    card = RunCard()
    qtbot.addWidget(card)
    card.present(UPLOADING)
    tall = card.sizeHint().height()
    assert not card.graph.isHidden()
    card.present(RunFacts(steps(3, StepState.FAILED)))
    assert card.graph.isHidden()
    assert card.sizeHint().height() < tall / 2
    card.present(None)
    assert card.isHidden()


# -- banner, header, footer -----------------------------------------------------------


def test_banner_tells_the_verdict_and_asks_for_actions(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.isHidden()
    facts = BannerFacts(
        Tone.OK,
        "Running 1.4.2",
        "Was 1.3.0.",
        (ActionFacts("report", "Save report"),),
        closable=True,
    )
    banner.present(facts)
    assert {"Running 1.4.2", "Was 1.3.0."} <= set(words(banner))
    assert banner.accessibleName() == "Running 1.4.2. Was 1.3.0."
    with qtbot.waitSignal(banner.action_requested) as asked:
        qtbot.mouseClick(visible(banner)["Save report"], LEFT)
    assert asked.args == ["report"]
    close = next(b for b in banner.findChildren(Button) if b.accessibleName() == "Dismiss")
    with qtbot.waitSignal(banner.closed):
        qtbot.mouseClick(close, LEFT)
    banner.present(replace(facts, actions=(), closable=False))
    assert visible(banner) == {}
    banner.present(None)
    assert banner.isHidden()


def test_verdict_is_said_at_once_to_a_screen_reader(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    QAccessible.setActive(True)
    try:
        banner.present(BannerFacts(Tone.OK, "Running 1.4.2"))
    finally:
        QAccessible.setActive(False)
    assert banner.facts is not None


def test_banner_puts_its_buttons_below_where_it_is_narrow(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.resize(1200, 300)
    holder.show()
    banner = Banner(holder)
    actions = tuple(ActionFacts(str(n), f"A rather long action {n}") for n in range(2))
    banner.present(BannerFacts(Tone.BAD, "Not updated", "Because. " * 12, actions))
    banner.resize(1200, 90)
    sentence = next(x for x in banner.findChildren(QLabel) if x.text().startswith("Because"))
    row = visible(banner)["A rather long action 0"].parentWidget()
    qtbot.waitUntil(lambda: row.x() > sentence.geometry().right())
    banner.resize(480, banner.heightForWidth(480))
    qtbot.waitUntil(lambda: row.y() >= sentence.geometry().bottom())


def test_header_shows_the_device_and_its_link(qtbot: QtBot) -> None:
    header = DeviceHeader()
    qtbot.addWidget(header)
    header.resize(900, 60)
    header.show()
    assert words(header) == ["No device chosen"]
    facts = HeaderFacts(
        "sensor-7",
        (ChipFacts("Bluetooth", Tone.ACCENT),),
        ChipFacts("Connected", Tone.OK, dot=True),
        LinkButton.DISCONNECT,
    )
    header.present(facts)
    assert words(header) == ["sensor-7", "Bluetooth", "Connected"]
    with qtbot.waitSignal(header.disconnect_requested):
        qtbot.mouseClick(visible(header)["Disconnect"], LEFT)
    header.present(replace(facts, button=LinkButton.CONNECT))
    with qtbot.waitSignal(header.connect_requested):
        qtbot.mouseClick(visible(header)["Connect"], LEFT)
    header.present(replace(facts, button=LinkButton.NONE))
    assert visible(header) == {}


def test_footer_toggles_and_tells(qtbot: QtBot) -> None:
    footer = Footer()
    qtbot.addWidget(footer)
    footer.show()
    footer.present(FooterFacts("Link lost", Tone.WARN))
    assert words(footer) == ["Link lost"]
    assert list(visible(footer)) == ["Log"]
    with qtbot.waitSignal(footer.log_toggled) as toggled:
        qtbot.mouseClick(visible(footer)["Log"], LEFT)
    assert toggled.args == [True]
    footer.offer_expert("Expert: files, shell")
    with qtbot.waitSignal(footer.expert_toggled):
        qtbot.mouseClick(visible(footer)["Expert: files, shell"], LEFT)


def test_plan_without_a_file_is_quiet(plan: PlanView) -> None:
    plan.present(PlanFacts())
    assert visible(plan) == {}


def test_a_version_that_stands_alone_is_as_large_as_two(plan: PlanView) -> None:
    shown = []
    for now in ("", "1.3.0"):
        plan.present(replace(PLAN, now=now))
        (then,) = [it for it in plan.findChildren(ElidedLabel) if it.text() == PLAN.then]
        shown.append(then.font().pixelSize())
    assert shown[0] == shown[1]
