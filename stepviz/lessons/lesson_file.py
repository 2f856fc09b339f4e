"""From a lesson's folder to a checked Lesson. Whatever the file holds, it can do nothing but show and train."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from stepviz.engine.catalogue.parameters import one_of
from stepviz.engine.common.errors import InputError
from stepviz.engine.common.field_errors import describe
from stepviz.engine.data.csv_reader import check_text
from stepviz.engine.data.datasets import DATASETS
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.field_paths import with_fields
from stepviz.engine.setup.setup import BoundExperiment, set_up
from stepviz.instruments import INSTRUMENTS
from stepviz.lessons.answers import telling_instruments
from stepviz.lessons.claim_language import parse_claim
from stepviz.lessons.expression import Condition, Timed, children, measured
from stepviz.lessons.formula_check import FormulaCheck
from stepviz.lessons.lesson import Answer, Card, Claim, Lesson, Question, Scene
from stepviz.lessons.lesson_settings import FORMAT, LessonSettings, SceneSettings, settings_of
from stepviz.lessons.limits import LARGEST_TABLE, MOST_WORK_IN_ALL, check_settings, check_work, file_inside, work_of
from stepviz.lessons.picture_subjects import SUBJECTS
from stepviz.lessons.pictures import check_picture, picture_path
from stepviz.lessons.scene_texts import SceneText, cut_scenes
from stepviz.lessons.yaml_text import Located, read_yaml
from stepviz.probes.probe_table import PROBES

FILE = "lesson.md"
# What ``stepviz picture`` makes.
MADE, MADE_DARK = "picture.png", "picture-dark.png"
LARGEST_FILE = 64 * 2**10
TABLES = (".csv", ".tsv", ".txt")

Checked = TypeVar("Checked")


def load_lesson(path: str | Path) -> Lesson:
    """Read a lesson: ``path`` is its folder, or the ``lesson.md`` in it.

    Raises InputError with file, line and field for anything that is not a lesson, OSError for a file that cannot be
    read.
    """
    text, reader = _open(path)
    return reader.read(text)


def read_lesson(text: str, folder: Path) -> Lesson:
    """Return the lesson that ``text`` would be as the file of ``folder``. Raises InputError as ``load_lesson``."""
    source = f"{folder.name}/{FILE}"
    if len(text.encode()) > LARGEST_FILE:
        raise InputError("the file", "more than it", f"a lesson of at most {LARGEST_FILE >> 10} KB", source=source)
    return _Reader(folder, source).read(text)


def load_card(path: str | Path) -> Card:
    """Read what a gallery shows of a lesson, in a tenth of the time. Raises what ``load_lesson`` raises."""
    text, reader = _open(path)
    settings, _ = reader.front(text)
    return reader.card(settings)


def _open(path: str | Path) -> tuple[str, _Reader]:
    path = Path(path).absolute()
    file = path / FILE if path.is_dir() else path
    source = f"{file.parent.name}/{file.name}"
    _check_place(file)
    with file.open("rb") as opened:
        data = opened.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise InputError("the file", "more than it", f"a lesson of at most {LARGEST_FILE >> 10} KB", source=source)
    check_text(data, source)
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    return text, _Reader(file.parent, source)


def _check_place(file: Path) -> None:
    """Raise InputError unless a lesson's file is a file, and in its folder: a link could hand out any other."""
    if not (file.exists() or file.is_symlink()):
        raise InputError("the lesson", "no such file", f"a folder with a {FILE}", source=str(file))
    try:
        inside = file.resolve().parent == file.parent.resolve()
    except (OSError, RuntimeError):
        # RuntimeError: links that lead round and round, for Python before 3.13.
        inside = False
    if not inside:
        raise InputError("the lesson", "a link that leads out of its folder", "a file in the folder itself",
                         source=str(file))  # fmt: skip
    if not file.is_file():
        # One that never ends, or never begins, is not opened.
        raise InputError("the lesson", "a folder, a pipe or a device", "a file", source=str(file))


