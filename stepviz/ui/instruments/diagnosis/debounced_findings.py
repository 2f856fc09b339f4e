"""Findings that come and go from one measurement to the next, made calm enough to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.words import inside

MOST = 3
# A finding stays for so long after it was last true (seconds): one that is true at every second look must not blink.
LINGER, LINGER_UNDER_MOUSE = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class _Shown:
    finding: Finding
    seen_at: float
    step: int


class SettledFindings:
    """Which findings are shown, in which order: the same order for as long as the same findings stay."""

    def __init__(self) -> None:
        self._shown: list[_Shown] = []
        self._step = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what is shown, in order; what is no longer so says of which step it was."""
        return tuple(
            shown.finding
            if shown.step == self._step
            else replace(shown.finding, sentence=f"At step {shown.step:,}: {inside(shown.finding.sentence)}")
            for shown in self._shown
        )

    def forget(self) -> None:
        """Let nothing linger: what was found belongs to other settings, or to another run."""
        self._shown = []

    def take(self, findings: Iterable[Finding], now: float, step: int, *, held: bool = False) -> tuple[Finding, ...]:
        """Take the findings of a measurement of ``step`` at ``now`` (seconds) and return what to show.

        ``held``: the mouse is on a button, nothing there moves or goes before its time.
        """
        self._step = step
        found = {finding.name: finding for finding in findings}
        linger = LINGER_UNDER_MOUSE if held else LINGER
        kept = [
            _Shown(found.pop(old.finding.name), now, step) if old.finding.name in found else old
            for old in self._shown
            if old.finding.name in found or now - old.seen_at < linger
        ]
        changed = bool(found) or len(kept) < len(self._shown)
        shown = [*kept, *(_Shown(finding, now, step) for finding in found.values())]
        while len(shown) > MOST:
            shown.remove(min(shown, key=lambda entry: (entry.seen_at, entry.finding.weight)))
        if changed and not held:
            shown.sort(key=lambda entry: -entry.finding.weight)
        self._shown = shown
        return self.findings
