from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.settings.experiment import Choice, Experiment
from stepviz.engine.training.trainer import Trainer


def test_the_norm_is_limited_run_by_run_and_the_direction_kept() -> None:
    gradient = np.array([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    CLIPPINGS["norm"].clip(gradient, (1.0,))
    np.testing.assert_allclose(gradient, [[0.6, 0.8], [0.3, 0.4], [0.0, 0.0]], rtol=1e-15)


def test_squares_that_overflow_float16_do_not_spoil_the_norm() -> None:
    gradient = np.array([[30_000.0, 40_000.0]], dtype=np.float16)
    CLIPPINGS["norm"].clip(gradient, (1.0,))
    np.testing.assert_allclose(gradient, [[0.6, 0.8]], rtol=2e-3)


def test_each_entry_is_limited() -> None:
    gradient = np.array([[3.0, -4.0, 0.1]])
    CLIPPINGS["value"].clip(gradient, (0.5,))
    np.testing.assert_array_equal(gradient, [[0.5, -0.5, 0.1]])


@pytest.mark.parametrize("name", ["norm", "value"])
def test_an_update_is_no_longer_than_allowed(name: str) -> None:
    experiment = Experiment(
        optimizer=Choice("sgd"), learning_rate=2.0, precision="float64", clipping=Choice(name, {"limit": 1e-3})
    )
    trainer = Trainer(experiment)
    trainer.step()
    update = trainer.last_update()
    length = np.linalg.norm(update) if name == "norm" else np.abs(update).max()
    assert length == pytest.approx(2e-3, rel=1e-9)
    free = Trainer(replace(experiment, clipping=Choice("none")))
    free.step()
    assert np.linalg.norm(free.last_update()) > np.linalg.norm(update)


@pytest.mark.parametrize(
    ("norm", "expected"), [(0.999, 0.999), (1.0, 1.0), (1.001, 1.0), (1.5, 1.0), (1.999, 1.0), (3.0, 1.0)]
)
def test_a_norm_just_above_the_limit_is_shortened_to_it(norm: float, expected: float) -> None:
    gradient = np.array([[0.6 * norm, 0.8 * norm]])
    factor = CLIPPINGS["norm"].clip(gradient, (1.0,))
    assert np.linalg.norm(gradient) == pytest.approx(expected, rel=1e-12)
    assert factor == pytest.approx(expected / norm, rel=1e-12)
