"""What is done to a slot without a file, after a question that says what will be true then."""

from __future__ import annotations

from dataclasses import replace

from app.controllers.device import DeviceController
from app.controllers.fleet import Fleet
from app.lib import dialog
from app.lib.question_box import Question
from app.lib.tone import Tone
from app.presenters import acts as show_acts
from app.views.main_window import MainWindow
from smp.text import Text, sentences, stopped
from smp.update.acts.kinds import Act, Judgement


class ActDesk:
    """Belongs to a `Desk`."""

    def __init__(self, window: MainWindow, fleet: Fleet) -> None:
        self._window = window
        self._fleet = fleet

    async def ask(self, key: str) -> None:
        """A person has chosen an entry of a slot's menu."""
        device = self._fleet.chosen
        if device is not None:
            await self._ask(device, show_acts.act_of(key))

    async def insist(self) -> None:
        """The restart that the firmware has refused."""
        device = self._fleet.chosen
        if device is not None and device.act_done is not None:
            await self._ask(device, replace(device.act_done.result.act, force=True))

    async def cancel(self) -> None:
        """What is done to the chosen device."""
        if self._fleet.chosen is not None:
            self._fleet.chosen.cancel_act()

    async def _ask(self, device: DeviceController, act: Act) -> None:
        judged = device.judged(act)
        if judged is None:
            what = Text("This cannot be done now")
            why = show_acts.BUSY if device.is_busy else show_acts.NO_ANSWER
            await dialog.tell(self._window, what, stopped(why))
            return
        if judged.obstacle is not None:
            await self._tell(judged)  # since the menu was opened
            return
        asked = show_acts.question(judged)
        if await dialog.confirm(
            self._window,
            asked.headline,
            asked.sentence,
            yes=asked.yes,
            no=Text("Leave it as it is"),
            tone=asked.tone,
            until=device.cannot_be_asked(),
        ):
            await device.act(judged)

    async def _tell(self, judged: Judgement) -> None:
        obstacle = judged.obstacle
        assert obstacle is not None
        words = stopped(sentences(obstacle.why, obstacle.next_step))
        question = Question(obstacle.what, words, tone=Tone.WARN)
        await dialog.ask(self._window, question)