class _Reader:
    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        self.source = source

    def front(self, text: str) -> tuple[LessonSettings, Located]:
        located = read_yaml(self._split(text)[0], 2, self.source)
        settings = settings_of(located, LessonSettings, self.source, 1)
        if settings.format != FORMAT:
            newer = " (a newer stepviz may know it)" if settings.format > FORMAT else ""
            raise InputError("format", settings.format, f"{FORMAT}{newer}", source=self.source,
                             line=located.line_of("format"))  # fmt: skip
        if settings.picture:
            check_picture(settings.picture, self.folder, self.source, located.line_of("picture") or 1)
        made_of = settings.picture_of
        if made_of is not None and made_of.shows not in SUBJECTS:
            raise self._complaint("picture_of.shows", made_of.shows, one_of(made_of.shows, SUBJECTS), located)
        return settings, located

    def card(self, settings: LessonSettings) -> Card:
        picture, dark, made_of = settings.picture, "", None
        if settings.picture_of is not None:
            made_of = settings.picture_of.scene - 1, settings.picture_of.shows
            picture, dark = (picture, "") if picture else (self._made(MADE), self._made(MADE_DARK))
        return Card(settings.title, settings.summary, settings.minutes, self.folder, settings.author, picture, dark,
                    made_of)  # fmt: skip

    def _made(self, name: str) -> str:
        return name if picture_path(name, self.folder) is not None else ""

    def read(self, text: str) -> Lesson:
        settings, located = self.front(text)
        _, body, body_line = self._split(text)
        experiment = self._changed(Experiment(), settings.experiment, located, 1)
        scenes: list[Scene] = []
        setup: BoundExperiment | None = None
        work = 0.0
        formulas = FormulaCheck(self.source)
        for part in cut_scenes(body, body_line, self.folder, formulas):
            scene = self._scene(part, experiment, scenes[-1] if scenes else None, formulas)
            if setup is None or scene.experiment != experiment:
                setup = self._set_up(scene, setup)
            experiment = scene.experiment
            scenes.append(scene)
            work += work_of(scene)
            if work > MOST_WORK_IN_ALL:
                raise InputError("scenes", f"{len(scenes)} that take too long", "fewer, or shorter ones",
                                 source=self.source, line=part.line)  # fmt: skip
        if settings.picture_of is not None and settings.picture_of.scene > len(scenes):
            raise self._complaint("picture_of.scene", settings.picture_of.scene, f"1 to {len(scenes)}", located)
        return Lesson(self.card(settings), tuple(scenes))

    def _split(self, text: str) -> tuple[str, str, int]:
        lines = text.split("\n")
        if lines[0].rstrip() != "---":
            raise InputError("front matter", lines[0], "--- on the first line", source=self.source, line=1)
        for number, line in enumerate(lines[1:], 1):
            if line.rstrip() == "---":
                return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
        raise InputError("front matter", "the end of the file", "a line --- that ends it", source=self.source, line=1)

    def _scene(self, part: SceneText, experiment: Experiment, before: Scene | None, formulas: FormulaCheck) -> Scene:
        located = read_yaml(part.block, part.block_line, self.source)
        settings = settings_of(located, SceneSettings, self.source, part.block_line)
        experiment = self._changed(experiment, settings.experiment, located, part.block_line)
        if settings.start == "keep" and (before is None or not _same_shape(before.experiment, experiment)):
            found = "keep in the first scene" if before is None else "keep after a scene of another shape"
            raise self._complaint("start", found, "fresh", located)
        for field, names in (("panels", settings.panels), ("highlight", settings.highlight)):
            for name in names:
                if name not in INSTRUMENTS:
                    raise self._complaint(field, name, one_of(name, INSTRUMENTS), located)
        for name in settings.highlight:
            if settings.panels and name not in settings.panels:
                raise self._complaint("highlight", name, "one of the scene's panels", located)
        for field, sentence in settings.sentences():
            formulas.check_sentence(field, sentence, located.line_of(field))
        goes_on = settings.go_on

        def condition(text: str, field: str) -> Condition:
            return self._condition(text, field, experiment, before, settings.steps, located)

        scene = Scene(
            title=part.title,
            text=part.text,
            experiment=experiment,
            explanation=part.explanation,
            notes=part.notes,
            start=settings.start,
            steps=settings.steps,
            speed=settings.speed,
            panels=settings.panels,
            highlight=settings.highlight,
            options=self._options(settings.options, located),
            question=self._question(settings, condition, located),
            claims=tuple(
                Claim(claim.text, condition(claim.holds, f"claims[{place}].holds"), claim.holds, claim.theorem)
                for place, claim in enumerate(settings.claims)
            ),
            goes_on=goes_on if goes_on in ("key", "steps") else condition(goes_on, "go_on"),  # type: ignore[arg-type]  # the two words, which mypy takes for any text
            line=part.line,
        )  # fmt: skip
        self._check(check_work, scene, part.line)
        return scene

    def _question(
        self, settings: SceneSettings, condition: Callable[[str, str], Condition], located: Located
    ) -> Question | None:
        asked = settings.question
        if asked is None:
            return None
        question = Question(asked.ask, tuple(
            Answer(choice.text, condition(choice.when, f"question.choices[{place}].when"), choice.when)
            for place, choice in enumerate(asked.choices)
        ), asked.visible)  # fmt: skip
        telling = telling_instruments(question, settings.steps)
        for name in asked.visible:
            if name not in INSTRUMENTS:
                raise self._complaint("question.visible", name, one_of(name, INSTRUMENTS), located)
            if name in telling:
                found = f"{name}, which tells the answer: it shows {telling[name]}"
                raise self._complaint("question.visible", found, "an instrument that does not tell it", located)
        return question

    def _set_up(self, scene: Scene, before: BoundExperiment | None) -> BoundExperiment:
        """Read the data of a scene and build its network: what does not go together is said now, not on stage."""
        try:
            return set_up(scene.experiment, previous=before)
        except InputError as error:
            # What is wrong with a table is said with its own line.
            place = f"{error.source}, line {error.line}: " if error.line else f"{error.source}: "
            field = f"{place}{error.field}" if error.source else f"experiment.{error.field}"
            raise InputError(field, error.found, error.expected, source=self.source, line=scene.line) from None

    def _changed(self, experiment: Experiment, changes: Mapping[str, Any], located: Located, line: int) -> Experiment:
        try:
            changed = with_fields(experiment, changes)
        except InputError as error:
            place = _line_of_change(error.field, changes, located) or located.line_of("experiment") or line
            raise InputError(f"experiment.{error.field}", error.found, error.expected, source=self.source,
                             line=place) from None  # fmt: skip
        except RecursionError:
            raise InputError("experiment", "nesting too deep", "plain values", source=self.source, line=line) from None
        if changed.data.path != experiment.data.path:
            # Whatever the data set now: a later scene may turn to the file.
            changed = self._with_table(changed, located.line_of("experiment") or line)
        self._check(check_settings, changed, located.line_of("experiment") or line)
        return changed

    def _with_table(self, experiment: Experiment, line: int) -> Experiment:
        path = file_inside(self.folder, experiment.data.path, TABLES, LARGEST_TABLE)
        if path is None:
            raise InputError(
                "experiment.data.path", experiment.data.path,
                f"the name of a CSV file in the lesson's own folder, of at most {LARGEST_TABLE >> 20} MB",
                source=self.source, line=line,
            )  # fmt: skip
        data = msgspec.structs.replace(experiment.data, path=str(path))
        return msgspec.structs.replace(experiment, data=data)

    def _options(self, given: Mapping[str, Mapping[str, Any]], located: Located) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, values in given.items():
            probe = PROBES.get(name)
            if probe is None or probe.options is None:
                able = one_of(name, [key for key, entry in PROBES.items() if entry.options is not None])
                raise self._complaint(f"options.{name}", name, able, located)
            try:
                found[name] = msgspec.convert(values, type(probe.options))
            except msgspec.ValidationError as error:
                complaint = describe(error, values, type(probe.options))
                field = f"options.{name}.{complaint.field}"
                raise self._complaint(field, complaint.found, complaint.expected, located) from None
        return found

    def _condition(
        self, text: str, field: str, experiment: Experiment, before: Scene | None, steps: int, located: Located
    ) -> Condition:
        line = located.line_of(field)
        try:
            condition = parse_claim(text, experiment, field, None if before is None else before.experiment)
        except InputError as error:
            raise error.at(self.source, line) from None
        latest = max([item.at or 0 for item in measured(condition)] + _times(condition))
        if latest > steps:
            raise InputError(field, f"step {latest:,}", f"a step of this scene, which has steps: {steps:,}",
                             source=self.source, line=line)  # fmt: skip
        return condition

    def _check(self, check: Callable[[Checked], None], checked: Checked, line: int) -> None:
        try:
            check(checked)
        except InputError as error:
            raise error.at(self.source, line) from None

    def _complaint(self, field: str, found: object, expected: str, located: Located) -> InputError:
        return InputError(field, found, expected, source=self.source, line=located.line_of(field))


def _times(condition: Any) -> list[int]:
    own = [condition.steps] if isinstance(condition, Timed) else []
    return own + [steps for child in children(condition) for steps in _times(child)]


def _same_shape(before: Experiment, after: Experiment) -> bool:
    def shape(experiment: Experiment) -> tuple[object, ...]:
        data = experiment.data
        inputs = data.drawing.shape if data.drawing else DATASETS[data.name].dimensions
        columns = data.path, data.inputs, data.target, data.task
        return [layer.width for layer in experiment.layers], inputs, data.features, columns

    return shape(before) == shape(after)


def _line_of_change(field: str, changes: Mapping[str, Any], located: Located) -> int | None:
    """Return the line of the last change that wrote to a field of the experiment."""
    dotted = re.sub(r"\[(\d+)\]", r".\1", field)
    for change in reversed(list(changes)):
        pattern = re.escape(change).replace(r"\*", r"[^.]+")
        if change == field or re.match(rf"{pattern}(\.|$)", dotted):
            return located.lines.get(f"experiment.{change}")
    return None
