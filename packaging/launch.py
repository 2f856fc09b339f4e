#!/usr/bin/env python3
"""From a fresh machine to the open window: ``python3 packaging/launch.py``; to the tests: ``… launch.py test``.

Needs Python and nothing else. This file alone must be readable by an older Python, which is told what is needed.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
TRIED = ("python3.13", "python3.12", "python3.11")


def start_with_newer_python() -> None:
    """Hand over to a newer Python of this machine, or say that there is none."""
    for name in TRIED:
        found = shutil.which(name)
        # Version managers put commands on the path that only say which versions they could bring.
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(found, [found, *sys.argv])
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit("stepviz needs Python 3.11 or newer; " + sys.executable + " is Python " + found + ".")


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        start_with_newer_python()
    from start import main

    sys.exit(main(sys.argv[1:]))
