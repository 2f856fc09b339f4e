from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.settings.experiment import ActivationChoice, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.trace import Trace, TraceOptions, measure_trace
from tests.probes.runs import experiment, instant_of, regression, train

ILLNESSES = {
    "tanh": regression("plane", (5, 4)),
    "relu": experiment(widths=(6, 6, 6), activation="relu"),
    "step": experiment(activation="step"),
    "step, straight-through": experiment(activation="step", rule="straight-through"),
    "trained slopes": experiment(widths=(4, 4), activation="prelu"),
    "no hidden layer": experiment(widths=()),
    "several outputs": experiment("digits", (6, 5), loss="softmax-cross-entropy"),
    "output not linear": replace(regression("plane", (4,)), output=ActivationChoice("tanh")),
    "linear layers": experiment(activation="linear"),
    "batch norm": experiment(widths=(5, 4), norm="batch"),
    "layer norm": experiment(widths=(5, 4), activation="prelu", norm="layer"),
    "linear layers, batch norm": experiment(activation="linear", norm="batch"),
}


def of_index(instant, index, example=0) -> Trace:
    return measure_trace(instant, TraceOptions.of(instant.setup.network.layout, index, example))


@pytest.mark.parametrize("settings", ILLNESSES.values(), ids=ILLNESSES.keys())
def test_the_factors_multiply_to_the_gradient(settings):
    instant = train(replace(settings, precision="float64"), 20)
    gradient, size = instant.train.gradient, instant.setup.network.layout.size
    examples = len(instant.setup.train)
    for index in range(0, size, max(1, size // 40)):
        total = 0.0
        for example in range(0, examples):
            found = of_index(instant, index, example)
            product = _product_of_own_layer(found)
            np.testing.assert_allclose(product, found.example_gradient, rtol=1e-14, atol=0)
            total += product
            if index % 7:
                break
        else:
            # What below a normalisation sums up to 0 in theory does so but for rounding.
            np.testing.assert_allclose(total / examples, gradient[0, index], rtol=1e-11, atol=1e-14)
        assert found.index == index
        assert found.gradient == gradient[0, index]
        assert found.weight == instant.theta[0, index]
        if found.first_zero is not None:
            assert found.gradient == 0.0


def _product_of_own_layer(found: Trace) -> float:
    signals = [place for place, factor in enumerate(found.factors) if factor.kind in ("loss", "weights", "centre")]
    unit = found.options.unit
    own = [factor.example for factor in found.factors[signals[-1] :]]
    return float(np.prod([values[unit if len(values) > 1 else 0] for values in own]))


@pytest.mark.parametrize("settings", ILLNESSES.values(), ids=ILLNESSES.keys())
def test_the_chain_can_be_followed_from_the_loss(settings):
    """From dL/dy, by the weights and the local derivatives alone, to each signal that the chain shows."""
    instant = train(replace(settings, precision="float64"), 20)
    layout = instant.setup.network.layout
    found = measure_trace(instant, TraceOptions(example=3, unit=1))
    signal = found.factors[0].example
    layer = found.factors[0].layer
    for factor in found.factors[1:-1]:
        if factor.kind == "weights":
            weights = layout.block(instant.theta, layer)[0, :-1]
            signal, layer = weights @ signal, factor.layer
            signal = signal[[found.options.unit]] if len(factor.example) == 1 else signal
            np.testing.assert_allclose(factor.example, signal, rtol=1e-12, atol=1e-300)
        elif factor.kind == "centre":
            # Made of the signals of all examples, or of all units: tested with the gradient.
            signal = factor.example
        else:
            signal = signal * factor.example


def test_averages_and_zero_shares_by_hand():
    instant = train(experiment(activation="relu", precision="float64"), 10)
    found = measure_trace(instant, TraceOptions(0, 1, 2, 5))
    kinds = [factor.kind for factor in found.factors]
    assert kinds == ["loss", "weights", "derivative", "weights", "derivative", "input"]
    local = instant.train.local[0][0][:, 2]
    assert found.factors[4].example[0] == local[5]
    assert found.factors[4].average[0] == pytest.approx(local.mean())
    assert found.factors[4].zero_share == pytest.approx(np.mean(local == 0))
    inputs = instant.setup.train.inputs[0][:, 1]
    assert found.factors[5].average[0] == pytest.approx(np.abs(inputs).mean())


def test_a_step_in_the_first_layer_is_named():
    found = measure_trace(train(experiment(widths=(4,), activation="step")), TraceOptions(0, 1, 2))
    assert found.gradient == 0.0
    assert found.factors[found.first_zero].kind == "derivative"
    assert found.sentence == (
        "layer 1, weight 2→3: its gradient is exactly 0 because f'(z) of unit 3 in layer 1 is 0 for all 140 examples "
        "(step, true rule)"
    )


def test_of_two_step_layers_the_one_nearer_to_the_loss_is_the_first():
    found = measure_trace(train(experiment(activation="step")), TraceOptions())
    assert (found.factors[found.first_zero].kind, found.factors[found.first_zero].layer) == ("derivative", 1)
    assert "f'(z) of all 8 units in layer 2 is 0 for all 140 examples (step, true rule)" in found.sentence


def test_a_stand_in_is_named_and_passes_a_gradient():
    found = measure_trace(train(experiment(activation="step", rule="straight-through")), TraceOptions())
    assert found.first_zero is None
    assert found.gradient != 0.0
    assert "straight-through" in found.sentence
    assert [factor.rule for factor in found.factors if factor.kind == "derivative"] == ["Straight-through"] * 2


def _relu(**start) -> tuple[Trainer, dict]:
    trainer = Trainer(experiment(widths=(3, 3), activation="relu", precision="float64"))
    named = trainer.network.layout.named(trainer.theta)
    for name, values in start.items():
        named[name.replace("_", ".")][...] = values
    return trainer, named


def test_a_dead_relu_unit_is_named():
    trainer, _ = _relu(layer1_biases=[-100.0, 1.0, 1.0], layer2_biases=5.0)
    dead = measure_trace(instant_of(trainer), TraceOptions(0, 0, 0))
    assert (dead.factors[dead.first_zero].kind, dead.factors[dead.first_zero].layer) == ("derivative", 0)
    assert dead.sentence.endswith("because f'(z) of unit 1 in layer 1 is 0 for all 140 examples (ReLU)")
    assert measure_trace(instant_of(trainer), TraceOptions(0, 0, 1)).first_zero is None


def test_a_starved_unit_points_at_the_dead_layer_above_it():
    trainer, _ = _relu(layer1_biases=1.0, layer2_biases=-100.0)
    starved = measure_trace(instant_of(trainer), TraceOptions(0, 0, 1))
    assert (starved.factors[starved.first_zero].kind, starved.factors[starved.first_zero].layer) == ("derivative", 1)
    assert "all 3 units in layer 2" in starved.sentence


def test_a_unit_whose_outgoing_weights_are_zero_is_told_so():
    trainer, named = _relu(layer1_biases=5.0, layer2_biases=5.0)
    named["layer2.weights"][1] = 0.0
    found = measure_trace(instant_of(trainer), TraceOptions(0, 0, 1))
    assert (found.factors[found.first_zero].kind, found.factors[found.first_zero].layer) == ("weights", 0)
    assert found.sentence.endswith("all weights from unit 2 in layer 1 are 0, so no signal arrives")


def test_a_unit_that_feeds_only_a_dead_one_is_told_so():
    trainer, named = _relu(layer1_biases=5.0, layer2_biases=[-100.0, 5.0, 5.0])
    named["layer2.weights"][1] = [1.0, 0.0, 0.0]
    found = measure_trace(instant_of(trainer), TraceOptions(0, 0, 1))
    assert found.factors[found.first_zero].kind == "weights"
    assert found.sentence.endswith("the units that it feeds pass none on")


def test_an_input_that_is_always_zero_is_named():
    trainer, _ = _relu(layer1_biases=[-100.0, 5.0, 5.0], layer2_biases=5.0)
    found = measure_trace(instant_of(trainer), TraceOptions(1, 0, 0))
    assert found.factors[found.first_zero].kind == "input"
    assert "its input, the activation of unit 1 in layer 1, is 0 for all 140 examples" in found.sentence


def test_factors_that_are_zero_by_turns_have_a_first_zero_too():
    """Half the examples give no signal, and the unit passes only those on: no factor is 0 for all examples."""
    inputs, targets = np.array([[-1.0], [1.0]]), np.array([[0.0], [-1.0]])
    start = {
        "layer1.weights": np.array([[-1.0]]),
        "layer1.biases": np.array([0.0]),
        "layer2.weights": np.array([[1.0]]),
        "layer2.biases": np.array([-1.0]),
    }
    settings = regression("plane", (1,), "relu", precision="float64")
    trainer = Trainer(settings, dataset_from_arrays(inputs, targets), parameters=start)
    # y = relu(-x) - 1: right at both, but for a shift of the second target.
    trainer.setup.train.targets[1] = -3.0
    found = measure_trace(instant_of(trainer), TraceOptions())
    assert found.factors[found.first_zero].kind == "derivative"
    assert found.factors[found.first_zero].zero_share == 0.5
    assert "is 0 for every example in which a signal arrives (ReLU)" in found.sentence


def test_a_loss_that_asks_for_nothing_is_the_first_zero():
    inputs, targets = np.array([[-1.0], [1.0]]), np.array([0, 1])
    start = {"layer1.weights": np.array([[10.0]]), "layer1.biases": np.array([0.0])}
    settings = experiment(widths=(), loss="hinge", precision="float64")
    found = measure_trace(
        instant_of(Trainer(settings, dataset_from_arrays(inputs, targets), parameters=start)), TraceOptions()
    )
    assert found.first_zero == 0
    assert f"dL/dy is 0 for all 2 examples ({LOSSES['hinge'].label.lower()})" in found.sentence


def test_the_chosen_example_has_a_first_zero_of_its_own():
    instant = train(experiment(widths=(4,), activation="relu"), 5)
    idle = int(np.flatnonzero(instant.train.local[0][0][:, 0] == 0)[0])
    found = measure_trace(instant, TraceOptions(0, 0, 0, idle))
    assert found.first_zero is None
    assert found.factors[found.example_first_zero].kind == "derivative"
    assert found.example_gradient == 0.0


def test_a_penalty_that_still_pulls_is_told():
    found = measure_trace(train(experiment(activation="step", l2=0.1)), TraceOptions())
    assert found.sentence.endswith("only the penalty on weights still moves it")


def test_what_is_beyond_the_last_is_the_last():
    found = measure_trace(train(experiment(widths=(2, 3))), TraceOptions(99, 99, 99, 9999))
    assert found.options == TraceOptions(2, 3, 0, 139)
    assert found.name == "layer 3, bias of unit 1"


def test_every_index_comes_back():
    instant = train(replace(experiment(), layers=(HiddenLayer(3, ActivationChoice("prelu")), HiddenLayer(2))))
    for index in range(instant.setup.network.layout.size):
        assert of_index(instant, index).index == index


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_a_normalised_layer_has_two_factors_more(norm):
    instant = train(experiment(widths=(6, 5), norm=norm, precision="float64"), 20)
    found = measure_trace(instant, TraceOptions(0, 1, 2, 5))
    kinds = [factor.kind for factor in found.factors]
    own = ["weights", "derivative", "scale", "centre"]
    assert kinds == ["loss", *own, *own, "input"]
    assert [factor.name for factor in found.factors[1:]] == [
        "W₃ᵀδ", "f′(z₂)", "γ₂/σ₂", "∂L/∂u₂", "W₂ᵀ∂L/∂u", "f′(z₁)", "γ₁/σ₁", "∂L/∂u₁", "input"
    ]  # fmt: skip
    named = instant.setup.network.layout.named(instant.theta)
    sums = instant.setup.train.inputs[0, :, :-1] @ named["layer1.weights"] + named["layer1.biases"]
    spread = np.sqrt(np.var(sums, axis=0 if norm == "batch" else 1, keepdims=True) + 1e-5)
    scale = np.broadcast_to(named["layer1.gamma"] / spread, sums.shape)
    # Statistics over the units need the signals of all of them.
    units = [2] if norm == "batch" else range(6)
    np.testing.assert_allclose(found.factors[7].example, scale[5, units])


def test_gamma_and_beta_have_chains_of_their_own_and_a_bias_below_batch_norm_is_told_why_it_has_none():
    instant = train(experiment(widths=(6, 5), norm="batch"), 20)
    bias, gamma, beta = (measure_trace(instant, TraceOptions(0, row, 2)) for row in (2, 3, 4))
    assert [found.factors[-1].name for found in (bias, gamma, beta)] == ["bias: 1", "û₁", "β: 1"]
    assert bias.gradient == 0.0
    assert bias.sentence == (
        "layer 1, bias of unit 3: its gradient is exactly 0 because batch norm takes the mean away, "
        "and any bias with it"
    )
    assert gamma.name == "layer 1, gamma of unit 3"
    assert gamma.gradient != 0.0
    assert "the mean over 140 examples" in beta.sentence


def test_a_unit_without_a_derivative_still_gets_a_gradient_by_way_of_layer_norm():
    trainer = Trainer(experiment(widths=(3, 3), activation="relu", precision="float64", norm="layer"))
    trainer.network.layout.named(trainer.theta)["layer1.beta"][:] = [-100.0, 1.0, 1.0]
    instant = instant_of(trainer)
    assert not instant.train.local[0][0, :, 0].any()
    weight, shift = (measure_trace(instant, TraceOptions(0, row, 0)) for row in (0, 4))
    assert weight.first_zero is None
    assert weight.gradient != 0.0
    assert shift.gradient == 0.0
    assert "f'(z) of unit 1 in layer 1 is 0 for all 140 examples" in shift.sentence


def test_gamma_of_0_is_named():
    trainer = Trainer(experiment(widths=(3, 3), precision="float64", norm="batch"))
    trainer.network.layout.named(trainer.theta)["layer1.gamma"][1] = 0.0
    found = measure_trace(instant_of(trainer), TraceOptions(0, 0, 1))
    assert found.factors[found.first_zero].kind == "scale"
    assert found.sentence.endswith("because γ/σ of unit 2 in layer 1 is 0 for all 140 examples (batch norm)")


def test_a_weight_from_a_unit_that_is_the_same_for_all_is_told_that_batch_norm_takes_it_away():
    trainer = Trainer(experiment(widths=(4, 3), activation="step", rule="straight-through", norm="batch"))
    trainer.network.layout.named(trainer.theta)["layer1.beta"][1] = 100.0
    found = measure_trace(instant_of(trainer), TraceOptions(1, 1, 0))
    assert found.gradient == 0.0
    assert found.sentence.endswith(
        "batch norm takes the mean away, "
        "and its input, the activation of unit 2 in layer 1, is the same for every example"
    )
