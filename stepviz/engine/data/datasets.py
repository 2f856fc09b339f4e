"""The table of data sets, and ``load_data``: from settings to a Dataset that a network can be trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepviz.engine.catalogue import generators
from stepviz.engine.catalogue.digits import DARKEST, EXAMPLES, digits
from stepviz.engine.catalogue.features import FEATURES
from stepviz.engine.catalogue.generators import Generate
from stepviz.engine.catalogue.parameters import look_up
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_dataset import columns_of, csv_dataset
from stepviz.engine.data.csv_source import csv_bytes
from stepviz.engine.data.dataset import (
    EXAMPLES_STREAM,
    Dataset,
    Table,
    Task,
    build_dataset,
    dataset_from_arrays,
    numbered,
    stream,
)
from stepviz.engine.data.drawn import check_drawing, drawn_dataset

if TYPE_CHECKING:
    from stepviz.engine.settings.experiment import DataSettings

__all__ = ["DATASETS", "FEATURES", "Dataset", "Source", "dataset_from_arrays", "fitting_loss", "load_data"]


@dataclass(frozen=True, slots=True)
class Source:
    """An entry of the table of data sets.

    ``dimensions`` is the number of inputs (0: the person's data decide), ``most_samples`` the largest number of
    examples there is (0: all there are, the setting is not used), ``takes_noise`` whether the noise setting is used.
    ``generate`` is None where the examples are the person's own: from a file, or drawn. A network sees the inputs
    divided by ``divisor``; ``image_shape`` is (rows, columns) where an example is a picture. ``fixed``: the examples
    are always the same few, and all are for training, whatever number, noise and test share the settings ask for.
    """

    key: str
    label: str
    dimensions: int
    task: Task
    class_names: tuple[str, ...]
    description: str
    generate: Generate | None
    takes_noise: bool = True
    most_samples: int = 100_000
    divisor: float = 1.0
    image_shape: tuple[int, int] | None = None
    fixed: bool = False

    @property
    def classes(self) -> int | None:
        """Return the number of classes; None for regression, and for a file that is not read yet."""
        return len(self.class_names) or None


def _gate(key: str, generate: Generate, meaning: str) -> Source:
    label = f"{key.upper()} gate"
    return Source(
        f"gate-{key}", label, 2, "classification", ("0", "1"), f"The four inputs of {key.upper()}: {meaning}", generate,
        takes_noise=False, most_samples=4, fixed=True,
    )  # fmt: skip


DATASETS: dict[str, Source] = {
    source.key: source
    for source in (
        Source("circle", "Circle", 2, "classification", ("ring", "disc"),
               "A disc (r ≤ 0.5) inside a ring (0.7 ≤ r ≤ 1): two-class rings.", generators.circle),
        Source("xor", "XOR", 2, "classification", ("same sign", "opposite signs"),
               "Class 1 where x₁ and x₂ have opposite signs: no straight line separates it.", generators.xor),
        Source("gaussians", "Two Gaussians", 2, "classification", ("lower left", "upper right"),
               "Two round clouds: one straight line separates them.", generators.gaussians),
        Source("spiral", "Spiral", 2, "classification", ("first arm", "second arm"),
               "Two arms of 1.75 turns wound into each other: the hardest of the plane.", generators.spiral),
        Source("moons", "Moons", 2, "classification", ("upper moon", "lower moon"),
               "Two half circles that reach into each other.", generators.moons),
        Source("checkerboard", "Checkerboard", 2, "classification", ("dark", "light"),
               "4 × 4 squares in alternating classes.", generators.checkerboard),
        _gate("and", generators.gate_and, "1 where both are 1. One straight line separates them."),
        _gate("or", generators.gate_or, "1 where one of them is 1, or both. One straight line separates them."),
        _gate("nand", generators.gate_nand, "0 where both are 1. One straight line separates them."),
        _gate("xor", generators.gate_xor, "1 where they differ. No straight line separates them."),
        Source("plane", "Plane", 2, "regression", (),
               "t = (x₁ + x₂) / 2: a linear network suffices.", generators.plane),
        Source("multi-gaussian", "Multi-Gaussian", 2, "regression", (),
               "t = a sum of six Gaussian bumps (sd 0.18) of alternating sign.", generators.multi_gaussian),
        Source("threshold", "Threshold", 1, "regression", (),
               "t = 1 for x ≥ 0.25, else 0: one step unit can be exactly right.", generators.threshold),
        Source("staircase", "Staircase", 1, "regression", (),
               "Four equal steps up from t = −1 to 1.", generators.staircase),
        Source("sine", "Sine", 1, "regression", (), "t = sin πx: one period.", generators.sine),
        Source("absolute", "Absolute value", 1, "regression", (),
               "t = |x|: two ReLU units can be exactly right.", generators.absolute),
        Source("digits", "Handwritten digits", 64, "classification", tuple("0123456789"),
               "8 × 8 images of handwritten digits (Alpaydin & Kaynak 1998, UCI, CC BY 4.0).", digits,
               takes_noise=False, most_samples=EXAMPLES, divisor=DARKEST, image_shape=(8, 8)),
        Source("drawn", "Drawn by hand", 0, "classification", (),
               "Points that you draw on the decision map, or a curve.", None, takes_noise=False, most_samples=0),
        Source("csv", "CSV file", 0, "classification", (),
               "Your own table: one example per row, the target in the last column unless you name another.", None,
               takes_noise=False, most_samples=0),
    )
}  # fmt: skip


def load_data(settings: DataSettings) -> Dataset:
    """Return the data set that the settings name; the same settings give the same bits.

    ``noise`` is the standard deviation of Gaussian noise, added to the inputs of classification and to the targets of
    regression. ``test_share`` of the examples, chosen at random, are kept for the test; at least one is for training,
    and all are of a source that is ``fixed``.
    Raises InputError for a file that cannot be used.
    """
    source = look_up(DATASETS, settings.name, "data.name")
    if settings.name == "drawn":
        if settings.drawing is None:
            raise InputError("data.drawing", "nothing", "points")
        check_drawing(settings.drawing)
        return drawn_dataset(
            settings.drawing, test_share=settings.test_share, seed=settings.seed, features=settings.features
        )
    if source.generate is None:
        return csv_dataset(columns_of(csv_bytes(settings), settings), settings)
    inputs, targets = source.generate(settings.samples, settings.noise, stream(settings.seed, EXAMPLES_STREAM))
    target_names = ("class",) if source.class_names else ("t",)
    return build_dataset(
        Table(inputs, targets, source.class_names, numbered("x", source.dimensions), target_names),
        test_share=0.0 if source.fixed else settings.test_share,
        seed=settings.seed,
        features=settings.features if source.dimensions == 2 else (),
        divisor=source.divisor,
        least_range=1.0 if source.dimensions <= 2 and not source.fixed else 0.0,
        # All that is learned of a few points lies between and around them.
        margin=0.5 if source.fixed else 0.05,
        image_shape=source.image_shape,
    )


def fitting_loss(dataset: Dataset) -> str:
    """Return the key of the loss (in LOSSES) that suits the data: by its task, and whether there are two classes."""
    if dataset.task == "regression":
        return "squared-error"
    return "binary-cross-entropy" if len(dataset.class_names) == 2 else "softmax-cross-entropy"
