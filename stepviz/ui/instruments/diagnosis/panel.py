"""The instrument that says why the loss does or does not move: at most three cards, each with what would help."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout

from stepviz.engine.settings.experiment import Experiment
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.remedies import with_learning_rate
from stepviz.probes.twins.probe import TwinOptions
from stepviz.probes.twins.report import TwinDiagnosis
from stepviz.runtime.frame import Frame
from stepviz.runtime.settled_diagnosis import SettledDiagnosis
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.diagnosis.debounced_findings import SettledFindings
from stepviz.ui.instruments.diagnosis.finding_card import best_points
from stepviz.ui.instruments.diagnosis.finding_cards import GAP, SMALLEST, FindingCards
from stepviz.ui.instruments.diagnosis.remedy_labels import remedy_words
from stepviz.ui.instruments.instrument import Panel

# A healthy run is no news.
LARGEST_QUIET = 17.0


class DiagnosisPanel(Panel):
    """At most three findings, the weightiest first, with their numbers, and a button that does what is advised.

    What to conclude: the first card names what keeps the loss where it is; no card means that nothing does.
    """

    instrument: ClassVar[Instrument] = INSTRUMENTS["diagnosis"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.cards = FindingCards(theme)
        self.quiet = QLabel("What explains the run appears here as soon as it is measured")
        self.quiet.setWordWrap(True)
        self.quiet.setMinimumSize(1, 1)
        self.quiet.setContentsMargins(2 * GAP, 0, 2 * GAP, 0)
        self.quiet.setTextFormat(Qt.TextFormat.PlainText)
        self.quiet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._settled = SettledFindings()
        self._diagnosis = SettledDiagnosis()
        self._frame: Frame | None = None
        self._reading: Diagnosis | None = None
        # The settings that the findings were found under: their remedies are changes of these.
        self._base: Experiment | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.quiet, 1)
        column.addWidget(self.cards, 1)
        self.cards.hide()
        self.cards.applied.connect(self._apply)
        self.ask = QPushButton("Try cures on copies of the run")
        self.ask.setToolTip("Copies of the run are trained with one setting changed each, beside it")
        self.ask.clicked.connect(self._ask)
        column.addWidget(self.ask, 0, Qt.AlignmentFlag.AlignLeft)
        self.ask.setVisible(not lab.options("twins").on)
        lab.options_changed.connect(self._show_ask)
        lab.experiment_changed.connect(self._allow)
        self.retheme()

    # Frames

    def show_numbers(self, whole: Frame) -> None:
        """Show the findings of the step that all numbers are of: the first is what the line below says."""
        before, reading = self._frame, self._diagnosis.of(whole)
        if reading is None and whole.diverged is None:
            return
        if before is not None and reading is self._reading and whole.diverged == before.diverged:
            return
        if (
            before is None
            or not whole.running
            or whole.generation != before.generation
            or whole.diverged != before.diverged
            or _base(whole) != self._base
        ):
            self._settled.forget()
        self._frame, self._reading, self._base = whole, reading, _base(whole)
        self._show()

    def _show(self) -> None:
        frame, base = self._frame, self._base
        if frame is None:
            return
        found: tuple[Finding, ...] = ()
        sentence = ""
        if frame.diverged is not None:
            found = _of_lost(frame, self._reading)
        elif self._reading is not None:
            found, sentence = self._reading.findings, _without_remarks(self._reading)
        findings = self._settled.take(found, time.monotonic(), frame.step, held=self.cards.held)
        self._show_rooms("" if any(finding.ill for finding in found) else sentence, cards=bool(findings))
        words = [_words(base, finding) if base is not None else "" for finding in findings]
        if frame.diverged is not None:
            words = [text if text.endswith("restart") else f"{text}, restart" for text in words]
        self.cards.show_findings(findings, words, enabled=base == self.lab.experiment)

    def _allow(self, experiment: Experiment) -> None:
        self.cards.enable(experiment == self._base)

    def _apply(self, remedy: Experiment, words: str) -> None:
        if self._base is None or self._base != self.lab.experiment:
            return
        diverged = self._frame is not None and self._frame.diverged is not None
        anew = any(finding.restarts and finding.remedy == remedy for finding in self._settled.findings)
        # What is not a number stays so, whatever the settings; and what helped began with new weights.
        self.lab.change(remedy, words, anew=diverged or anew)

    def _ask(self) -> None:
        options = self.lab.options("twins")
        self.lab.look_at("twins", replace(options, on=True, asked=options.asked + 1))

    def _show_ask(self, probe: str, options: TwinOptions) -> None:
        if probe == "twins":
            self.ask.setVisible(not options.on)

    # Looks

    def _show_rooms(self, sentence: str, *, cards: bool) -> None:
        if sentence != self.quiet.text():
            self.quiet.setText(sentence)
            self._size_quiet()
        self.quiet.setVisible(bool(sentence))
        self.cards.setVisible(cards)

    def _size_quiet(self) -> None:
        width, height = self.width() - 6 * GAP, (self.height() - 4 * GAP) * 0.9
        if not self.cards.isHidden():
            height /= 2

        def fits(points: float) -> bool:
            room = QRectF(0, 0, width, 1e5)
            box = QFontMetricsF(font(points, tabular=True)).boundingRect(
                room, int(Qt.TextFlag.TextWordWrap), self.quiet.text()
            )
            return box.height() <= height and box.width() <= width

        self.quiet.setFont(font(best_points(fits, SMALLEST, LARGEST_QUIET) or SMALLEST, tabular=True))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Fit the type to another size."""
        super().resizeEvent(event)
        self._size_quiet()

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.quiet.setStyleSheet(f"color: {colours.muted}")
        self.setStyleSheet(f"DiagnosisPanel {{ background: {colours.surface}; }}")
        self.cards.retheme()
        self._size_quiet()


def _words(base: Experiment, finding: Finding) -> str:
    if finding.remedy is None:
        return ""
    return finding.words or remedy_words(base, finding.remedy)


def _base(frame: Frame) -> Experiment | None:
    """Return the settings that a remedy would change: a recording has none."""
    return frame.experiment if frame.recorded is None else None


def _without_remarks(diagnosis: Diagnosis) -> str:
    """Return the sentence of a healthy run without the remarks, which have cards of their own."""
    sentence = diagnosis.sentence
    for finding in reversed(diagnosis.findings):
        sentence = sentence.removesuffix(f". {finding.sentence}")
    return sentence


def _of_lost(frame: Frame, reading: Diagnosis | None) -> tuple[Finding, ...]:
    """Return what is said of a run whose numbers are not finite: what its twins have shown, else what is known."""
    twins = frame.reading(TwinDiagnosis)
    shown = twins is not None and twins.done and twins.loss is None and twins.experiment == frame.experiment
    return reading.findings if shown and reading is not None and reading.findings else (_divergence(frame),)


def _divergence(frame: Frame) -> Finding:
    """Return the finding of a run whose numbers are no longer finite: nothing else can be measured there."""
    return Finding(
        "diverged",
        "Diverged",
        f"The numbers have left the range of {frame.experiment.precision} at {frame.diverged}",
        "Restart with a learning rate of a tenth; or go one step back to look at the last finite numbers.",
        with_learning_rate(frame.experiment, 0.1),
        100.0,
        whole=True,
    )
