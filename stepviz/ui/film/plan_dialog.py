"""Asks what a film is to be of, how large, how long, and how many steps a picture."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from stepviz.export.film.film import RATES
from stepviz.export.film.mp4 import MISSING, ffmpeg
from stepviz.ui.core.theme import font
from stepviz.ui.film.plan import FilmPlan
from stepviz.ui.widgets.number_box import WholeNumberBox
from stepviz.ui.widgets.wheel import ComboBox

HEIGHTS = {"720 pixels high": 720, "1080 pixels high": 1080, "As on screen": 0}
LONGEST_SECONDS, MOST_STEPS = 120, 100_000
FIRST_SECONDS, FIRST_RATE, FIRST_STEPS = 8, 10, 20
TOOL_TIP = Qt.ItemDataRole.ToolTipRole


class PlanDialog(QDialog):
    """``plan`` is what was chosen; ``accepted`` is emitted when it is to be made.

    ``choices`` maps what can be recorded to its title and its widget, ``what`` is the first choice; ``step`` is where
    the run rests, None while it is coming to rest.
    """

    def __init__(
        self, choices: Mapping[str, tuple[str, QWidget]], what: str, step: int | None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Record a film")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._widgets = {name: widget for name, (_, widget) in choices.items()}
        titles = {title: name for name, (title, _) in choices.items()}
        self.what = _choice(titles, "What is recorded", "An instrument, or all that is in the window")
        self.what.setCurrentIndex(max(0, self.what.findData(what)))
        self.height_choice = _choice(HEIGHTS, "Size", "The width follows; everything is drawn anew in this size")
        self.suffix = _choice({"GIF": ".gif", "MP4": ".mp4"}, "Kind of file",
                              "A GIF plays everywhere by itself; an MP4 is smaller and has all colours")  # fmt: skip
        self.rate = _choice({f"{rate} pictures a second": rate for rate in RATES}, "Pictures a second",
                            "How fast it is played")  # fmt: skip
        self.rate.setCurrentIndex(self.rate.findData(FIRST_RATE))
        self.seconds = _number(LONGEST_SECONDS, FIRST_SECONDS, " s", "Length", "How long it plays")
        self.steps = _number(MOST_STEPS, FIRST_STEPS, "", "Steps a picture", "Updates from each picture to the next")
        self.start = _choice({"From here": False, "From step 0: the run restarts": True}, "Start",
                             "From step 0 two films of one experiment are the same, picture by picture")  # fmt: skip
        if step is not None:
            self.name_step(step)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setFont(font(10.5))
        self.words.setAccessibleName("What the film will be")
        self._forbid_what_cannot_be()
        self._build()

    def _forbid_what_cannot_be(self) -> None:
        if ffmpeg() is None:
            place = self.suffix.findData(".mp4")
            self.suffix.setItemData(place, f"An MP4 needs {MISSING}", TOOL_TIP)
            self.suffix.setItemText(place, "MP4 (needs FFmpeg)")
            # The model of a combo box's own items.
            self.suffix.model().item(place).setEnabled(False)  # type: ignore[attr-defined]

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(8)
        for text, widget in (
            ("&What", self.what), ("&Start", self.start), ("S&teps a picture", self.steps), ("&Length", self.seconds),
            ("&Pictures", self.rate), ("Si&ze", self.height_choice), ("&Kind", self.suffix),
        ):  # fmt: skip
            form.addRow(text, widget)
            changed = widget.valueChanged if isinstance(widget, WholeNumberBox) else widget.currentIndexChanged
            changed.connect(self._describe)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        record = buttons.addButton("Record…", QDialogButtonBox.ButtonRole.AcceptRole)
        record.setToolTip("Choose a file and begin")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.words)
        column.addWidget(buttons)
        self._describe()
        self.setMinimumWidth(420)

    def name_step(self, step: int) -> None:
        """Say where the run rests."""
        self.start.setItemText(self.start.findData(False), f"From here (step {step:,})")

    @property
    def plan(self) -> FilmPlan:
        """Return what is chosen."""
        rate = self.rate.currentData()
        return FilmPlan(
            what=self.what.currentData(), suffix=self.suffix.currentData(), height=self.height_choice.currentData(),
            frames=max(2, self.seconds.value() * rate), rate=rate, steps=self.steps.value(),
            restart=self.start.currentData(),
        )  # fmt: skip

    def _describe(self) -> None:
        plan = self.plan
        shown: QSize = self._widgets[plan.what].size()
        self.words.setText(f"{plan.in_words(shown)} The run is trained for it, and rests at the end.")


def _choice(entries: Mapping[str, object], name: str, tip: str) -> QComboBox:
    box = ComboBox()
    for text, value in entries.items():
        box.addItem(text, value)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box


def _number(most: int, value: int, suffix: str, name: str, tip: str) -> WholeNumberBox:
    box = WholeNumberBox(1, most)
    box.setValue(value)
    box.setSuffix(suffix)
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box
