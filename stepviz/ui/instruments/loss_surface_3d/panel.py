"""The loss around the present weights as a landscape, with the path on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QToolButton, QVBoxLayout

from stepviz.engine.common.number_format import number_text, share_text
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.loss_surface import LossSurface
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.loss_surface_3d.gl_probe import OpenGL, OpenGLCheck, prepare
from stepviz.ui.text.number_format import text_points
from stepviz.ui.text.throttled_label import SlowLabel

if TYPE_CHECKING:
    from stepviz.ui.instruments.loss_surface_3d.gl_view import Landscape

TURN_MS, TURN_DEGREES = 40, 0.5
# Numbers cannot be read where they change oftener, and the picture is of the same step.
PAUSE = 0.2
LOOKING = "Looking whether this machine can draw in three dimensions…"


class LossSurface3DPanel(Panel):
    """A staircase has level treads: on each of them the gradient is exactly 0, however high the next one is."""

    instrument: ClassVar[Instrument] = INSTRUMENTS["loss_surface_3d"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.view: Landscape | None = None
        self.words = QLabel(LOOKING)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.words.setMargin(16)
        self.log = _button("log", "Logarithmic height", "Height by the logarithm of the loss: valleys show their depth")
        self.log.setCheckable(True)
        self.log.setChecked(True)
        self.turn = _button("turn", "Turn slowly", "Turn the landscape slowly, for a lecture")
        self.turn.setCheckable(True)
        self.home = _button("reset", "Reset the view", "Look at it as at first (drag turns it, the wheel comes nearer)")
        self.readout = SlowLabel()
        self.readout.setAccessibleName("What the landscape shows")
        self.log.toggled.connect(self._rescale)
        self.turn.toggled.connect(self._turn)
        self.home.clicked.connect(lambda _checked=False: self._look_home())
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.readout, 1)
        for button in (self.log, self.turn, self.home):
            row.addWidget(button)
        self._pages = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(self._pages, 1)
        self._pages.addWidget(self.words)
        self._surface: LossSurface | None = None
        self._moving = False
        self._is_now = False
        self._shown_at = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self._turn_on)
        self.check = OpenGLCheck(self)
        self.check.found.connect(self._build)
        self.destroyed.connect(self.check.stop)
        self._asked = False
        self.retheme()

    # Building

    @guarded
    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Look for OpenGL when it is first needed."""
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            self.check.start()
        self._turn(self.turn.isChecked())

    @guarded
    def hideEvent(self, event: QHideEvent) -> None:  # Qt's name
        """Do not turn what nobody sees."""
        super().hideEvent(event)
        self._timer.stop()

    def _build(self, found: OpenGL) -> None:
        if not found.usable:
            self._give_up(found.words)
            return
        prepare(found)
        try:
            from stepviz.ui.instruments.loss_surface_3d.gl_view import Landscape

            self.view = Landscape(self.theme)
        except Exception as error:  # whatever a driver or its binding raises: the window goes on without it
            self._give_up(f"{type(error).__name__}: {error}")
            return
        self.view.failed.connect(self._give_up)
        self._pages.addWidget(self.view)
        self._pages.setCurrentWidget(self.view)
        self.view.set_type(text_points(9.5, self.width(), self.height()))
        self._draw()

    def _give_up(self, reason: str) -> None:
        self._timer.stop()
        for button in (self.log, self.turn, self.home):
            button.setEnabled(False)
        self.words.setText(
            f"The landscape cannot be drawn: {reason}.\n\nThe map «Loss surface» shows the same losses in colours "
            "(View menu). A graphics driver with OpenGL 2.1 or later would do."
        )
        self._pages.setCurrentWidget(self.words)
        if self.view is not None:
            self.view.hide()

    # What is shown

    def show_picture(self, frame: Frame) -> None:
        """Show the newest surface, with its own numbers and the step that they are of."""
        surface, shown, now = frame.reading(LossSurface), self._surface, time.perf_counter()
        is_now = surface is not None and surface.step == frame.step and not frame.running
        if surface is shown and frame.running == self._moving and is_now == self._is_now:
            return
        asked_for = surface is None or shown is None or surface.options != shown.options
        if frame.running and not asked_for and now - self._shown_at < PAUSE:
            return
        self._shown_at, self._is_now = now, is_now
        self._surface, self._moving = surface, frame.running
        if surface is None:
            # Another run: the mountains of the last one stand until its own are there.
            self.readout.show_now("computing…")
            return
        if self.view is not None:
            self.view.marks = tuple(mark for mark in frame.history.marks if mark.step <= surface.step)
        self._draw()

    def _draw(self) -> None:
        surface = self._surface
        if surface is None:
            return
        finite = surface.loss[abs(surface.loss) < float("inf")]
        ends = (
            f"loss {number_text(float(finite.min()))} to {number_text(float(finite.max()))}"
            if len(finite)
            else "no finite loss"
        )
        flat = share_text(surface.flat_share)
        where = f" at this zoom ({number_text(1 / surface.span, 2)}×)" if surface.jumps or surface.span != 1.0 else ""
        when = "" if self._is_now else f"Step {surface.step:,}: "
        self.readout.show_now(
            f"{when}{flat} of it is exactly flat{where}; {ends}", f"{when}{flat} flat; {ends}", f"{when}{flat} flat"
        )
        if self.view is not None and not self.view.isHidden():
            self.view.show_surface(surface, logarithmic=self.log.isChecked(), moving=self._moving)

    def _rescale(self, _on: bool) -> None:
        self._draw()

    def _turn(self, on: bool) -> None:
        still = self.theme.reduced_motion
        self.turn.setToolTip("Reduced motion is on: View menu" if still else "Turn the landscape slowly, for a lecture")
        if on and self.isVisible() and self.view is not None and not self.theme.reduced_motion:
            self._timer.start()
        else:
            self._timer.stop()

    def _turn_on(self) -> None:
        if self.view is not None:
            self.view.orbit(TURN_DEGREES, 0.0)

    def _look_home(self) -> None:
        if self.view is not None:
            self.view.look_home()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Make the type larger where the panel is large."""
        super().resizeEvent(event)
        points = text_points(9.5, self.width(), self.height())
        self.readout.setFont(font(points, tabular=True))
        self.words.setFont(font(points + 1))
        if self.view is not None:
            self.view.set_type(points)

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.setStyleSheet(
            f"LossSurface3DPanel {{ background: {colours.surface}; }}"
            f"QToolButton:checked {{ color: {colours.accent}; font-weight: 600; }}"
        )
        self.words.setStyleSheet(f"color: {colours.muted}")
        self._turn(self.turn.isChecked())
        if self.view is not None:
            self.view.retheme()
            self._draw()


def _button(text: str, name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setAccessibleName(name)
    button.setToolTip(tip)
    return button
