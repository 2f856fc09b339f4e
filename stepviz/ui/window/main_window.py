"""The main window: the bars above and below, the docks between, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QToolBar

from stepviz.instruments import INSTRUMENTS
from stepviz.runtime.commands import SetFrameRate
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Failure, News, Note, Saved
from stepviz.ui.bars.activation_strip import ActivationStrip
from stepviz.ui.bars.status_line import StatusLine
from stepviz.ui.bars.transport import Transport
from stepviz.ui.core.accessibility import name_more_buttons, tend_tab_bars
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.menu_bar import MenuBar
from stepviz.ui.core.preferences import Preferences, seal, unseal, with_experiment
from stepviz.ui.core.remembered import Remembered
from stepviz.ui.core.run_pauser import RunPauser
from stepviz.ui.core.screen_room import DRAWN_FOR, fit_first
from stepviz.ui.core.theme import Theme, scaled
from stepviz.ui.docks.dock import Dock, PanelDock
from stepviz.ui.docks.dock_layout import DockLayout, editor_width
from stepviz.ui.docks.panel_links import PanelLinks
from stepviz.ui.docks.visible_panels import VisiblePanels
from stepviz.ui.documents.documents import Documents
from stepviz.ui.documents.file_menu import FileMenu
from stepviz.ui.editor.experiment_editor import ExperimentEditor
from stepviz.ui.export.save_run import RunSaving
from stepviz.ui.export.to_pytorch import PyTorchExport
from stepviz.ui.film.films import Films
from stepviz.ui.guide.guide import Guide
from stepviz.ui.handout.keep_scene import SceneKeeping
from stepviz.ui.handout.show import HandoutShow
from stepviz.ui.lessons.lessons import Lessons
from stepviz.ui.lessons.presenter import Presenter
from stepviz.ui.one_step.one_step import OneStep
from stepviz.ui.race.races import Races
from stepviz.ui.recordings.lab_recordings import LabRecordings
from stepviz.ui.start_page.start import Start
from stepviz.ui.studies.studies import Studies
from stepviz.ui.widgets.message_bar import Notices
from stepviz.ui.window.appearance import Appearance
from stepviz.ui.window.empty_lab import EmptyLab
from stepviz.ui.window.first_minute import FirstMinute
from stepviz.ui.window.heard import Heard
from stepviz.ui.window.help_dialogs import add_help
from stepviz.ui.window.hover import Hover
from stepviz.ui.window.key_filter import KeyFilter
from stepviz.ui.window.power import FULL_RATE, LOW_RATE
from stepviz.ui.window.quit_key import QuitKey
from stepviz.ui.window.stepper_menu import StepperMenu
from stepviz.ui.window.worker_messages import describe_message

# Its fields are whole, and the window still fits a projector of 1024 x 768.
NARROWEST_EDITOR = 260
EDITOR_SUMMARY = "All settings of the run; what can change without a restart does"


class MainWindow(QMainWindow):
    """The lab on screen: it builds the bars, the docks and the features, and is the Shell of the features.

    ``remembered`` holds what is remembered; ``remember`` brings it up to date. ``closing`` is emitted before the
    window closes: what feeds it has to stop then. ``run_failed``: an error of ours stopped what the run was doing.
    """

    closing = Signal()
    run_failed = Signal()

    def __init__(self, lab: Lab, theme: Theme, preferences: Preferences) -> None:
        super().__init__()
        self.lab, self.theme, self.remembered = lab, theme, Remembered(preferences)
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.hover, self.key_filter = Hover(self), KeyFilter(self)
        self.transport = Transport(lab, theme)
        self.strip = ActivationStrip(lab, theme)
        self.status = StatusLine(lab, theme)
        self.editor = ExperimentEditor(lab, theme)
        self._build_docks()
        self._build_bars()
        self.documents = Documents(lab, self)
        self.run_saving = RunSaving(lab, lambda: self.documents.folder, self)
        self.to_pytorch = PyTorchExport(lab, lambda: self.documents.folder, self)
        self.notices = Notices(self, theme)
        self.pauser = RunPauser(lab)
        self.menus = MenuBar(self.menuBar())
        self._build_features()
        self._add_entries()
        self._connect()
        name_more_buttons(self)
        self.retheme()
        self._restore()
        self.appearance.power.look()

    @property
    def main(self) -> QMainWindow:
        """Return this window, for the features."""
        return self

    def _build_docks(self) -> None:
        self.editor_dock = Dock("editor", "Experiment", EDITOR_SUMMARY,
                                self.theme, enlarges=False, parent=self)  # fmt: skip
        self.editor_dock.setWidget(self.editor)
        # What room a larger window brings is for the instruments.
        self.editor_dock.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.panel_docks = {name: PanelDock(name, self.lab, self.theme, self) for name in INSTRUMENTS}
        self.audience = VisiblePanels(self.lab, self.panel_docks, self)
        self.panel_links = PanelLinks(self.panel_docks, self)
        self.empty_lab = EmptyLab(self)
        self.layout_of_docks = DockLayout(self, self.editor_dock, self.panel_docks)

    def _build_features(self) -> None:
        # In the order of their entries in each menu.
        self.file_menu = FileMenu(self.menus, self.lab, self.documents, self.remembered, self.audience)
        self.recordings = LabRecordings(self, self.documents)
        self.films = Films(self)
        self.run_saving.add_entries(self.menus)
        self.to_pytorch.add_entries(self.menus)
        self.transport.add_entries(self.menus)
        self.stepper_menu = StepperMenu(self)
        self.strip.add_entries(self.menus)
        self.appearance = Appearance(self)
        self.presenter = Presenter(self)
        self.races = Races(self)
        self.studies = Studies(self)
        self.one_step = OneStep(self)
        self.guide = Guide(self, self.theme, self.panel_docks, self._open_lesson)
        self.lessons = Lessons(self, self.presenter, self.guide.follow_from_lesson)
        self.start = Start(self, self.lessons, self.presenter)
        self.first_minute = FirstMinute(self, self.lessons, self.races)
        self.handouts = HandoutShow(self, self.lessons, self.first_minute.rest)
        self.scenes = SceneKeeping(self)
        self.heard = Heard(self, self.lessons)
        add_help(self.menus, self, self.guide)

    def _open_lesson(self, path: Path) -> None:
        self.lessons.open(path)

    def _add_entries(self) -> None:
        add, stack = self.menus.add, self.lab.undo_stack
        quit_action = add("File/quit", "&Quit", "Close the lab; it is as you left it next time", self.close, "Ctrl+Q")
        quit_action.setMenuRole(QAction.MenuRole.QuitRole)
        self.quit_key = QuitKey(quit_action, self)
        # Named here: a desktop's own list has keys that keyboards have not, and they would stand among all keys.
        for action, keys, tip in (
            (stack.createUndoAction(self, "Undo"), ("Ctrl+Z",), "Take the last change back"),
            (stack.createRedoAction(self, "Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "Make the change again"),
        ):
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setStatusTip(tip)
            self.menus.add_actions("Edit/history", [action])
        self.menus.add_actions("View/editor", [self.editor_dock.toggleViewAction()])
        self.menus.add_actions("View/instruments", [dock.toggleViewAction() for dock in self.panel_docks.values()])
        self.full_screen = add("View/screen", "&Full screen", "Use the whole screen", self.toggle_full_screen, "F11")
        self.full_screen.setCheckable(True)
        tip = "As a second double-click on its title does; the start page goes first"
        add("View/screen", "&Put the enlarged instrument back", tip, self.step_back, "Escape")
        tip = "Put all instruments where they were at the first start"
        add("View/screen", "&Reset layout", tip, self.reset_layout)

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
        self.documents.opened.connect(self.remembered.note_file)
        self.documents.failed.connect(self.notices.warn)
        self.run_saving.saved.connect(self.notices.tell)
        self.run_saving.failed.connect(self.notices.warn)
        self.to_pytorch.done.connect(self.notices.tell)
        self.to_pytorch.failed.connect(self.notices.warn)
        self.documents.panels_wanted.connect(self.show_panels)
        self.documents.title_changed.connect(self._show_title)
        self.layout_of_docks.changed.connect(self.audience.look_soon)
        self.audience.changed.connect(self._tend_to_docks)
        self.transport.speed_changed.connect(self._note_speed)
        self.appearance.power.changed.connect(self._slow_down)
        self.key_filter.deactivated.connect(self.hover.end_soon)
        self.notices.taking_room.connect(self.layout_of_docks.note_heights)
        self.notices.gave_room.connect(self.layout_of_docks.give_heights_back)
        self.start.changed.connect(self._uncover)
        self.closing.connect(self.guide.close)
        for dock in self.panel_docks.values():
            dock.take_away.guide_wanted.connect(self.guide.open_instrument)

    # From one start to the next

    def _restore(self) -> None:
        preferences = self.remembered.preferences
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
        self.appearance.fit_type()
        fit_first(self)
        self.layout_of_docks.share_room()

    def remember(self) -> Preferences:
        """Return what is to be remembered, as things stand."""
        self.remembered.preferences = msgspec.structs.replace(
            with_experiment(self.remembered.preferences, self.lab.experiment),
            geometry=seal(bytes(self.saveGeometry().data())),
            layout=seal(self.layout_of_docks.save()),
        )
        return self.remembered.preferences

    def _note_speed(self, speed: float | None) -> None:
        self.remembered.note(speed=speed)

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

    def _slow_down(self, low: bool) -> None:
        rate = LOW_RATE if low else FULL_RATE
        self.lab.send(SetFrameRate(rate, FULL_RATE / rate))
        self.audience.turns.spare_power(low)
        self.status.show_low_power(low)

    def show_panels(self, names: Sequence[str]) -> None:
        """Show these instruments, and hide the others; names that there are not are passed over."""
        for name, dock in self.panel_docks.items():
            dock.setVisible(name in names)

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
        self.full_screen.setChecked(self.isFullScreen())

    def reset_layout(self) -> None:
        """Put all docks where they stand at the first start."""
        self.layout_of_docks.reset()
        QTimer.singleShot(0, self.layout_of_docks.share_room)

    def _show_title(self) -> None:
        self.setWindowTitle(self.documents.title)
        self.setWindowModified(self.documents.modified)

    # Qt's events

    @guarded
    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Share the room between the docks once the window has its size, and take the focus off the buttons."""
        super().showEvent(event)
        self.setFocus()
        QTimer.singleShot(0, self.layout_of_docks.settle)

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
