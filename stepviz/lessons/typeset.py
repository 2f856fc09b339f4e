"""A formula set in type: LaTeX in, the strokes of its signs out, as SVG.

Ziamath sets it, which takes about twice the time for each level of nesting, and stops at nothing: what is handed to it
is checked first, and only the commands are let through that formulas are made of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from stepviz.engine.common.errors import InputError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST = 300
# Of one formula: about a second of an old machine. See ``Typeset.cost``.
MOST_COST = 2000.0
# How much longer the parts of a part take.
_LEVEL = 1.8
# Of the type that is set, in the units of its SVG.
_EM = 24.0
# Beyond the outlines, for what a renderer smooths.
_MARGIN = 1.0
_WIDEST, _HIGHEST = 200.0, 40.0

# What has parts; the signs and the names of functions are those that the library knows.
STRUCTURES = frozenset((
    "frac", "dfrac", "tfrac", "binom", "sqrt", "text", "mathrm", "mathbf", "mathit", "mathsf", "mathbb", "mathcal",
    "operatorname", "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "hat", "bar",
    "tilde", "vec", "dot", "ddot", "overline", "underline", "widehat", "widetilde", "overbrace", "underbrace",
    "overset", "underset", "limits", "displaystyle", "textstyle", "quad", "qquad", "max", "min", "sup", "inf", "lim",
    "limsup", "liminf", "det", "gcd", "Pr", "begin", "end",
))  # fmt: skip
ENVIRONMENTS = frozenset(("cases", "matrix", "pmatrix", "bmatrix", "vmatrix", "aligned"))
_SPACES = frozenset((r"\ ", r"\,", r"\:", r"\;", r"\!", r"\{", r"\}", r"\|", r"\\", r"\%", r"\_", r"\#", r"\&"))
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.|$)", re.DOTALL)
_WORDS = re.compile(r"(\\text\s*\{)([^{}]*)\}")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Typeset:
    """A formula as ``svg``, in ``currentColor``; lengths are in em: ``ascent`` above the baseline, ``descent`` below.

    ``cost`` is about how long it took to set: of each part its letters, times 1.8 for each level that it lies deep.
    """

    svg: str
    width: float
    ascent: float
    descent: float
    cost: float


@lru_cache(maxsize=1024)
def typeset(latex: str, *, display: bool = False) -> Typeset:
    """Set a formula in type; ``display``: with the sizes of one on a line of its own.

    Raises InputError, whose field is ``formula``, for one that is too long, nested too deep or not LaTeX, and for a
    command that is not known.
    """
    _check(latex)
    tree = _tree(latex, display=display)
    cost = _cost(tree)
    if cost > MOST_COST:
        raise _complaint(latex, "a formula with less in it, less deeply nested")
    for letter in "".join(tree.itertext()):
        if not (letter.isspace() or _has(letter)):
            raise InputError("formula", letter, "signs that the type has")
    return _set(tree, latex, cost)


def set_or_none(latex: str, *, display: bool = False) -> Typeset | None:
    """Set a formula in type; None for one that has to be shown in words."""
    try:
        return typeset(latex, display=display)
    except InputError:
        return None


def _check(latex: str) -> None:
    from latex2mathml.commands import FUNCTIONS
    from latex2mathml.symbols_parser import convert_symbol

    if not latex.strip() or len(latex) > LONGEST:
        raise _complaint(latex or "nothing", f"LaTeX of 1 to {LONGEST} characters")
    for found in _COMMAND.finditer(latex):
        command = found[0]
        if command in _SPACES or command[1:] in STRUCTURES or command in FUNCTIONS:
            continue
        if not command[1:].isalpha() or command == r"\not" or convert_symbol(command) is None:
            raise InputError("formula", command, "a command of LaTeX's mathematics, as in the guide for authors")
    if re.search(r"(?<!\\)%", latex):
        raise _complaint(latex, r"\% for a percent sign: what follows % would not be seen")
    for found in _ENVIRONMENT.finditer(latex):
        if found[1] not in ENVIRONMENTS:
            raise InputError("formula", found[0], f"one of {', '.join(sorted(ENVIRONMENTS))}")
    depth = 0
    for sign in re.findall(r"[{}]", re.sub(r"\\.", "", latex)):
        depth += 1 if sign == "{" else -1
        if depth < 0:
            break
    if depth:
        raise _complaint(latex, "each { with its }")


def _tree(latex: str, *, display: bool) -> Element:
    from html import escape
    from xml.etree import ElementTree

    from ziamath.escapes import unescape
    from ziamath.tex import tex2mml

    # Words go into XML as they are.
    plain = _WORDS.sub(lambda found: found[1] + escape(found[2], quote=False) + "}", latex)
    try:
        return ElementTree.fromstring(unescape(tex2mml(plain, inline=not display)))
    except Exception as error:  # It raises classes of its own, assertions, and whatever comes of its steps.
        raise _complaint(latex, f"well-formed LaTeX{_reason(error)}") from None


def _reason(error: Exception) -> str:
    """Return what an error of the reader of LaTeX says: its name says it all, as in DoubleSuperscriptsError."""
    if type(error).__module__ != "latex2mathml.exceptions":
        return ""
    words = re.findall(r"[A-Z][a-z]+", type(error).__name__.removesuffix("Error"))
    return f" ({' '.join(words).lower()})"


def _cost(part: Element, depth: int = 0) -> float:
    own: float = max(1, len((part.text or "").strip())) * _LEVEL**depth
    # What lies so deep is not looked into: it may lie deeper than Python can follow.
    return own if own > MOST_COST else own + sum(_cost(child, depth + 1) for child in part)


def _has(letter: str) -> bool:
    from ziamath.zmath import loadedfonts

    return bool(loadedfonts["default"].glyphindex(letter))


def _set(tree: Element, latex: str, cost: float) -> Typeset:
    from xml.etree import ElementTree

    from ziamath.config import config
    from ziamath.zmath import Math

    # Outlines for each sign, which every reader of SVG draws; in the colour of what stands around.
    config.svg2 = False
    config.math.color = ""
    try:
        root = Math(tree, size=_EM, margin=_MARGIN).svgxml()
        _, top, width, height = (float(part) for part in root.attrib["viewBox"].split())
        for name in ("width", "height"):
            root.attrib.pop(name, None)
        root.attrib["fill"] = "currentColor"
        # Without it Qt draws an outline of width 1 round each sign into a PDF: they are bold.
        root.attrib["stroke-width"] = "0"
        svg = ElementTree.tostring(root, encoding="unicode")
    except Exception:  # As above: the library has no class of errors.
        raise _complaint(latex, "a formula that can be set in type") from None
    if not (0 < width <= _WIDEST * _EM and 0 < height <= _HIGHEST * _EM):
        raise _complaint(latex, "a smaller formula")
    return Typeset(svg, width / _EM, -top / _EM, (top + height) / _EM, cost)


def _complaint(latex: str, expected: str) -> InputError:
    return InputError("formula", latex, expected)
