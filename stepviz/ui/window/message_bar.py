"""The message bar: refusals and errors in words, over the window, never in its way."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from stepviz.ui.core.icons import icon
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.text.number_format import mix

MOST = 3
LASTS = {"info": 8.0, "problem": 30.0, "offer": 60.0}
WIDEST = 900


class Notice(QFrame):
    """One message; the same message again only raises its count."""

    def __init__(self, text: str, kind: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.text, self.kind, self.theme = text, kind, theme
        self.times = 1
        self.ends_at = 0.0
        self.label = QLabel(text)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setFont(font(11.5))
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setIconSize(QSize(16, 16))
        self.close_button.setToolTip("Close this message")
        self.close_button.setAccessibleName("Close this message")
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 8, 8, 8)
        row.addWidget(self.label, 1)
        self._row = row
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(text)
        self.retheme()

    def add(self, button: QPushButton) -> None:
        """Put a button before the one that closes."""
        self._row.insertWidget(1, button)

    def again(self) -> None:
        """Count the same message once more."""
        self.times += 1
        self.label.setText(f"{self.text}  (×{self.times})")

    def retheme(self) -> None:
        """Take the theme's colours."""
        self.close_button.setIcon(icon("close", self.theme.colours))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint a card with a bar in the colour of its kind."""
        colours = self.theme.colours
        tint = colours.zero if self.kind == "problem" else colours.accent
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tint), 1))
        painter.setBrush(mix(colours.raised, tint, 0.08))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tint))
        painter.drawRoundedRect(QRectF(4, 5, 5, self.height() - 10), 2.5, 2.5)
        painter.end()


class Notices(QWidget):
    """At most three messages on ``over``, just above the widget ``above``; they go away by themselves, or when closed.

    It lies over the window and takes no room from it: the instruments do not jump when something goes wrong.
    """

    def __init__(self, over: QWidget, theme: Theme, *, above: QWidget) -> None:
        super().__init__(over)
        self.theme, self._over, self._above = theme, over, above
        self.setObjectName("notices")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._shown: list[Notice] = []
        self._timer = QTimer(self)
        self._timer.setInterval(500)
        self._timer.timeout.connect(self._drop_old)
        theme.changed.connect(self._retheme)
        # It moves last of all when the window changes its size.
        above.installEventFilter(self)
        over.installEventFilter(self)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """Return the messages on screen, oldest first."""
        return [notice.text for notice in self._shown]

    def tell(self, text: str) -> None:
        """Show something good to know."""
        self._show(text, "info")

    def warn(self, text: str) -> None:
        """Show a refusal or an error: the place, what was found, what is expected."""
        self._show(text, "problem")

    def offer(self, text: str, label: str, accept: Callable[[], object]) -> None:
        """Show something that the person can have done by a button called ``label``."""
        self._show(text, "offer")
        notice = self._shown[-1]
        button = QPushButton(label)
        button.setAccessibleName(label)
        button.clicked.connect(lambda _checked=False: self.drop(notice))
        button.clicked.connect(lambda _checked=False: accept())
        notice.add(button)
        self._place()

    def _show(self, text: str, kind: str) -> None:
        text = text.strip() or "Something went wrong; the log has more"
        notice = next((shown for shown in self._shown if shown.text == text), None)
        if notice is None:
            notice = Notice(text, kind, self.theme, self)
            notice.close_button.clicked.connect(lambda _checked=False, notice=notice: self.drop(notice))
            self._shown.append(notice)
            self._column.addWidget(notice)
            for oldest in self._shown[:-MOST]:
                self.drop(oldest)
        else:
            notice.again()
        notice.ends_at = time.perf_counter() + LASTS[kind]
        self._timer.start()
        self.show()
        notice.show()
        self.raise_()
        self._place()

    def stay_above(self) -> None:
        """Come to the front again: docks that were put anew lie over what stood before."""
        if self._shown:
            self.raise_()

    def drop(self, notice: Notice) -> None:
        """Take a message away."""
        if notice not in self._shown:
            return
        self._shown.remove(notice)
        self._column.removeWidget(notice)
        notice.hide()
        notice.deleteLater()
        if not self._shown:
            self._timer.stop()
            self.hide()
        self._place()

    def withdraw(self, text: str) -> None:
        """Take a message away that is no longer true."""
        for notice in [shown for shown in self._shown if shown.text == text]:
            self.drop(notice)

    def _drop_old(self) -> None:
        now = time.perf_counter()
        for notice in [shown for shown in self._shown if now >= shown.ends_at]:
            self.drop(notice)

    def _place(self) -> None:
        over = self._over
        width = min(WIDEST, over.width() - 24)
        height = sum(notice.heightForWidth(width) for notice in self._shown)
        height += self._column.spacing() * max(0, len(self._shown) - 1)
        bottom = self._above.mapTo(over, QPoint(0, 0)).y() - 12
        self.setGeometry((over.width() - width) // 2, bottom - height, width, height)

    def _retheme(self) -> None:
        for notice in self._shown:
            notice.retheme()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Stay at the lower edge when the window changes its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self._shown:
            self._place()
        return False
