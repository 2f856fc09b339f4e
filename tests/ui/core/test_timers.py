"""No object of Qt is built with keywords: PySide looks up their setters with the letters of the locale."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def qt_names(tree: ast.AST) -> set[str]:
    """Return the names that a module imports from PySide6."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        alias.asname or alias.name
        for node in imports
        if (node.module or "").startswith("PySide6")
        for alias in node.names
    }


def keywords_of_qt(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each keyword given to a class that comes from PySide6, also as the base of another."""
    tree = ast.parse(source)
    names = qt_names(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in names:
                yield from ((node.lineno, f"{name}({keyword.arg}=)") for keyword in keywords)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=kind), keywords=keywords) if (
                name in names and kind[:1] == "Q"
            ):
                yield from ((node.lineno, f"{name}.{kind}({keyword.arg}=)") for keyword in keywords)
            case ast.ClassDef(bases=[ast.Name(id=base), *_]) if base in names:
                yield from _keywords_to_base(node, base)


def _keywords_to_base(kind: ast.ClassDef, base: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(kind):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"), keywords=k):
                yield from ((node.lineno, f"{base}.__init__({keyword.arg}=)") for keyword in k)


@pytest.mark.parametrize("folder", ["stepviz", "tests"])
def test_no_property_of_qt_is_set_by_a_keyword(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, what in keywords_of_qt(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_rule_finds_what_it_forbids() -> None:
    source = (
        "from PySide6.QtCore import QTimer\nfrom PySide6 import QtWidgets\n"
        "class Clock(QTimer):\n    def __init__(self):\n        super().__init__(interval=3)\n"
        "QTimer(None, interval=0)\nQtWidgets.QSpinBox(minimum=1)\n"
    )
    assert sorted(keywords_of_qt(source)) == [
        (5, "QTimer.__init__(interval=)"), (6, "QTimer(interval=)"), (7, "QtWidgets.QSpinBox(minimum=)"),
    ]  # fmt: skip
