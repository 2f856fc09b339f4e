#!/usr/bin/env python3
"""Build what a release consists of into ``dist/``: ``build.py wheel deb run windows sums``, or ``build.py all``.

Everything is made from the last commit, by tools and with packages whose versions and hashes are locked.
"""

from __future__ import annotations

import argparse
import sys

from installers import checksums, debian, macos, self_extracting, wheel, windows
from installers.workplace import Workplace
from messages import SetupStopped, say

TARGETS = {
    "wheel": wheel.build,
    "deb": debian.build,
    "run": self_extracting.build,
    "windows": windows.build,
    "macos": macos.build,
    "sums": checksums.build,
}
# A program for macOS can be built on macOS only.
ALL = ["wheel", "deb", "run", "windows", "sums"]


def main(arguments: list[str]) -> int:
    """Build the targets in the order given; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", metavar="TARGET", nargs="+", choices=[*TARGETS, "all"], help=", ".join(TARGETS))
    options = parser.parse_args(arguments)
    targets = ALL if "all" in options.targets else list(dict.fromkeys(options.targets))
    try:
        workplace = Workplace.prepare()
        for target in targets:
            for path in TARGETS[target](workplace):
                say(f"{path}  {path.stat().st_size / 1e6:.1f} MB")
    except SetupStopped as stopped:
        say(str(stopped))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
