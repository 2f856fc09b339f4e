"""The field for a typed number: it takes every usual way to write one, and refuses the rest where all can see it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QSignalBlocker, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPalette, QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDialog, QDoubleSpinBox, QSpinBox

from stepviz.engine.common.typed_number import range_words, read_number, shown_number
from stepviz.ui.core.guarded import guarded
from stepviz.ui.widgets.refusal import Refusal
from stepviz.ui.widgets.wheel import WheelAfterClick

if TYPE_CHECKING:

    class _SpinBox(QAbstractSpinBox):
        """What both kinds of spin boxes have; the numbers are whole in one of them."""

        def value(self) -> Any: ...
        def minimum(self) -> Any: ...
        def maximum(self) -> Any: ...
        def setRange(self, low: Any, high: Any) -> None: ...
        def prefix(self) -> str: ...
        def suffix(self) -> str: ...

else:
    _SpinBox = object

# Qt rounds what it is given to so many places; these are all that a float has.
ALL_PLACES = 323
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TypedNumber(WheelAfterClick, _SpinBox):
    """Stands before a spin box of Qt in its bases: what is typed is read by ``engine.typed_number``, by no locale.

    Every letter can be typed. At Enter, and when the focus leaves, a number in the range becomes the value; anything
    else stays red in the field (at Enter) or gives way to the last value (when the focus leaves), and a sentence below
    the field says what was found and what is taken. The range is in the tool tip. After Enter the keys are the
    window's again.
    """

    whole = False

    def _set_up(self, low: float, high: float) -> None:
        self._tip = ""
        self._refusal: Refusal | None = None
        self.setLocale(QLocale.c())
        # Half-typed numbers are not settings yet.
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setRange(low, high)
        self.lineEdit().textEdited.connect(lambda _text: self._note_edit())

    # What Qt asks

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let every text be typed: a letter that vanishes would make another number of the rest."""
        ready = not self._complaint(text)
        return (QValidator.State.Acceptable if ready else QValidator.State.Intermediate), text, position

    def valueFromText(self, text: str) -> Any:  # Qt's name
        """Return the number that a text means, the present one where that is what the text shows."""
        if text == self.specialValueText() != "":
            return self.minimum()
        bare = self._bare(text)
        if bare in ("", self.textFromValue(self.value())):
            return self.value()
        number = read_number(bare, self.minimum(), self.maximum(), whole=self.whole)
        return int(number) if self.whole else number

    def textFromValue(self, value: float) -> str:  # Qt's name
        """Return the number with the digits that it has."""
        return shown_number(value)

    def setRange(self, low: float, high: float) -> None:  # Qt's name
        """Set the range, and say it."""
        super().setRange(low, high)
        self._say_range()

    def setMaximum(self, high: float) -> None:  # Qt's name
        """Set the end of the range, and say it."""
        self.setRange(min(self.minimum(), high), high)

    def setMinimum(self, low: float) -> None:  # Qt's name
        """Set the beginning of the range, and say it."""
        self.setRange(low, max(low, self.maximum()))

    def setToolTip(self, tip: str) -> None:  # Qt's name
        """Set what the number means; the range is added."""
        self._tip = tip
        self._say_range()

    def _say_range(self) -> None:
        words = range_words(self.minimum(), self.maximum())
        self.setAccessibleDescription(words)
        super().setToolTip(f"{self._tip}\n{words.capitalize()}" if self._tip else words.capitalize())

    # What a person types

    @property
    def edited(self) -> bool:
        """Return whether something was typed that is not the value yet."""
        return self.lineEdit().isModified()

    @property
    def complaint(self) -> str:
        """Return what is wrong with the text in the field, nothing where it can be taken."""
        return self._complaint(self.lineEdit().text())

    def _complaint(self, text: str) -> str:
        if text == self.specialValueText() != "":
            return ""
        try:
            read_number(self._bare(text), self.minimum(), self.maximum(), whole=self.whole)
        except ValueError as error:
            # What is shown is the value, whatever it is: an output may stand beyond the range.
            return "" if self._bare(text) == self.textFromValue(self.value()) else str(error)
        return ""

    def _bare(self, text: str) -> str:
        return text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip()

    def take(self) -> bool:
        """Make what is typed the value, as Enter does; return False where it is refused."""
        complaint = self.complaint
        if complaint:
            self._refuse(complaint)
        else:
            self.interpretText()
        return not complaint

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Take the number at Enter and hand the keys back to the window; give the old one back at Escape."""
        if event.key() in ENTER:
            if complaint := self.complaint:
                self._refuse(complaint)
                self.selectAll()
                event.accept()
                return
            edited = self.edited
            super().keyPressEvent(event)
            self._let_go()
            # In a dialog Enter also presses the default button, but not the one that took a number.
            event.setAccepted(edited)
        elif event.key() == Qt.Key.Key_Escape and self.edited:
            self._forget()
            self._let_go()
            event.accept()
        else:
            super().keyPressEvent(event)

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Take the number; give the old one back where it is none, and say so."""
        if event.reason() in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            super().focusOutEvent(event)
            return
        if self.edited and (complaint := self.complaint):
            self._forget()
            self._refuse(f"{complaint}. {self.text()} stays")
        super().focusOutEvent(event)

    def _let_go(self) -> None:
        window = self.window()
        if window.focusPolicy() != Qt.FocusPolicy.NoFocus:
            window.setFocus()
        elif not isinstance(window, QDialog):
            self.clearFocus()

    def _forget(self) -> None:
        """Show the value again in the place of what was typed."""
        with QSignalBlocker(self):
            # Qt shows the last value in the place of what is no number.
            self.lineEdit().setText("")
            self.interpretText()
        if self._refusal is not None:
            self._refusal.end()
        self._colour(refused=False)

    def _note_edit(self) -> None:
        if self._refusal is not None:
            self._refusal.end()
        self._colour(refused=bool(self.complaint) and bool(self._bare(self.lineEdit().text())))

    def _refuse(self, complaint: str) -> None:
        if self._refusal is None:
            self._refusal = Refusal(self)
        self._refusal.say(complaint)

    def _colour(self, *, refused: bool) -> None:
        palette = QPalette()
        if refused:
            palette.setColor(QPalette.ColorRole.Text, self.palette().color(QPalette.ColorRole.BrightText))
        self.lineEdit().setPalette(palette)


class NumberBox(TypedNumber, QDoubleSpinBox):
    """A field for a number from ``low`` to ``high``, which keeps all digits that are typed.

    The arrow keys change it by ``step``; 0: by a tenth of its first digit.
    """

    def __init__(self, low: float, high: float, step: float = 0.0) -> None:
        super().__init__()
        self.setDecimals(ALL_PLACES)
        self._set_up(low, high)
        self.step = step

    def stepBy(self, steps: int) -> None:  # Qt's name
        """Change the value by steps: of the size that was set, or of a tenth of its first digit."""
        self.interpretText()
        value = self.value()
        step = self.step or 10.0 ** (math.floor(math.log10(abs(value))) - 1 if value else -2)
        # Not 0.30000000000000004.
        self.setValue(float(f"{value + steps * step:.12g}"))
        self.selectAll()


class WholeNumberBox(TypedNumber, QSpinBox):
    """A field for a whole number from ``low`` to ``high``."""

    whole = True

    def __init__(self, low: int, high: int, step: int = 1) -> None:
        super().__init__()
        self._set_up(low, high)
        self.setSingleStep(step)
