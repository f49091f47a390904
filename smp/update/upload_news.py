"""What happens to the uploads of one update, told as events."""

from __future__ import annotations

from collections.abc import Callable

from smp.transfer.states import UploadState
from smp.transfer.upload import Upload
from smp.update.events import AskedAgain, StartedOver, UpdateEvent, UploadProgressed


class UploadNews:
    """For all uploads of one update: a link that is made again begins a new `Upload`."""

    def __init__(self, tell: Callable[[UpdateEvent], None], now: Callable[[], float]) -> None:
        self._tell = tell
        self._now = now
        self._heard_at = now()
        self._upload: Upload | None = None
        self._had = self._is_begun = False
        """Whether the device has accepted bytes of any upload of this image, and of this one."""
        self._forgotten = 0
        """As `Counters.restarts` of this upload when last looked at."""
        self._beginnings = 1
        self._number = 0

    def begin(self, number: int = 0) -> None:
        """An upload of this image begins: silence is counted from here on."""
        if number != self._number:
            self._number, self._had, self._beginnings = number, False, 1
        self._heard_at = self._now()

    def look(self, upload: Upload) -> None:
        """The upload was answered, or waited in vain: `Client.upload(on_progress=...)`."""
        if upload.state is UploadState.FAILED:
            return
        if upload is not self._upload:
            self._upload, self._forgotten, self._is_begun = upload, 0, False
        counters = upload.counters
        losses = counters.silences + counters.rewinds
        if upload.unanswered:
            silent = self._now() - self._heard_at
            self._tell(AskedAgain(upload.unanswered, silent, losses, self._number))
            return
        self._heard_at = self._now()
        if counters.restarts > self._forgotten or self._begins_anew(upload):
            self._start_over(upload)
        self._tell(
            UploadProgressed(
                upload.acked,
                upload.total,
                upload.resumed_from,
                upload.in_flight,
                upload.window.size,
                upload.packet_size,
                counters.resent_bytes,
                losses,
                self._number,
            )
        )

    def _begins_anew(self, upload: Upload) -> bool:
        """Whether this first answer says that nothing is left of the uploads before."""
        if self._is_begun or not upload.acked:
            return False
        self._is_begun = True
        had, self._had = self._had, True
        return had and not upload.resumed_from

    def _start_over(self, upload: Upload) -> None:
        self._forgotten = upload.counters.restarts
        self._beginnings += 1
        self._tell(StartedOver(self._beginnings, self._number))
