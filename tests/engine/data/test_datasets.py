import hashlib

import msgspec
import numpy as np
import pytest

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.dataset import EXAMPLES_STREAM, stream
from stepviz.engine.data.datasets import DATASETS, dataset_from_arrays, fitting_loss, load_data
from stepviz.engine.settings.experiment import DataSettings
from stepviz.shipped import resource

GENERATED = [key for key, source in DATASETS.items() if source.generate is not None]
FIXED = [key for key, source in DATASETS.items() if source.fixed]
DRAWN_ANEW = [key for key in GENERATED if key not in FIXED]
SYNTHETIC = [key for key in DRAWN_ANEW if key != "digits"]


def clean(name: str, **others) -> DataSettings:
    return msgspec.structs.replace(DataSettings(name=name, samples=400, noise=0.0), **others)


@pytest.mark.parametrize("name", DRAWN_ANEW)
def test_same_settings_same_bits_other_seed_other_examples(name):
    settings = DataSettings(name=name, samples=100)
    first, second = load_data(settings), load_data(settings)
    other = load_data(msgspec.structs.replace(settings, seed=1))
    for field in ("inputs", "network_inputs", "targets", "train", "test"):
        assert getattr(first, field).tobytes() == getattr(second, field).tobytes(), field
    assert first.inputs.tobytes() != other.inputs.tobytes()
    assert first.train.tobytes() != other.train.tobytes()


@pytest.mark.parametrize("name", GENERATED)
def test_a_dataset_is_what_its_source_says(name):
    source, data = DATASETS[name], load_data(DataSettings(name=name, samples=100))
    count = 4 if source.fixed else 100
    assert data.inputs.shape == (count, source.dimensions)
    assert data.task == source.task
    assert len(data.class_names) == (source.classes or 0)
    assert data.targets.shape == ((count,) if source.classes else (count, 1))
    assert data.targets.dtype == (np.int64 if source.classes else np.float64)
    assert len(data.input_names) == len(data.input_ranges) == source.dimensions
    assert len(data.target_ranges) == (0 if source.classes else 1)
    assert source.description
    assert not any(array.flags.writeable for array in (data.inputs, data.network_inputs, data.targets))


@pytest.mark.parametrize("name", SYNTHETIC)
def test_clean_inputs_fill_the_square_from_minus_one_to_one(name):
    inputs = load_data(clean(name, samples=2000)).inputs
    bound = 1.2 if name == "gaussians" else 1.0
    assert np.abs(inputs).max() <= bound
    assert np.abs(inputs[:, 0]).max() > 0.9


@pytest.mark.parametrize("name", SYNTHETIC)
@pytest.mark.parametrize("samples", [2, 3, 7])
def test_few_samples_still_hold_every_class(name, samples):
    data = load_data(clean(name, samples=samples, test_share=0.9))
    assert len(data.inputs) == samples
    assert len(data.train) >= 1
    if data.class_names:
        assert np.bincount(data.targets, minlength=2).min() >= samples // 2


def test_the_circle_is_a_disc_in_a_ring():
    data = load_data(clean("circle"))
    radius = np.hypot(*data.inputs.T)
    assert radius[data.targets == 1].max() <= 0.5
    assert radius[data.targets == 0].min() >= 0.7
    assert data.class_names == ("ring", "disc")


def test_xor_is_one_where_the_signs_differ():
    data = load_data(clean("xor"))
    assert ((data.inputs[:, 0] * data.inputs[:, 1] < 0) == data.targets).all()
    assert np.abs(data.inputs).min() >= 0.05


def test_checkerboard_squares_alternate_and_all_are_filled():
    data = load_data(clean("checkerboard"))
    squares = np.floor((data.inputs + 1) * 2).astype(int)
    assert (squares.sum(axis=1) % 2 == data.targets).all()
    assert len({tuple(square) for square in squares}) == 16


def test_the_arms_of_the_spiral_face_each_other():
    data = load_data(clean("spiral"))
    radius = np.hypot(*data.inputs.T)
    along = 1.75 * 2 * np.pi * radius
    side = data.inputs[:, 0] * np.sin(along) + data.inputs[:, 1] * np.cos(along)
    assert np.allclose(side, np.where(data.targets == 1, -radius, radius))


