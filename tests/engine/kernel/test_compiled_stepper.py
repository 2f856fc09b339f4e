from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.catalogue.slope_schedules import SLOPE_SCHEDULES
from stepviz.engine.common.arrays import Array
from stepviz.engine.common.errors import InputError
from stepviz.engine.kernel.library import Library
from stepviz.engine.network.exact_zeros import REST
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.race.joint_training import line_up
from stepviz.engine.race.race import Race
from stepviz.engine.race.variations import PICKS, lanes_of
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from tests.engine.kernel.runs import BASE, COURSES, SHORT, by, fingerprint, forty_runs, hidden, trainer_by

pytestmark = pytest.mark.usefixtures("library")
TOLERANCE = {"float32": 1e-5, "float64": 1e-11}
STEPS = 200


def distance(one: Trainer, other: Trainer) -> float:
    with np.errstate(all="ignore"):
        found = np.abs(one.state - other.state) / np.maximum(1.0, np.abs(one.state))
    return float(np.where(np.isnan(one.state) & np.isnan(other.state), 0.0, found).max())


def sensitivity(experiment: Experiment, steps: int) -> float:
    """Return how far NumPy's own runs end from each other when their first weights differ in the last digits."""
    reference = trainer_by("numpy", experiment)
    first = reference.theta[0].copy()
    reference.step(steps)
    generator, farthest = np.random.default_rng(0), 0.0
    for _ in range(4):
        trainer = trainer_by("numpy", experiment)
        digits = np.finfo(first.dtype).eps * np.maximum(1.0, np.abs(first)) * generator.normal(size=len(first))
        trainer.put_parameters(first + digits)
        trainer.step(steps)
        farthest = max(farthest, distance(trainer, reference))
    return farthest


def structural_zeros(experiment: Experiment) -> Array:
    """Return where every example's share of NumPy's first gradient is exactly 0, not only their sum."""
    trainer = trainer_by("numpy", experiment)
    chosen = np.arange(len(trainer.setup.train)) if trainer.batches.whole else trainer.batches.following()
    shares = []
    for example in chosen:
        inputs, targets = trainer.setup.train.inputs[:, [example]], trainer.setup.train.targets[[example]]
        network = trainer.present.network
        alone = Pass(network, trainer.theta, 1, gradient=np.zeros_like(trainer.theta))
        alone.forward(inputs)
        alone.backward(inputs, targets)
        shares.append(alone.gradient)
    return np.array([share == 0.0 for share in shares]).all(axis=0)


def check_equal(experiment: Experiment) -> bool:
    """Check that both end at the same place; return False where the run leaves what is finite."""
    tolerance = TOLERANCE[experiment.precision]
    with np.errstate(all="ignore"):
        numpy, compiled = trainer_by("numpy", experiment), trainer_by("compiled", experiment)
        for steps in (1, STEPS - 1):
            numpy.step(steps)
            compiled.step(steps)
            lost = [
                trainer.diverged is not None or not np.isfinite(trainer.state).all() for trainer in (numpy, compiled)
            ]
            if any(lost):
                # Where one of them is lost alone, NumPy's own runs must be far apart, too.
                assert all(lost) or not sensitivity(experiment, steps) < 1e-3
                return False
            if steps == 1:
                zeros = structural_zeros(experiment) & (numpy.gradient == 0.0)
                np.testing.assert_array_equal(compiled.gradient[zeros], 0.0)
            assert (numpy.updates, numpy.step_count, numpy.epochs) == (
                compiled.updates, compiled.step_count, compiled.epochs
            )  # fmt: skip
            apart = distance(numpy, compiled)
            # What crosses 0 a step earlier sends any two runs apart, and an optimizer that divides by the gradient's
            # size makes whole steps of what is left of a sum that cancels: no further than NumPy's runs are.
            assert apart < tolerance or apart < 100 * sensitivity(experiment, numpy.step_count)
    return True


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", list(forty_runs()))
def test_each_entry_of_each_table_ends_where_numpy_does(name: str, precision: str) -> None:
    assert check_equal(replace(forty_runs()[name], precision=precision))


def choices(table: dict[str, object]) -> st.SearchStrategy[Choice]:
    return st.sampled_from([Choice(name) for name in table])


