"""Recording as a person does it, on a lab that trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Choice
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.commands import SetSpeed
from stepviz.ui.film.films import Films
from stepviz.ui.film.plan import WINDOW, FilmPlan
from tests.ui.live import PATIENCE, open_lab

SECONDS = 30_000
PLAN = FilmPlan("loss", ".gif", height=0, frames=4, rate=10, steps=25, restart=True)


def films_of(live: LiveLab) -> Films:
    return live.window.films


def record(qtbot: QtBot, live: LiveLab, plan: FilmPlan, path: Path) -> str:
    """Return what was said when the film had ended."""
    films = films_of(live)
    films.record(plan, path)
    assert films.recording is not None
    with qtbot.waitSignal(films.recording.ended, timeout=SECONDS) as ended:
        pass
    assert ended.args is not None
    return str(ended.args[1])


def pictures(path: Path) -> list[np.ndarray]:
    with Image.open(path) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            found.append(np.asarray(image.convert("RGB")))
    return found


def step_of(live: LiveLab) -> int:
    assert live.lab.frame is not None
    return live.lab.frame.step


@pytest.mark.parametrize("what", ["loss", "loss_surface", "activation", "gradient_flow"])
def test_two_films_of_one_experiment_are_the_same_picture_by_picture(
    qtbot: QtBot, live: LiveLab, tmp_path: Path, what: str
) -> None:
    plan = FilmPlan(what, ".gif", height=0, frames=4, rate=10, steps=25, restart=True)
    said = record(qtbot, live, plan, tmp_path / "a.gif")
    assert said.startswith(f"The film is in {tmp_path / 'a.gif'}")
    assert step_of(live) == 75
    # At another pace, in another mood of the machine.
    live.lab.send(SetSpeed(17.0))
    live.window.transport.play.trigger()
    qtbot.waitUntil(lambda: step_of(live) > 80, timeout=SECONDS)
    record(qtbot, live, plan, tmp_path / "b.gif")
    first, second = pictures(tmp_path / "a.gif"), pictures(tmp_path / "b.gif")
    assert len(first) == len(second) == 4
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    assert any((one != first[0]).any() for one in first[1:]), "something moves"


def test_the_window_in_a_size_of_its_own(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    live.window.resize(1200, 800)
    plan = FilmPlan(WINDOW, ".gif", height=720, frames=2, rate=5, steps=10, restart=False)
    before = step_of(live)
    record(qtbot, live, plan, tmp_path / "window.gif")
    found = pictures(tmp_path / "window.gif")
    assert [picture.shape for picture in found] == [(720, 1080, 3)] * 2
    assert step_of(live) >= before + 10
    assert len(np.unique(found[0].reshape(-1, 3), axis=0)) > 60
    assert live.window.notices.isVisible(), "messages are back"


def test_cancel_leaves_nothing_and_the_run_as_it_is(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    films = films_of(live)
    films.record(FilmPlan("loss", ".gif", 0, 10_000, 10, 5, restart=True), tmp_path / "a.gif")
    assert films.recording is not None
    assert films.progress is not None
    progress = films.progress
    qtbot.waitUntil(lambda: progress.bar.value() > 1, timeout=SECONDS)
    assert " of 10000, " in progress.words.text()
    assert "left" in progress.words.text()
    with qtbot.waitSignal(films.recording.ended, timeout=SECONDS):
        qtbot.mouseClick(progress.cancel, Qt.MouseButton.LeftButton)
    assert list(tmp_path.iterdir()) == []
    assert films.recording is None
    assert "There is no film: the recording was cancelled" in live.window.notices.texts


def test_a_window_that_is_closed_meanwhile_leaves_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    live = open_lab(qtbot)
    films_of(live).record(FilmPlan("loss", ".gif", 0, 10_000, 10, 5, restart=True), tmp_path / "a.gif")
    live.window.close()
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_run_ends_the_recording(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    films = films_of(live)
    films.record(FilmPlan("loss", ".gif", 0, 10_000, 10, 5, restart=True), tmp_path / "a.gif")
    assert films.recording is not None
    with qtbot.waitSignal(films.recording.ended, timeout=SECONDS) as ended:
        live.window.run_failed.emit()
    assert ended.args == [False, "There is no film: an error stopped the run"]


def test_a_run_that_diverges_ends_the_film_there(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    linear = with_activation(live.lab.experiment, "linear")
    live.lab.change(replace(linear, loss="squared-error", optimizer=Choice("sgd"), learning_rate=1e5), "Steep")
    said = record(qtbot, live, FilmPlan("loss", ".gif", 0, 50, 10, 50, restart=True), tmp_path / "a.gif")
    assert "the run diverged at step" in said
    assert 1 <= len(pictures(tmp_path / "a.gif")) < 50


def test_where_nothing_can_be_written_that_is_said_at_once(live: LiveLab, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    films = films_of(live)
    films.record(PLAN, tmp_path / "file" / "a.gif")
    assert films.recording is None
    assert any("cannot be written" in text for text in live.window.notices.texts)


# The question


def test_the_menu_of_an_instrument_asks_and_begins(
    qtbot: QtBot, live: LiveLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.window.panel_docks["activation"].take_away.film.trigger()
    films = live.window.films
    assert films is not None
    dialog = films.dialog
    assert dialog is not None
    assert dialog.plan.what == "activation"
    dialog.seconds.setValue(1)
    dialog.rate.setCurrentIndex(0)
    dialog.steps.setValue(3)
    dialog.start.setCurrentIndex(1)
    assert "1 s: 5 pictures of " in dialog.words.text()
    assert "over 12 steps" in dialog.words.text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    buttons = dialog.findChild(QDialogButtonBox)
    assert buttons is not None
    accept = next(b for b in buttons.buttons() if buttons.buttonRole(b) == QDialogButtonBox.ButtonRole.AcceptRole)
    qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)
    assert films.recording is not None
    with qtbot.waitSignal(films.recording.ended, timeout=SECONDS):
        pass
    assert len(pictures(tmp_path / "mine.gif")) == 5
    assert step_of(live) == 12


def test_the_file_menu_asks_for_the_window_and_cancel_does_nothing(live: LiveLab) -> None:
    actions = {action.text().replace("&", ""): action for action in live.window.menus.menus["File"].actions()}
    actions["Record a film…"].trigger()
    films = live.window.films
    assert films is not None
    assert films.dialog is not None
    assert films.dialog.plan.what == WINDOW
    films.dialog.reject()
    assert films.dialog is None
    assert films.recording is None


@pytest.mark.parametrize(
    ("height", "size"), [(0, (400, 300)), (720, (962, 720)), (1080, (1444, 1080))]
)  # fmt: skip
def test_pictures_have_even_sides(height: int, size: tuple[int, int]) -> None:
    plan = FilmPlan("loss", ".mp4", height, 10, 10, 5, restart=False)
    found = plan.size(QSize(401, 300))
    assert (found.width(), found.height()) == size


def test_a_second_return_while_the_file_is_asked_for_is_no_second_film(
    live: LiveLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films, asked = films_of(live), []

    def ask(*_arguments: object, **_named: object) -> tuple[str, str]:
        asked.append(1)
        if len(asked) < 3:
            dialog.accept()
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    films.ask("loss")
    dialog = films.dialog
    assert dialog is not None
    dialog.accept()
    assert asked == [1]
    assert films.dialog is None


def test_a_film_from_here_begins_at_the_step_that_the_dialog_named(
    qtbot: QtBot, live: LiveLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.window.films.ask()
    films = live.window.films
    assert films is not None
    dialog = films.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: "step" in dialog.start.itemText(0), timeout=PATIENCE)
    assert live.lab.frame is not None
    assert dialog.start.itemText(0) == f"From here (step {live.lab.frame.step:,})"
    dialog.reject()
    before = live.lab.frame.step
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.running, timeout=PATIENCE)
    live.window.films.ask()
    dialog = films.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: "step" in dialog.start.itemText(0), timeout=PATIENCE)
    named = int(dialog.start.itemText(0).removesuffix(")").rpartition(" ")[2].replace(",", ""))
    assert named >= before
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a.gif"), ""))
    steps: list[int] = []
    live.lab.frame_shown.connect(lambda frame: steps.append(frame.step) if frame.film else None)
    dialog.accept()
    assert films.recording is not None
    qtbot.waitUntil(lambda: bool(steps), timeout=PATIENCE)
    assert steps[0] == named
    films.recording.cancel()
    qtbot.waitUntil(lambda: films.recording is None, timeout=PATIENCE)
