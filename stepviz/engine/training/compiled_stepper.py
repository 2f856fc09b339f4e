"""The stepper in C: many updates in one call, which leaves the interpreter free."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np

from stepviz.engine.kernel.library import Library
from stepviz.engine.kernel.plan import Progress, RunPlan, address, layer_plans, run_plan, uncovered
from stepviz.engine.network.exact_zeros import CountedZeros
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.divergence import Divergence, first_not_finite

if TYPE_CHECKING:
    from stepviz.engine.training.steppable import Steppable

# A cache line, and the longest vector.
_ALIGNED = 64


def reason_against(trainer: Steppable, library: Library) -> str:
    """Return what keeps the library from doing a trainer's updates, in a few words; nothing where it can."""
    return next((reason for setup in _different(trainer) if (reason := uncovered(setup, library.codes))), "")


def _different(trainer: Steppable) -> list[BoundExperiment]:
    return list({id(setup): setup for setup in trainer.setups}.values())


class CompiledStepper:
    """Does the updates of a trainer in the compiled library. See NumpyStepper for what it has to keep to."""

    key = "compiled"

    def __init__(self, trainer: Steppable, library: Library) -> None:
        """Bind to a trainer's arrays; the library covers all its settings."""
        self._trainer, self._library = trainer, library
        self.clip_factor, self.clipped_at = 1.0, -2
        self._clipped = trainer.experiment.clipping.name != "none"
        self._alone = len(trainer.theta) == 1
        self._wide = trainer.theta.dtype == np.float64
        layers = len(trainer.network.layout.layers)
        self._zeros = CountedZeros(layers)
        if self._alone and any(function.at_zero_value is not None for function in trainer.network.functions):
            trainer.zeros.watch(self._zeros)
        self._layers = {id(setup): layer_plans(setup.network, library.codes) for setup in _different(trainer)}
        patterns = {id(setup): run_plan(setup, library.codes, self._layers[id(setup)]) for setup in _different(trainer)}
        self._plans = [self._plan(run, patterns[id(setup)]) for run, setup in enumerate(trainer.setups)]
        # The runs are done one after the other: one room serves them all.
        room = max(library.room(plan, self._wide) for plan in self._plans)
        self._work = np.zeros(room + _ALIGNED, dtype=np.uint8)
        start = address(self._work)
        for plan in self._plans:
            plan.work = start + -start % _ALIGNED
        self._pointers = (ctypes.c_void_p * len(self._plans))(*map(ctypes.addressof, self._plans))
        self._at = Progress(copy=trainer.state.size)

    def _plan(self, run: int, pattern: RunPlan) -> RunPlan:
        trainer, plan = self._trainer, RunPlan.from_buffer_copy(pattern)
        plan.alone, plan.stride, plan.offset = self._alone, trainer.theta.size, run * trainer.theta.shape[1]
        start = run * trainer.theta[0].nbytes
        plan.state, plan.gradient = address(trainer.theta) + start, address(trainer.gradient) + start
        plan.zeros = address(self._zeros.counted)
        return plan

    @property
    def sigma(self) -> None:
        """Return None: the library does no search."""
        return None

    def step(self, count: int) -> int:
        """Do ``count`` updates and return how many were done: fewer when the run diverges."""
        trainer, done = self._trainer, 0
        while done < count and trainer.diverged is None:
            done += self._train(count - done)
        return done

    def _train(self, count: int) -> int:
        """Do up to ``count`` updates: as many as the orders that are drawn last for."""
        trainer, at = self._trainer, self._at
        batches, recent, zeros = trainer.batches, trainer.recent, trainer.zeros
        if not batches.whole:
            orders, at.first_epoch = batches.orders()
            at.orders, at.epochs = address(orders), len(orders)
        copies, seen, at.ring = recent.place()
        at.recent, at.seen_ring, at.depth = address(copies), address(seen), len(copies)
        at.step, at.updates, at.seen = trainer.step_count, trainer.updates, batches.seen
        at.searched, at.compared, at.touched, at.changed = zeros.updates, zeros.compared, 0, 0.0
        at.began = None if trainer.later is None else address(trainer.later.began)
        searched, compared = at.searched, at.compared
        done = self._library.train(self._pointers, self._wide, at, count)
        trainer.step_count, trainer.updates, batches.seen = at.step, at.updates, at.seen
        recent.kept(done)
        self._zeros.searches += at.searched - searched
        self._zeros.touched += at.touched
        zeros.note(at.compared - compared, at.changed)
        if trainer.later is not None:
            trainer.look_at_later_starts()
        if self._clipped:
            self.clip_factor, self.clipped_at = at.clip_factor, at.step - 1
        if at.diverged:
            at.diverged = 0
            trainer.diverged = self._find_break()
        return done

    def _find_break(self) -> Divergence:
        """Return where the last update broke: its numbers are worked out once more, from the state before it."""
        trainer, train = self._trainer, self._trainer.setup.train
        batches, before = trainer.batches, trainer.recent
        chosen = np.arange(len(train))
        if not batches.whole:
            batches.seen = before.last_seen()
            chosen = batches.following()
        theta = before.last()[0].copy()
        batch_pass = Pass(trainer.setup.at(trainer.step_count - 1).network, theta, len(chosen), gradient=theta.copy())
        with np.errstate(all="ignore"):
            batch_pass.forward(inputs := train.inputs[:, chosen])
            batch_pass.backward(inputs, train.targets[chosen])
        return first_not_finite(trainer.step_count, batch_pass, trainer.gradient, trainer.theta)
