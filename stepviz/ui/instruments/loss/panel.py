"""How the loss went: on the training set and on the test set, since the start."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout

from stepviz.engine.common.number_format import measured_text
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.loss.plot import LossPlot, kept_text
from stepviz.ui.text.number_format import text_points
from stepviz.ui.text.throttled_label import SlowLabel

ROOM_FOR_KEPT = 400


class LossPanel(Panel):
    """Train and test loss; a flat line means that nothing is learned, whatever the optimizer is doing."""

    instrument: ClassVar[Instrument] = INSTRUMENTS["loss"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.plot = LossPlot(theme)
        self.train, self.test, self.kept = SlowLabel(), SlowLabel(), SlowLabel()
        self.train.setAccessibleName("Loss on the training set")
        self.test.setAccessibleName("Loss on the test set")
        self.train.setToolTip("Mean loss over the training set, without penalties")
        self.test.setToolTip("Mean loss over the test set, without penalties")
        self.kept.setAccessibleName("How many recorded points are kept")
        self.kept.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.kept.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.scale = QToolButton()
        self.scale.setText("log")
        self.scale.setCheckable(True)
        self.scale.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.scale.setAccessibleName("Logarithmic loss axis")
        self.scale.setToolTip("Draw the loss on a logarithmic axis: small losses can be told apart")
        self.scale.toggled.connect(self._rescale)
        self.error = SlowLabel()
        self.error.setAccessibleName("Typical error in the units of the target")
        self.error.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.error.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.train)
        row.addWidget(self.test)
        row.addWidget(self.kept, 100)
        # Where the note is hidden, the losses stay on the left.
        row.addStretch(1)
        row.addWidget(self.scale)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.error)
        column.addWidget(self.plot, 1)
        self._drawn: Frame | None = None
        self._written: Frame | None = None
        self.retheme()

    def show_picture(self, frame: Frame) -> None:
        """Draw the history of a frame."""
        if frame is self._drawn:
            return
        self._drawn = frame
        self.plot.show_history(frame.history, frame.step if frame.step < frame.last_step else None, frame.ghost)

    def show_numbers(self, whole: Frame) -> None:
        """Write the losses."""
        if whole is self._written:
            return
        self._written = whole
        unknown = whole.recorded is not None and not np.isfinite(whole.history.column("train_loss")).any()
        self.train.show_now("no loss recorded" if unknown else f"● train {measured_text(whole.train_loss)}")
        tested = whole.subject.tested
        self.test.show_now(f"● test {measured_text(whole.test_loss)}" if tested else "no test set")
        full, short = error_texts(whole)
        self.error.setVisible(bool(full))
        self.error.show_now(full, short)
        said = kept_text(whole.history.thinned)
        self.kept.show_now(said)
        bounded = "the history is bounded; of what is left out, the lowest and highest losses are kept"
        self.kept.setToolTip(f"{said}: {bounded}" if said else "")

    def _rescale(self, logarithmic: bool) -> None:
        self.plot.logarithmic = logarithmic
        self.plot.update()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make the type larger where the panel is large."""
        super().resizeEvent(event)
        points = text_points(9.5, self.width(), self.height())
        self.plot.set_type(points)
        for label in (self.train, self.test):
            label.setFont(font(points, bold=True, tabular=True))
        self.error.setFont(font(points, tabular=True))
        self.kept.setVisible(self.width() >= ROOM_FOR_KEPT)
        self.kept.setFont(font(min(points, 12.0), tabular=True))
        self.scale.setFont(font(min(points, 12.0)))

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.train.setStyleSheet(f"color: {colours.train}")
        self.test.setStyleSheet(f"color: {colours.test}")
        self.error.setStyleSheet(f"color: {colours.text}")
        self.kept.setStyleSheet(f"color: {colours.muted}")
        self.setStyleSheet(f"LossPanel {{ background: {colours.surface}; }}")
        self.update()


def error_texts(frame: Frame) -> tuple[str, str]:
    """Return what the losses are in the units of a scaled target, in full and in short; empty where it has none."""
    if frame.recorded is not None:
        return "", ""
    dataset = frame.setup.dataset
    train = dataset.typical_error(frame.train_loss)
    if train is None:
        return "", ""
    test = dataset.typical_error(frame.test_loss) if len(frame.setup.test) else None
    parts = f"±{measured_text(train)}" + (f", test ±{measured_text(test)}" if test is not None else "")
    return f"in your units: train {parts} ({dataset.target_names[0]})", parts
