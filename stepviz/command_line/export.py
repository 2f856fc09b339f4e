"""``stepviz export``: a run as a script or a notebook for PyTorch."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from stepviz.command_line.field_values import opened
from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.training.trainer import Trainer
from stepviz.export.pytorch.left_out import in_a_sentence
from stepviz.export.pytorch.script import as_notebook, as_script
from stepviz.runtime.session_file import SUFFIX, load_session


def export(file: Path | None, changes: Sequence[str], steps: int, script: Path | None, notebook: Path | None) -> int:
    """Write what is asked for and say what is in it and what is left out.

    A session is taken on from where it is, an experiment or a CSV from the start. Raises InputError for input that
    cannot be used, OSError for files that cannot be read or written.
    """
    if script is None and notebook is None:
        raise InputError("stepviz export", "nothing to write", "--pytorch FILE, --notebook FILE, or both")
    if file is not None and file.suffix.lower() == SUFFIX:
        if changes:
            raise InputError("--set", f"{changes[0]} with a session", "an experiment, or a CSV")
        moment = load_session(file).moment
    else:
        moment = Trainer(opened(file, changes)).moment()
    said = in_a_sentence(moment, steps)
    if script is not None:
        write_whole(script, as_script(moment, steps).encode())
        sys.stdout.write(f"{script}: {said}\n")
    if notebook is not None:
        write_whole(notebook, as_notebook(moment, steps))
        sys.stdout.write(f"{notebook}: {said}\n")
    return 0
