"""The window of the guide: F1 on an instrument, links to instruments and lessons, search, pictures."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.guide.pages import CONTENTS, GLOSSARY, INSTRUMENTS_PAGE, load_guide
from stepviz.instruments import HIDDEN_AT_FIRST
from stepviz.ui.guide.guide_window import GuideWindow


def opened(live: LiveLab) -> GuideWindow:
    live.window.guide.open()
    window = live.window.guide.window
    assert window is not None
    return window


@pytest.mark.parametrize("key", ["response", "gradient_flow", "stuck_units"])
def test_f1_after_a_click_on_an_instrument_opens_its_section(qtbot: QtBot, live: LiveLab, key: str) -> None:
    dock = live.window.panel_docks[key]
    dock.show()
    dock.raise_()
    qtbot.waitUntil(dock.isVisible)
    qtbot.mouseClick(dock.bar, Qt.MouseButton.LeftButton)
    dock.setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F1)
    guide = live.window.guide.window
    assert guide is not None
    assert guide.isVisible()
    assert guide.windowTitle() == "Instruments – Guide"
    assert guide.text.verticalScrollBar().value() > 0
    assert not live.window.findChildren(QDialog)


def test_the_menu_of_an_instrument_leads_to_its_section(live: LiveLab) -> None:
    live.window.panel_docks["loss"].take_away.guide.trigger()
    guide = live.window.guide.window
    assert guide is not None
    assert guide.windowTitle() == "Instruments – Guide"


def test_without_an_instrument_f1_shows_the_keys(qtbot: QtBot, live: LiveLab) -> None:
    live.window.setFocus()
    qtbot.keyClick(live.window, Qt.Key.Key_F1)
    (dialog,) = live.window.findChildren(QDialog)
    assert dialog.windowTitle() == "Keys"
    assert live.window.guide.window is None
    dialog.close()


def test_links_open_instruments_lessons_and_pages(qtbot: QtBot, live: LiveLab) -> None:
    guide, hidden = opened(live), HIDDEN_AT_FIRST[-1]
    dock = live.window.panel_docks[hidden]
    assert not dock.isVisible()
    guide.text.anchorClicked.emit(QUrl(f"instrument:{hidden}"))
    qtbot.waitUntil(dock.isVisible)
    guide.text.anchorClicked.emit(QUrl("../lessons/05-dying-relu/lesson.md"))
    show = live.window.lessons.show
    assert show is not None
    assert show.player is not None
    assert show.player.lesson.name == "05-dying-relu"
    guide.text.anchorClicked.emit(QUrl("glossary.md#stuck"))
    assert guide.windowTitle() == "Glossary – Guide"
    show.view.link_clicked.emit("../../guide/instruments.md#loss")
    assert guide.windowTitle() == "Instruments – Guide"
    show.view.link_clicked.emit("https://example.org/")
    assert guide.windowTitle() == "Instruments – Guide"


def test_back_and_forward_go_through_what_was_read(live: LiveLab) -> None:
    guide = opened(live)
    assert not guide.back.isEnabled()
    guide.show_page(GLOSSARY)
    guide.show_page(INSTRUMENTS_PAGE, "loss")
    guide.back.click()
    assert guide.windowTitle() == "Glossary – Guide"
    guide.back.click()
    assert guide.windowTitle() == "Guide – Guide"
    guide.forward.click()
    guide.contents.click()
    assert not guide.forward.isEnabled()
    assert [guide.list.item(row).text() for row in range(guide.list.count())] == [
        page.title for page in load_guide().values()
    ]


def test_what_is_searched_for_is_listed_and_enter_opens_the_first(qtbot: QtBot, live: LiveLab) -> None:
    guide = opened(live)
    guide.search.setText("starved")
    assert guide.list.item(0).text().startswith("Starved (Glossary)")
    qtbot.keyClick(guide.search, Qt.Key.Key_Return)
    assert guide.windowTitle() == "Glossary – Guide"
    guide.search.setText("xyzzy")
    assert guide.list.count() == 1
    assert "No page" in guide.list.item(0).text()
    qtbot.keyClick(guide.search, Qt.Key.Key_Return)
    assert guide.windowTitle() == "Glossary – Guide"
    guide.search.clear()
    assert guide.list.currentItem().text() == "Glossary"


def test_pictures_come_from_the_shipped_folder_alone(live: LiveLab) -> None:
    guide = opened(live)
    guide.show_page(INSTRUMENTS_PAGE)
    kind = int(QTextDocument.ResourceType.ImageResource.value)
    picture = guide.text.loadResource(kind, QUrl("../pictures/loss.png"))
    assert picture.width() > 300
    assert picture.width() <= guide.text.viewport().width() * guide.text.devicePixelRatioF()
    for name in (
        "../fonts/Inter-Bold.otf",
        "/etc/hostname",
        "../pictures/../icons/stepviz.svg",
        "../pictures/none.png",
    ):
        assert guide.text.loadResource(kind, QUrl(name)).width() == 1


def test_a_change_of_theme_and_width_keeps_the_place(qtbot: QtBot, live: LiveLab) -> None:
    guide = opened(live)
    guide.show_page(GLOSSARY, "starved")
    bar = guide.text.verticalScrollBar()
    before = bar.value() / bar.maximum()
    assert before > 0.3
    live.window.appearance.set_theme("dark")
    guide.resize(760, guide.height())
    qtbot.waitUntil(lambda: guide.text.width() < 760)
    assert abs(bar.value() / bar.maximum() - before) < 0.1
    live.window.appearance.set_theme("light")


def test_the_window_fits_a_small_screen_and_closes_with_the_lab(live: LiveLab) -> None:
    guide = opened(live)
    assert guide.minimumSizeHint().width() <= 1000
    assert guide.minimumSizeHint().height() <= 700
    live.window.close()
    assert not guide.isVisible()


def test_the_contents_stand_first(live: LiveLab) -> None:
    assert opened(live).list.currentRow() == list(load_guide()).index(CONTENTS)
