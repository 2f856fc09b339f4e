"""What the set-up says to the person who started it, and how it gives up."""

from __future__ import annotations

import sys


class SetupStopped(Exception):
    """The set-up cannot go on; the text says what was found and what to do about it."""


def say(text: str) -> None:
    """Print one line of progress; standard output is left to the program that is started."""
    print(f"stepviz: {text}", file=sys.stderr, flush=True)


def last_lines(output: str, count: int = 6) -> str:
    """Return the end of a failed command's output, indented to stand below a message."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    return "\n".join(f"    {line[:160]}" for line in lines[-count:])