@st.composite
def activations(draw: st.DrawFn) -> ActivationChoice:
    name = draw(st.sampled_from(list(ACTIVATIONS)))
    entry = ACTIVATIONS[name]
    parameters = {
        parameter.name: draw(st.floats(*parameter.slider)) for parameter in entry.parameters if draw(st.booleans())
    }
    rule = Choice(draw(st.sampled_from(list(BACKWARD_RULES))) if entry.takes_rules else "true")
    trained = tuple(part for part in entry.trainable if draw(st.booleans())) if draw(st.booleans()) else None
    return ActivationChoice(name, parameters, rule, trained)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    loss = draw(st.sampled_from(["binary-cross-entropy", "softmax-cross-entropy", "hinge", "squared-error"]))
    on_logits = loss.endswith("cross-entropy")
    schedule = draw(st.sampled_from(list(SCHEDULES)))
    slope = draw(st.sampled_from(list(SLOPE_SCHEDULES)))
    return replace(
        BASE,
        data=DataSettings("xor", samples=draw(st.integers(4, 70)), noise=draw(st.sampled_from([0.0, 0.2]))),
        layers=tuple(HiddenLayer(draw(st.integers(1, 9)), draw(activations())) for _ in range(draw(st.integers(0, 3)))),
        output=ActivationChoice("linear") if on_logits else draw(activations()),
        loss=loss,
        optimizer=draw(choices({name: 0 for name, optimizer in OPTIMIZERS.items() if optimizer.by_gradient})),
        learning_rate=draw(st.sampled_from([0.001, 0.01, 0.1])),
        schedule=Choice(schedule, COURSES[schedule]),
        slope_schedule=Choice(slope, {} if slope == "none" else SHORT),
        clipping=draw(choices({**CLIPPINGS})),
        batch_size=draw(st.sampled_from([0, 1, 7, 16, 33])),
        l1=draw(st.sampled_from([0.0, 1e-3])),
        l2=draw(st.sampled_from([0.0, 1e-2])),
        precision=draw(st.sampled_from(["float32", "float64"])),
        seed=draw(st.integers(0, 99)),
    )


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(experiment=experiments())
def test_any_combination_ends_where_numpy_does(experiment: Experiment) -> None:
    assume(check_equal(experiment))


@pytest.mark.parametrize("name", ["activation tanh", "clipping norm", "slope linear", "trained slope and shift"])
def test_the_number_of_steps_per_call_changes_no_bit(name: str) -> None:
    at_once, one_by_one = (trainer_by("compiled", forty_runs()[name]) for _ in range(2))
    at_once.step(300)
    for count in (1, 2, 3, 44, 50, 200):
        one_by_one.step(count)
    assert fingerprint(at_once) == fingerprint(one_by_one)
    np.testing.assert_array_equal(at_once.last_update(), one_by_one.last_update())
    for _ in range(16):
        assert at_once.step_back()
        assert one_by_one.step_back()
    assert not at_once.step_back()
    assert fingerprint(at_once) == fingerprint(one_by_one)
    at_once.step(16)
    again = trainer_by("compiled", forty_runs()[name])
    again.step(300)
    np.testing.assert_array_equal(at_once.state, again.state)


def test_more_orders_of_epochs_are_drawn_when_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepviz.engine.training.batch_order.DRAWN_AT_ONCE", 100)
    compiled, numpy = (trainer_by(name, replace(BASE, batch_size=4)) for name in ("compiled", "numpy"))
    for trainer in (compiled, numpy):
        assert trainer.step(500) == 500
    assert compiled.batches.seen == numpy.batches.seen
    assert distance(compiled, numpy) < 1e-4


def test_a_run_of_a_population_is_the_run_alone() -> None:
    together = trainer_by("compiled", BASE, [3, 4, 5])
    together.step(100)
    for row, seed in enumerate([3, 4, 5]):
        alone = trainer_by("compiled", replace(BASE, seed=seed))
        alone.batches.seed = BASE.seed
        alone.step(100)
        np.testing.assert_array_equal(together.state[:, row], alone.state[:, 0])


@pytest.mark.parametrize("pick", ["activations", "rates", "optimizers", "rules"])
def test_a_lane_of_a_race_is_its_run_alone(pick: str) -> None:
    race = Race(BASE, lanes_of(BASE, PICKS[pick].variation, PICKS[pick].values))
    with by("compiled"):
        lanes = line_up(race)
    for trainer in {id(lane.trainer): lane.trainer for lane in lanes}.values():
        assert trainer.stepper == "compiled"
        trainer.step(60)
    for lane, runs in zip(race.lanes, lanes, strict=True):
        alone = trainer_by("compiled", lane.experiment)
        alone.step(60)
        np.testing.assert_array_equal(runs.theta, alone.theta)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_divergence_is_found_where_numpy_finds_it(precision: str) -> None:
    for name, rate in (("relu", 1e6), ("linear", 100.0), ("elu", 1e5)):
        experiment = replace(
            BASE, layers=hidden(name), learning_rate=rate, loss="squared-error", optimizer=Choice("sgd"),
            precision=precision,
        )  # fmt: skip
        numpy, compiled = (trainer_by(stepper, experiment) for stepper in ("numpy", "compiled"))
        assert numpy.step(1000) == compiled.step(1000) < 1000
        assert str(numpy.diverged) == str(compiled.diverged) != "None"
        assert compiled.step(5) == 0
        assert compiled.step_back()
        assert np.isfinite(compiled.theta).all()


