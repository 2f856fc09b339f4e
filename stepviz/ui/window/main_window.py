"""The main window: the bars above and below, the docks between, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QMainWindow,
    QSizePolicy,
    QTabBar,
    QToolBar,
)

from stepviz.instruments import INSTRUMENTS
from stepviz.runtime.commands import SetFrameRate, UseStepper
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Failure, News, Note, Saved
from stepviz.ui.bars.activation_strip import ActivationStrip
from stepviz.ui.bars.status_line import StatusLine
from stepviz.ui.bars.transport import Transport
from stepviz.ui.core.accessibility import name_more_buttons, tend_tab_bars
from stepviz.ui.core.guarded import guarded, guarded_filter
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import (
    PowerChoice,
    Preferences,
    StepperChoice,
    seal,
    unseal,
    with_experiment,
    with_lesson,
    with_recent,
)
from stepviz.ui.core.screen_room import DRAWN_FOR, TYPE_SCALES, first_type, fit_first, free_room
from stepviz.ui.core.theme import Theme, scaled
from stepviz.ui.docks.dock import Dock, PanelDock
from stepviz.ui.docks.dock_layout import DockLayout, editor_width
from stepviz.ui.docks.panel_links import PanelLinks
from stepviz.ui.docks.visible_panels import VisiblePanels
from stepviz.ui.editor.experiment_editor import ExperimentEditor
from stepviz.ui.export.save_run import RunSaving
from stepviz.ui.export.to_pytorch import PyTorchExport
from stepviz.ui.handout.keep_scene import SceneKeeping
from stepviz.ui.handout.show import HandoutShow
from stepviz.ui.lessons.presenter import Presenter, stage_type
from stepviz.ui.start_page.opening import Start
from stepviz.ui.widgets.number_box import TypedNumber
from stepviz.ui.window.documents import Documents
from stepviz.ui.window.empty_lab import EmptyLab
from stepviz.ui.window.first_minute import FirstMinute
from stepviz.ui.window.heard import Heard
from stepviz.ui.window.hover import Hover
from stepviz.ui.window.menus import Menus
from stepviz.ui.window.message_bar import Notices
from stepviz.ui.window.power import FULL_RATE, LOW_RATE, Power
from stepviz.ui.window.worker_messages import describe_message

if TYPE_CHECKING:
    from stepviz.ui.recordings.opening import Recordings

# Larger type than this is for screens on which the window still fits with it.
ANYWHERE = 1.4
# Its fields are whole, and the window still fits a projector of 1024 x 768.
NARROWEST_EDITOR = 260
EDITOR_SUMMARY = "All settings of the run; what can change without a restart does"

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class MainWindow(QMainWindow):
    """The lab on screen.

    ``preferences`` holds what is remembered; ``remember`` brings it up to date. ``closing`` is emitted before the
    window closes: what feeds it has to stop then. ``run_failed``: an error of ours stopped what the run was doing.
    """

    closing = Signal()
    run_failed = Signal()

    def __init__(self, lab: Lab, theme: Theme, preferences: Preferences) -> None:
        super().__init__()
        self.lab, self.theme, self.preferences = lab, theme, preferences
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        # An override of ``event`` would do: but painting goes through it, and where two pictures fail below a method
        # in Python, PySide ends the process instead of telling it.
        self.installEventFilter(self)
        self.setDockNestingEnabled(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.transport = Transport(lab, theme)
        self.strip = ActivationStrip(lab, theme)
        self.status = StatusLine(lab, theme)
        self.editor_dock = Dock("editor", "Experiment", EDITOR_SUMMARY,
                                theme, enlarges=False, parent=self)  # fmt: skip
        self.editor = ExperimentEditor(lab, theme)
        self.editor_dock.setWidget(self.editor)
        # What room a larger window brings is for the instruments.
        self.editor_dock.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.panel_docks = {name: PanelDock(name, lab, theme, self) for name in INSTRUMENTS}
        self.audience = VisiblePanels(lab, self.panel_docks, self)
        self.panel_links = PanelLinks(self.panel_docks, self)
        self.empty_lab = EmptyLab(self)
        self.layout_of_docks = DockLayout(self, self.editor_dock, self.panel_docks)
        self.documents = Documents(lab, self)
        self.recordings: Recordings | None = None
        self.run_saving = RunSaving(lab, lambda: self.documents.folder, self)
        self.to_pytorch = PyTorchExport(lab, lambda: self.documents.folder, self)
        self.hover = Hover(self)
        self._build_bars()
        self.power = Power(self, preferences.power)
        theme.reduce_motion(preferences.reduced_motion)
        self.setAnimated(not theme.reduced_motion)
        self.presenter = Presenter(self)
        self.start = Start(self)
        self.menus = Menus(self)
        self.notices = Notices(self, theme)
        self.first_minute = FirstMinute(self)
        self.handouts = HandoutShow(self)
        self.scenes = SceneKeeping(self)
        self.heard = Heard(self)
        self.notices.taking_room.connect(self.layout_of_docks.note_heights)
        self.notices.gave_room.connect(self.layout_of_docks.give_heights_back)
        self._connect()
        name_more_buttons(self)
        self.retheme()
        self._restore()
        self.power.look()

    def _build_bars(self) -> None:
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.transport)
        self.addToolBarBreak(Qt.ToolBarArea.TopToolBarArea)
        for name, area, widget in (
            ("Activation", Qt.ToolBarArea.TopToolBarArea, self.strip),
            ("Status", Qt.ToolBarArea.BottomToolBarArea, self.status),
        ):
            bar = QToolBar(name)
            bar.setObjectName(f"bar-{name.lower()}")
            bar.setMovable(False)
            bar.setFloatable(False)
            bar.setContentsMargins(0, 0, 0, 0)
            bar.toggleViewAction().setEnabled(False)
            bar.addWidget(widget)
            if (layout := bar.layout()) is not None:
                layout.setContentsMargins(0, 0, 0, 0)
            self.addToolBar(area, bar)

    def _connect(self) -> None:
        self.theme.changed.connect(self.retheme)
        self.lab.frame_shown.connect(self.show_frame)
        self.lab.refused.connect(self.notices.warn)
        self.lab.told.connect(self.notices.tell)
        self.editor.csv_wanted.connect(self.documents.ask_for_csv)
        self.editor.columns_wanted.connect(self.documents.choose_columns)
        self.editor.draw_wanted.connect(self.draw_data)
        self.documents.opened.connect(self._note_file)
        self.documents.failed.connect(self.notices.warn)
        self.documents.recording_wanted.connect(self._open_recording)
        self.run_saving.saved.connect(self.notices.tell)
        self.run_saving.failed.connect(self.notices.warn)
        self.to_pytorch.done.connect(self.notices.tell)
        self.to_pytorch.failed.connect(self.notices.warn)
        self.documents.panels_wanted.connect(self.show_panels)
        self.documents.title_changed.connect(self._show_title)
        self.layout_of_docks.changed.connect(self.audience.look_soon)
        self.audience.changed.connect(self._tend_to_docks)
        self.transport.speed_changed.connect(self._note_speed)
        self.power.changed.connect(self._slow_down)
        self.transport.home_wanted.connect(self.start.toggle)
        self.start.changed.connect(self._uncover)
        for dock in self.panel_docks.values():
            dock.take_away.film_wanted.connect(lambda name: self.menus.record(name))
            dock.take_away.guide_wanted.connect(lambda name: self.menus.guide.open_instrument(name))

    # From one start to the next

    def _restore(self) -> None:
        preferences = self.preferences
        self.resize(*DRAWN_FOR)
        self.layout_of_docks.reset()
        loaded = self.layout_of_docks.load(unseal(preferences.layout))
        if preferences.layout and not loaded:
            self.notices.warn("The layout of the last time cannot be used: here is the first one")
        if geometry := unseal(preferences.geometry):
            self.restoreGeometry(QByteArray(geometry))
        if preferences.type_scale != 1.0:
            self.theme.scale_type(preferences.type_scale)
        self.transport.set_speed(preferences.speed)
        self._show_title()

    def fit_screen(self) -> None:
        """Take the size, and the size of type, that suit the screen: for a first start, before it is shown."""
        if self.preferences.type_scale == Preferences().type_scale:
            scale = first_type(free_room(self).size())
            self._note(type_scale=scale)
            self.theme.scale_type(scale)
        fit_first(self)
        self.layout_of_docks.share_room()

    def remember(self) -> Preferences:
        """Return what is to be remembered, as things stand."""
        self.preferences = msgspec.structs.replace(
            with_experiment(self.preferences, self.lab.experiment),
            geometry=seal(bytes(self.saveGeometry().data())),
            layout=seal(self.layout_of_docks.save()),
        )
        return self.preferences

    def _note(self, **changes: object) -> None:
        self.preferences = msgspec.structs.replace(self.preferences, **changes)

    def _open_recording(self, path: Path) -> None:
        # Imported when the first one is opened: most starts need none.
        from stepviz.ui.recordings.opening import Recordings

        if self.recordings is None:
            self.recordings = Recordings(self.theme, self)
            self.recordings.failed.connect(self.notices.warn)
            self.recordings.shown.connect(lambda shown: self._note_file(str(shown)))
            self.closing.connect(self.recordings.close)
        self.recordings.open(path)

    def _note_file(self, path: str) -> None:
        self.preferences = with_recent(self.preferences, path)

    def note_lesson(self, name: str) -> None:
        """Remember that the lesson in the folder ``name`` was shown to its end."""
        self.preferences = with_lesson(self.preferences, name)

    def _note_speed(self, speed: float | None) -> None:
        self._note(speed=speed)

    # Frames

    def show_frame(self, frame: Frame) -> None:
        """Show a frame in the bars, and in the instruments whose turn it is."""
        self.transport.show_frame(frame)
        self.status.show_frame(frame)
        self.audience.show_frame(frame)

    def describe_message(self, news: News) -> None:
        """Show what the worker has to say."""
        show = self.notices.tell if isinstance(news, Saved | Note) else self.notices.warn
        show(describe_message(self.lab, news))
        if isinstance(news, Saved):
            self.documents.name_session(news.path)
        if isinstance(news, Failure):
            self.run_failed.emit()

    # View

    def set_theme(self, choice: str) -> None:
        """Switch the colours: ``light``, ``dark`` or ``system``."""
        self._note(theme=choice)
        self.theme.choose(choice)
        self.menus.themes[choice].setChecked(True)

    def reduce_motion(self, reduced: bool) -> None:
        """Let nothing turn or slide by itself, or let it."""
        self._note(reduced_motion=reduced)
        self.theme.reduce_motion(reduced)
        self.setAnimated(not reduced)

    def save_power(self, choice: PowerChoice) -> None:
        """Show fewer pictures a second on battery, always or never."""
        self._note(power=choice)
        self.power.choose(choice)

    def choose_stepper(self, choice: StepperChoice) -> None:
        """Let the compiled step do the updates where it can, or NumPy all of them."""
        self._note(stepper=choice)
        self.lab.send(UseStepper(choice))

    def _slow_down(self, low: bool) -> None:
        rate = LOW_RATE if low else FULL_RATE
        self.lab.send(SetFrameRate(rate, FULL_RATE / rate))
        self.audience.turns.spare_power(low)
        self.status.show_low_power(low)

    def show_panels(self, names: Sequence[str]) -> None:
        """Show these instruments, and hide the others; names that there are not are passed over."""
        for name, dock in self.panel_docks.items():
            dock.setVisible(name in names)

    def show_at_start(self, wanted: bool) -> None:
        """Open with the start page from now on, or with the lab."""
        self._note(start_page=wanted)

    def _uncover(self, covered: bool) -> None:
        self.transport.home.setChecked(covered)
        self.audience.cover(covered)

    def _tend_to_docks(self) -> None:
        tend_tab_bars(self)
        self.hover.end_soon()
        self.notices.stay_above()

    @property
    def may_step_back(self) -> bool:
        """Return whether Escape has something to take away: the start page, or the enlarging of an instrument."""
        return self.start.showing or self.layout_of_docks.enlarged is not None

    def step_back(self) -> None:
        """Take the start page away, or else put the enlarged instrument back."""
        if self.start.showing:
            self.start.leave()
        else:
            self.layout_of_docks.restore()

    def draw_data(self) -> None:
        """Bring the map into view, with the tools for drawing on it."""
        from stepviz.ui.instruments.response.panel import ResponsePanel

        dock = self.panel_docks["response"]
        dock.show()
        dock.raise_()
        if isinstance(dock.panel, ResponsePanel):
            dock.panel.begin_drawing()

    def scale_type(self, steps: int) -> None:
        """Make all type one or more steps larger (or smaller)."""
        now = min(range(len(TYPE_SCALES)), key=lambda i: abs(TYPE_SCALES[i] - self.preferences.type_scale))
        screen = self.screen().size()
        most = max(ANYWHERE, stage_type(screen.width(), screen.height(), 1.0))
        allowed = [scale for scale in TYPE_SCALES if scale <= most]
        scale = allowed[min(len(allowed) - 1, max(0, now + steps))]
        self._note(type_scale=scale)
        self.theme.scale_type(scale)

    def retheme(self) -> None:
        """Give the editor the room that its type needs."""
        narrowest = max(NARROWEST_EDITOR, scaled(NARROWEST_EDITOR))
        if narrowest != self.editor_dock.minimumWidth():
            self.editor_dock.setMinimumWidth(narrowest)
            if self.isVisible():
                # Docks take note of that only when they are given room anew.
                self.resizeDocks([self.editor_dock], [editor_width()], Qt.Orientation.Horizontal)

    def toggle_full_screen(self) -> None:
        """Use the whole screen, or no longer."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        self.menus.full_screen.setChecked(self.isFullScreen())

    def reset_layout(self) -> None:
        """Put all docks where they stand at the first start."""
        self.layout_of_docks.reset()
        QTimer.singleShot(0, self.layout_of_docks.share_room)

    def _show_title(self) -> None:
        self.setWindowTitle(self.documents.title)
        self.setWindowModified(self.documents.modified)

    def announce(self, wanted: bool) -> None:
        """Remember whether screen readers are told what happens."""
        self._note(announce=wanted)

    def offer_first_steps(self, wanted: bool) -> None:
        """Offer what to try next, now and at the next start, or no longer."""
        self._note(hint_done=not wanted)

    # Qt's events

    @guarded
    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Share the room between the docks once the window has its size, and take the focus off the buttons."""
        super().showEvent(event)
        self.setFocus()
        QTimer.singleShot(0, self.layout_of_docks.settle)

    @guarded_filter
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Leave keys that drive the run to the widget that has the focus, where it needs them itself."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focus, key = QApplication.focusWidget(), event.key()
            by_keyboard = self.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
            moves = isinstance(focus, QAbstractSlider | QComboBox | QAbstractItemView | QTabBar) and key in _ARROWS
            presses = isinstance(focus, QAbstractButton | QComboBox) and key == Qt.Key.Key_Space and by_keyboard
            takes_back = isinstance(focus, TypedNumber) and key == Qt.Key.Key_Escape and focus.edited
            if moves or presses or takes_back:
                event.accept()
                return True
        elif event.type() == QEvent.Type.WindowDeactivate:
            self.hover.end_soon()
        return False

    @guarded
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # Qt's name
        """Take one local file."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    @guarded
    def dropEvent(self, event: QDropEvent) -> None:  # Qt's name
        """Open the file."""
        event.acceptProposedAction()
        self.documents.open(event.mimeData().urls()[0].toLocalFile())

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Stop what feeds the window, then close."""
        self.presenter.leave()
        self.documents.wait()
        self.run_saving.wait()
        self.to_pytorch.wait()
        self.closing.emit()
        event.accept()
