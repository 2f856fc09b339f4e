"""A formula as a line of text: for where no picture of it can stand."""

from __future__ import annotations

import re
import unicodedata

_GROUP = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
_FRACTION = re.compile(r"\\[dt]?frac\s*" + _GROUP + r"\s*" + _GROUP)
_SHORT_FRACTION = re.compile(r"\\[dt]?frac\s*(\d)(\d)")
_TILDE = re.compile(r"\\tilde\s*\{?(\w)\}?")
_CHOOSE = re.compile(r"\\binom\s*" + _GROUP + r"\s*" + _GROUP)
_PLAIN = re.compile(r"\\(?:mathrm|text|operatorname|mathbf|mathbb|mathcal)\s*" + _GROUP)
_SPACES = re.compile(r"\\(?:qquad|quad|,|;|!| )|~")
_SIZES = re.compile(r"\\(?:left|right|big|Big|bigl|bigr)\b\s*\.?")
_SCRIPT = re.compile(r"([_^])(?:" + _GROUP + r"|(\\[A-Za-z]+|[^\s{}\\]))")
_SIGNS = {
    "ge": "≥", "geq": "≥", "le": "≤", "leq": "≤", "ne": "≠", "neq": "≠", "to": "→", "rightarrow": "→", "leftarrow": "←",
    "cdot": "·",
    "times": "×", "approx": "≈", "sim": "∼", "sum": "∑", "prod": "∏", "int": "∫", "partial": "∂", "nabla": "∇",
    "infty": "∞", "in": "∈", "pm": "±", "ll": "≪", "gg": "≫", "ell": "ℓ", "ldots": "…", "dots": "…", "cdots": "…",
    "top": "ᵀ", "sqrt": "√", "lVert": "‖", "rVert": "‖", "Vert": "‖", "lvert": "|", "rvert": "|", "odot": "⊙",
    "lfloor": "⌊", "rfloor": "⌋", "prime": "′", "mid": "|", "max": "max", "min": "min",
}  # fmt: skip
_RAISED = dict(
    zip("0123456789+-=()abcdefghijklmnoprstuvwxyzTᵀ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᵀ", strict=True)
)
_LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))


def in_words(latex: str) -> str:
    """Return LaTeX in Unicode: «∂ L/∂ w = ∑ᵢ xᵢ δᵢ»; what has no sign there is written out: «x^(n−1/2)»."""
    text = _SPACES.sub(" ", _SIZES.sub("", latex))
    for _ in range(3):
        text = _PLAIN.sub(r"\1", text)
        text = _FRACTION.sub(lambda found: f"{_held(found[1])}/{_held(found[2])}", text)
    text = _SHORT_FRACTION.sub(r"\1/\2", text)
    text = _TILDE.sub("\\1\u0303", text)
    text = _CHOOSE.sub(r"C(\1, \2)", text)
    text = _SCRIPT.sub(_script, text)
    text = re.sub(r"\\([A-Za-z]+)", lambda found: _sign(found[1]), text)
    return " ".join(re.sub(r"[\\{}]", "", text).replace("-", "−").split())


def _sign(name: str) -> str:
    if name in _SIGNS:
        return _SIGNS[name]
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {name.upper().removeprefix('VAR')}")
    except KeyError:
        # The name of a function: tanh, ReLU.
        return name


def _script(found: re.Match[str]) -> str:
    table = _RAISED if found[1] == "^" else _LOWERED
    inside = re.sub(r"\\([A-Za-z]+)", lambda name: _sign(name[1]), found[2] or found[3])
    if all(sign in table for sign in inside):
        return "".join(table[sign] for sign in inside)
    return f"{found[1]}{inside}" if len(inside) == 1 else f"{found[1]}({inside})"


def _held(part: str) -> str:
    return part if re.fullmatch(r"[\w\\ ']+", part.strip()) else f"({part})"
