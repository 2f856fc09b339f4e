"""Tables and arrays that the situations of the bank are built from, drawn by a seed."""

from __future__ import annotations

import numpy as np

from stepviz.engine.data.dataset import Dataset, dataset_from_arrays


def _csv(names: str, rows: np.ndarray) -> str:
    return names + "\n" + "\n".join(",".join(f"{value:.10g}" for value in row) for row in rows) + "\n"


def _draw(seed: int) -> np.random.Generator:
    return np.random.default_rng((seed, 77))


def long_sine(seed: int) -> str:
    """One input from 0 to 999 and its sine."""
    x = np.arange(0.0, 1000.0)
    return _csv("x,y", np.column_stack([x, np.sin(2.0 * np.pi * x / 1000.0 + 0.1 * seed)]))


def salaries(seed: int) -> str:
    """Age and salary; the class is that both are above or both below the middle: no line separates it."""
    draw = _draw(seed)
    age, pay = draw.uniform(18, 70, 400), draw.uniform(20_000, 120_000, 400)
    label = (age > 44) == (pay > 70_000)
    return "age,pay,label\n" + "\n".join(
        f"{a:.0f},{p:.0f},{'yes' if y else 'no'}" for a, p, y in zip(age, pay, label, strict=True)
    )


def years(seed: int) -> str:
    """A year from 1950 to 2020 and a wave."""
    year = np.arange(1950.0, 2020.0, 0.25)
    return _csv("year,value", np.column_stack([year, np.sin((year - 1950.0) / 8.0 + seed)]))


def prices(seed: int) -> str:
    """Rooms and age of a house, and its price in hundred thousands."""
    draw = _draw(seed)
    rooms, age = draw.uniform(1, 6, 300), draw.uniform(-1.5, 1.5, 300)
    price = 200_000.0 + 60_000.0 * np.sin(rooms) + 40_000.0 * age
    return _csv("rooms,age,price", np.column_stack([rooms - 3.5, age, price]))


def random_labels(seed: int) -> str:
    """Two inputs, and classes drawn without looking at them."""
    draw = _draw(seed)
    return "a,b,label\n" + "\n".join(
        f"{a:.5f},{b:.5f},{'yes' if y else 'no'}"
        for a, b, y in zip(draw.normal(size=600), draw.normal(size=600), draw.random(600) < 0.5, strict=True)
    )


def majority(seed: int) -> str:
    """Four inputs, and nine of ten examples in one class, whatever they are."""
    draw = _draw(seed)
    x, y = draw.normal(size=(1000, 4)), draw.random(1000) < 0.1
    return "a,b,c,d,label\n" + "\n".join(
        ",".join(f"{value:.4f}" for value in row) + f",{'rare' if label else 'usual'}"
        for row, label in zip(x, y, strict=True)
    )


def constant_inputs(seed: int) -> str:
    """Two columns of one value each, and two classes."""
    labels = _draw(seed).random(60) < 0.5
    return "a,b,label\n" + "\n".join(f"5,7,{'yes' if label else 'no'}" for label in labels)


def noise_targets(seed: int) -> str:
    """Two inputs and a number that has nothing to do with them."""
    return _csv("a,b,y", _draw(seed).normal(size=(500, 3)))


def tiny_inputs(seed: int) -> Dataset:
    """XOR with inputs of 1e-4."""
    x = _draw(seed).uniform(-1.0, 1.0, (300, 2))
    return dataset_from_arrays(1e-4 * x, (x[:, 0] * x[:, 1] < 0).astype(int), test_share=0.3, seed=seed)


def large_targets(seed: int) -> Dataset:
    """A smooth function of two inputs, in millions."""
    x = _draw(seed).uniform(-1.0, 1.0, (300, 2))
    return dataset_from_arrays(x, 1e6 * (1.0 + np.sin(3.0 * x[:, 0]) * x[:, 1]), test_share=0.3, seed=seed)


def targets_of_five(seed: int) -> Dataset:
    """A wave between 4 and 6."""
    x = _draw(seed).uniform(-1.0, 1.0, (300, 1))
    return dataset_from_arrays(x, 5.0 + np.sin(3.0 * x[:, 0]), test_share=0.3, seed=seed)


def four_points(seed: int) -> Dataset:
    """The four points of XOR."""
    return dataset_from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
