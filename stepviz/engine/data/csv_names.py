"""The names of columns: fit for the screen, and each once."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_NAME = 60
_HEAD, _TAIL = 38, 20


def clean(name: str) -> str:
    """Return a name fit for the screen: one line, nothing unprintable, not endless."""
    return whole(name)[:LONGEST_NAME]


def whole(name: str) -> str:
    """Return a name on one line, without anything unprintable."""
    one_line = " ".join(name.split())
    return "".join(letter if letter.isprintable() else "?" for letter in one_line)


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each column, all different.

    Names that are equal in their first 60 letters keep their end: «How strongly do you agree … I like it». Of equal
    names the second is called «a (2)»; columns without a name «column 3».
    """
    full = [whole(name) or f"column {place}" for place, name in enumerate(header, start=1)]
    short = [name[:LONGEST_NAME] for name in full]
    alike: dict[str, set[str]] = {}
    for name, cut in zip(full, short, strict=True):
        alike.setdefault(cut, set()).add(name)
    taken: set[str] = set(short)
    names: list[str] = []
    given: dict[str, int] = {}
    for name, cut in zip(full, short, strict=True):
        unique = wanted = cut if len(alike[cut]) == 1 else f"{name[:_HEAD]}…{name[-_TAIL:]}"
        times = given.get(wanted, 0)
        while times and unique in taken:
            # Names that are there are not given to others.
            times += 1
            unique = f"{wanted[: LONGEST_NAME - 8]} ({times})"
        given[wanted] = times or 1
        taken.add(unique)
        names.append(unique)
    return tuple(names)
