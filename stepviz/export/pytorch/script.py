"""A run for PyTorch as text: a script, or a Jupyter notebook (nbformat 4.5, which is JSON)."""

from __future__ import annotations

import textwrap

import msgspec

from stepviz.engine.training.snapshot import TrainerState
from stepviz.export.pytorch.cells import Cell, Cells

_WIDTH = 110


def as_script(moment: TrainerState, steps: int) -> str:
    """Return a script that goes on from a moment for ``steps`` updates. Raises InputError for a run too large."""
    head, *others = Cells(moment, steps).all()
    parts = [f'"""{head.title}\n\n{_wrapped(head.text)}\n"""\n\n{head.code}']
    parts += [f"# {cell.title}\n{_comment(cell.text)}\n{cell.code}" for cell in others]
    return "\n\n\n".join(parts) + "\n"


def as_notebook(moment: TrainerState, steps: int) -> bytes:
    """Return the same as a Jupyter notebook: a text and a code cell for each part."""
    cells: list[dict[str, object]] = []
    for number, cell in enumerate(Cells(moment, steps).all()):
        mark = "#" if number == 0 else "##"
        source = _lines(f"{mark} {cell.title}\n\n{cell.text}")
        cells.append({"cell_type": "markdown", "id": f"text-{number}", "metadata": {}, "source": source})
        cells.append(_code(number, cell))
    content = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def _code(number: int, cell: Cell) -> dict[str, object]:
    return {
        "cell_type": "code", "execution_count": None, "id": f"code-{number}", "metadata": {}, "outputs": [],
        "source": _lines(cell.code),
    }  # fmt: skip


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _wrapped(text: str) -> str:
    return "\n".join(
        textwrap.fill(line, _WIDTH, subsequent_indent="  " if line[:1] == "-" else "") for line in text.splitlines()
    )


def _comment(text: str) -> str:
    return textwrap.indent(_wrapped(text), "# ")