def test_moons_lie_on_two_half_circles_of_radius_two_thirds():
    data = load_data(clean("moons"))
    upper = data.targets == 0
    centres = np.where(upper[:, None], [-0.5, -0.25], [0.5, 0.25]) / 1.5
    centres[~upper] = (np.array([1.0, 0.5]) - [0.5, 0.25]) / 1.5
    offset = data.inputs - centres
    assert np.allclose(np.hypot(*offset.T), 1 / 1.5)
    assert (offset[upper, 1] >= -1e-12).all()
    assert (offset[~upper, 1] <= 1e-12).all()


def test_one_straight_line_separates_the_two_gaussians():
    data = load_data(clean("gaussians"))
    assert ((data.inputs.sum(axis=1) > 0) == data.targets).mean() > 0.99


@pytest.mark.parametrize(
    ("name", "gate"),
    [
        ("gate-and", lambda a, b: a and b),
        ("gate-or", lambda a, b: a or b),
        ("gate-nand", lambda a, b: not (a and b)),
        ("gate-xor", lambda a, b: a != b),
    ],
)
def test_a_gate_is_its_whole_table_whatever_the_settings_ask_for(name, gate):
    for settings in (DataSettings(name), DataSettings(name, samples=2, noise=3.0, test_share=0.9, seed=7)):
        data = load_data(settings)
        assert data.inputs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
        assert data.targets.tolist() == [int(gate(a == 1, b == 1)) for a, b in data.inputs]
        assert (data.train.tolist(), data.test.tolist()) == ([0, 1, 2, 3], [])
        assert data.class_names == ("0", "1")
        assert data.input_ranges == ((-0.5, 1.5), (-0.5, 1.5))


def test_every_gate_is_tried():
    assert FIXED == ["gate-and", "gate-or", "gate-nand", "gate-xor"]


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("plane", lambda x: x.mean(axis=1)),
        ("threshold", lambda x: np.heaviside(x[:, 0] - 0.25, 1.0)),
        ("staircase", lambda x: np.array([-1, -1 / 3, 1 / 3, 1])[np.digitize(x[:, 0], [-0.5, 0.0, 0.5])]),
        ("sine", lambda x: np.sin(np.pi * x[:, 0])),
        ("absolute", lambda x: np.abs(x[:, 0])),
    ],
)
def test_clean_targets_are_the_function(name, function):
    data = load_data(clean(name))
    assert np.allclose(data.targets[:, 0], function(data.inputs))


def test_multi_gaussian_has_six_bumps_of_alternating_sign():
    data = load_data(clean("multi-gaussian", samples=20_000))
    for number in range(6):
        centre = np.array([(number % 3 - 1) * 2 / 3, (1 if number < 3 else -1) * 5 / 12])
        near = np.hypot(*(data.inputs - centre).T) < 0.05
        assert data.targets[near].mean() == pytest.approx((-1) ** number, abs=0.1)


def test_noise_is_the_standard_deviation_on_inputs_for_classes_on_targets_for_regression():
    for name, field in (("moons", "inputs"), ("plane", "targets")):
        quiet, noisy = (load_data(clean(name, samples=50_000, noise=noise)) for noise in (0.0, 0.3))
        added = getattr(noisy, field) - getattr(quiet, field)
        assert added.std() == pytest.approx(0.3, rel=0.02)
        other = "targets" if field == "inputs" else "inputs"
        assert (getattr(noisy, other) == getattr(quiet, other)).all()


def test_another_test_share_keeps_the_examples():
    small, large = (load_data(DataSettings(test_share=share)) for share in (0.1, 0.5))
    assert (small.inputs == large.inputs).all()
    assert (len(small.test), len(large.test)) == (40, 200)