def test_exact_zeros_are_counted_and_compared_as_numpy_does() -> None:
    # Behind dead first layers everything is exactly 0, with zero biases.
    layers = (HiddenLayer(3, ActivationChoice("relu", {"at-zero": 0.5})),) * 12
    experiment = replace(BASE, layers=layers, learning_rate=1e-4, batch_size=7, precision="float64")
    counts = []
    for stepper in ("numpy", "compiled"):
        trainer = trainer_by(stepper, experiment)
        for part in (3, 20, REST):
            trainer.step(part)
        counts.append(trainer.exact_zeros)
    numpy, compiled = counts
    np.testing.assert_array_equal(numpy.zeros, compiled.zeros)
    np.testing.assert_array_equal(numpy.seen, compiled.seen)
    assert numpy.zeros.sum() > 0
    assert (numpy.updates, numpy.touched, numpy.compared) == (compiled.updates, compiled.touched, compiled.compared)
    assert numpy.changed == compiled.changed


def test_counting_changes_no_bit() -> None:
    experiment = replace(BASE, layers=hidden("relu"))
    alone, population = trainer_by("compiled", experiment), trainer_by("compiled", experiment, [0, 0])
    alone.step(100)
    population.step(100)
    assert population.exact_zeros.updates == 0
    np.testing.assert_array_equal(alone.theta[0], population.theta[1])


def test_the_clipped_gradient_and_its_factor_are_known() -> None:
    experiment = replace(BASE, clipping=Choice("norm", {"limit": 1e-3}))
    numpy, compiled = (trainer_by(stepper, experiment) for stepper in ("numpy", "compiled"))
    for trainer in (numpy, compiled):
        assert trainer.last_clipping is None
        trainer.step(5)
    assert numpy.last_clipping is not None
    assert compiled.last_clipping is not None
    assert compiled.last_clipping[1] == pytest.approx(numpy.last_clipping[1], rel=1e-4)
    assert np.linalg.norm(compiled.last_clipping[0]) == pytest.approx(1e-3, rel=1e-5)


UNCOVERED = {
    "dropout": replace(BASE, layers=(HiddenLayer(4, dropout=0.2),)),
    "normalisation": replace(BASE, layers=(HiddenLayer(4, normalization="batch"),)),
    "a search": replace(BASE, optimizer=Choice("openai-es")),
    "float16": replace(BASE, precision="float16"),
    "the optimizer perceptron": replace(
        BASE, layers=(), output=ActivationChoice("step"), loss="squared-error", optimizer=Choice("perceptron")
    ),
}


@pytest.mark.parametrize("reason", list(UNCOVERED))
def test_what_the_library_does_not_cover_is_done_by_numpy_or_refused(reason: str) -> None:
    trainer_by("numpy", UNCOVERED[reason])
    with by("auto"):
        assert Trainer(UNCOVERED[reason]).stepper == "numpy"
    with by("compiled"), pytest.raises(InputError, match=reason):
        Trainer(UNCOVERED[reason])


def test_layers_for_which_numpy_is_faster_are_numpys_unless_asked_for() -> None:
    wide = replace(BASE, data=DataSettings("xor", samples=400), layers=(HiddenLayer(256), HiddenLayer(256)))
    for batch, stepper in ((0, "numpy"), (32, "compiled")):
        with by("auto"):
            assert Trainer(replace(wide, batch_size=batch)).stepper == stepper
    trainer_by("compiled", wide)


def test_settings_change_who_does_the_steps() -> None:
    with by("auto"):
        trainer = Trainer(BASE)
        assert trainer.stepper == "compiled"
        trainer.step(10)
        assert trainer.change(replace(BASE, layers=(HiddenLayer(8, dropout=0.5), HiddenLayer(8))))
        assert trainer.stepper == "numpy"
        trainer.step(10)
        assert trainer.change(BASE)
        assert trainer.stepper == "compiled"
        assert trainer.step(10) == 10
        assert trainer.step_count == 30


def test_every_entry_of_the_tables_is_covered(library: Library) -> None:
    codes = library.codes
    assert set(codes.activations) == set(ACTIVATIONS)
    assert set(codes.rules) == set(BACKWARD_RULES)
    assert set(codes.optimizers) == {name for name, optimizer in OPTIMIZERS.items() if optimizer.by_gradient}
    assert set(codes.schedules) == set(SCHEDULES)
    assert set(codes.slope_schedules) == set(SLOPE_SCHEDULES)
    assert set(codes.clippings) == set(CLIPPINGS)


@pytest.mark.parametrize("name", ["adam", "adamw", "rmsprop"])
def test_parameters_that_begin_later_count_their_own_updates(name: str) -> None:
    experiment = replace(BASE, optimizer=Choice(name), precision="float64")
    numpy, compiled = (trainer_by(stepper, experiment) for stepper in ("numpy", "compiled"))
    fresh = np.array([0, 3, 4, 20])
    for trainer in (numpy, compiled):
        trainer.step(50)
        row = trainer.theta[0].copy()
        row[fresh] = 0.25
        trainer.put_parameters(row, fresh=fresh)
        trainer.step(30)
        trainer.put_parameters(trainer.theta[0], fresh=fresh[:2])
        trainer.step(30)
    assert distance(numpy, compiled) < 1e-11
    moment = compiled.moment()
    assert (moment.began is None) == (name == "rmsprop")
    compiled.step(10)
    after = compiled.theta.copy()
    compiled.go_to(moment)
    for _ in range(10):
        compiled.step()
    np.testing.assert_array_equal(compiled.theta, after)
