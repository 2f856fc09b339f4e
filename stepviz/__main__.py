"""``python -m stepviz``."""

from stepviz.cli import main

raise SystemExit(main())
