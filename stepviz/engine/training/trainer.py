"""The Trainer: owns every number that changes during a run, and moves it by one update at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import Dataset
from stepviz.engine.network.exact_zeros import ZeroCounter, ZeroCounts
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.settings.experiment import ActivationChoice, Experiment, scheduled_rate, scheduled_slope
from stepviz.engine.setup.setup import BoundExperiment, set_up
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.batch_order import Batches
from stepviz.engine.training.divergence import Divergence
from stepviz.engine.training.evaluation import Evaluation
from stepviz.engine.training.initial_parameters import draw_parameters, start_trained
from stepviz.engine.training.later_starts import LaterStarts
from stepviz.engine.training.population_search import check_trials
from stepviz.engine.training.retained_parameters import RetainedParameters, foreign
from stepviz.engine.training.snapshot import TrainerCheckpoint, TrainerState
from stepviz.engine.training.stepper import Stepper, stepper_for
from stepviz.engine.training.undo_ring import UndoRing


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
    later: LaterStarts | None
    _stepper: Stepper

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
        self._begin(draw_parameters(self.setup, self.run_seeds, self._given))

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
        trainer.zeros = ZeroCounter.resumed(state.zeros) if state.zeros else ZeroCounter(layers, moment.step)
        trainer._bind(moment.state[0])
        trainer.go_to(moment)
        if state.recent is not None:
            trainer.recent = state.recent
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
    def begins_with_given(self) -> bool:
        """Return whether the first weights were given, for example those that another run ended with, not drawn."""
        return bool(self._given)

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

    @property
    def setups(self) -> Sequence[BoundExperiment]:
        """Return the setup of each run."""
        return (self.setup,) * len(self.theta)

    @property
    def stepper(self) -> str:
        """Return who does the updates: ``numpy`` or ``compiled``."""
        return self._stepper.key

    def renew_stepper(self) -> None:
        """Let the stepper that is chosen now do the updates from here on; the numbers stay."""
        self.zeros.settle()
        self._stepper = stepper_for(self)

    def look_at_later_starts(self) -> None:
        """Forget that parameters began later than the run where that makes no difference any more."""
        decays = [self.setup.optimizer_values[place] for place in self.setup.optimizer.decays]
        if self.later is not None and self.later.settled(self.updates, decays):
            self.later = None

    # Training

    def step(self, count: int = 1) -> int:
        """Do ``count`` updates and return how many were done: fewer when the run diverges (see ``diverged``)."""
        return self._stepper.step(count)

    # Changing course

    def restart(self) -> None:
        """Go back to step 0, with the same first weights."""
        self._begin(self._draw())

    def _begin(self, theta: Array) -> None:
        self.batches = self._build_batches()
        self.step_count = 0
        self._aside = RetainedParameters()
        self.zeros = ZeroCounter(len(self.network.layout.layers), 0)
        self._bind(theta)

    def _draw(self) -> Array:
        """Return the first parameters (runs, parameters)."""
        places = self.network.layout.named(self.theta) if self._given else {}
        # A change of the activation may have taken away what was given.
        given = {name: values for name, values in self._given.items() if name in places}
        return draw_parameters(self.setup, self.run_seeds, given)

    @property
    def run_seeds(self) -> Sequence[int]:
        """Return the seed of each run."""
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
        if not len(self.recent):
            return False
        self.batches.seen = self.recent.take(self.state)
        self.updates -= 1
        self.step_count -= 1
        self.diverged = None
        return True

    def moment(self) -> TrainerState:
        """Return all that the run needs to go on from here, as a copy."""
        began = None if self.later is None else self.later.began
        return TrainerState(
            self.setup, freeze(self.state.copy()), self.updates, self.step_count, self.batches.seen, began
        )

    def checkpoint(self) -> TrainerCheckpoint:
        """Return all that a trainer of one run holds: ``moment``, and what ``restart`` and ``step_back`` need.

        ``recent`` is not copied: it may be used by one trainer alone from then on.
        """
        first = self._draw() if self._given else None
        return TrainerCheckpoint(self.moment(), first, self._aside.kept, self.zeros.read(), self.recent)

    def go_to(self, moment: TrainerState) -> None:
        """Go on from a moment of this trainer, with the settings that were in force then."""
        if moment.setup is not self.setup:
            self.setup = moment.setup
            self.batches = self._build_batches()
            self._bind(moment.state[0])
            self._aside = RetainedParameters()
        self.state[...] = moment.state
        self.recent = UndoRing(self.state)
        self.updates, self.step_count, self.batches.seen = moment.updates, moment.step, moment.seen
        self.later = None
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
        self.recent = UndoRing(self.state)
        self.diverged = None

    @property
    def _began(self) -> Ints:
        return np.zeros(self.theta.shape, dtype=np.int64) if self.later is None else self.later.began

    def _start_later(self, began: Ints) -> None:
        counts = bool(self.setup.optimizer.decays) and bool(began.any())
        self.later = LaterStarts(freeze(began)) if counts else None

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
        if not len(self.recent):
            return np.zeros_like(self.theta)
        return self.theta - self.recent.last()[0]

    def batches_ahead(self) -> Batches:
        """Return batches that stand where the run's do, and move on by themselves."""
        ahead = self._build_batches()
        ahead.seen = self.batches.seen
        return ahead

    @property
    def exact_zeros(self) -> ZeroCounts:
        """Return what the updates since the start have met of pre-activations that are exactly 0, where ReLU bends.

        All updates done count, also those that were gone back behind; a population counts none.
        """
        return self.zeros.read()

    @property
    def sigma(self) -> float | None:
        """Return what a search multiplies the changes of the first run's next copies by; None without a search."""
        return self._stepper.sigma

    @property
    def last_clipping(self) -> tuple[Array, float] | None:
        """Return the clipped gradient (runs, parameters) of the last update and what the first run's was scaled by.

        None where clipping is off, and before the first update since the start, a change or a look back.
        """
        stepper = self._stepper
        return (self.gradient, stepper.clip_factor) if stepper.clipped_at == self.step_count - 1 else None

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
        self.state = np.zeros((1 + len(self.setup.optimizer.slots), *theta.shape), dtype=theta.dtype)
        self.state[0] = theta
        self.recent = UndoRing(self.state)
        self.theta, self.slots = self.state[0], self.state[1:]
        self.updates = 0
        self.later = None
        self.diverged = None
        # Counts go on while the settings change; of another number of layers they begin anew.
        layers = len(self.network.layout.layers)
        self.zeros.settle()
        if self.zeros.layers != layers:
            self.zeros = ZeroCounter(layers, self.step_count)
        self._annealed: bool = self.experiment.slope_schedule.name != "none" and self.network.annealed
        self._present = None
        self.gradient = np.zeros_like(theta)
        self._stepper = stepper_for(self)
        self._evaluation = Evaluation(self.setup, self.theta)
