"""What the program remembers of the person between two starts.

A JSON file, read with a schema, and not QSettings: that would run whatever Python code a settings file carries, because
it unpickles any value of a foreign type as soon as the file is read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from stepviz.engine.common.atomic_files import check_whole, write_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.ui.core.speed_scale import FIRST_SPEED

LARGEST_FILE = 16 * 2**20
# An experiment holds its data where they are drawn or put inside.
LONGEST_EXPERIMENT = 4 * 2**20
MOST_RECENT = 10
MOST_LESSONS = 100
_CHECKSUM_LENGTH = 8
ThemeChoice = Literal["light", "dark", "system"]
PowerChoice = Literal["battery", "low", "full"]
StepperChoice = Literal["auto", "numpy"]
NameText = Annotated[str, Meta(min_length=1, max_length=255)]
PathText = Annotated[str, Meta(min_length=1, max_length=4096)]


class Preferences(Struct, frozen=True):
    """All that is remembered.

    ``geometry`` and ``layout`` are Qt's own bytes, sealed (base64 in the file), ``experiment`` the last settings in
    the file form of an experiment, ``recent`` the files opened or saved, newest first; ``speed`` None is full speed;
    ``reduced_motion`` None is as the desktop says; ``start_page``: whether the window opens with it;
    ``announce``: whether screen readers are told what happens; ``stepper``: what does the updates;
    ``lessons_done`` are the folders' names of lessons that were shown to their end, the newest first.
    """

    version: Literal[1] = 1
    geometry: Annotated[bytes, Meta(max_length=65_536)] = b""
    layout: Annotated[bytes, Meta(max_length=65_536)] = b""
    theme: ThemeChoice = "system"
    type_scale: Annotated[float, Meta(ge=0.8, le=2.0)] = 1.0
    speed: Annotated[float, Meta(ge=1.0, le=1e6)] | None = FIRST_SPEED
    recent: Annotated[tuple[PathText, ...], Meta(max_length=MOST_RECENT)] = ()
    experiment: Annotated[str, Meta(max_length=LONGEST_EXPERIMENT)] = ""
    hint_done: bool = False
    reduced_motion: bool | None = None
    power: PowerChoice = "battery"
    stepper: StepperChoice = "auto"
    start_page: bool = False
    announce: bool = True
    lessons_done: Annotated[tuple[NameText, ...], Meta(max_length=MOST_LESSONS)] = ()

    def last_experiment(self) -> Experiment | None:
        """Return the last settings, None where there are none. Raises InputError where they are not usable."""
        return decode(self.experiment.encode(), "last experiment") if self.experiment else None


def with_experiment(preferences: Preferences, experiment: Experiment) -> Preferences:
    """Return the preferences with other last settings, without any where they are too long to be remembered."""
    text = encode(experiment).decode()
    return msgspec.structs.replace(preferences, experiment=text if len(text) <= LONGEST_EXPERIMENT else "")


def with_recent(preferences: Preferences, path: str) -> Preferences:
    """Return the preferences with ``path`` as the newest file."""
    return msgspec.structs.replace(preferences, recent=_newest(path, preferences.recent, MOST_RECENT))


def with_lesson(preferences: Preferences, name: str) -> Preferences:
    """Return the preferences with the lesson in the folder ``name`` as one that was shown to its end."""
    return msgspec.structs.replace(preferences, lessons_done=_newest(name, preferences.lessons_done, MOST_LESSONS))


def _newest(text: str, others: tuple[str, ...], most: int) -> tuple[str, ...]:
    return (text, *(other for other in others if other != text))[:most]


def seal(content: bytes) -> bytes:
    """Return ``content`` with a checksum before it: Qt crashes on layouts with a few wrong bytes."""
    return _checksum(content) + content


def unseal(sealed: bytes) -> bytes:
    """Return the content of what ``seal`` gave; nothing for what is damaged."""
    checksum, content = sealed[:_CHECKSUM_LENGTH], sealed[_CHECKSUM_LENGTH:]
    return content if checksum == _checksum(content) else b""


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_LENGTH).digest()


def settings_path() -> Path:
    """Return where the preferences are kept."""
    from platformdirs import user_config_path

    return user_config_path("stepviz", appauthor=False) / "settings.json"


def load(path: Path) -> Preferences:
    """Return the preferences in ``path``; the default ones where there is no such file.

    Raises InputError for content that is not usable, OSError where the file cannot be read.
    """
    try:
        check_whole(path, LARGEST_FILE, "settings")
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE)
    except FileNotFoundError:
        return Preferences()
    try:
        return msgspec.json.decode(text, type=Preferences)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("the file", str(error), "settings as this version writes them", source=path.name) from None


def save(path: Path, preferences: Preferences) -> None:
    """Write the preferences. Raises OSError where that is not possible."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(preferences), indent=2))
