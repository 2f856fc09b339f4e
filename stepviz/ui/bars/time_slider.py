"""The slider along the run's own time: drag it to look back; the run goes on from where it stands."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QStyle, QStyleOptionSlider

from stepviz.engine.common.number_format import measured_text, step_text
from stepviz.runtime.checkpoints import LARGEST_BYTES, MOST
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded, guarded_filter
from stepviz.ui.core.lab import Lab
from stepviz.ui.widgets.wheel import Slider

PLACES = 1000
TIP = "Look back along the run; play goes on from there, and what was later stays as a ghost"


class TimeSlider(Slider):
    """From step 0 to the last step of the run. One look back is under way at a time, the newest wish is kept."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self._last_step = 0
        self._wanted: int | None = None
        self._frame: Frame | None = None
        self.setRange(0, PLACES)
        self.setValue(PLACES)
        self.setPageStep(PLACES // 20)
        self.setMinimumWidth(60)
        self.setAccessibleName("Time")
        self.setToolTip(TIP)
        self.valueChanged.connect(self._look)

    def show_frame(self, frame: Frame) -> None:
        """Stand where the run is."""
        self._last_step = frame.last_step
        if self._wanted is not None and not self._lab.looking_back:
            wanted, self._wanted = self._wanted, None
            self._lab.go_to(wanted)
        elif not self.isSliderDown() and not self._lab.looking_back:
            with QSignalBlocker(self):
                self.setValue(round(PLACES * frame.step / frame.last_step) if frame.last_step else PLACES)
        self._frame = frame

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Go to where the line is pressed, as films do; from there it can be dragged."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(event.position().toPoint()):
            left, room = round(event.position().x() - handle.width() / 2), self.width() - handle.width()
            self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), left, room))
        super().mousePressEvent(event)

    @guarded_filter
    def event(self, event: QEvent) -> bool:  # Qt's name
        """Say, when asked, where the run is and what is kept of it."""
        if event.type() == QEvent.Type.ToolTip and self._frame is not None:
            self.setToolTip(tip_of(self._frame))
        return super().event(event)

    def _look(self, place: int) -> None:
        # Rounded up: the last moment kept not after it is the one that the handle stands on.
        step = -(-place * self._last_step // PLACES)
        if self._lab.looking_back:
            self._wanted = step
        else:
            self._lab.go_to(step)


def tip_of(frame: Frame) -> str:
    """Return where the run is, what the slider does, and what is kept, of how much there is room for."""
    past = frame.step < frame.last_step
    if frame.recorded is not None:
        return f"Step {step_text(frame.step)} of {step_text(frame.last_step)}. Look back along the recording"
    lines = [(f"Step {step_text(frame.step)} of {step_text(frame.last_step)}. " if past else "") + TIP]
    if frame.held is not None:
        held, apart = frame.held, frame.held.interval
        every = "step" if apart == 1 else f"{step_text(apart)} steps"
        size = measured_text(held.nbytes / 2**20, 2)
        lines.append(f"{step_text(held.moments)} moments are kept, at most one every {every}: {size} MB")
        lines.append(f"There is room for {step_text(MOST)}, and for {LARGEST_BYTES / 2**20:.0f} MB")
    return "\n".join(lines)
