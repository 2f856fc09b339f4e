"""YAML as lessons use it: plain values only, and the line on which each stands.

Of YAML's many scalar types only those of JSON are known, so that ``1e-3`` is a number, ``no`` a word and ``12:30`` no
number of minutes. Aliases and tags are refused: the first can swell without end, the second can name code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from stepviz.engine.common.errors import InputError

DEEPEST = 20
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
# What "\\ud800" stands for: it can be written to no file.
_HALF = re.compile(r"[\ud800-\udfff]")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Located:
    """A value of plain dicts, lists, texts and numbers, and the lines (1-based) of its fields by path."""

    value: Any
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, path: str) -> int | None:
        """Return the line of a field such as ``claims[0].text``, or of the nearest one around it."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path)


def read_yaml(text: str, first_line: int, source: str) -> Located:
    """Return what ``text`` holds, which begins on ``first_line`` of the file ``source``.

    Raises InputError, with the line, for text that is not YAML, an alias, a tag, a key that stands twice, or nesting
    deeper than 20.
    """
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = first_line + event.start_mark.line
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise InputError("YAML", "an anchor or an alias (& or *)", "it written out, or in quotes",
                                 source=source, line=line)  # fmt: skip
            if getattr(event, "tag", None):
                raise InputError("YAML", f"the tag {event.tag}", "plain values", source=source, line=line)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise InputError("YAML", "nesting too deep", f"at most {DEEPEST} levels", source=source, line=line)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        found = (error.problem or error.context or "something else").removeprefix("found ")
        raise InputError("YAML", found, "well-formed YAML", source=source, line=line) from None
    except yaml.YAMLError as error:
        # A character that YAML does not allow: the reader knows no line.
        found = str(error).splitlines()[0]
        raise InputError("YAML", found, "well-formed YAML", source=source, line=first_line) from None
    located = Located(None)
    return Located(_plain(node, "", located.lines, first_line, source), located.lines)


def _plain(node: Any, path: str, lines: dict[str, int], first_line: int, source: str) -> Any:
    if node is None:
        return None
    line = first_line + node.start_mark.line
    lines.setdefault(path, line)
    if isinstance(node, yaml.ScalarNode):
        if _HALF.search(node.value):
            raise InputError(path or "YAML", node.value, "letters: half of a pair of UTF-16 is none",
                             source=source, line=line)  # fmt: skip
        return _scalar(node.value) if node.style is None else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, f"{path}[{place}]", lines, first_line, source) for place, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key, value in node.value:
        line = first_line + key.start_mark.line
        if not isinstance(key, yaml.ScalarNode) or _HALF.search(key.value):
            raise InputError(path or "YAML", "a key that is no word", "a word and a colon", source=source, line=line)
        inner = f"{path}.{key.value}" if path else key.value
        if key.value in result:
            raise InputError(inner, "the same field twice", "each field once", source=source, line=line)
        lines[inner] = line
        result[key.value] = _plain(value, inner, lines, first_line, source)
    return result


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
