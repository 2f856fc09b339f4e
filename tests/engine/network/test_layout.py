from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.common.errors import InputError
from stepviz.engine.network.layout import LayerShape, Layout

LAYOUT = Layout([LayerShape(2, 3, ("slope",)), LayerShape(3, 1)])


def test_every_parameter_stands_in_exactly_one_named_array() -> None:
    theta = np.arange(2.0 * LAYOUT.size).reshape(2, LAYOUT.size)
    arrays = LAYOUT.named(theta, run=1)
    assert {name: values.shape for name, values in arrays.items()} == {
        "layer1.weights": (2, 3),
        "layer1.biases": (3,),
        "layer1.slope": (3,),
        "layer2.weights": (3, 1),
        "layer2.biases": (1,),
    }
    gathered = np.concatenate([values.ravel() for values in arrays.values()])
    assert sorted(gathered) == sorted(theta[1])


def test_blocks_are_views_that_write_through() -> None:
    theta = np.zeros((2, LAYOUT.size))
    LAYOUT.block(theta, 1)[:, -1] = 7.0
    assert LAYOUT.named(theta, 0)["layer2.biases"] == 7.0
    assert LAYOUT.named(theta, 1)["layer2.biases"] == 7.0
    assert np.count_nonzero(theta) == 2


def test_the_mask_covers_weights_and_nothing_else() -> None:
    named = LAYOUT.named(LAYOUT.weight_mask()[None])
    assert {name: bool(values.all()) for name, values in named.items()} == {
        "layer1.weights": True,
        "layer1.biases": False,
        "layer1.slope": False,
        "layer2.weights": True,
        "layer2.biases": False,
    }
    assert not named["layer1.biases"].any()


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"layer9.weights": np.zeros(3)}, "unknown name"),
        ({"layer1.biases": np.zeros(4)}, r"shape \(4,\), expected shape \(3,\)"),
        ({"layer1.biases": np.array([0.0, np.nan, 1.0])}, "finite"),
        ({"layer1.biases": np.array(["a", "b", "c"])}, "finite"),
    ],
)
def test_writing_what_does_not_fit_is_refused_and_changes_nothing(arrays: dict[str, np.ndarray], says: str) -> None:
    theta = np.zeros((1, LAYOUT.size))
    with pytest.raises(InputError, match=says):
        LAYOUT.write(theta, {"layer2.biases": np.ones(1), **arrays})
    assert not theta.any()


def test_description_names_layer_and_units() -> None:
    assert LAYOUT.describe(0) == "layer 1, weight 1→1"
    assert LAYOUT.describe(5) == "layer 1, weight 2→3"
    assert LAYOUT.describe(6) == "layer 1, bias of unit 1"
    assert LAYOUT.describe(9) == "layer 1, slope of unit 1"
    assert LAYOUT.describe(LAYOUT.size - 1) == "layer 2, bias of unit 1"
