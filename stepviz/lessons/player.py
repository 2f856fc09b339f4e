"""The course of a lesson while it is shown: which scene, what is asked, how its claims stand. It knows no window."""

from __future__ import annotations

from typing import Any

from stepviz.lessons.lesson import Lesson, Scene
from stepviz.lessons.record import Measurement, Record, SamplingPlan
from stepviz.lessons.scene_run import SceneStart, Starts
from stepviz.lessons.verdict import Verdict, judge, true_at_a_look
from stepviz.probes.probe_table import PROBES
from stepviz.runtime.commands import Begin
from stepviz.runtime.frame import Frame

ALTERED = "the run was changed by hand"


class Player:
    """A lesson at one of its scenes.

    Whoever shows it sends ``command`` to the worker after each ``go_to`` and its like, lets the run train only while
    ``may_run``, and hands every frame to ``follow``. All else is read from the properties. Without a worker: begin with
    the SceneStart that ``go_to`` returns, stop at ``watch.next_stop(step)`` for a ``watch.look``, and ``take`` it.
    """

    def __init__(self, lesson: Lesson, index: int = 0) -> None:
        """Stand at the beginning of a scene (counted from 0)."""
        self.lesson = lesson
        self._starts = Starts(lesson)
        self._enter(index)

    def _enter(self, index: int) -> None:
        self.index = index
        self.watch = SamplingPlan(self.scene)
        self.record = Record(self.scene.steps, self._starts.before(index))
        self.prediction: int | None = None
        self.altered = False
        self._released = self.scene.question is None

    # Where we are

    @property
    def scene(self) -> Scene:
        """Return the present scene."""
        return self.lesson.scenes[self.index]

    @property
    def options(self) -> dict[str, Any]:
        """Return what the scene's instruments look at, by the names of their probes.

        Where only other scenes choose, it is the usual: a scene shows the same, whichever was shown before it.
        """
        named = sorted({name for scene in self.lesson.scenes for name in scene.options})
        return {name: self.scene.options.get(name, PROBES[name].options) for name in named}

    @property
    def start(self) -> SceneStart:
        """Return how the present scene starts. Kept weights may take the time of training the scene before."""
        return self._starts.of(self.index)

    @property
    def command(self) -> Begin:
        """Return what tells the worker to begin the present scene, paused, and to look at it."""
        start = self.start
        return Begin(start.experiment, start.parameters, self.watch)

    def go_to(self, index: int) -> SceneStart:
        """Begin a scene; an index beyond the ends means the first or the last."""
        self._enter(max(0, min(index, len(self.lesson.scenes) - 1)))
        return self.start

    def forward(self) -> SceneStart | None:
        """Begin the next scene; None, and nothing happens, at the last one."""
        return None if self.at_end else self.go_to(self.index + 1)

    def back(self) -> SceneStart | None:
        """Begin the scene before; None, and nothing happens, at the first one."""
        return self.go_to(self.index - 1) if self.index else None

    def reset(self) -> SceneStart:
        """Begin the present scene again."""
        return self.go_to(self.index)

    @property
    def at_end(self) -> bool:
        """Return whether this is the last scene."""
        return self.index == len(self.lesson.scenes) - 1

    # The question before the run

    def predict(self, choice: int) -> None:
        """Enter what the class expects (an index of the question's choices): now the run may begin."""
        assert self.scene.question is not None
        if 0 <= choice < len(self.scene.question.choices):
            self.prediction, self._released = choice, True

    def skip_question(self) -> None:
        """Begin the run without a prediction."""
        self._released = True

    @property
    def waits_for_prediction(self) -> bool:
        """Return whether the question has to be answered or skipped before the run."""
        return not self._released

    def covers(self, instrument: str) -> bool:
        """Return whether an instrument has to be covered now: it may tell what the class is still to guess."""
        question = self.scene.question
        return question is not None and self.waits_for_prediction and instrument not in question.visible

    @property
    def answer(self) -> int | None:
        """Return the index of the right choice, by measurement.

        None while the class may still guess, while nothing is known, and where none is right.
        """
        question = self.scene.question
        if question is None or self.altered or self.waits_for_prediction:
            return None
        states = [judge(choice.condition, self.record).state for choice in question.choices]
        return states.index("holds") if "holds" in states and "open" not in states else None

    @property
    def explains(self) -> bool:
        """Return whether the scene's explanation may be shown: nothing is left to guess, and the run is over."""
        return not self.waits_for_prediction and self.record.over

    # The run

    @property
    def may_run(self) -> bool:
        """Return whether the run may train: the question is behind us and the scene not at its end."""
        return self._released and not self.record.over

    def take(self, measurement: Measurement) -> None:
        """Enter what was measured of the run at one of the steps of ``watch``."""
        if not self.altered:
            self.record.add(measurement)

    def follow(self, frame: Frame) -> None:
        """Take from a frame what the watch of the present scene has seen; frames of another run have nothing of it."""
        if frame.sightings is None or frame.sightings.watch is not self.watch:
            return
        for seen in frame.sightings.seen:
            if isinstance(seen, Measurement):
                self.take(seen)
        if frame.diverged is not None and not self.altered:
            self.diverge(f"the run diverged at {frame.diverged}")

    def diverge(self, why: str) -> None:
        """Say that the run cannot go on; what its claims still left open does not hold."""
        self.record.over, self.record.why_over = True, why

    def alter(self) -> None:
        """Say that the person changed the run: what is measured from now on is no longer the scene's.

        What was decided before stays; what was open stays open until the scene is reset.
        """
        self.altered = True

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Return how each claim of the scene stands; all are open while the class may still guess."""
        if self.waits_for_prediction:
            return tuple(Verdict("open", "") for _ in self.scene.claims)
        found = tuple(judge(claim.condition, self.record) for claim in self.scene.claims)
        if not self.altered:
            return found
        return tuple(Verdict("open", ALTERED) if verdict.state == "open" else verdict for verdict in found)

    @property
    def goes_on(self) -> bool:
        """Return whether the scene goes on by itself now."""
        goes_on = self.scene.goes_on
        if goes_on == "key" or self.waits_for_prediction or self.altered or self.at_end:
            return False
        if goes_on == "steps":
            return self.record.over
        assert not isinstance(goes_on, str)
        return true_at_a_look(goes_on, self.record)
