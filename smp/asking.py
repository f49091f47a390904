"""Asking one device: what it refuses for the moment is asked again, what it is silent to, too."""

from __future__ import annotations

from typing import TypeVar

from smp.commands.base import Request
from smp.commands.os import Echo
from smp.contact import Contact
from smp.errors import DeviceError, NoAnswer, SmpError, Unanswered
from smp.refusals import outwait
from smp.timing import Patience

A = TypeVar("A")

_PROOF = Patience((1.0, 2.0), adaptive=False)
_INSISTING = Patience((2.5, 2.5), adaptive=False)


class Asking(Contact):
    """A contact that can be asked any request."""

    async def request(self, request: Request[A], *, patience: Patience | None = None) -> A:
        """Send a request of any group and return its typed answer.

        Raises `DeviceError` for an error answer, `NoAnswer` for silence, `Unanswered` for silence
        to this request alone, `LinkLost` when the link goes away meanwhile, `MalformedPacket` for
        an answer nobody can read. What is `repeatable` is asked again some seconds long when the
        device refuses it for the moment. Who brings a patience is told of silence and refusals as
        they are.
        """
        if patience is not None or not request.repeatable:
            return await self._ask_or_insist(request, patience)
        return await outwait(
            request.title, lambda: self._ask_or_insist(request, None), self._is_drained
        )

    def _is_drained(self, error: DeviceError) -> bool:
        """A server that does not tell its buffers, as Apache Mynewt's, may have lost them for good
        when it says that it has none: another request would take more."""
        return error.is_congestion and self.parameters is None

    async def _ask_or_insist(self, request: Request[A], patience: Patience | None) -> A:
        try:
            return await self._ask(request, patience)
        except NoAnswer as error:
            if patience is not None or isinstance(request, Echo):
                raise
            if not await self.answers():
                raise
            return await self._insist(request, error)

    async def _insist(self, request: Request[A], error: NoAnswer) -> A:
        """The device answers, but has not answered this: by chance, or never."""
        if len(request.patience.waits) > 1:
            try:
                return await self._ask(request, _INSISTING)
            except NoAnswer:
                if not await self.answers():
                    raise
        raise Unanswered(request.title) from error

    async def answers(self) -> bool:
        """Does the device answer an echo, with whatever? It has three seconds."""
        try:
            await self._live().ask(Echo(""), patience=_PROOF)
        except SmpError:
            return False
        return True
