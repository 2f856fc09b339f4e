"""``python -m stepviz``."""

import multiprocessing

from stepviz.cli import main

# The process that measures imports this module too, under another name.
if __name__ == "__main__":
    # In a frozen build that process starts here as well, and must not open a second window.
    multiprocessing.freeze_support()
    raise SystemExit(main())
