"""What a network computes: one forward and one backward pass over a population of any number of runs.

Training one network, racing eight from the same start and evaluating 4096 points of a loss surface are the same
``Pass`` over a different number of parameter rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from stepviz.engine.catalogue.activation import Function
from stepviz.engine.catalogue.activations import Values
from stepviz.engine.common.arrays import Array
from stepviz.engine.network.dropout import Dropout
from stepviz.engine.network.exact_zeros import ExactZeros
from stepviz.engine.network.network import Network
from stepviz.engine.network.normalization import Normalizer, centred_product, precise

V = TypeVar("V", Array, "float | Array")


def _units_first(buffer: Array) -> Array:
    # Stored with the units before the examples, a layer's numbers are one piece of memory for each run, its activations
    # without their column of ones too. ``as_stored`` is how element by element functions run through it at once.
    return buffer.transpose(0, 2, 1)


def as_stored(value: V) -> V:
    """Return (R, n, B) for an array (R, B, n), (R, n, 1) for (R, 1, n), and a number as it is."""
    return value.transpose(0, 2, 1) if isinstance(value, np.ndarray) else value


def _normalised(normalizer: Normalizer | None, value: Function) -> Function:
    """Return the function that normalises before it computes; the function itself where nothing is normalised."""
    if normalizer is None:
        return value

    def after_normalising(z: Array, values: Values, out: Array, scratch: Array) -> None:
        normalizer.forward()
        value(z, values, out, scratch)

    return after_normalising


def _kept(values: Array, mask: Array | None) -> tuple[Array, Array, Array] | None:
    """Return the factors and the place of the product that leaves what dropout keeps; None where it drops nothing."""
    return None if mask is None else (values, mask, values)


class Pass:
    """The buffers of one forward and backward pass, bound to a parameter matrix and a number of examples.

    With R runs, B examples and n units in layer l (counted from 0, the output layer last):

    - ``z[l]`` (R, B, n) pre-activations, after the normalisation where there is one, ``h[l]`` (R, B, n + 1) activations
      with the column of ones,
    - ``y`` (R, B, outputs) what the network answers,
    - ``local[l]`` (R, B, n) f'(z) or its stand-in, ``upstream_grad[l]`` (R, B, n) the signal dL/df(z) that arrives,
    - ``delta[l]`` (R, B, n) = arriving * local = dL/dz, ``error[l]`` (R, B, n) = dL/du by the sums u = W h + b, which
      is delta itself where the layer is not normalised,
    - ``gradient`` (R, parameters), dL/dtheta of the mean loss over the B examples.

    The theory is backpropagation as in Rumelhart, Hinton and Williams 1986: delta_l = (error_{l+1} W^T) * f'(z_l).
    ``normalizers[l]`` does what there is to do between delta and error, else None. Below a batch normalisation a bias,
    or a weight from what is the same for all examples, moves nothing, since the mean is taken away: its gradient is
    exactly 0, not what rounding would leave.
    Nothing is allocated after construction. Callers hold ``np.errstate(all="ignore")``: overflow is looked for, not
    warned of.
    """

    def __init__(
        self,
        network: Network,
        theta: Array,
        examples: int,
        *,
        gradient: Array | None = None,
        watched: bool = False,
        dropout: Dropout | None = None,
        follows: bool = False,
    ) -> None:
        """Bind to ``theta`` (R, parameters); with a ``gradient`` array of the same shape it can also run backward.

        ``watched``: exact zeros can be searched for in ``zeros``, if any layer's derivative at 0 is a matter of choice.
        ``dropout``: activations are multiplied by its masks; without it, none is left out. ``follows``: for inputs that
        are not a batch: batch normalisation goes by the statistics of the pass that ``follow`` is given.
        """
        self.network = network
        self.dropout = dropout
        self._masks = [None] * len(network.functions) if dropout is None else dropout.masks
        self.theta = theta
        self.gradient = gradient
        runs, dtype, layout = theta.shape[0], theta.dtype, network.layout
        self.z: list[Array] = []
        self.h: list[Array] = []
        self.local: list[Array] = []
        self.upstream_grad: list[Array] = []
        self.delta: list[Array] = []
        self.error: list[Array] = []
        widest = max(shape.outputs for shape in layout.layers)
        self._scratch = np.empty(2 * runs * examples * widest, dtype=dtype)
        self._blocks = [layout.block(theta, layer) for layer in range(len(layout.layers))]
        # Lists, because a slope schedule moves some of them.
        self._values = [list(map(as_stored, network.values(theta, layer))) for layer in range(len(layout.layers))]
        self._rule_values = [list(function.rule_values) for function in network.functions]
        self._slopes: list[tuple[list[float | Array] | list[float], int]] = []
        for layer, function in enumerate(network.functions[:-1]):
            if (place := function.annealed_value) is not None:
                self._slopes.append((self._values[layer], place))
            if (place := function.annealed_rule_value) is not None:
                self._slopes.append((self._rule_values[layer], place))
        self._at_zero = [
            (layer, place, self._values[layer][place])
            for layer, function in enumerate(network.functions)
            if (place := function.at_zero_value) is not None
        ]
        shapes = {layer: (runs, layout.layers[layer].outputs, examples) for layer, _, _ in self._at_zero}
        self.zeros = ExactZeros(shapes, dtype) if watched and shapes else None
        # Two pieces of scratch for each layer, as stored.
        self._work: list[tuple[Array, Array]] = []
        for shape in layout.layers:
            turned = (runs, shape.outputs, examples)
            searched = self.zeros if len(self.z) in shapes else None
            room = np.empty(turned, dtype=dtype) if searched is None else searched.buffer(len(self.z))
            self.z.append(_units_first(room))
            self.h.append(_units_first(np.ones((runs, shape.outputs + 1, examples), dtype=dtype)))
            count = runs * examples * shape.outputs
            halves = self._scratch[:count], self._scratch[count : 2 * count]
            self._work.append((halves[0].reshape(turned), halves[1].reshape(turned)))
            if gradient is not None:
                self.local.append(_units_first(np.ones(turned, dtype=dtype)))
                self.upstream_grad.append(_units_first(np.empty(turned, dtype=dtype)))
                # Behind the identity the error signal passes unchanged: one buffer serves both.
                function = network.functions[len(self.delta)]
                identity = function.activation.key == "linear" and function.normalization.axis is None
                self.delta.append(self.upstream_grad[-1] if identity else _units_first(np.empty(turned, dtype=dtype)))
        # A linear output layer answers with its pre-activations: nothing is computed, nothing copied.
        linear_output = network.functions[-1].activation.key == "linear"
        self.y = self.z[-1] if linear_output else self.h[-1][:, :, :-1]
        self._loss_scratch = _units_first(self._work[-1][0])
        self.normalizers = self._build_normalizers(follows)
        # One object for both ways: a race knows a layer's pre-activations by it.
        self._stored = [as_stored(z) for z in self.z]
        # What the two loops need of each layer, looked up once.
        computed = len(self.z) - 1 if linear_output else len(self.z)
        self._forward = [
            (
                self._blocks[layer],
                self.z[layer],
                _normalised(self.normalizers[layer], function.activation.value) if layer < computed else None,
                (
                    self._stored[layer],
                    self._values[layer],
                    as_stored(self.h[layer][:, :, :-1]),
                    self._work[layer][0],
                ),
                _kept(self.h[layer][:, :, :-1], self._masks[layer]),
                self.h[layer],
            )
            for layer, function in enumerate(network.functions)
        ]
        if gradient is not None:
            self._bind_gradient(gradient)

    def _build_normalizers(self, follows: bool) -> list[Normalizer | None]:
        functions, layout = self.network.functions, self.network.layout
        normalised = [function.normalization.axis is not None for function in functions]
        largest = max((z.size for z, needed in zip(self.z, normalised, strict=True) if needed), default=0)
        scratch = np.empty(largest, dtype=precise(self.theta.dtype))
        return [
            Normalizer(function.normalization, z, layout.trained(self.theta, layer)[:, -2:], scratch, follows=follows)
            if needed
            else None
            for layer, (function, z, needed) in enumerate(zip(functions, self.z, normalised, strict=True))
        ]

    def _bind_gradient(self, gradient: Array) -> None:
        layout = self.network.layout
        self._gradient_trained = [layout.trained(gradient, layer) for layer in range(len(layout.layers))]
        for layer, (normalizer, delta) in enumerate(zip(self.normalizers, self.delta, strict=True)):
            if normalizer is not None:
                normalizer.bind_gradient(delta, self._gradient_trained[layer][:, -2:])
            self.error.append(delta if normalizer is None else normalizer.error)
        self._arriving_stored = [as_stored(upstream_grad) for upstream_grad in self.upstream_grad]
        self._backward = [
            (
                layer,
                self._after(layer),
                (self.upstream_grad[layer], self.delta[layer], self.error[layer]),
                self._product(layer),
                (
                    function.rule.derivative or function.activation.derivative,
                    (
                        self._stored[layer],
                        self._values[layer] if function.rule.derivative is None else self._rule_values[layer],
                        as_stored(self.local[layer]),
                        self._work[layer][0],
                    ),
                ),
                (self._arriving_stored[layer], as_stored(self.local[layer]), as_stored(self.delta[layer])),
                layout.block(gradient, layer),
                self.h[layer - 1].transpose(0, 2, 1) if layer else None,
                self._blocks[layer][:, :-1].transpose(0, 2, 1),
                _kept(self.upstream_grad[layer], self._masks[layer]),
            )
            for layer, function in reversed(list(enumerate(self.network.functions)))
        ]

    def _after(self, layer: int) -> Callable[[int], None] | None:
        """Return what has to be done once a layer's delta is known; None for most layers."""
        function, normalizer = self.network.functions[layer], self.normalizers[layer]
        if normalizer is None:
            return self._backward_trained if function.trained else None

        def both(layer: int) -> None:
            self._backward_trained(layer)
            normalizer.backward()

        return both if function.trained else lambda _layer: normalizer.backward()

    def _product(self, layer: int) -> Callable[..., object]:
        """Return what makes a layer's gradient of what it listens to and of the error."""
        if not self.network.functions[layer].normalization.over_examples:
            return np.matmul
        runs, examples, _ = self.z[layer].shape
        return centred_product(runs, self.network.layout.layers[layer].inputs + 1, examples, self.theta.dtype)

    def follow(self, other: Pass) -> None:
        """Go by the statistics of ``other``, which has run forward over the training set with the same parameters.

        Only a pass that ``follows`` does; its runs are the first of the other's. Without batch normalisation there is
        nothing to go by.
        """
        for own, seen in zip(self.normalizers, other.normalizers, strict=True):
            if own is not None and seen is not None:
                own.follow(seen)

    def signal(self, layer: int) -> Array:
        """Return (R, B, n), not 0 where an example has a say in how a unit moves, after ``backward``.

        That is delta, and where the layer is normalised also error: through the statistics a gradient may reach the
        weights of a unit whose own derivative is 0, and where gamma is 0 only gamma and beta have one.
        """
        if self.normalizers[layer] is None:
            return self.delta[layer]
        reached: Array = np.logical_or(self.delta[layer], self.error[layer])
        return reached

    def set_slope(self, slope: float) -> None:
        """Give the hidden layers that a slope schedule drives this slope, from the next call of ``forward`` on."""
        for values, place in self._slopes:
            values[place] = slope

    def set_at_zero(self, derivative: float | None) -> None:
        """Put another derivative at 0 in the next call of ``backward``, where it is a choice; None: the one chosen."""
        for layer, place, chosen in self._at_zero:
            self._values[layer][place] = chosen if derivative is None else derivative

    def forward(self, inputs: Array) -> Array:
        """Compute and return ``y`` (R, B, outputs) for inputs (1 or R, B, n + 1), the last column ones."""
        before = inputs
        for block, z, value, arguments, kept, h in self._forward:
            np.matmul(before, block, out=z)
            if value is not None:
                value(*arguments)
            if kept is not None:
                np.multiply(*kept)
            before = h
        return self.y

    def losses(self, targets: Array, out: Array) -> None:
        """Write the mean loss of every run to ``out`` (R,), after ``forward``; targets (B, outputs)."""
        self.network.loss.value(self.y, targets, out, self._loss_scratch)

    def backward(self, inputs: Array, targets: Array) -> None:
        """Fill ``local``, ``upstream_grad``, ``delta`` and ``gradient``, after ``forward`` on the same inputs."""
        self.network.loss.delta(self.y, targets, self.upstream_grad[-1], self._loss_scratch)
        for layer, after, signals, product, local, factors, block, before, weights, kept in self._backward:
            upstream_grad, delta, error = signals
            if kept is not None:
                np.multiply(*kept)
            if delta is not upstream_grad:
                derivative, arguments = local
                derivative(*arguments)
                np.multiply(*factors)
                if after is not None:
                    after(layer)
            if before is None:
                product(inputs.transpose(0, 2, 1), error, out=block)
            else:
                product(before, error, out=block)
                np.matmul(error, weights, out=self.upstream_grad[layer - 1])

    def _backward_trained(self, layer: int) -> None:
        function, (slope, scratch) = self.network.functions[layer], self._work[layer]
        derivative = function.activation.parameter_derivative
        if derivative is None:
            return
        names = [parameter.name for parameter in function.activation.parameters]
        for place, name in enumerate(function.trained):
            derivative(self._stored[layer], self._values[layer], names.index(name), slope, scratch)
            np.multiply(slope, self._arriving_stored[layer], out=slope)
            np.sum(slope, axis=2, out=self._gradient_trained[layer][:, place])
