"""The loss at many points of a plane through the parameters, a chunk of points at a time."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.forward_backward import Pass, as_stored
from stepviz.engine.network.network import Network
from stepviz.engine.network.normalization import Normalizer
from stepviz.probes.many_losses import evaluator_of

# Chunks small enough to stay in the processor's cache and to be interrupted soon, large enough for few calls.
MOST_ROWS = 256
MOST_NUMBERS = 2**17
# The same for the compiled library: a chunk is over after some milliseconds.
MOST_MULTIPLICATIONS = 2**24


class PlaneLosses:
    """Evaluates L(theta + alpha d1 + beta d2) over fixed examples, in float32, with buffers that are used again.

    The sums of the first layer are linear in alpha and beta,
    X W + alpha X D1 + beta X D2, so the three products are formed once per plane, and X is not touched again;
    the layers behind it are an ordinary Pass with one run per point. Batch normalisation goes by the statistics of the
    examples looked at, at each point its own.
    """

    def __init__(self, network: Network, inputs: Array, targets: Array, points: int) -> None:
        """Prepare for up to ``points`` points at once; inputs (1, examples, n + 1), targets (examples, outputs)."""
        inputs, targets = inputs.astype(np.float32), targets.astype(np.float32)
        layout, examples = network.layout, targets.shape[0]
        self._evaluator = evaluator_of(network, inputs, targets)
        network = network.fast()
        if self._evaluator is not None:
            self._basis = np.zeros((3, layout.size), dtype=np.float32)
            self.rows = max(1, min(points, MOST_MULTIPLICATIONS // (examples * layout.size)))
            return
        numbers = max(layout.size, examples * max(shape.outputs + 1 for shape in layout.layers))
        self.rows = max(1, min(points, MOST_ROWS, MOST_NUMBERS // numbers))
        self._network = network
        self._inputs, self._targets = inputs, targets
        self._basis = np.zeros((3, layout.size), dtype=np.float32)
        self._theta = np.zeros((self.rows, layout.size), dtype=np.float32)
        self._mixture = np.ones((self.rows, 3), dtype=np.float32)
        self._losses = np.zeros(self.rows, dtype=np.float32)
        if len(layout.layers) == 1:
            self._pass = Pass(network, self._theta, examples)
            return
        units = layout.layers[0].outputs
        rest = Network(units, layout.widths[2:], network.functions[1:], network.loss)
        self._pass = Pass(rest, self._theta[:, layout.offsets[1] :], examples)
        # Units before examples in memory: then what is computed for each unit runs through long rows.
        self._first_basis = np.zeros((3, units, examples), dtype=np.float32)
        turned = (self.rows, units, examples)
        self._z, self._scratch = np.zeros(turned, dtype=np.float32), np.zeros(turned, dtype=np.float32)
        self._h = np.ones((self.rows, units + 1, examples), dtype=np.float32)
        self._values = [as_stored(value) for value in network.values(self._theta, 0)]
        self._normalizer: Normalizer | None = None
        function = network.functions[0]
        if function.normalization.axis is not None:
            room = np.empty(self._z.size, dtype=np.float32)
            own = layout.trained(self._theta, 0)[:, -2:]
            self._normalizer = Normalizer(function.normalization, self._z.transpose(0, 2, 1), own, room)

    def aim(self, theta: Array, first: Array, second: Array) -> None:
        """Look at the plane through ``theta`` along ``first`` and ``second``, all (parameters,)."""
        self._basis[0], self._basis[1], self._basis[2] = theta, first, second
        if self._evaluator is None and len(self._network.layout.layers) > 1:
            first = self._first_basis.transpose(0, 2, 1)
            np.matmul(self._inputs, self._network.layout.block(self._basis, 0), out=first)

    def true_losses(self, rows: Array) -> Array:
        """Return the mean loss (k,) over the same examples of networks with the parameters ``rows`` (k, parameters)."""
        if self._evaluator is not None:
            return self._evaluator.rows(rows)
        theta = np.zeros((1, self._network.layout.size), dtype=np.float32)
        whole, out = Pass(self._network, theta, len(self._targets)), np.zeros(1, dtype=np.float32)
        found = np.empty(len(rows), dtype=np.float32)
        for place, row in enumerate(rows):
            theta[0] = row
            whole.forward(self._inputs)
            whole.losses(self._targets, out)
            found[place] = out[0]
        return found

    def losses(self, points: Array) -> Array:
        """Return the mean loss (k,) at points (k, 2), rows of (alpha, beta); k at most ``rows``. A view."""
        if self._evaluator is not None:
            theta, first, second = self._basis
            return self._evaluator.plane(theta, first, second, points)
        self._mixture[: len(points), 1:] = points
        # Always all rows, also those left over from the chunk before: then every point sees the same arithmetic.
        np.matmul(self._mixture, self._basis, out=self._theta)
        if len(self._network.layout.layers) == 1:
            self._pass.forward(self._inputs)
        else:
            np.matmul(self._mixture, self._first_basis.reshape(3, -1), out=self._z.reshape(self.rows, -1))
            if self._normalizer is not None:
                self._normalizer.forward()
            value = self._network.functions[0].activation.value
            value(self._z, self._values, self._h[:, :-1], self._scratch)
            self._pass.forward(self._h.transpose(0, 2, 1))
        self._pass.losses(self._targets, self._losses)
        return self._losses[: len(points)]
