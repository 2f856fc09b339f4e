import numpy as np
import pytest

from stepviz.engine.catalogue.features import FEATURES, apply_features, feature_names
from stepviz.engine.data.datasets import load_data
from stepviz.engine.settings.experiment import DataSettings

X = np.array([[0.5, -2.0], [3.0, 0.25]])


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("x1", [0.5, 3.0]),
        ("x2", [-2.0, 0.25]),
        ("x1^2", [0.25, 9.0]),
        ("x2^2", [4.0, 0.0625]),
        ("x1*x2", [-1.0, 0.75]),
        ("sin(x1)", [np.sin(0.5), np.sin(3.0)]),
        ("sin(x2)", [np.sin(-2.0), np.sin(0.25)]),
    ],
)
def test_each_feature_is_its_formula(key, expected):
    assert FEATURES[key].value(X).tolist() == expected


def test_features_keep_the_order_they_are_named_in():
    assert apply_features(("x2", "x1"), X).tolist() == X[:, ::-1].tolist()


def test_names_hold_the_inputs_own_names_even_if_those_look_like_features():
    assert feature_names(("x1*x2", "sin(x2)"), ("x2", "height")) == ("x2*height", "sin(height)")


def test_the_network_sees_the_features_and_transform_repeats_them():
    data = load_data(DataSettings(name="spiral", samples=50, features=("x1*x2", "x1")))
    assert data.feature_names == ("x1*x2", "x1")
    assert data.inputs.shape == data.network_inputs.shape == (50, 2)
    assert (data.network_inputs[:, 0] == data.inputs[:, 0] * data.inputs[:, 1]).all()
    assert (data.transform(data.inputs) == data.network_inputs).all()


@pytest.mark.parametrize(("name", "columns"), [("sine", 1), ("digits", 64)])
def test_features_are_for_two_inputs_only(name, columns):
    data = load_data(DataSettings(name=name, features=("x1^2",)))
    assert data.network_inputs.shape[1] == columns
    assert data.feature_names == data.input_names