def test_the_split_is_drawn_independently_of_the_examples():
    # From one stream, the order of the split would be the order in which the digits themselves were drawn.
    data = load_data(DataSettings(name="digits", samples=1797, test_share=0.5))
    drawn = stream(0, EXAMPLES_STREAM).permutation(1797)
    assert set(data.test.tolist()) != set(drawn[: len(data.test)].tolist())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_the_split_takes_every_example_once(share):
    data = load_data(DataSettings(samples=11, test_share=share))
    assert sorted([*data.train, *data.test]) == list(range(11))
    assert len(data.test) == round(11 * share)


def test_axes_hold_all_points_and_at_least_the_square():
    for noise in (0.0, 2.0):
        data = load_data(DataSettings(noise=noise))
        for column, (low, high) in zip(data.inputs.T, data.input_ranges, strict=True):
            assert low <= -1 < 1 <= high
            assert low < column.min() <= column.max() < high


def test_a_hundred_thousand_samples():
    assert len(load_data(DataSettings(name="spiral", samples=100_000)).inputs) == 100_000


def test_digits_are_the_shipped_images():
    data = load_data(DataSettings(name="digits", samples=100_000, noise=3.0))
    assert data.inputs.shape == (1797, 64)
    assert data.image_shape == (8, 8)
    assert (data.inputs.min(), data.inputs.max()) == (0, 16)
    assert (data.network_inputs == data.inputs / 16).all()
    assert np.bincount(data.targets).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.inputs[0, :8].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert len(load_data(DataSettings(name="digits", samples=50)).inputs) == 50


def test_the_licence_beside_the_digits_names_their_source_and_their_hash():
    text = resource("datasets", "digits.LICENCE.txt").read_text(encoding="utf-8")
    assert hashlib.sha256(resource("datasets", "digits.csv.gz").read_bytes()).hexdigest() in text
    for words in ("Alpaydin", "Kaynak", "CC BY 4.0", "10.24432/C50P49"):
        assert words in text


@pytest.mark.parametrize(
    ("name", "loss"),
    [("circle", "binary-cross-entropy"), ("digits", "softmax-cross-entropy"), ("sine", "squared-error")],
)
def test_the_fitting_loss_serves_the_data(name, loss):
    assert fitting_loss(load_data(DataSettings(name=name))) == loss
    assert loss in LOSSES


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"data\.name: found cirle, expected one of circle, xor"):
        load_data(DataSettings(name="cirle"))


def test_given_arrays_are_left_as_they_are():
    inputs = np.array([[1.0, 200.0, 3.0], [4.0, 5.0, 6.0]])
    data = dataset_from_arrays(inputs, [[1.0, 2.0], [3.0, 4.0]])
    assert (data.network_inputs == inputs).all()
    assert data.task == "regression"
    assert data.targets.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert data.train.tolist() == [0, 1]
    assert data.test.tolist() == []
    assert inputs.flags.writeable
    classes = dataset_from_arrays(inputs, np.array([True, False]))
    assert (classes.task, classes.class_names, classes.targets.tolist()) == ("classification", ("0", "1"), [1, 0])
    assert dataset_from_arrays(inputs, [0, 2]).class_names == ("0", "1", "2")


@pytest.mark.parametrize(
    ("inputs", "targets", "field"),
    [
        ([1.0, 2.0], [0, 1], "inputs"),
        ([[1.0], [np.nan]], [0, 1], "inputs"),
        ([["a"], ["b"]], [0, 1], "inputs"),
        ([[1.0], [2.0, 3.0]], [0, 1], "inputs"),
        (np.empty((0, 2)), [], "inputs"),
        ([[1.0], [2.0]], [0, 1, 1], "targets"),
        ([[1.0], [2.0]], [[0], [1]], "targets"),
        ([[1.0], [2.0]], [-1, 1], "targets"),
        ([[1.0], [2.0]], [0, 10**9], "targets"),
        ([[1.0], [2.0]], [0.5, np.inf], "targets"),
        ([[1.0], [2.0]], [[0.5], [0.5, 1.0]], "targets"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(inputs, targets, field):
    with pytest.raises(InputError) as caught:
        dataset_from_arrays(inputs, targets)
    assert caught.value.field == field
