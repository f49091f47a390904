"""`--key`: a file that is not signed with one of those keys is refused, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smp.errors import FileError
from smp.image import NamedKey, SignatureCheck
from smp.text import Coded, Text


def refuse_other_keys(
    checks: Iterable[SignatureCheck | None], trusted: Sequence[NamedKey], file: str
) -> None:
    """Raises `FileError` if not all of it is signed with a key that is trusted. `checks`: of each
    of its images; None: against nothing."""
    for check in checks:
        if check is not None and not check.is_from_key:
            raise FileError(
                _of_another_key(file, [named.name for named in trusted]),
                why=check.words,
                next_step=Text(
                    "Use a file that is signed with that key, or check which key is right"
                ),
            )


def _of_another_key(file: str, keys: list[str]) -> Coded:
    if len(keys) == 1:
        return Coded(
            "file-of-another-key",
            "{name} is not signed with the key in {key}",
            name=file,
            key=keys[0],
        )
    return Coded(
        "file-of-none-of-the-keys",
        "{name} is not signed with any of the keys in {keys}",
        name=file,
        keys=", ".join(keys),
    )
