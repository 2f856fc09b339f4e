"""What the frozen program starts with."""

from multiprocessing import freeze_support

# The measuring process is this program again: it must get to its work before anything else is imported.
freeze_support()

from stepviz.cli import main  # noqa: E402

raise SystemExit(main())
