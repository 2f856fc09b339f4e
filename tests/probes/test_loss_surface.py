from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.instant import Path
from stepviz.probes.loss_surface import LossSurfaces, SurfaceOptions, flat_share, project
from stepviz.probes.surface_directions import Directions, Whereabouts, find_directions, random_direction
from stepviz.probes.surface_plane import PlaneLosses
from stepviz.probes.surface_precision import ExactPlane
from tests.probes.runs import experiment, instant_of, newest, regression, train


def surface_of(instant, **options):
    return newest(LossSurfaces().measure(instant, SurfaceOptions(**options)))


def whereabouts(instant, gradient=None, path=None):
    theta = instant.theta[0].astype(np.float64)
    chosen = instant.path.parameters if path is None else path
    return Whereabouts(instant.setup.network.layout, theta, np.empty(0) if gradient is None else gradient, chosen)


# The surface against the run itself


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        (experiment(precision="float64"), {}),
        (experiment(widths=(), precision="float64"), {"directions": "parameters"}),
        (experiment(widths=(5,), activation="prelu", precision="float64"), {"directions": "gradient"}),
        (experiment("multi-gaussian", (6, 4, 3), "relu", loss="squared-error", precision="float64"), {"span": 0.3}),
        (experiment("digits", (12,), loss="softmax-cross-entropy", precision="float64"), {"bias": "zeroed"}),
        (experiment(precision="float16"), {}),
        (experiment(norm="batch", precision="float64"), {}),
        (experiment(widths=(6,), norm="layer", activation="prelu", precision="float64"), {"span": 0.3}),
    ],
    ids=["tanh", "no hidden layer", "prelu", "deep relu", "digits", "float16", "batch norm", "layer norm"],
)
def test_every_point_is_the_loss_of_the_run_moved_there(settings, options):
    instant = train(settings, 40)
    asked = SurfaceOptions(resolution=5, centre=(0.1, -0.2), most_examples=10_000, **options)
    surface = newest(LossSurfaces().measure(instant, asked))
    directions = find_directions(whereabouts(instant, instant.train.gradient[0].astype(np.float64)), asked)
    trainer = Trainer(replace(settings, precision="float64"))
    assert surface.examples == surface.of_examples == len(instant.setup.train)
    np.testing.assert_allclose(surface.alpha, np.linspace(0.1 - asked.span, 0.1 + asked.span, 5))
    for row, beta in enumerate(surface.beta):
        for column, alpha in enumerate(surface.alpha):
            trainer.theta[0] = instant.theta[0] + alpha * directions.first + beta * directions.second
            expected = trainer.loss()
            tolerance = 2e-3 if settings.precision == "float16" else 2e-5
            assert surface.loss[row, column] == pytest.approx(expected, rel=tolerance, abs=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_gives_the_loss_of_the_run_at_the_present_point(activation):
    instant = train(experiment(widths=(5, 3), activation=activation), 10)
    surface = surface_of(instant, resolution=5, most_examples=1000)
    assert surface.loss[2, 2] == pytest.approx(instant.train_loss, rel=1e-5)
    assert len(np.unique(surface.loss)) > 5


def test_a_subset_of_examples_is_spread_evenly_and_said():
    instant = train(experiment(samples=400))
    surface = surface_of(instant, most_examples=50, resolution=5)
    assert (surface.examples, surface.of_examples) == (50, 280)
    chosen = np.arange(50) * 280 // 50
    part = instant.setup.train
    trainer = Trainer(experiment(samples=400))
    trainer.theta[:] = instant.theta
    plane = PlaneLosses(trainer.network, part.inputs[:, chosen], part.targets[chosen], 1)
    plane.aim(instant.theta[0], np.zeros(105), np.zeros(105))
    assert surface.loss[2, 2] == pytest.approx(float(plane.losses(np.zeros((1, 2)))[0]), rel=1e-6)


def test_the_same_whatever_the_chunks(monkeypatch):
    instant = train(experiment(activation="step"), 5)
    whole = surface_of(instant, resolution=9)
    monkeypatch.setattr("stepviz.probes.surface_plane.MOST_ROWS", 7)
    np.testing.assert_allclose(surface_of(instant, resolution=9).loss, whole.loss, rtol=1e-6)


def test_dear_surfaces_are_shown_coarsely_first(monkeypatch):
    instant = train(experiment())
    sizes = [r.loss.shape for r in LossSurfaces().measure(instant, SurfaceOptions()) if r is not None]
    assert sizes == [(64, 64)]
    monkeypatch.setattr("stepviz.probes.loss_surface._DEAR", 1e6)
    sizes = [r.loss.shape for r in LossSurfaces().measure(instant, SurfaceOptions()) if r is not None]
    assert sizes == [(16, 16), (64, 64)]


def test_a_cancelled_surface_gives_its_buffers_back_and_copies_before_its_first_yield():
    trainer = Trainer(experiment())
    surfaces = LossSurfaces()
    expected = newest(surfaces.measure(instant_of(trainer), SurfaceOptions(resolution=16)))
    kept = surfaces._spare._kept[0]
    dropped = surfaces.measure(instant_of(trainer), SurfaceOptions(resolution=16))
    for _ in range(3):
        next(dropped)
    assert not surfaces._spare._kept
    dropped.close()
    assert surfaces._spare._kept[0][2] is kept[2]
    again = surfaces.measure(instant_of(trainer), SurfaceOptions(resolution=16))
    next(again)
    trainer.step(50)
    np.testing.assert_array_equal(newest(again).loss, expected.loss)


# Flat shares


def test_flat_share_of_grids_known_by_hand():
    assert flat_share(np.zeros((5, 5))) == 1.0
    assert flat_share(np.arange(25.0).reshape(5, 5)) == 0.0
    two_plateaus = np.zeros((5, 5))
    two_plateaus[:, 3:] = 1.0
    assert flat_share(two_plateaus) == 12 / 16
    assert flat_share(np.full((3, 3), np.inf)) == 0.0
    assert flat_share(np.full((3, 3), np.nan)) == 0.0


def test_a_step_unit_has_two_plateaus_that_meet_where_z_is_0():
    """One input, one step unit, one example x = 2: the loss depends on the sign of 2 w + b alone."""
    data = dataset_from_arrays(np.array([[2.0]]), np.array([[1.0]]))
    settings = regression(widths=(1,), activation="step", precision="float32")
    start = {"layer1.weights": np.array([[0.3137]]), "layer1.biases": np.array([-0.1211])}
    instant = train(settings, parameters=start, dataset=data)
    surface = surface_of(instant, directions="parameters", first=0, second=1, resolution=33)
    z = 2.0 * (0.3137 + surface.alpha[None, :]) + (-0.1211 + surface.beta[:, None])
    assert len(np.unique(surface.loss)) == 2
    fired = z >= 0
    assert len(np.unique(surface.loss[fired])) == len(np.unique(surface.loss[~fired])) == 1
    assert surface.flat_share == flat_share(fired.astype(float))
    assert 0.9 < surface.flat_share < 1.0


@pytest.mark.parametrize("examples", [1, 4, 12])
def test_a_slice_along_a_first_layer_weight_of_a_step_network_has_at_most_n_plus_1_plateaus(examples):
    generator = np.random.default_rng(examples)
    data = dataset_from_arrays(generator.normal(size=(examples, 2)), generator.normal(size=(examples, 1)))
    instant = train(regression(widths=(5,), activation="step"), dataset=data)
    network, theta = instant.setup.network, instant.theta[0]
    direction = np.zeros(network.layout.size)
    direction[3] = 1.0
    points = np.stack([np.linspace(-30.0, 30.0, 4001), np.zeros(4001)], axis=1)
    plane = PlaneLosses(network, instant.setup.train.inputs, instant.setup.train.targets, len(points))
    plane.aim(theta, direction, np.zeros_like(direction))
    losses = np.concatenate([plane.losses(points[at : at + plane.rows]).copy() for at in range(0, 4001, plane.rows)])
    plateaus = 1 + np.count_nonzero(np.diff(losses))
    assert 2 <= plateaus <= examples + 1


def test_a_smooth_network_is_nowhere_flat_and_a_step_network_nearly_everywhere():
    options = {"directions": "parameters", "first": 0, "second": 9, "span": 0.5}
    assert surface_of(train(experiment()), **options).flat_share == 0.0
    assert surface_of(train(experiment(activation="step", samples=20)), **options).flat_share > 0.5


# Directions


def test_random_directions_leave_the_output_layer_alone_unless_told_otherwise():
    instant = train(experiment(widths=(8, 5)), 5)
    layout, theta = instant.setup.network.layout, instant.theta[0].astype(np.float64)
    for layers in ("hidden", "all"):
        direction = random_direction(layout, theta, np.random.default_rng(1), SurfaceOptions(layers=layers))
        moved = [bool(np.any(layout.block(direction[None], layer))) for layer in range(3)]
        assert moved == [True, True, layers == "all"]


def test_a_random_direction_is_as_long_as_the_unit_in_every_unit():
    instant = train(experiment(widths=(8, 5), activation="prelu"), 20)
    layout, theta = instant.setup.network.layout, instant.theta[0].astype(np.float64)
    for bias in ("in the norm", "zeroed"):
        options = SurfaceOptions(bias=bias, layers="all")
        direction = random_direction(layout, theta, np.random.default_rng(1), options)
        for layer in range(3):
            own, drawn = layout.block(theta[None], layer)[0], layout.block(direction[None], layer)[0]
            rows = slice(None) if bias == "in the norm" else slice(0, -1)
            np.testing.assert_allclose(np.linalg.norm(drawn, axis=0), np.linalg.norm(own[rows], axis=0))
            assert np.any(drawn[-1]) == (bias == "in the norm")
            assert not np.any(layout.trained(direction[None], layer))


def test_units_of_norm_0_take_their_layers_mean():
    instant = train(experiment(widths=(4, 4)))
    layout, theta = instant.setup.network.layout, instant.theta[0].astype(np.float64)
    named = layout.named(theta[None])
    named["layer1.weights"][:, 1] = 0.0
    named["layer2.weights"][:] = 0.0
    direction = random_direction(layout, theta, np.random.default_rng(1), SurfaceOptions())
    sizes = np.linalg.norm(layout.block(direction[None], 0)[0], axis=0)
    assert sizes[1] == pytest.approx(np.mean(sizes[[0, 2, 3]]))
    np.testing.assert_allclose(np.linalg.norm(layout.block(direction[None], 1)[0], axis=0), 1.0)


@pytest.mark.parametrize("factor", [4.0, 0.25])
def test_rescaling_relu_layers_leaves_the_surface_with_zeroed_biases_as_it_is(factor):
    settings = experiment(activation="relu", precision="float64")
    instant = train(settings, 100)
    named = instant.setup.network.layout.named(instant.theta.copy())
    named["layer1.weights"] *= factor
    named["layer1.biases"] *= factor
    named["layer2.weights"] /= factor
    rescaled = train(settings, parameters=named)
    assert surface_of(rescaled).step == 0
    one, other = (surface_of(run, bias="zeroed", resolution=12).loss for run in (instant, rescaled))
    np.testing.assert_allclose(one, other, rtol=1e-6)
    # Without the normalisation the picture changes: the test can fail.
    plain = {"directions": "parameters", "first": 0, "second": 1, "resolution": 12}
    assert not np.allclose(surface_of(instant, **plain).loss, surface_of(rescaled, **plain).loss, rtol=1e-3)


def test_seeds_draw_other_directions_and_the_same_again():
    instant = train(experiment())
    one, again, other = (surface_of(instant, seed=seed, resolution=8).loss for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_principal_directions_of_a_path_known_by_hand():
    instant = train(experiment())
    theta = instant.theta[0].astype(np.float64)
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(105, 3)))[0].T
    times = np.linspace(-1.0, 0.0, 40)
    path = theta + np.stack([3.0 * times, 0.5 * np.sin(6.0 * times), 0.1 * np.cos(9.0 * times)], axis=1) @ basis
    directions = find_directions(whereabouts(instant, path=path), SurfaceOptions(directions="path"))
    found = np.stack([directions.first, directions.second])
    coordinates, explained = project(path, theta, directions)
    variances = np.linalg.svd(path - theta, compute_uv=False) ** 2
    assert explained == pytest.approx(variances[:2].sum() / variances.sum())
    assert 0.9 < explained < 1.0
    assert found[0] @ found[1] == pytest.approx(0.0, abs=1e-9)
    assert np.linalg.norm(found[0]) == pytest.approx(np.linalg.norm(found[1]))
    assert np.abs(coordinates).max() == pytest.approx(0.9)
    assert np.all(coordinates[0] <= 0.0)
    np.testing.assert_allclose(np.linalg.matrix_rank(np.concatenate([found, basis])), 3)


