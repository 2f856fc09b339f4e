#!/usr/bin/env python3
"""Compare how soon the frozen program and a virtual environment show their first frame; run after ``build.py deb``.

Time counts from the start of the process until a picture of the window is on the disk and the process has ended. The
two take turns, so that whatever else the machine does slows both. The exit code is 1 where the ratio of the medians is
above what an installed program may take.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from messages import say
from python_environment import CHECKOUT
from virtual_screen import virtual_screen

RELEASE = CHECKOUT / "build" / "release"
TURNS = 9
LARGEST_RATIO = 1.3


def seconds(command: Sequence[str | Path], home: Path, variables: Mapping[str, str]) -> float:
    """Return how long a start takes until its first frame is kept."""
    picture = home / "frame.png"
    picture.unlink(missing_ok=True)
    begin = time.perf_counter()
    subprocess.run(
        [*command, "--fresh", "--screenshot", picture, "--quit-after", "0"],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", **variables}, cwd=home, check=True,
    )  # fmt: skip
    passed = time.perf_counter() - begin
    assert picture.stat().st_size > 0
    return passed


def main() -> int:
    """Take turns and say what was found."""
    commands: dict[str, list[str | Path]] = {
        "virtual environment": [RELEASE / "tools" / "bin" / "python", "-m", "stepviz"],
        "frozen program": [RELEASE / "frozen" / "stepviz" / "stepviz"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as home, virtual_screen(RELEASE / "tools" / "system", os.environ) as screen:
        # Bytecode is kept there, as pip would have made it.
        variables = screen | {"PYTHONPATH": str(RELEASE / "frozen" / "package"), "PYTHONPYCACHEPREFIX": f"{home}/cache"}
        for turn in range(TURNS + 1):
            for name, command in commands.items():
                passed = seconds(command, Path(home), variables)
                # The first one reads from the disk, and compiles.
                if turn:
                    taken[name].append(passed)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        say(f"{name}: {median:.2f} s ({min(taken[name]):.2f} to {max(taken[name]):.2f}, {TURNS} starts)")
    ratio = medians["frozen program"] / medians["virtual environment"]
    say(f"the frozen program takes {ratio:.2f} times as long; it may take {LARGEST_RATIO}")
    return 0 if ratio <= LARGEST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
