"""The first window on screens of many sizes, and what becomes of it on stage and back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QCursor, QEnterEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.ui.core.screen_room import FRAME, TYPE_SCALES, first_type, fit, free_room, room
from stepviz.ui.core.theme import scaled
from stepviz.ui.export.render import image
from stepviz.ui.plotting.picture_controls import without_controls
from stepviz.ui.window.help_dialogs import about_dialog


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [
        (1024, 768, 0.9),
        (1280, 720, 1.0),
        (1366, 768, 1.0),
        (1366, 728, 1.0),
        (1920, 1080, 1.25),
        (2560, 1440, 1.4),
        (3840, 2160, 1.7),
        (7680, 4320, 2.0),
        (800, 600, 0.8),
    ],
)
def test_half_of_what_a_screen_has_more_goes_into_the_type(width: int, height: int, scale: float) -> None:
    assert first_type(QSize(width, height)) == scale


def test_the_first_window_fits_the_screen_with_its_frame(live: LiveLab) -> None:
    window, free = live.window, free_room(live.window)
    window.fit_screen()
    try:
        assert window.height() + FRAME[1] <= free.height()
        # The screen of tests without a screen is narrower than any that the window is made for.
        assert window.width() + FRAME[0] <= free.width() or free.width() < 1024
        assert window.remembered.preferences.type_scale == first_type(free.size())
        assert window.remembered.preferences.type_scale in TYPE_SCALES
        assert scaled(100) == round(100 * window.remembered.preferences.type_scale)
    finally:
        window.theme.scale_type(1.0)


def test_a_window_is_no_larger_than_the_screen_has_room_for(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    fit(window, 10_000, 300)
    assert window.size() == QSize(room(window).width(), 300)


def test_the_screen_outlives_a_dialog_that_was_fitted_to_it(qtbot: QtBot, live: LiveLab) -> None:
    dialog: QDialog = about_dialog(live.window)
    fit(dialog, 500, 300)
    dialog.show()
    dialog.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert live.window.screen().availableGeometry().isValid()


@pytest.mark.screen
def test_after_presenter_mode_every_dock_has_its_place_and_size(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    fit(window, 1300, 720)
    qtbot.waitUntil(lambda: window.height() == min(720, room(window).height()))
    docks = [window.editor_dock, *window.panel_docks.values()]
    window.resizeDocks([window.editor_dock], [320], Qt.Orientation.Horizontal)
    window.panel_docks["slice"].show()
    qtbot.waitUntil(lambda: window.panel_docks["slice"].isVisible())
    QApplication.processEvents()

    def stand() -> list[object]:
        return [
            (dock.objectName(), dock.isVisible(), dock.geometry())
            for dock in docks
            if dock.isVisible() and dock.x() >= 0
        ]

    size, before = window.size(), stand()
    window.presenter.enter()
    window.layout_of_docks.enlarge(window.panel_docks["loss"])
    QApplication.processEvents()
    window.layout_of_docks.restore()
    window.presenter.leave()
    qtbot.waitUntil(lambda: window.size() == size)
    qtbot.waitUntil(lambda: stand() == before)


def test_a_button_that_the_mouse_has_left_unseen_has_no_frame(qtbot: QtBot, live: LiveLab) -> None:
    button = live.window.panel_docks["loss"].bar.enlarge
    assert button is not None
    QCursor.setPos(button.mapToGlobal(QPoint(-400, 300)))
    place = button.rect().center().toPointF()
    QApplication.sendEvent(button, QEnterEvent(place, place, place))
    assert button.underMouse()
    live.window.layout_of_docks.toggle(live.window.panel_docks["loss"])
    qtbot.waitUntil(lambda: not button.underMouse())


def test_the_picture_of_an_instrument_holds_no_buttons_but_says_what_they_are_set_to(live: LiveLab) -> None:
    panel = live.window.panel_docks["loss_surface"].panel
    assert panel is not None
    shown = [button for button in panel.findChildren(QAbstractButton) if button.isVisible()]
    assert shown
    with without_controls(panel) as controls:
        assert not any(button.isVisible() for button in shown)
    assert {"Random", "seed 0"} <= {text for _, _, text in controls}
    image(panel)
    assert all(button.isVisible() for button in shown)


def test_the_picture_of_a_window_shows_how_it_is_used(live: LiveLab) -> None:
    with without_controls(live.window) as controls:
        assert controls == []


def test_messages_that_come_and_go_leave_every_dock_as_it_was(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    QApplication.processEvents()
    docks = [dock for dock in window.panel_docks.values() if dock.seen]
    before = [dock.geometry() for dock in docks]
    for text in ("one", "another, much longer " * 12):
        window.notices.tell(text)
        QApplication.processEvents()
        assert [dock.geometry() for dock in docks] != before
        window.notices.withdraw(text)
        qtbot.waitUntil(lambda: [dock.geometry() for dock in docks] == before)