def test_a_path_in_the_plane_is_explained_wholly_and_one_across_it_not_at_all():
    theta = np.array([1.0, 2.0, 3.0, 4.0])
    # Not orthogonal, not of one length: coordinates come from least squares.
    plane = Directions(np.array([2.0, 0.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0]), ("", ""))
    wanted = np.array([[-1.0, 0.5], [-0.5, 0.1], [0.2, -0.3]])
    inside = theta + wanted @ np.stack([plane.first, plane.second])
    coordinates, explained = project(inside, theta, plane)
    np.testing.assert_allclose(coordinates, wanted)
    assert explained == pytest.approx(1.0)
    across = theta + np.array([[0.0, 0.0, 1.0, 2.0]]) * np.array([[1.0], [2.0], [3.0]])
    coordinates, explained = project(across, theta, plane)
    np.testing.assert_allclose(coordinates, 0.0)
    assert explained == 0.0
    assert np.isnan(project(inside[:2], theta, plane)[1])
    assert np.isnan(project(np.tile(theta, (5, 1)), theta, plane)[1])


@pytest.mark.parametrize("points", [0, 1, 2, 5])
def test_a_path_too_short_falls_back_to_random_and_says_so(points):
    instant = train(experiment(), 0)
    path = np.repeat(instant.theta + 1.0, points, axis=0)
    directions = find_directions(whereabouts(instant, path=path), SurfaceOptions(directions="path"))
    assert all("random" in name and "3 points" in name for name in directions.names)
    plain = find_directions(whereabouts(instant), SurfaceOptions())
    np.testing.assert_array_equal(directions.first, plain.first)


