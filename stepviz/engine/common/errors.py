"""The one exception that speaks to the person: what is wrong, where, and what would be right."""

from __future__ import annotations

import re

# No part of a message may be longer: a field or a file's name may hold anything too.
LONGEST_NAME, LONGEST_FOUND, LONGEST_ADVICE, LONGEST_MESSAGE = 200, 60, 400, 990
# How Python shows an object that has no words of its own.
_OBJECT = re.compile(r"<[^<>]* at 0x[0-9a-fA-F]+>")


class InputError(ValueError):
    """An input from outside (file, field, argument) that cannot be used.

    ``field`` names the setting or the place (``"layers[0].width"``, ``"row 7, column 'y'"``), ``found`` is what
    stood there, ``expected`` what is allowed; ``source`` is the file's name and, where known, ``line`` its line
    (1-based). ``str(error)`` is the whole message in one line.
    """

    def __init__(self, field: str, found: object, expected: str, *, source: str = "", line: int | None = None) -> None:
        self.field = field
        self.found = found
        self.expected = expected
        self.source = source
        self.line = line
        super().__init__(self._message())

    def __reduce__(self) -> tuple[object, ...]:
        # It may come from another process; by default only the message would travel, which cannot rebuild it.
        return _rebuilt, (self.field, self.found, self.expected, self.source, self.line)

    def _message(self) -> str:
        place = shortened(self.source)
        if self.line is not None:
            place = f"{place}, line {self.line}" if place else f"line {self.line}"
        field = shortened(self.field)
        where = f"{place}: {field}" if place and field else place or field
        message = f"{where}: found {_short(self.found)}, expected {shortened(self.expected, LONGEST_ADVICE)}"
        message = _OBJECT.sub("something else", message)
        # What was found may hold anything: a tab or a control character is shown by its code.
        shown = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in message)
        return shortened(shown, LONGEST_MESSAGE)

    def at(self, source: str, line: int | None = None) -> InputError:
        """Return the same complaint with the file (and line) it came from."""
        return InputError(self.field, self.found, self.expected, source=source, line=line or self.line)


def in_words(error: InputError | OSError) -> str:
    """Return what went wrong in one line for the person; of the system's errors the file first, without a number."""
    if isinstance(error, InputError) or not error.strerror:
        return str(error)
    return f"{shortened(str(error.filename))}: {error.strerror}" if error.filename else error.strerror


def _rebuilt(field: str, found: object, expected: str, source: str, line: int | None) -> InputError:
    return InputError(field, found, expected, source=source, line=line)


def shortened(text: str, limit: int = LONGEST_NAME) -> str:
    """Return a text of at most ``limit`` letters, without its middle where it is longer: ends tell the most."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    return f"{text[:head]}…{text[head + 1 - limit :]}"


def _short(value: object, limit: int = LONGEST_FOUND) -> str:
    text = value if isinstance(value, str) and value[:1] not in "'\"" else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
