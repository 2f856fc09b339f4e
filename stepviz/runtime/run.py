"""One run as the worker drives it: the trainer, its history, and what the person's commands do to them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace as with_parts

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import set_up
from stepviz.engine.training.divergence import THE_LOSS, Divergence
from stepviz.engine.training.snapshot import TrainerState
from stepviz.engine.training.stepper import origin
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.accuracy import accuracy
from stepviz.probes.early_stop import Reached
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.probes.instant import Instant, Path
from stepviz.probes.stuck_units import StuckUnits, measure_units
from stepviz.runtime.checkpoints import Checkpoints
from stepviz.runtime.course import Course, trains_its_own
from stepviz.runtime.history import HistoryView
from stepviz.runtime.recorder import Recorder
from stepviz.runtime.session import Past, Session, is_finite
from stepviz.runtime.stopper import Stopper


class Run:
    """A trainer with its history.

    ``version`` rises whenever a number that a probe reads may have changed, ``generation`` with every restart.
    ``checkpoints`` are the moments to go back to; ``ghost`` is the history that was left when the run last went on
    from one of them, ``left`` (points, parameters) the path that was. ``stopped`` says which early stop ended the last
    call of ``step``, until the run moves on.
    """

    def __init__(self, experiment: Experiment, trainer: Trainer | None = None) -> None:
        self.trainer = trainer or Trainer(experiment)
        self.generation = 0
        self.version = 0
        self.train_loss = math.nan
        self.test_loss = math.nan
        self.recorder = Recorder(self.trainer.setup, given=self.trainer.begins_with_given)
        self.checkpoints = Checkpoints()
        self.ghost: HistoryView | None = None
        self.left: Array | None = None
        self.stopped: Reached | None = None
        self._stopper = Stopper()
        self._end: TrainerState | None = None
        self._first: Array | None = None
        self._course = Course(experiment)
        self._note_units()
        self.checkpoints.keep(self.trainer.moment())

    @classmethod
    def resumed(cls, session: Session, before: Run | None = None) -> Run:
        """Return the run that is at rest in ``session``, in the place of ``before``."""
        trainer = Trainer.resumed(session.trainer)
        run = cls(trainer.experiment, trainer)
        if before is not None:
            run.generation, run.version = before.generation + 1, before.version + 1
        run.recorder = Recorder.resumed(trainer.setup, session.recorded)
        run._stopper = Stopper(trainer.experiment.stop, session.said)
        missing = f"what was changed before the session was saved (step {trainer.step_count:,}), if anything was"
        run._course = Course(trainer.experiment, (), missing)
        if (past := session.past) is not None:
            run.checkpoints, run.ghost, run.left, run._end = past.checkpoints, past.ghost, past.left, past.end
            run._course, run._first = past.course or run._course, past.first
            trainer.diverged = past.diverged
        if run._end is None:
            run._note_units()
        return run

    def at_rest(self) -> Session:
        """Return the whole run, with all that it can go back to.

        Of this one and the run that is resumed from it only one may go on.
        """
        end = self.trainer.moment() if self._end is None else self._end
        recorded = self.recorder.recorded(end.step, self.recorder.path.parameters.shape[1])
        past = Past(self.checkpoints.copy(), self.ghost, self.left, self._end, self.diverged, self._course, self._first)
        return Session(self.trainer.checkpoint(), recorded, self._stopper.said, past=past,
                       stepper=origin(self.trainer.stepper))  # fmt: skip

    def session(self, panels: tuple[str, ...] = (), *, at_end: bool = False) -> Session:
        """Return what a file keeps of the run: of one that is looked back at, no more than the past up to there.

        With ``at_end`` such a run is kept as it is at its end. Of one whose numbers are not finite any more it is the
        newest moment kept at which they were.
        """
        state = self.trainer.checkpoint()
        moment = self._end if at_end and self._end is not None else state.moment
        if not is_finite(moment):
            finite = [kept for kept in self.checkpoints.moments if kept.step <= moment.step and is_finite(kept)]
            moment = finite[-1] if finite else moment
        recorded = self.recorder.recorded(moment.step, moment.state.shape[2])
        return Session(with_parts(state, moment=moment, recent=None), recorded, self._stopper.said, panels,
                       stepper=origin(self.trainer.stepper))  # fmt: skip

    @classmethod
    def begun(cls, experiment: Experiment, parameters: np.ndarray | None, before: Run) -> Run:
        """Return a new run in the place of ``before``. Raises InputError for settings or parameters not allowed.

        Given ``parameters`` (parameters,) are the first ones, and those that a restart goes back to.
        """
        trainer = Trainer(experiment)
        if parameters is not None:
            trainer.put_parameters(parameters)
            trainer = Trainer(experiment, trainer.dataset, parameters=trainer.parameters())
        run = cls(experiment, trainer)
        run.generation, run.version = before.generation + 1, before.version + 1
        if parameters is not None:
            run._first = run.trainer.theta[0].copy()
            run._begin_course()
        return run

    @property
    def course(self) -> Course:
        """Return what was changed by hand on the way to the present step."""
        trainer = self.trainer
        return self._course if self._end is None else self._course.until(trainer.step_count, trainer.experiment)

    def _begin_course(self) -> None:
        self._course = Course(self.trainer.experiment)
        if self._first is not None:
            self._course = self._course.put(0, np.arange(len(self._first)), self._first)

    @property
    def last_step(self) -> int:
        """Return how far the run has got: beyond the present step after a look back."""
        return self.trainer.step_count if self._end is None else self._end.step

    @property
    def diverged(self) -> Divergence | None:
        """Return where the numbers stopped being finite, if they did."""
        return self.trainer.diverged

    def step(self, count: int) -> int:
        """Do updates; return how many were done: fewer where the run diverges or is ``stopped``."""
        self._branch()
        self.stopped, done = None, 0
        self.version += 1
        while done < count and self.stopped is None:
            look = self._stopper.steps_to_go(self.trainer)
            part = count - done if look is None else min(count - done, look)
            moved = self.trainer.step(part)
            done += moved
            if moved < part or self.trainer.diverged is not None:
                break
            if part == look:
                self.stopped = self._stopper.look(self.trainer)
        return done

    def use_chosen_stepper(self) -> None:
        """Let the stepper that is chosen now do the updates from here on."""
        self.trainer.renew_stepper()
        self.version += 1

    def restart(self) -> None:
        """Go back to step 0 with the same first weights."""
        self.trainer.restart()
        self._begin_anew()

    def change(
        self, experiment: Experiment, note: str, drag: str = "", *, anew: bool = False, keep: bool = False
    ) -> Session | None:
        """Put other settings in force; the run goes on where it can, unless it is to begin ``anew``.

        ``note`` and ``drag`` as in ``commands.Change``. With ``keep`` the run to which this puts an end is returned, at
        rest. Raises InputError and changes nothing.
        """
        setup = set_up(experiment, previous=self.trainer.setup)
        ends = anew or not self.trainer.setup.keeps_weights(setup)
        left = self.at_rest() if ends and keep else None
        self._branch()
        self._note_units()
        self._keep()
        before = self.trainer.setup
        went_on = self.trainer.change(experiment, setup)
        self.stopped = None
        if ends:
            if went_on:
                self.trainer.restart()
            else:
                self._first = None
            self._begin_anew()
            return left
        self._course = self._course.switch(self.trainer.step_count, experiment)
        self.version += 1
        if note:
            self.recorder.mark(self.trainer.step_count, note, drag)
        if before.network.layout.size != self.trainer.network.layout.size:
            # The path was walked in another space; what is left of the history still holds.
            self.recorder.begin_path(self.trainer.network.layout.size)
        self.recorder.again(self.trainer.step_count)
        self._note_units()
        return None

    def put(self, indices: Ints, values: Array, note: str, *, fresh: bool = False) -> None:
        """Write ``values`` (k,) to the parameters ``indices`` (k,). Raises InputError for no such one and for NaN.

        With ``fresh`` the optimizer forgets what it knows of them.
        """
        size = self.trainer.theta.shape[1]
        wrong = [int(index) for index in indices if not 0 <= index < size]
        if wrong or len(indices) != len(values):
            raise InputError("parameters", f"the number {wrong[0]}" if wrong else "other counts", f"0 to {size - 1}")
        self._branch()
        self._note_units()
        row = self.trainer.theta[0].astype(np.float64)
        row[indices] = values
        self.trainer.put_parameters(row, fresh=indices if fresh else None)
        self._course = self._course.put(self.trainer.step_count, indices, values, fresh=fresh)
        self.stopped = None
        self.checkpoints.cut(self.trainer.step_count)
        self._keep()
        self.version += 1
        self.recorder.again(self.trainer.step_count)
        if note:
            self.recorder.mark(self.trainer.step_count, note)
        self._note_units()

    def step_back(self) -> None:
        """Undo the last update; of a run that diverged, as many as it takes for the loss to be finite again."""
        self._branch()
        self.stopped = None
        self.trainer.step_back()
        while not self._is_finite() and self.trainer.step_back():
            pass
        if not self._is_finite():
            self._back_to_finite()
        self.version += 1
        self.checkpoints.cut(self.trainer.step_count + 1)
        self.recorder.again(self.trainer.step_count)

    def _back_to_finite(self) -> None:
        """Take the newest moment kept whose loss is finite, under the settings of now.

        The trainer remembers no update from before a change of settings, and after a bad one all may be lost.
        """
        experiment, step = self.trainer.setup.experiment, self.trainer.step_count
        for moment in reversed(self.checkpoints.moments):
            if moment.step <= step and np.isfinite(moment.state).all():
                self.trainer.go_to(moment)
                self._course = self._course.until(moment.step, self.trainer.experiment)
                self.trainer.change(experiment)
                self._course = self._course.switch(moment.step, experiment)
                if self._is_finite():
                    return

    def _is_finite(self) -> bool:
        # As ``look`` finds it: the trainer's own loss is summed in float64, where more is finite.
        return math.isfinite(Instant(self.trainer, self.recorder.path).train_loss)

    def go_to(self, step: int) -> None:
        """Look back: show the last moment kept not after ``step``, with the settings of then; or the end again.

        The history stays whole until the run goes on from there; then what was later becomes the ``ghost``.
        """
        self._end = self._end or self.trainer.moment()
        moment = self._end if step >= self._end.step else self.checkpoints.at(step)
        if moment is None:
            return
        if moment is self._end:
            self._end = None
        self.trainer.go_to(moment)
        self.stopped = None
        self.version += 1

    def _branch(self) -> None:
        if self._end is None:
            return
        left, self._course = self._end.setup, self.course
        if left is not self.trainer.setup and any(map(trains_its_own, (left.experiment, self.trainer.experiment))):
            missing = "what trained parameters of other activations were before the look back"
            self._course = with_parts(self._course, missing=missing)
        self._end = None
        step, size = self.trainer.step_count, self.trainer.network.layout.size
        self.ghost, self.left = self.recorder.view().since(step), None
        self.checkpoints.cut(step + 1)
        path = self.recorder.path
        if path.parameters.shape[1] == size:
            here = self.trainer.theta[:1].astype(path.parameters.dtype)
            later = path.parameters[path.steps > step]
            # A run that diverged is left as well, up to where it has numbers.
            self.left = freeze(np.concatenate([here, later[np.isfinite(later).all(axis=1)]]))
        else:
            self.recorder.begin_path(size)
        self.recorder.again(step)

    def _keep(self) -> None:
        step = self.trainer.step_count
        if self.trainer.diverged is None and self.checkpoints.due(step):
            self.checkpoints.keep(self.trainer.moment())

    def look(self) -> Instant:
        """Measure the losses of this instant; one that is not finite is a divergence too."""
        path, size = self.recorder.path, self.trainer.network.layout.size
        if path.parameters.shape[1] != size:
            # A look back to a time when the network had other parameters.
            path = Path(np.zeros(0, dtype=np.int64), np.zeros((0, size), dtype=np.float32))
        if self.left is not None and self.left.shape[1] == size:
            path = with_parts(path, left=self.left)
        # Where the loss went before a moment of the past is no longer known step by step.
        now = self._end is None
        recent, curve = (self.recorder.recent_losses, self.recorder.curve) if now else (None, None)
        instant = Instant(self.trainer, path, recent, curve)
        self.train_loss, self.test_loss = instant.train_loss, instant.test_loss
        if not math.isfinite(self.train_loss) and self.trainer.diverged is None:
            layers = len(self.trainer.network.layout.layers)
            self.trainer.diverged = Divergence(self.trainer.step_count, layers, THE_LOSS)
        return instant

    def record(self, instant: Instant, readings: Mapping[type, object]) -> None:
        """Add the instant to the history, with the readings that are measured for every frame."""
        if self._end is not None:
            return
        self._keep()
        flow, units = readings[GradientFlow], readings[StuckUnits]
        assert isinstance(flow, GradientFlow)
        assert isinstance(units, StuckUnits)
        self.recorder.record(instant, accuracy(instant), flow, units)

    def _begin_anew(self) -> None:
        self.generation += 1
        self.version += 1
        self._begin_course()
        self.recorder = Recorder(self.trainer.setup, given=self.trainer.begins_with_given)
        self.ghost, self.left, self._end, self.stopped = None, None, None, None
        self._stopper.forget()
        self._note_units()
        self.checkpoints = Checkpoints()
        self.checkpoints.keep(self.trainer.moment())

    def _note_units(self) -> None:
        # The next frame may come hundreds of updates later: what is so at the start, or because of a change made by
        # hand, would be taken for the work of the training. Hence a look at the start, and before and after a change.
        if self.trainer.diverged is None:
            instant = Instant(self.trainer, self.recorder.path)
            self.recorder.ledger.observe(instant.step, measure_units(instant))
