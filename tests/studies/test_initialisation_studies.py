"""What random networks do before any training: factors per layer, and where ReLU'(0) matters."""

from __future__ import annotations

import pytest

from stepviz.studies.backends import one_process
from stepviz.studies.run import run_study


def by_cell(columns, *names):
    keys = zip(*(columns[name] for name in names), strict=True)
    return {key: {name: column[row] for name, column in columns.items()} for row, key in enumerate(keys)}


def test_second_moments_follow_he_et_al():
    parameters = {"depth": [5], "width": [64], "batch": [32], "activation": ["relu", "linear"]}
    initialisers = {"initialiser": ["he-normal", "lecun-normal", "orthogonal"]}
    columns = run_study("vanishing", parameters | initialisers, 200, backend=one_process).table.columns
    rows = by_cell(columns, "activation", "initialiser", "layer")
    assert rows["relu", "he-normal", 3]["factor_expected"] == 1.0
    assert rows["relu", "lecun-normal", 3]["factor_expected"] == 0.5
    for row in rows.values():
        # Five standard errors, from an interval of 1.96 to each side; orthogonal linear layers keep lengths exactly.
        tolerance = 5 / 1.96 * (row["z_high"] - row["z_low"]) / 2
        assert row["z_square"] == pytest.approx(row["z_square_expected"], abs=tolerance)
        if row["delta_factor"] is not None:
            assert row["delta_factor"] == pytest.approx(row["factor_expected"], rel=0.1)


def test_functions_without_a_closed_form_have_none():
    columns = run_study(
        "vanishing", {"depth": [2], "width": [8], "activation": ["tanh"]}, 5, backend=one_process
    ).table.columns
    assert set(columns["z_square_expected"]) == {None}


def test_behind_dead_layers_relu_at_zero_matters_as_often_as_the_formula_says():
    parameters = {"depth": [2, 4], "width": [2, 4], "precision": ["float64"], "biases": ["zeros"], "batch": [1]}
    columns = run_study("relu-at-zero", parameters, 2000, backend=one_process).table.columns
    for share, formula in zip(columns["share"], columns["one_digit_formula"], strict=True):
        assert share == pytest.approx(formula, abs=5 * 0.5 / 2000**0.5)
    assert columns["one_digit_formula"][-1] == pytest.approx(1 - (1 - 1 / 16) ** 3)


def test_with_random_biases_double_precision_has_no_exact_zeros():
    parameters = {"depth": [3], "width": [16], "biases": ["fan-in"], "batch": [16]}
    columns = run_study("relu-at-zero", parameters, 50, backend=one_process).table.columns
    rows = by_cell(columns, "precision")
    assert rows["float64",]["exact_zeros_per_network"] == rows["float64",]["differing"] == 0
    assert set(rows) == {("float64",), ("float32",), ("float16",)}
