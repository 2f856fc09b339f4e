"""The script and the notebook of the guide run, and the recording says what they promise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")

from stepviz.recordings.findings import all_findings
from stepviz.recordings.follower import read_recording

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "resources" / "guide"


def run(code: str, folder: Path) -> str:
    lines = f"import sys, torch; torch.set_num_threads(1); sys.path.insert(0, {str(ROOT)!r})\n{code}"
    done = subprocess.run([sys.executable, "-c", lines], cwd=folder, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    recorded = read_recording(folder / "first.stepviz-run")
    return "\n".join(finding.sentence for finding in all_findings(recorded))


def test_the_script(tmp_path: Path) -> None:
    code = (GUIDE / "watch_a_training.py").read_text(encoding="utf-8")
    # By the clock, a machine that is busy would look too seldom for this.
    said = run(code.replace('first.stepviz-run")', 'first.stepviz-run", every=10)'), tmp_path)
    assert "have had no signal since step 60" in said
    assert "at step 600: learning rate 0.05 to 25" in said.lower()


def test_the_notebook_is_the_script(tmp_path: Path) -> None:
    notebook = json.loads((GUIDE / "watch_a_training.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code = "\n".join(line for cell in cells for line in cell.splitlines() if line and not line.startswith("!"))
    script = (GUIDE / "watch_a_training.py").read_text(encoding="utf-8").split('"""', 2)[2]
    assert code.split("\n") == [line for line in script.split("\n") if line]