def test_the_gradient_goes_uphill_and_the_other_across():
    instant = train(experiment(precision="float64"), 20)
    gradient = instant.train.gradient[0].copy()
    directions = find_directions(whereabouts(instant, gradient), SurfaceOptions(directions="gradient"))
    assert directions.first @ gradient == pytest.approx(np.linalg.norm(directions.first) * np.linalg.norm(gradient))
    assert directions.first @ directions.second == pytest.approx(0.0, abs=1e-9)
    assert np.linalg.norm(directions.first) == pytest.approx(np.linalg.norm(instant.theta))
    surface = surface_of(instant, directions="gradient", span=1e-3, resolution=4)
    assert np.all(np.diff(surface.loss, axis=1) > 0)


def test_a_gradient_of_0_falls_back_and_a_rule_is_named():
    settings = experiment()
    dead = train(replace(settings, output=ActivationChoice("step"), loss="squared-error"))
    assert all("gradient is 0" in name for name in surface_of(dead, directions="gradient", resolution=4).names)
    ruled = train(experiment(activation="step", rule="straight-through"), 3)
    assert "rule" in surface_of(ruled, directions="gradient", resolution=4).names[0]


def test_parameters_beyond_the_network_are_its_last():
    instant = train(replace(experiment(), layers=(HiddenLayer(2),)))
    surface = surface_of(instant, directions="parameters", first=500, second=900, resolution=4)
    layout = instant.setup.network.layout
    assert surface.names == (layout.describe(layout.size - 1), layout.describe(0))


