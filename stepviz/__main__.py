"""``python -m stepviz``."""

from stepviz.cli import main

# The process that measures imports this module too, under another name.
if __name__ == "__main__":
    raise SystemExit(main())
