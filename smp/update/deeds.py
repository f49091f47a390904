"""What a run has done to a device beside sending the file and starting it.

An ending must not call that nothing: an erase cannot be taken back, a restart ends a test.
"""

from __future__ import annotations

from collections.abc import Iterable

from smp.commands.image import ImageEntry, ImageState
from smp.text import Text
from smp.update.phrases import begun, listed, named


class Deeds:
    """In the order they were done, each once."""

    def __init__(self) -> None:
        self._done: list[Text] = []

    def note(self, what: Text) -> None:
        """what: a clause, as "the device was restarted"."""
        if what not in self._done:
            self._done.append(what)

    def note_removed(self, waited: Iterable[ImageEntry], now: ImageState) -> None:
        """What has become of images that waited, by the list; not by what was answered."""
        for entry in waited:
            there = next((e for e in now.of(entry.image) if e.slot == entry.slot), None)
            if there is None or there.hash != entry.hash:
                self.note(Text("{image} was erased", image=of_slot(entry)))
            elif not there.pending:
                self.note(
                    Text(
                        "{image} was kept from starting at the next restart",
                        image=of_slot(entry),
                    )
                )

    @property
    def remarks(self) -> list[Text]:
        """All of them as one sentence, without its full stop; nothing if there are none."""
        return [Text("In this run {deeds}", deeds=listed(self._done))] if self._done else []


def of_slot(entry: ImageEntry) -> Text:
    """An image that does not run, in words."""
    return Text(
        "{version} in {slot}",
        version=named(entry.version),
        slot=name_of(entry.slot, entry.image),
    )


def of_slot_begun(entry: ImageEntry) -> Text:
    """The same where a sentence begins with it."""
    return Text(
        "{version} in {slot}",
        version=begun(entry.version),
        slot=name_of(entry.slot, entry.image),
    )


def name_of(slot: int, number: int, *, several: bool = False) -> Text:
    """A slot in words. several: image 0 is called by its number, too."""
    if number or several:
        return Text("slot {slot} of image {number}", slot=slot, number=number)
    return Text("slot {slot}", slot=slot)
