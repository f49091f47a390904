"""One update without a window: events to the terminal, or as JSON objects."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import click

from app.console import ProgressReporter
from app.report import event_json
from smp.client import Client
from smp.image import McubootImage, SignatureCheck
from smp.update.events import UpdateEvent, UploadProgressed
from smp.update.plan import Mode, Plan, Remedy
from smp.update.run import Update

_PROGRESS_EVERY = 0.2
_REMEDIES = {"confirm": Remedy.CONFIRM_RUNNING, "restart": Remedy.RESTART}


class HeadlessUpdate:
    """`first`: "confirm" or "restart" if the device runs an image on test; None stops there."""

    def __init__(
        self,
        client: Client,
        image: McubootImage,
        mode: str,
        *,
        number: int = 0,
        signature: SignatureCheck | None = None,
        consent: bool = False,
        first: str | None = None,
        watch: float | None = None,
        as_json: bool = False,
    ) -> None:
        self._client = client
        self._consent = consent
        self._reporter = None if as_json else ProgressReporter()
        self._told = float("-inf")
        self._update = Update(
            client,
            image,
            Mode(mode),
            number=number,
            signature=signature,
            consent=self._ask,
            remedy=_REMEDIES.get(first or ""),
            watch=watch,
            on_event=self._show,
        )

    async def run(self) -> int:
        """The exit status."""
        verdict = await self._update.run()
        await self._client.disconnect()
        return verdict.exit_status

    def cancel(self) -> None:
        """Stop as soon as it is safe."""
        self._update.cancel()

    async def _ask(self, plan: Plan) -> bool:
        if self._consent:
            return True
        if self._reporter is None or not sys.stdin.isatty():
            return False
        question = f"{plan.consent}. Go on?"
        return await asyncio.to_thread(click.confirm, question, default=False)

    def _show(self, event: UpdateEvent) -> None:
        try:
            if self._reporter is not None:
                self._reporter.show(event)
            elif not self._is_too_soon(event):
                click.echo(json.dumps(event_json(event)))
        except OSError:
            # Whoever read the output is gone, or its disk is full: the update matters more.
            _speak_to_nobody()

    def _is_too_soon(self, event: UpdateEvent) -> bool:
        """Scripts get a few progress objects a second, and the last one."""
        if not isinstance(event, UploadProgressed) or event.offset == event.total:
            return False
        now = asyncio.get_running_loop().time()
        if now - self._told < _PROGRESS_EVERY:
            return True
        self._told = now
        return False


def _speak_to_nobody() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
