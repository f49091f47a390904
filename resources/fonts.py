"""Makes app/resources/fonts: Inter and JetBrains Mono, cut to what the program writes.

    pip install fonttools fontpkg-inter==4.1.post1 fontpkg-jetbrains-mono==2.211
    python resources/fonts.py

Latin, Greek and Cyrillic with the signs of a user interface; of Inter the weights of the type
scale, drawn for small sizes; digits of one width in place of the usual ones, so that a figure that
changes does not tremble whatever draws it. Without hints, which screens of today do not need.

Both are under the SIL Open Font License and reserve no name. They get one of their own all the
same: what was changed should not pass for the original, and a system that has another Inter must
not give that one in its place.
"""

from __future__ import annotations

import io
import shutil
from importlib.metadata import files
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

OUT = Path(__file__).resolve().parents[1] / "app" / "resources" / "fonts"
SANS, MONO = "Flashdesk Sans", "Flashdesk Mono"
LETTERS = (
    "U+0020-007E, U+00A0-024F, U+0259, U+0292, U+02B9-02DD, U+0300-0328, U+0370-03FF, "
    "U+0400-045F, U+0490-0491, U+1E00-1EFF, U+2000-206F, U+2070-209C, U+20AC, U+2116, U+2122, "
    "U+2126, U+2190-2199, U+21A9-21AA, U+21B5, U+21E7, U+2212-2219, U+221E, U+2248, U+2260-2265, "
    "U+2318, U+2325, U+2326, U+232B, U+25A0-25FF, U+2713, U+2717, U+FFFD"
)
FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl")


def main() -> None:
    OUT.mkdir(exist_ok=True)
    for weight, style in ((400, "Regular"), (500, "Medium"), (600, "SemiBold")):
        sans = cut("fontpkg-inter", "Inter[opsz,wght].ttf", {"opsz": 14, "wght": weight})
        give_digits_one_width(sans)
        named(sans, SANS, style, weight)
        sans.save(OUT / f"{SANS.replace(' ', '')}-{style}.ttf")
    mono = cut("fontpkg-jetbrains-mono", "JetBrainsMono[wght].ttf", {"wght": 400})
    named(mono, MONO, "Regular", 400)
    mono.save(OUT / f"{MONO.replace(' ', '')}-Regular.ttf")
    for package, name in (("fontpkg-inter", "Inter"), ("fontpkg-jetbrains-mono", "JetBrainsMono")):
        shutil.copy(of_package(package, "LICENSE"), OUT / f"OFL-{name}.txt")


def of_package(package: str, name: str) -> Path:
    """A file of an installed distribution."""
    found = next(file for file in files(package) or () if file.name == name)
    return Path(str(found.locate()))


def cut(package: str, name: str, place: dict[str, float]) -> Any:
    """The font at one place of its axes, with `LETTERS` alone."""
    whole = instantiateVariableFont(TTFont(of_package(package, name)), place)
    held = io.BytesIO()
    whole.save(held)
    font = TTFont(io.BytesIO(held.getvalue()))
    if "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}:
        keep = (*FEATURES, "tnum")
    else:
        keep = FEATURES
    options = subset.Options(layout_features=list(keep), hinting=False, name_IDs=["*"])
    options.drop_tables += ["STAT", "MVAR", "HVAR"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(LETTERS.replace(" ", "")))
    cutter.subset(font)
    return font


def give_digits_one_width(font: Any) -> None:
    """What the feature `tnum` would put in place of digits takes that place."""
    table = font["GSUB"].table
    instead: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for number in record.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[number].SubTable:
                    instead |= getattr(part, "ExtSubTable", part).mapping
    for cmap in font["cmap"].tables:
        for code in map(ord, "0123456789"):
            if cmap.cmap.get(code) in instead:
                cmap.cmap[code] = instead[cmap.cmap[code]]


def named(font: Any, family: str, style: str, weight: int) -> None:
    """The font's own name, beside the copyright and licence that it had."""
    names = font["name"]
    for number in (16, 17, 21, 22, 25):
        names.removeNames(nameID=number)
    one_of_four = style == "Regular"
    for number, text in (
        (1, family if one_of_four else f"{family} {style}"),
        (2, "Regular"),
        (3, f"{family} {style}: {names.getDebugName(1)} {names.getDebugName(5)}"),
        (4, f"{family} {style}"),
        (6, f"{family.replace(' ', '')}-{style}"),
        *(() if one_of_four else ((16, family), (17, style))),
    ):
        names.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight


if __name__ == "__main__":
    main()
