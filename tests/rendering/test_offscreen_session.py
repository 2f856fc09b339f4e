"""Instruments without a window show the run as it stands, wait for what has to be there, and never for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QImage

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment, StopConditions
from stepviz.instruments import INSTRUMENTS
from stepviz.probes.curvature import Curvature
from stepviz.probes.loss_surface import LossSurface
from stepviz.rendering import offscreen_session as darkroom_module
from stepviz.rendering.offscreen_session import SIZE, OffscreenSession
from stepviz.rendering.render import render_experiment
from stepviz.runtime.commands import Change
from stepviz.ui.export.render import image
from stepviz.ui.instruments.loss_surface.panel import STANDING, LossSurfacePanel
from stepviz.ui.instruments.unit_ledger.panel import UnitLedgerPanel
from tests.ui.built_panels import network

RINGS = Experiment(seed=3)


@pytest.fixture
def darkroom() -> Iterator[OffscreenSession]:
    with OffscreenSession(RINGS) as made:
        yield made


def test_an_instrument_shows_readings_of_the_very_moment_as_fine_as_it_wants_them(darkroom: OffscreenSession) -> None:
    for _ in range(3):
        darkroom.advance(20)
    with darkroom.instruments(["loss_surface"]) as (panel,):
        assert isinstance(panel, LossSurfacePanel)
        surface, frame = panel.map.surface, darkroom.lab.frame
        assert surface is not None
        assert frame is not None
        curvature = frame.reading(Curvature)
        assert curvature is not None
        assert (surface.step, curvature.step, frame.step) == (60, 60, 60)
        assert surface.loss.shape == (STANDING, STANDING)
        assert panel.map.readouts


def test_a_part_of_a_run_is_so_many_updates_and_takes_no_time_for_instruments(darkroom: OffscreenSession) -> None:
    frames = [darkroom.advance(part) for part in (0, 7, 13)]
    assert [frame.step for frame in frames] == [0, 7, 20]
    assert frames[-1].history.column("step").tolist() == [0, 7, 20]
    assert frames[-1].reading(LossSurface) is None


def test_the_same_run_gives_the_same_pictures() -> None:
    names = [name for name in INSTRUMENTS if name != "loss_surface_3d"]

    def taken() -> list[QImage]:
        with OffscreenSession(RINGS) as made:
            for _ in range(4):
                made.advance(10)
            with made.instruments(names) as panels:
                return [image(panel) for panel in panels]

    once, again = taken(), taken()
    assert [name for name, one, other in zip(names, once, again, strict=True) if one != other] == []


def test_a_table_is_shown_whole() -> None:
    with OffscreenSession(network(24, 16, activation="step")) as made:
        made.advance(10)
        with made.instruments(["loss", "unit_ledger"]) as (loss, ledger):
            assert isinstance(ledger, UnitLedgerPanel)
            assert (loss.width(), loss.height()) == SIZE
            table = ledger.table
            assert table.model().rowCount() == 40
            assert not table.verticalScrollBar().isVisible()
            assert not table.horizontalScrollBar().isVisible()
            assert table.sizeHintForColumn(6) <= table.columnWidth(6)


def test_a_table_too_long_for_any_picture_scrolls() -> None:
    with OffscreenSession(network(400, activation="step")) as made:
        made.advance(1)
        with made.instruments(["unit_ledger"]) as (ledger,):
            assert ledger.height() == darkroom_module.LARGEST.height()


def test_nothing_is_waited_for_without_end(darkroom: OffscreenSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(darkroom_module, "PATIENCE", 0.2)
    monkeypatch.setattr(darkroom._mailbox, "post", lambda _frame: None)
    with pytest.raises(InputError, match=r"the run: found no answer, expected one within 0\.2 s"):
        darkroom.advance(1)


def test_a_refusal_is_said(darkroom: OffscreenSession) -> None:
    darkroom.lab.send(Change(replace(RINGS, learning_rate=-1.0)))
    with pytest.raises(InputError, match="learning_rate"):
        darkroom.advance(1)


def test_an_error_of_the_program_is_raised(darkroom: OffscreenSession) -> None:
    with pytest.raises(RuntimeError, match="no such probe"):
        darkroom.advance(1, frozenset({"no such probe"}))


def test_a_run_that_stops_early_is_rendered_where_it_stopped(tmp_path: Path) -> None:
    stopping = replace(RINGS, stop=StopConditions(loss_below=0.5))
    made = render_experiment(stopping, 5000, tmp_path, "rings")
    with OffscreenSession(stopping) as room:
        stopped = room.advance(5000)
    assert stopped.stopped is not None
    assert stopped.step < 5000
    assert f"After {stopped.step:,} steps." in made[-1].read_text()
