"""The message bar: refusals and errors in words, at the lower edge of the window, over nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from stepviz.ui.core.guarded import guarded, guarded_filter
from stepviz.ui.core.icons import icon
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.text.number_format import mix

MOST = 3
LASTS = {"info": 8.0, "problem": 30.0, "offer": 60.0}
LONGEST = 600
GAP = 4


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

    @guarded
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
    """At most three messages at the lower edge of ``over``; they go away by themselves, or when closed.

    They take their room from the window, as a margin of its layout: what they lay over could not be read meanwhile.
    ``taking_room`` is emitted before the first of them takes it, ``gave_room`` after the last has given it back.
    """

    taking_room = Signal()
    gave_room = Signal()

    def __init__(self, over: QWidget, theme: Theme) -> None:
        super().__init__(over)
        self.theme, self._over = theme, over
        self.setObjectName("notices")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._shown: list[Notice] = []
        self._waiting: list[tuple[str, str]] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(500)
        self._timer.timeout.connect(self._drop_old)
        theme.changed.connect(self._retheme)
        over.installEventFilter(self)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """Return the messages on screen, oldest first."""
        return [notice.text for notice in self._shown]

    def tell(self, text: str) -> None:
        """Show something good to know."""
        self._show_or_keep(text, "info")

    def warn(self, text: str) -> None:
        """Show a refusal or an error: the place, what was found, what is expected."""
        self._show_or_keep(text, "problem")

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
        text = shortened(text) or "Something went wrong; the log has more"
        notice = next((shown for shown in self._shown if shown.text == text), None)
        if notice is None:
            notice = Notice(text, kind, self.theme, self)
            notice.close_button.clicked.connect(lambda _checked=False, notice=notice: self.drop(notice))
            if not self._shown:
                self.taking_room.emit()
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
        if not self._shown:
            self.gave_room.emit()

    def hold(self) -> None:
        """Take all messages away, and keep new ones until ``release``: what is filmed must not change its size."""
        for notice in list(self._shown):
            self.drop(notice)
        self._waiting = []
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)

    def release(self) -> None:
        """Show what was kept."""
        waiting, self._waiting = self._waiting or [], None
        for text, kind in waiting:
            self._show(text, kind)

    def _show_or_keep(self, text: str, kind: str) -> None:
        if self._waiting is None:
            self._show(text, kind)
        else:
            self._waiting.append((text, kind))

    def withdraw(self, text: str) -> None:
        """Take a message away that is no longer true."""
        for notice in [shown for shown in self._shown if shown.text == shortened(text)]:
            self.drop(notice)

    def _drop_old(self) -> None:
        now = time.perf_counter()
        for notice in [shown for shown in self._shown if now >= shown.ends_at]:
            self.drop(notice)

    def _place(self) -> None:
        over = self._over
        width = over.width() - 2 * GAP
        height = sum(notice.heightForWidth(width) for notice in self._shown)
        height += self._column.spacing() * max(0, len(self._shown) - 1)
        over.setContentsMargins(0, 0, 0, height + 2 * GAP if self._shown else 0)
        self.setGeometry(GAP, over.height() - GAP - height, width, height)

    def _retheme(self) -> None:
        for notice in self._shown:
            notice.retheme()
        self._place()

    @guarded_filter
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Stay at the lower edge when the window changes its size."""
        if event.type() == QEvent.Type.Resize and self._shown:
            self._place()
        return False


def shortened(text: str) -> str:
    """Return a message as one paragraph that leaves room for the instruments."""
    words = " ".join(text.split())
    return words if len(words) <= LONGEST else words[:LONGEST].rsplit(" ", 1)[0] + " …"