def test_on_absolute_axes_the_point_moves_and_the_losses_stay():
    settings = replace(experiment(precision="float64"), layers=())
    early, late = train(settings, 5), train(settings, 60)
    shape = {"directions": "parameters", "first": 0, "second": 1, "absolute": True, "span": 4.0, "resolution": 9}
    for instant in (early, late):
        surface = surface_of(instant, **shape, centre=(1.0, 0.0))
        np.testing.assert_allclose(surface.here, instant.theta[0][:2])
        np.testing.assert_allclose(surface.alpha, np.linspace(-3.0, 5.0, 9))
        np.testing.assert_allclose(surface.path[-1], instant.path.parameters[-1][:2])
        np.testing.assert_allclose(surface.parameters_at(*surface.here), instant.theta[0])
        there = surface.parameters_at(surface.alpha[2], surface.beta[7])
        np.testing.assert_allclose(there[:2], (surface.alpha[2], surface.beta[7]), atol=1e-12)
        trainer = Trainer(settings)
        trainer.theta[0] = there
        whole = surface_of(instant, **shape, centre=(1.0, 0.0), most_examples=10_000)
        assert trainer.loss() == pytest.approx(float(whole.loss[7, 2]), rel=2e-5)


def test_two_parameters_hold_all_of_a_path_of_two():
    settings = replace(experiment(), data=DataSettings(name="threshold"), layers=(), loss="squared-error")
    instant = train(settings, 60)
    assert instant.setup.network.layout.size == 2
    surface = surface_of(instant, directions="parameters", absolute=True, resolution=4)
    assert surface.explained == 1.0


