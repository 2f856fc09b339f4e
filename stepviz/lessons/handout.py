"""A state that is prepared for a class: what is seen, what is locked, a text, and the settings it begins with.

One file in JSON that needs nothing beside it. Whatever it holds, it can do nothing but show and train.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from stepviz.engine.catalogue.parameters import one_of
from stepviz.engine.common.atomic_files import check_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.common.field_errors import describe
from stepviz.engine.data.csv_source import with_content
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import set_up
from stepviz.engine.setup.validation import validate
from stepviz.instruments import INSTRUMENTS
from stepviz.lessons.limits import check_settings

FORMAT, VERSION = "stepviz class", 1
SUFFIX = ".stepviz-class"
LARGEST_FILE = 4 * 2**20
LONGEST_TITLE, LONGEST_TEXT = 80, 2000

LOCKS = {
    "activation": "Activation of the layers, and the rule of the backward pass",
    "data": "Data",
    "network": "Network: layers, units, normalisation, dropout, output",
    "training": "Training, initialisation and early stop",
    "instruments": "Which instruments are open",
}


class Handout(Struct, frozen=True, forbid_unknown_fields=True):
    """What a lecturer hands out.

    ``panels`` are the instruments that are open at first, ``editor`` whether the settings are; ``locked`` are keys of
    LOCKS: what the class cannot change. The run begins at step 0 of ``experiment``, and trains at once with ``plays``.
    """

    title: Annotated[str, Meta(min_length=1, max_length=LONGEST_TITLE)]
    experiment: Experiment
    text: Annotated[str, Meta(max_length=LONGEST_TEXT)] = ""
    panels: Annotated[tuple[str, ...], Meta(max_length=len(INSTRUMENTS))] = ()
    locked: Annotated[tuple[str, ...], Meta(max_length=len(LOCKS))] = ()
    editor: bool = False
    plays: bool = False


def prepared(handout: Handout) -> Handout:
    """Return the handout as it can be handed out: a table stands inside. Raises InputError where that cannot be."""
    data = handout.experiment.data
    if data.name == "csv" and not data.content:
        handout = replace(handout, experiment=replace(handout.experiment, data=with_content(data)))
    return checked(handout)


def checked(handout: Handout) -> Handout:
    """Return the handout unchanged. Raises InputError for one that cannot be shown, or costs more than a lesson may."""
    if not handout.title.strip() or not handout.title.isprintable():
        raise InputError("title", handout.title, "one line of words")
    for field, names, known in (("panels", handout.panels, INSTRUMENTS), ("locked", handout.locked, LOCKS)):
        for name in names:
            if name not in known:
                raise InputError(field, name, one_of(name, known))
    data = handout.experiment.data
    if data.name == "csv" and not data.content:
        raise InputError("experiment.data.content", "no table", "the table itself: other files are not opened")
    validate(handout.experiment)
    check_settings(handout.experiment)
    set_up(handout.experiment)
    return handout


def encode(handout: Handout) -> bytes:
    """Return the file form: JSON in UTF-8. Raises InputError where it is too long."""
    body = {"format": FORMAT, "version": VERSION, "class": msgspec.to_builtins(handout)}
    text = msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"
    if len(text) > LARGEST_FILE:
        raise InputError("the file", f"{len(text) / 2**20:.1f} MB", f"at most {LARGEST_FILE >> 20} MB")
    return text


def decode(text: bytes, source: str = "") -> Handout:
    """Return the handout that ``text`` holds. InputError says the field, what was found and what is expected."""
    try:
        body: Any = msgspec.json.decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError("text", f"the byte {text[error.start]:#04x}", "UTF-8", source=source) from None
    except msgspec.DecodeError as error:
        raise InputError("JSON", str(error)[:100], "well-formed JSON", source=source) from None
    except RecursionError:
        raise InputError("the file", "brackets nested too deep", "a prepared class", source=source) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        found = body.get("format", "no such field") if isinstance(body, dict) else f"a JSON {type(body).__name__}"
        raise InputError("format", str(found)[:60], repr(FORMAT), source=source)
    if body.get("version") != VERSION:
        raise InputError("version", str(body.get("version"))[:20], f"{VERSION} (a newer stepviz may know it)",
                         source=source)  # fmt: skip
    raw = body.get("class")
    try:
        return checked(msgspec.convert(raw, Handout))
    except msgspec.ValidationError as error:
        raise describe(error, raw, Handout).at(source) from None
    except RecursionError:
        raise InputError("the file", "brackets nested too deep", "a prepared class", source=source) from None
    except InputError as error:
        raise error.at(source) from None


def load_handout(path: str | Path) -> Handout:
    """Read a prepared class. Raises InputError for anything that is not a valid one, OSError for one unreadable."""
    path = Path(path)
    check_whole(path, LARGEST_FILE, "a prepared class")
    with path.open("rb") as file:
        return decode(file.read(LARGEST_FILE + 1), path.name)


def locked_part(before: Experiment, after: Experiment, locked: tuple[str, ...]) -> str:
    """Return which locked part a change of settings would change; empty where it may be made."""
    many = min(len(before.layers), len(after.layers))
    # Other data bring the loss and the output that serve them.
    loss, output = (after.loss, after.output) if before.data != after.data else (None, None)

    def part(key: str, each: Experiment) -> Any:
        match key:
            case "activation":
                return [layer.activation for layer in each.layers[:many]]
            case "data":
                return each.data
            case "network":
                shapes = [(layer.width, layer.normalization, layer.dropout) for layer in each.layers]
                return shapes, output or each.output
            case "training":
                return replace(each, layers=(), data=before.data, output=before.output, loss=loss or each.loss)
        return None

    return next((key for key in locked if part(key, before) != part(key, after)), "")
