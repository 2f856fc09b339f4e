"""The cards of a diagnosis, laid out so that their type is as large as fits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from stepviz.probes.findings.finding import Finding
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.diagnosis.finding_card import FindingCard, best_points

SMALLEST, LARGEST = 9.5, 32.0
GAP = 6
# Side by side, a card must be so many sizes of its type wide.
LEAST_WIDTH = 20


class FindingCards(QScrollArea):
    """Shows findings as cards, below or beside each other; ``applied`` carries a remedy and the words on its button."""

    applied = Signal(object, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.cards: list[FindingCard] = []
        self._points, self._across, self._room = SMALLEST, False, 0
        self._inside = QWidget()
        self._flow = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._inside)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setSpacing(GAP)
        self._flow.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for ground in (self.viewport(), self._inside):
            ground.setAutoFillBackground(False)

    @property
    def held(self) -> bool:
        """Return whether the mouse is on a button: nothing should move there."""
        return any(card.button.underMouse() for card in self.cards)

    def show_findings(self, findings: Sequence[Finding], words: Sequence[str], *, enabled: bool) -> None:
        """Show findings in this order, each with the words of its button."""
        before = [_shape(card.finding) for card in self.cards if card.finding is not None]
        while len(self.cards) < len(findings):
            card = FindingCard(self.theme)
            card.applied.connect(self.applied)
            self.cards.append(card)
            self._flow.addWidget(card, 1)
        while len(self.cards) > len(findings):
            card = self.cards.pop()
            self._flow.removeWidget(card)
            card.hide()
            card.deleteLater()
        for card, finding, text in zip(self.cards, findings, words, strict=True):
            card.show_finding(finding, text, enabled=enabled)
        if before != [_shape(finding) for finding in findings] or not self._has_room():
            self.arrange()

    def enable(self, enabled: bool) -> None:
        """Allow, or do not allow, to press the buttons."""
        for card in self.cards:
            card.button.setEnabled(enabled)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Fit the type to another size."""
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Make the type as large as fits, the cards below or beside each other; scroll where nothing fits."""
        if not self.cards:
            return
        height, width = self.height(), self.width()
        plan = self._plan(width, height)
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOn if plan is None else policy.ScrollBarAlwaysOff)
        if plan is None:
            plan = SMALLEST, False, [number < 1 for number in range(len(self.cards))]
            width -= self.verticalScrollBar().sizeHint().width()
        self._points, self._across, advised = plan
        down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._flow.setDirection(right if self._across else down)
        self._room = self._card_width(width, across=self._across)
        needed = 0
        for card, shown in zip(self.cards, advised, strict=True):
            card.lay_out(self._points, self._room, advised=shown)
            # The room of each card is fixed: numbers that change must not push the next card about.
            high = height if self._across else card.height_at(self._points, self._room, advised=shown)
            card.setFixedHeight(high)
            needed = high if self._across else needed + high + GAP
        self._inside.setMinimumHeight(needed if self._across else needed - GAP)

    def retheme(self) -> None:
        """Take the theme's colours, and another scale of type."""
        for card in self.cards:
            card.retheme()
        self.arrange()

    def _plan(self, width: int, height: int) -> tuple[float, bool, list[bool]] | None:
        """Return the size of type, whether the cards stand side by side, and which of them show their advice.

        None where they fit in no way.
        """
        count = len(self.cards)
        for advising in (count, 1, 0):
            advised = [number < advising for number in range(count)]
            sizes = []
            for across in (False, True):
                fits = partial(self._fits, width=width, height=height, advised=advised, across=across)
                found = best_points(fits, SMALLEST, LARGEST)
                if found is not None:
                    sizes.append((found, across))
            if sizes:
                return *max(sizes, key=lambda size: size[0]), advised
        return None

    def _fits(self, points: float, *, width: int, height: int, advised: list[bool], across: bool) -> bool:
        room = self._card_width(width, across=across)
        if across and (len(self.cards) == 1 or room < LEAST_WIDTH * points):
            return False
        heights = [card.height_at(points, room, advised=shown) for card, shown in zip(self.cards, advised, strict=True)]
        needed = max(heights) if across else sum(heights) + GAP * (len(heights) - 1)
        return needed <= height

    def _card_width(self, width: int, *, across: bool) -> int:
        return (width - GAP * (len(self.cards) - 1)) // len(self.cards) if across else width

    def _has_room(self) -> bool:
        return all(
            card.height_at(self._points, self._room, advised=not card.advice.isHidden()) <= card.minimumHeight()
            for card in self.cards
        )


def _shape(finding: Finding) -> tuple[str, bool, bool]:
    """Return what decides how much room a finding needs, but for the length of its words."""
    return finding.name, bool(finding.twins), finding.remedy is not None