def test_other_directions_have_the_present_point_in_the_middle():
    instant = train(experiment(), 5)
    assert surface_of(instant, absolute=True, resolution=4).here == (0.0, 0.0)


def test_the_path_ends_near_the_present_point():
    instant = train(experiment(), 200)
    surface = surface_of(instant, directions="path")
    assert surface.path.shape == (32, 2)
    np.testing.assert_array_equal(surface.path_steps, instant.path.steps)
    distances = np.linalg.norm(surface.path, axis=1)
    assert distances[-1] < 0.1 * distances[0]
    assert surface.explained > 0.9
    assert surface.step == 200


# What the projection hides, and the way back from the picture to the network


def test_the_true_losses_on_the_path_and_those_that_the_map_shows():
    settings = experiment(precision="float64")
    trainer = Trainer(settings)
    walked, losses = [], []
    for _ in range(40):
        walked.append(trainer.theta[0].copy())
        losses.append(trainer.loss())
        trainer.step(5)
    instant = instant_of(trainer, Path(np.arange(0, 200, 5), np.array(walked)))
    surface = surface_of(instant, most_examples=10_000, resolution=16)
    assert len(surface.checked) == 16
    np.testing.assert_allclose(surface.true_loss, np.array(losses)[surface.checked], rtol=1e-4)
    for place, shown in zip(surface.checked, surface.shown_loss, strict=True):
        trainer.theta[0] = surface.parameters_at(*surface.path[place])
        assert trainer.loss() == pytest.approx(float(shown), rel=1e-4)
    assert np.median(np.abs(surface.shown_loss - surface.true_loss)) > 1e-3, "a random plane hides most of a path"


def test_every_point_has_the_parameters_of_its_loss():
    instant = train(experiment(precision="float64"), 40)
    surface = surface_of(instant, resolution=5, most_examples=10_000)
    trainer = Trainer(experiment(precision="float64"))
    for row, column in ((0, 0), (2, 2), (4, 1)):
        trainer.theta[0] = surface.parameters_at(surface.alpha[column], surface.beta[row])
        assert trainer.loss() == pytest.approx(float(surface.loss[row, column]), rel=2e-5)
    np.testing.assert_array_equal(surface.parameters_at(0.0, 0.0), instant.theta[0])


def test_of_a_large_network_the_directions_are_not_kept(monkeypatch):
    monkeypatch.setattr("stepviz.probes.loss_surface._MOST_PARAMETERS", 100)
    assert surface_of(train(experiment()), resolution=5).parameters_at(0.0, 0.0) is None


def test_fine_surfaces_come_by_way_of_coarser_ones():
    instant = train(experiment())
    sizes = [len(r.alpha) for r in LossSurfaces().measure(instant, SurfaceOptions(resolution=128)) if r is not None]
    assert sizes == [16, 32, 64, 128]


def test_a_path_left_behind_is_projected_as_the_path_is():
    instant = train(experiment(), 40)
    instant.path = Path(instant.path.steps[:20], instant.path.parameters[:20], instant.path.parameters[19:])
    surface = surface_of(instant, resolution=8)
    whole = surface_of(train(experiment(), 40), resolution=8)
    np.testing.assert_allclose(surface.left, whole.path[19:], atol=1e-9)
    assert whole.left.shape == (0, 2)
    np.testing.assert_array_equal(surface.loss, whole.loss)


