"""The Trainer: owns every number that changes during a run, and moves it by one update at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from stepviz.engine.catalogue.clipping import CLIPPINGS, Clip
from stepviz.engine.catalogue.optimizers import Rate, Update
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import Dataset
from stepviz.engine.network.exact_zeros import ZeroCounter, ZeroCounts
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.penalties import Penalty, penalties_of
from stepviz.engine.settings.experiment import ActivationChoice, Experiment, scheduled_rate, scheduled_slope
from stepviz.engine.setup.setup import BoundExperiment, set_up
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.batch_buffers import BatchPasses
from stepviz.engine.training.batch_order import Batches
from stepviz.engine.training.divergence import Divergence, first_not_finite, lost_by_update
from stepviz.engine.training.evaluation import Evaluation
from stepviz.engine.training.initial_parameters import draw_parameters, start_trained
from stepviz.engine.training.later_starts import LaterStarts
from stepviz.engine.training.perceptron_rule import mistakes
from stepviz.engine.training.population_search import Searcher, check_trials
from stepviz.engine.training.relu_at_zero import changed_by_choice
from stepviz.engine.training.retained_parameters import RetainedParameters, foreign
from stepviz.engine.training.snapshot import TrainerCheckpoint, TrainerState
from stepviz.engine.training.undo_ring import UndoRing

# So many updates lie between two looks whether parameters that began later have caught up.
_LOOK_EVERY = 4096


class Trainer:
    """Trains a population of networks (usually of one run) on one data set.

    ``theta`` (runs, parameters) holds the parameters and is updated in place; ``step_count`` counts updates since the
    start; ``diverged`` is None, or says where the numbers first stopped being finite. Same experiment, same seeds:
    the same numbers, bit for bit.
    """

    theta: Array
    slots: Array
    gradient: Array
    step_count: int
    updates: int
    diverged: Divergence | None
    _present: tuple[float, BoundExperiment] | None
    _later: LaterStarts | None
    _update_rule: Update
    _rule_values: tuple[float, ...]

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset | None = None,
        *,
        parameters: Mapping[str, Array] | None = None,
        seeds: Sequence[int] | None = None,
    ) -> None:
        """Prepare a run at step 0.

        ``dataset`` defaults to the one that the experiment names; ``parameters`` are named arrays (see
        ``Layout.named``) that replace drawn ones; ``seeds`` gives one run per seed, each with its own first weights,
        all on the same batches (default: one run, the experiment's seed). Raises InputError for settings that are
        not allowed, for data that the loss cannot serve, and for parameters of the wrong name or shape.
        """
        self.setup = set_up(experiment, dataset)
        self._seeds = seeds
        check_trials(self.setup, 1 if seeds is None else len(seeds))
        self._given = dict(parameters or {})
        self._begin(draw_parameters(self.setup, self._run_seeds, self._given))

    @classmethod
    def resumed(cls, state: TrainerCheckpoint) -> Trainer:
        """Return a trainer of one run that goes on from where another one was."""
        trainer = cls.__new__(cls)
        moment = state.moment
        trainer.setup, trainer._seeds = moment.setup, None
        trainer._given = {} if state.first is None else moment.setup.network.layout.named(state.first)
        trainer.batches, trainer.step_count = trainer._build_batches(), moment.step
        trainer._aside = RetainedParameters(state.aside)
        layers = len(moment.setup.network.layout.layers)
        trainer._zeros = ZeroCounter.resumed(state.zeros) if state.zeros else ZeroCounter(layers, moment.step)
        trainer._bind(moment.state[0])
        trainer.go_to(moment)
        if state.recent is not None:
            trainer._recent = state.recent
        return trainer

    @property
    def experiment(self) -> Experiment:
        """Return the settings in force."""
        return self.setup.experiment

    @property
    def dataset(self) -> Dataset:
        """Return the data set in use."""
        return self.setup.dataset

    @property
    def network(self) -> Network:
        """Return the network's shape, functions and loss."""
        return self.setup.network

    @property
    def epochs(self) -> float:
        """Return how many times the training set has been seen since the start."""
        return self.batches.epochs

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the next update, as the schedule has it."""
        return scheduled_rate(self.experiment, self.step_count)

    @property
    def slope(self) -> float | None:
        """Return the slope of the annealed layers at the next update; None where no schedule drives any."""
        return scheduled_slope(self.experiment, self.step_count) if self._annealed else None

    @property
    def present(self) -> BoundExperiment:
        """Return the setup with the slopes of this step: what probes and pictures have to go by.

        The same object as long as the slopes stay.
        """
        slope = self.slope
        if slope is None:
            return self.setup
        if self._present is None or self._present[0] != slope:
            self._present = slope, self.setup.at(self.step_count)
        return self._present[1]

    # Training: the hot loop

    def step(self, count: int = 1) -> int:
        """Do ``count`` updates and return how many were done: fewer when the run diverges (see ``diverged``)."""
        with np.errstate(all="ignore"):
            for done in range(count):
                if self.diverged is not None:
                    return done
                self._update()
        return count

    def _update(self) -> None:
        seen = self.batches.seen
        batch_pass, batch = self._batch_passes.next(self.batches, self.step_count)
        if (slope := self.slope) is not None:
            batch_pass.set_slope(slope)
        self._recent.keep(self._state, seen)
        if self._by_gradient:
            batch_pass.forward(batch.inputs)
            batch_pass.backward(batch.inputs, batch.targets)
            if batch_pass.zeros is not None and batch_pass.zeros.search():
                self._zeros.compare(partial(changed_by_choice, batch_pass, batch, self._scratch))
        elif self._searcher is not None:
            self._searcher.find(batch, self.step_count, slope, self.gradient)
        else:
            batch_pass.forward(batch.inputs)
            mistakes(batch_pass, batch.inputs, batch.targets)
        for penalty in self._penalties:
            penalty.add_to_gradient(self.theta, self.gradient, self._scratch[0])
        if self._clipped:
            self._clip_factor, self._clipped_at = self._clip(self.gradient, self._clip_values), self.step_count
        if self._scheduled:
            self._rate = self.learning_rate
        self.updates += 1
        update = self._update_rule if self._later is None else self._update_later
        update(self.theta, self.gradient, self.slots, self._rate, self._rule_values, self.updates, self._scratch)
        self.step_count += 1
        # One run that is not finite has failed; in a population the others go on.
        total = np.add.reduce(self.theta, axis=None, dtype=self._sum_type)
        if not math.isfinite(total) and self.theta.shape[0] == 1:
            if self._by_gradient:
                self.diverged = first_not_finite(self.step_count, batch_pass, self.gradient, self.theta)
            else:
                self.diverged = lost_by_update(self.step_count, self.network.layout, self.gradient, self.theta)

    # Changing course

    def _update_later(
        self, theta: Array, gradient: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, scratch: Array
    ) -> None:
        """Update parameters of which some have had fewer updates than the run."""
        assert self._later is not None
        self._later.update(self._update_rule, theta, gradient, slots, rate, values, t, scratch)
        if t % _LOOK_EVERY == 0 and self._later.settled(t, [values[place] for place in self.setup.optimizer.decays]):
            self._later = None

    def restart(self) -> None:
        """Go back to step 0, with the same first weights."""
        self._begin(self._draw())

    def _begin(self, theta: Array) -> None:
        self.batches = self._build_batches()
        self.step_count = 0
        self._aside = RetainedParameters()
        self._zeros = ZeroCounter(len(self.network.layout.layers), 0)
        self._bind(theta)

    def _draw(self) -> Array:
        """Return the first parameters (runs, parameters)."""
        places = self.network.layout.named(self.theta) if self._given else {}
        # A change of the activation may have taken away what was given.
        given = {name: values for name, values in self._given.items() if name in places}
        return draw_parameters(self.setup, self._run_seeds, given)

    @property
    def _run_seeds(self) -> Sequence[int]:
        return (self.experiment.seed,) if self._seeds is None else self._seeds

    def change(self, experiment: Experiment, setup: BoundExperiment | None = None) -> bool:
        """Put new settings in force and return whether the run went on with its weights (False: it restarted).

        Weights are kept wherever every layer keeps its width and the start is the same; the optimizer's memory is
        kept while the optimizer is. Raises InputError and changes nothing where the settings are not allowed.
        ``setup`` is that of the new settings, where it is known already.
        """
        setup = setup or set_up(experiment, previous=self.setup)
        check_trials(setup, self.theta.shape[0])
        old, old_theta, old_slots, updates = self.setup, self.theta, self.slots, self.updates
        old_began = self._began
        self.setup = setup
        if not old.keeps_weights(setup):
            self._given = {}
            self.restart()
            return False
        epochs = self.epochs
        self.batches = self._build_batches()
        self.batches.go_to(epochs)
        layout = setup.network.layout
        theta = np.zeros((old_theta.shape[0], layout.size), dtype=experiment.precision)
        others = foreign(old, setup)
        carried = old.network.layout.carry_over(old_theta, layout, theta, others)
        start_trained(setup, theta, skip=carried)
        self._aside.exchange(old, old_theta, setup, theta, carried)
        diverged = self.diverged
        self._bind(theta)
        self.diverged = diverged
        if old.optimizer is setup.optimizer:
            self.updates = updates
            for before, after in zip(old_slots, self.slots, strict=True):
                old.network.layout.carry_over(before, layout, after, others)
            # What was not there before has no updates behind it.
            began: Array = np.full(theta.shape, float(updates))
            old.network.layout.carry_over(old_began.astype(np.float64), layout, began, others)
            self._start_later(began.astype(np.int64))
        return True

    def switch_activation(self, choice: ActivationChoice | str, layer: int | None = None) -> bool:
        """Give hidden layer ``layer`` (from 1; None: all hidden layers) another activation, the weights kept."""
        return self.change(with_activation(self.experiment, choice, layer))

    def step_back(self) -> bool:
        """Undo the last update: parameters, optimizer and batches as before it. The way out of a divergence.

        Returns False, and does nothing, where no update is remembered: the last 16 are, fewer of a large network,
        none from before a change of settings.
        """
        if not len(self._recent):
            return False
        self.batches.seen = self._recent.take(self._state)
        self.updates -= 1
        self.step_count -= 1
        self.diverged = None
        return True

    def moment(self) -> TrainerState:
        """Return all that the run needs to go on from here, as a copy."""
        began = None if self._later is None else self._later.began
        return TrainerState(
            self.setup, freeze(self._state.copy()), self.updates, self.step_count, self.batches.seen, began
        )

    def checkpoint(self) -> TrainerCheckpoint:
        """Return all that a trainer of one run holds: ``moment``, and what ``restart`` and ``step_back`` need.

        ``recent`` is not copied: it may be used by one trainer alone from then on.
        """
        first = self._draw() if self._given else None
        return TrainerCheckpoint(self.moment(), first, self._aside.kept, self._zeros.read(), self._recent)

    def go_to(self, moment: TrainerState) -> None:
        """Go on from a moment of this trainer, with the settings that were in force then."""
        if moment.setup is not self.setup:
            self.setup = moment.setup
            self.batches = self._build_batches()
            self._bind(moment.state[0])
            self._aside = RetainedParameters()
        self._state[...] = moment.state
        self._recent = UndoRing(self._state)
        self.updates, self.step_count, self.batches.seen = moment.updates, moment.step, moment.seen
        self._later = None
        if moment.began is not None:
            self._start_later(moment.began)
        self.diverged = None

    def put_parameters(self, row: Array, run: int = 0, fresh: Ints | None = None) -> None:
        """Replace one run's parameters by ``row`` (parameters,), laid out by the network's layout.

        The optimizer forgets what it knows of the parameters ``fresh`` (k,), as if they began now.
        Raises InputError for a wrong shape and for numbers that are not finite in the run's precision.
        """
        if row.shape != self.theta.shape[1:]:
            raise InputError("parameters", f"shape {row.shape}", f"shape {self.theta.shape[1:]}")
        with np.errstate(all="ignore"):
            rounded = row.astype(self.theta.dtype)
        if not np.isfinite(rounded).all():
            raise InputError("parameters", "a number that is not finite", f"finite numbers in {self.theta.dtype}")
        self.theta[run] = rounded
        # A search keeps no memory of single parameters.
        if fresh is not None and self.setup.optimizer.search is None:
            self.slots[:, run, fresh] = 0.0
            began = self._began.copy()
            began[run, fresh] = self.updates
            self._start_later(began)
        self._recent = UndoRing(self._state)
        self.diverged = None

    @property
    def _began(self) -> Ints:
        return np.zeros(self.theta.shape, dtype=np.int64) if self._later is None else self._later.began

    def _start_later(self, began: Ints) -> None:
        counts = bool(self.setup.optimizer.decays) and bool(began.any())
        self._later = LaterStarts(freeze(began)) if counts else None

    # Reading

    def parameters(self, run: int = 0) -> dict[str, Array]:
        """Return copies of one run's parameters as named arrays: ``layer1.weights`` (inputs, units), and so on."""
        return {name: values.copy() for name, values in self.network.layout.named(self.theta, run).items()}

    def gradients(self, run: int = 0) -> dict[str, Array]:
        """Return dL/dtheta of the mean training loss (without penalties) as named arrays, as ``parameters``.

        Where a layer has a backward rule, this is what the rule gives, not a true gradient.
        """
        gradient = self.train_pass().gradient
        assert gradient is not None
        return {name: values.copy() for name, values in self.network.layout.named(gradient, run).items()}

    def loss(self, split: str = "train", run: int = 0) -> float:
        """Return the mean loss of one run over the ``train`` or ``test`` examples; NaN where there are none."""
        return float(self.losses(split)[run])

    def losses(self, split: str = "train") -> Array:
        """Return the mean loss of every run (runs,) over the ``train`` or ``test`` examples."""
        return self._evaluation.losses(split, self.slope)

    def last_update(self) -> Array:
        """Return the change of every parameter (runs, parameters) by the last update; zeros before the first."""
        if not len(self._recent):
            return np.zeros_like(self.theta)
        return self.theta - self._recent.last()[0]

    @property
    def exact_zeros(self) -> ZeroCounts:
        """Return what the updates since the start have met of pre-activations that are exactly 0, where ReLU bends.

        All updates done count, also those that were gone back behind; a population counts none.
        """
        return self._zeros.read()

    @property
    def sigma(self) -> float | None:
        """Return what a search multiplies the changes of the first run's next copies by; None without a search."""
        return None if self._searcher is None else self._searcher.sigma

    @property
    def last_clipping(self) -> tuple[Array, float] | None:
        """Return the clipped gradient (runs, parameters) of the last update and what the first run's was scaled by.

        None where clipping is off, and before the first update since the start, a change or a look back.
        """
        return (self.gradient, self._clip_factor) if self._clipped_at == self.step_count - 1 else None

    def train_pass(self) -> Pass:
        """Return a forward and backward pass over the whole training set; its buffers change with the next call."""
        return self._evaluation.backward(self.slope)

    def test_pass(self) -> Pass:
        """Return a forward pass over the test examples; its buffers change with the next call.

        Batch normalisation goes by the statistics of the whole training set: then ``train_pass`` runs forward too.
        """
        return self._evaluation.forward("test", self.slope)

    # Memory

    def _build_batches(self) -> Batches:
        examples, settings = len(self.setup.train), self.experiment
        return Batches(examples, settings.batch_size, settings.seed, no_single=self.network.by_statistics)

    def _bind(self, theta: Array) -> None:
        # Parameters and slots in one array: the copy that makes a step back possible is one call.
        self._state = np.zeros((1 + len(self.setup.optimizer.slots), *theta.shape), dtype=theta.dtype)
        self._state[0] = theta
        self._recent = UndoRing(self._state)
        self.theta, self.slots = self._state[0], self._state[1:]
        self.updates = 0
        self._later = None
        self.diverged = None
        # Counts go on while the settings change; of another number of layers they begin anew.
        layers = len(self.network.layout.layers)
        self._zeros.settle()
        if self._zeros.layers != layers:
            self._zeros = ZeroCounter(layers, self.step_count)
        # What the hot loop needs of the settings, looked up once.
        experiment, setup = self.setup.experiment, self.setup
        self._update_rule, self._rule_values = setup.optimizer.update, setup.optimizer_values
        self._rate = experiment.learning_rate
        search = setup.optimizer.search
        self._by_gradient: bool = setup.optimizer.by_gradient
        self._searcher: Searcher | None = (
            None if search is None else Searcher(setup, self.theta, self.slots, self._run_seeds)
        )
        # A search weighs penalties with the losses that it compares.
        self._penalties: tuple[Penalty, ...] = (
            penalties_of(experiment, setup.network.layout, experiment.precision) if search is None else ()
        )
        self._scheduled: bool = experiment.schedule.name != "constant"
        self._annealed: bool = experiment.slope_schedule.name != "none" and setup.network.annealed
        self._present = None
        self._clip_factor, self._clipped_at = 1.0, -2
        clipping = CLIPPINGS[experiment.clipping.name]
        self._clipped: bool = clipping.key != "none" and (search is None or search.estimates)
        self._clip: Clip = clipping.clip
        self._clip_values: tuple[float, ...] = resolve(experiment.clipping.parameters, clipping.parameters, "clipping")
        self.gradient = np.zeros_like(theta)
        self._scratch: Array = np.empty((2, *theta.shape), dtype=theta.dtype)
        # A sum of many float16 numbers overflows long before any of them does.
        self._sum_type: type[np.floating] | None = np.float32 if theta.dtype == np.float16 else None
        self._batch_passes: BatchPasses = BatchPasses(setup, self.theta, self.gradient, self._run_seeds, self._zeros)
        self._evaluation = Evaluation(setup, self.theta)
