"""The processes that a test has left."""

from __future__ import annotations

import psutil


def own_processes() -> list[psutil.Process]:
    """Return the processes of this one that run, without those that tidy up after all others, and end with it."""
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            tidies = any("tracker" in part for part in child.cmdline())
            if child.status() != psutil.STATUS_ZOMBIE and not tidies:
                found.append(child)
        except psutil.NoSuchProcess:
            # It has ended meanwhile.
            continue
    return found


def command_of(process: psutil.Process) -> str:
    """Return what a process was started with; nothing of one that has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