def test_the_plane_of_the_path_holds_the_fork_where_another_was_left():
    instant = train(experiment(), 40)
    here = instant.theta[0].astype(np.float64)
    along, aside = np.zeros((2, len(here)))
    along[0], aside[1] = 1.0, 1.0
    share = np.linspace(1.0, 0.0, 30)[:, None]
    instant.path = Path(np.arange(30), (here - share * along).astype(np.float32), here - 0.5 * along + share * aside)
    surface = surface_of(instant, directions="path", resolution=8)
    assert surface.names[0] == "principal 1 of both paths"
    apart = np.linalg.norm(surface.left[0] - surface.left[-1]) / np.linalg.norm(surface.path[0] - surface.path[-1])
    assert apart == pytest.approx(1.0, abs=1e-3)
    assert np.abs(np.concatenate([surface.left, surface.path])).max() == pytest.approx(0.9, abs=0.01)


def test_a_map_whose_range_float32_loses_is_not_flat():
    settings = replace(experiment(), weights=Choice("uniform", {"radius": 1e-3}))
    instant = instant_of(Trainer(settings))
    surface = newest(LossSurfaces().measure(instant, SurfaceOptions(span=0.03, resolution=24)))
    assert surface.loss.dtype == np.float64
    assert 0.0 < np.ptp(surface.loss) < 1e-6
    assert surface.flat_share == 0.0


def test_the_map_of_a_dead_network_is_flat_in_float64_too():
    settings = replace(experiment(activation="relu"), biases=Choice("constant", {"value": -50.0}))
    instant = instant_of(Trainer(settings))
    surface = newest(LossSurfaces().measure(instant, SurfaceOptions(span=0.1, resolution=16)))
    assert surface.loss.dtype == np.float32
    assert surface.flat_share == 1.0


def test_in_float64_a_plane_has_the_losses_of_the_network():
    instant = train(experiment(precision="float64"), 5)
    first, second = np.random.default_rng(0).normal(size=(2, instant.theta.shape[1]))
    plane = ExactPlane(instant.setup, instant.theta[0], first, second, len(instant.setup.train))
    points = np.array([[0.0, 0.0], [0.5, -0.25]])
    expected = [instant.train_loss]
    instant._trainer.theta[0] += 0.5 * first - 0.25 * second
    expected.append(instant._trainer.loss())
    np.testing.assert_allclose(plane.losses(points), expected, rtol=1e-12)


# How near it goes


@pytest.mark.parametrize("activation", ["step", "sign"])
@pytest.mark.parametrize("widths", [(8, 8), (16,), (3,)])
def test_of_units_that_jump_it_goes_so_near_that_terraces_show(activation, widths):
    instant = train(experiment(widths=widths, activation=activation), 60)
    whole = surface_of(instant)
    near = surface_of(instant, closer=True)
    assert whole.jumps
    assert whole.span == 1.0
    assert near.flat_share >= 0.15
    assert near.alpha[-1] == near.span == -near.alpha[0]
    # It goes no nearer than it has to: from four times as far away hardly anything is flat.
    if near.span < 1.0:
        assert surface_of(instant, span=4 * near.span).flat_share < 0.25
    # The same is found again, whatever was measured before.
    assert surface_of(instant, closer=True).span == near.span


@pytest.mark.parametrize("directions", ["gradient", "path"])
def test_where_the_output_layer_moves_nothing_is_flat_however_near(directions):
    surface = surface_of(train(experiment(activation="step"), 60), directions=directions, closer=True)
    assert (surface.span, surface.flat_share) == (1.0, 0.0)


def test_the_resolution_does_not_say_how_near_it_goes():
    instant = train(experiment(activation="step"), 60)
    spans = {surface_of(instant, closer=True, resolution=points).span for points in (16, 64, 128)}
    assert len(spans) == 1


def test_of_smooth_units_it_shows_the_whole_map():
    for activation in ("tanh", "relu"):
        surface = surface_of(train(experiment(activation=activation), 20), closer=True)
        assert (surface.span, surface.jumps) == (1.0, False)
