"""A scene of a lesson on screen: its words, its question, its claims as they are decided, and the way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from stepviz.lessons.player import Player
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.lessons.choice_button import ChoiceButton
from stepviz.ui.lessons.claim_view import ClaimView
from stepviz.ui.text.fitted_text import FittedText
from stepviz.ui.widgets.anchored_scroll_area import SteadyScroll


class LessonView(QWidget):
    """Shows what a Player knows.

    ``back``, ``again``, ``forward``: buttons; ``predicted`` a choice, -1 for none; ``onward``: to what is offered after
    the last scene; ``link_clicked``: a link of the text as it stands there. All of the scene scrolls together, above
    the row of buttons. Each text is set once: what is selected stays so.
    """

    back = Signal()
    again = Signal()
    forward = Signal()
    predicted = Signal(int)
    link_clicked = Signal(str)
    onward = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.setObjectName("lesson")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Lesson")
        self.place, self.heading = QLabel(), QLabel()
        self.heading.setFont(font(14, bold=True))
        for label in (self.place, self.heading):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.words, self.explanation, self.question = FittedText(), FittedText(), FittedText()
        for text, name in ((self.words, "Text of the scene"), (self.explanation, "Explanation of the scene"),
                           (self.question, "Question")):  # fmt: skip
            text.setFont(font(12, bold=text is self.question))
            text.document().setDocumentMargin(0)
            text.setAccessibleName(name)
            text.anchorClicked.connect(lambda url: self.link_clicked.emit(url.toString()))
        (self.choices, self._choice_rows), (self.claims, self._claim_rows) = _group(), _group()
        self.claims.setAccessibleName("Claims of the scene")
        self.sheet = SteadyScroll(self)
        self.sheet.setObjectName("scene")
        self.sheet.setAccessibleName("Scene")
        column = self.sheet.column
        column.setContentsMargins(10, 6, 10, 2)
        column.setSpacing(5)
        for part in (self.place, self.heading, self.words, self.explanation):
            column.addWidget(part)
        self.notice = QLabel()
        self.notice.setWordWrap(True)
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setFont(font(12, bold=True))
        self.notice.setAccessibleName("What the key waits for")
        self.notice.hide()
        # Where there is room, what is claimed stays at the bottom when the explanation comes.
        column.addStretch(1)
        for below in (self.question, self.choices, self.notice, self.claims):
            column.addWidget(below)
        self.back_button = self._button("◀ Back", "The scene before (PageUp)", self.back)
        self.again_button = self._button("Reset scene", "Begin the scene again", self.again)
        self.forward_button = QPushButton(self)
        self.forward_button.clicked.connect(lambda _checked=False: self._press_forward())
        row = QHBoxLayout()
        row.setContentsMargins(12, 4, 12, 10)
        for button in (self.back_button, self.again_button, self.forward_button):
            row.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.sheet, 1)
        whole.addLayout(row)
        self.sheet.moved.connect(self._show_way_on)
        self.choice_buttons: list[ChoiceButton] = []
        self.claim_views: list[ClaimView] = []
        self._shown: tuple[object, ...] = ()
        self._player: Player | None = None
        self._offered = self._offered_tip = ""
        theme.changed.connect(self.retheme)
        self.retheme()

    def _button(self, text: str, tip: str, pressed: SignalInstance) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda _checked=False: pressed.emit())
        return button

    def show_scene(self, player: Player) -> None:
        """Show the scene that a player stands at, from its beginning."""
        self._player = player
        lesson, scene = player.lesson, player.scene
        self.place.setText(f"{lesson.title} · scene {player.index + 1} of {len(lesson.scenes)}")
        self.heading.setText(scene.title)
        folder = lesson.card.folder
        self.words.show_text(scene.text, folder)
        self.explanation.show_text(scene.explanation, folder)
        for old in (*self.choice_buttons, *self.claim_views):
            old.hide()
            old.deleteLater()
        asked = scene.question
        self.question.show_sentence(asked.text if asked else "")
        choices = asked.choices if asked else ()
        self.choice_buttons = [self._choice(number, choice.text) for number, choice in enumerate(choices)]
        self.claim_views = [ClaimView(claim, self.theme, self.claims) for claim in scene.claims]
        for button in self.choice_buttons:
            self._choice_rows.addWidget(button)
        for claim in self.claim_views:
            self._claim_rows.addWidget(claim)
        self.words.setVisible(bool(scene.text))
        for part in (self.question, self.choices):
            part.setVisible(asked is not None)
        self._shown = ()
        self.notice.hide()
        self.show_progress()
        self.sheet.to_top()

    def offer(self, text: str, tip: str) -> None:
        """Let the button say this after the last scene; ``onward`` is emitted where it is pressed then."""
        self._offered, self._offered_tip = text, tip

    def go_on(self) -> None:
        """Do what a clicker's one key for it means: show what is below the edge, or else go to the next scene.

        It skips no question and leaves no lesson by itself: it says what another press does.
        """
        player = self._player
        if self.sheet.more:
            self.sheet.page_down()
        elif player is not None and player.waits_for_prediction and self.notice.isHidden():
            self._say("Choose an answer. Page Down once more shows what happens without a choice.")
        elif player is not None and player.waits_for_prediction:
            self.predicted.emit(-1)
        elif player is not None and player.at_end and self._offered:
            self._say(f"The lesson ends here. {self._offered_tip}: press the button below.")
        else:
            self.forward.emit()

    def _press_forward(self) -> None:
        player = self._player
        if player is None or self.sheet.more:
            self.go_on()
        elif player.waits_for_prediction:
            self.predicted.emit(-1)
        elif player.at_end:
            self.onward.emit()
        else:
            self.forward.emit()

    def _say(self, text: str) -> None:
        self.notice.setText(text)
        self.notice.show()
        QTimer.singleShot(0, self.sheet, lambda: self.sheet.ensureWidgetVisible(self.notice))

    def _show_way_on(self) -> None:
        player = self._player
        text, tip, able = "Next ▶", "The next scene (PageDown)", player is not None
        if self.sheet.more:
            text, tip = "More ▼", "The rest of this scene (PageDown)"
        elif player is not None and player.waits_for_prediction:
            text, tip = "Skip question ▶", "Show what happens without a choice"
        elif player is not None and player.at_end:
            text, tip, able = (self._offered, self._offered_tip, True) if self._offered else (text, tip, False)
        self.forward_button.setText(text)
        self.forward_button.setToolTip(tip)
        self.forward_button.setAccessibleName(tip)
        self.forward_button.setEnabled(able or self.sheet.more)

    def _choice(self, number: int, sentence: str) -> ChoiceButton:
        button = ChoiceButton(sentence, self.theme, self.choices)
        button.clicked.connect(lambda _checked=False: self.predicted.emit(number))
        return button

    def show_progress(self) -> None:
        """Show what the player has decided since."""
        player = self._player
        assert player is not None
        verdicts = player.verdicts
        state = (player.index, player.waits_for_prediction, player.explains, player.answer, player.goes_on,
                 tuple(map(str, verdicts)), self.theme.colours)  # fmt: skip
        if state == self._shown:
            return
        self._shown = state
        scene, waits, colours = player.scene, player.waits_for_prediction, self.theme.colours
        self.explanation.setVisible(player.explains and bool(scene.explanation))
        self._show_answer(player)
        for view, verdict in zip(self.claim_views, verdicts, strict=True):
            view.show_verdict(verdict)
        self.claims.setVisible(bool(verdicts) and not waits)
        if not waits and not player.at_end:
            self.notice.hide()
        self.back_button.setEnabled(player.index > 0)
        self._show_way_on()
        self.forward_button.setDefault(player.record.over)
        over = player.record.over and not waits and not (player.at_end and not self._offered)
        self.forward_button.setStyleSheet(
            f"background: {colours.accent}; color: {colours.on_accent}; font-weight: 600" if over else ""
        )

    def _show_answer(self, player: Player) -> None:
        if not player.waits_for_prediction and any(button.hasFocus() for button in self.choice_buttons):
            # Qt would look for the next one and scroll to it.
            (self.sheet if self.sheet.scrolls else self.again_button).setFocus()
        for number, button in enumerate(self.choice_buttons):
            button.setEnabled(player.waits_for_prediction)
            sign = ""
            if player.answer is not None:
                sign = "✓ " if number == player.answer else "✗ " if number == player.prediction else ""
            elif number == player.prediction:
                sign = "▸ "
            button.mark(sign)

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.setStyleSheet(
            f"#lesson, #scene, #scene > QWidget > QWidget {{ background: {colours.surface}; }}"
            f" #scene {{ border: 2px solid transparent; }} #scene:focus {{ border-color: {colours.accent}; }}"
            # Seen in both themes, and no wider than it has to be.
            f" QScrollBar:vertical {{ background: {colours.surface}; width: 10px; }}"
            f" QScrollBar::handle:vertical {{ background: {colours.muted}; margin: 2px; border-radius: 3px;"
            " min-height: 24px; } QScrollBar::add-line, QScrollBar::sub-line { height: 0; }"
            f" QTextBrowser {{ background: {colours.surface};"
            f" color: {colours.text}; }} QPushButton {{ padding: 6px 10px; text-align: left; }}"
            # An answer that was given is still to be read.
            f" QPushButton:disabled {{ color: {colours.muted}; }}"
        )
        self.place.setStyleSheet(f"color: {colours.muted}")
        self.notice.setStyleSheet(f"color: {colours.accent}")
        # Of a scene that is over no frame may follow that would show it in the new colours.
        if self._player is not None:
            self.show_progress()


def _group() -> tuple[QWidget, QVBoxLayout]:
    group = QWidget()
    rows = QVBoxLayout(group)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(4)
    return group, rows
