"""`python resources/sounds.py`: the two sounds that the program makes, into app/resources/sounds.

Struck bars of our own: two notes that rise for what has gone well, two that fall for what has not.
Always the same bytes. 16 bits, one channel, 22,050 samples a second: what every player takes.
"""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE = 22_050
FOLDER = Path(__file__).resolve().parents[1] / "app" / "resources" / "sounds"
SOUNDS = {
    "success": ((0.00, 659.26), (0.14, 987.77)),
    "failure": ((0.00, 440.00), (0.18, 311.13)),
}
"""Seconds after which a note begins, and its frequency in Hz."""
LENGTH = 0.62
PARTIALS = ((1.0, 1.0), (2.76, 0.22), (5.40, 0.06))
"""Of a bar that is free at both ends: times the frequency, and how loud."""
LOUDNESS = 0.32


def sample(at: float, notes: tuple[tuple[float, float], ...]) -> float:
    """From -1 to 1."""
    heard = 0.0
    for begins, frequency in notes:
        since = at - begins
        if since < 0:
            continue
        attack = min(1.0, since / 0.004)
        for times, loud in PARTIALS:
            fading = math.exp(-since * (7.0 + 3.0 * times))
            heard += attack * loud * fading * math.sin(2 * math.pi * frequency * times * since)
    end = min(1.0, (LENGTH - at) / 0.05)
    return max(-1.0, min(1.0, LOUDNESS * end * heard))


def write(path: Path, notes: tuple[tuple[float, float], ...]) -> None:
    samples = [round(32_000 * sample(at / RATE, notes)) for at in range(int(LENGTH * RATE))]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, notes in SOUNDS.items():
        write(FOLDER / f"{name}.wav", notes)


if __name__ == "__main__":
    main()
