import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.engine.catalogue.scaling import SCALINGS, divide_by, standardize, to_unit_range

ALL = np.arange(4)


def test_columns_get_mean_zero_and_deviation_one_over_the_training_rows():
    values = np.array([[1.0, -10.0], [2.0, 0.0], [3.0, 10.0], [9.0, 99.0]])
    scaled = standardize(values, np.array([0, 1, 2])).apply(values)
    assert np.allclose(scaled[:3].mean(axis=0), 0)
    assert np.allclose(scaled[:3].std(axis=0), 1)


@pytest.mark.parametrize("value", [0.1, 1e100, -7.0, 5e-324])
def test_a_constant_column_becomes_exactly_zero(value):
    values = np.full((4, 1), value)
    assert standardize(values, ALL).apply(values).tolist() == [[0.0]] * 4


def test_a_column_constant_in_training_only_is_scaled_by_its_largest_distance():
    values = np.array([[2.0], [2.0], [2.0], [5.0]])
    assert standardize(values, np.array([0, 1, 2])).apply(values)[:, 0].tolist() == [0, 0, 0, 1]


def test_undo_undoes():
    values = np.array([[1.0], [2.0], [4.0], [8.0]])
    for scaling in (standardize(values, ALL), divide_by(16.0, 1)):
        assert np.allclose(scaling.undo(scaling.apply(values)), values)


def test_columns_get_their_range_over_the_training_rows():
    values = np.array([[2.0, -10.0], [4.0, 0.0], [10.0, 30.0], [14.0, 50.0]])
    scaling = to_unit_range(values, np.array([0, 1, 2]))
    assert (scaling.mean.tolist(), scaling.sd.tolist()) == ([6.0, 10.0], [4.0, 20.0])
    assert scaling.apply(values).tolist() == [[-1, -1], [-0.5, -0.5], [1, 1], [2, 2]]


@pytest.mark.parametrize("kind", ["standard", "range"])
@given(st.lists(st.floats(-1e100, 1e100), min_size=2, max_size=20), st.data())
def test_scaled_values_stay_finite_and_small_whatever_the_numbers(kind, numbers, data):
    train = np.arange(data.draw(st.integers(1, len(numbers))))
    values = np.array(numbers)[:, None]
    with np.errstate(under="ignore"):
        scaled = SCALINGS[kind].fit(values, train).apply(values)
    assert np.abs(scaled).max() <= 200.001
