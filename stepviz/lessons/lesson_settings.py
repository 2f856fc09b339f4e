"""The fields that a lesson's file may hold, with their limits: what is not listed here is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from stepviz.engine.common.errors import InputError
from stepviz.engine.common.field_errors import describe
from stepviz.lessons.yaml_text import Located

FORMAT = 1
MOST_STEPS = 100_000

Sentence = Annotated[str, Meta(min_length=1, max_length=300)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Picture = Annotated[str, Meta(max_length=100)]


class PictureOf(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``stepviz picture`` makes the lesson's picture of: a scene (counted from 1) and a measurement of it."""

    scene: Annotated[int, Meta(ge=1)]
    shows: Annotated[str, Meta(max_length=40)]


class LessonSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The front matter."""

    title: Annotated[str, Meta(min_length=1, max_length=80)]
    summary: Sentence
    minutes: Annotated[float, Meta(gt=0.0, le=600.0)]
    format: int = FORMAT
    author: Annotated[str, Meta(max_length=100)] = ""
    picture: Picture = ""
    picture_of: PictureOf | None = None
    experiment: dict[str, Any] = {}


class ClaimSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A claim."""

    text: Sentence
    holds: str
    theorem: bool = False


class ChoiceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One possible answer."""

    text: Annotated[str, Meta(min_length=1, max_length=120)]
    when: str


class QuestionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A question and its possible answers."""

    ask: Sentence
    choices: Annotated[tuple[ChoiceSettings, ...], Meta(min_length=2, max_length=5)]
    visible: Annotated[tuple[Name, ...], Meta(max_length=8)] = ()


class SceneSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The block of a scene."""

    experiment: dict[str, Any] = {}
    start: Literal["fresh", "keep"] = "fresh"
    steps: Annotated[int, Meta(ge=0, le=MOST_STEPS)] = 0
    speed: Annotated[float, Meta(gt=0.0, le=1e6)] | None = None
    panels: Annotated[tuple[Name, ...], Meta(max_length=8)] = ()
    highlight: Annotated[tuple[Name, ...], Meta(max_length=8)] = ()
    options: dict[Name, dict[str, Any]] = {}
    question: QuestionSettings | None = None
    claims: Annotated[tuple[ClaimSettings, ...], Meta(max_length=12)] = ()
    go_on: str = "key"

    def sentences(self) -> Iterator[tuple[str, str]]:
        """Yield each text of the block that is shown, after the path of its field."""
        if self.question is not None:
            yield "question.ask", self.question.ask
            for place, choice in enumerate(self.question.choices):
                yield f"question.choices[{place}].text", choice.text
        for place, claim in enumerate(self.claims):
            yield f"claims[{place}].text", claim.text


Settings = TypeVar("Settings", bound=Struct)


def settings_of(located: Located, kind: type[Settings], source: str, line: int) -> Settings:
    """Return the settings that a YAML text holds; ``line`` is where it begins. InputError names field and line."""
    value = {} if located.value is None else located.value
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        complaint = describe(error, value, kind)
        raise complaint.at(source, located.line_of(complaint.field) or line) from None
    except RecursionError:
        raise InputError("YAML", "nesting too deep", "plain fields", source=source, line=line) from None
