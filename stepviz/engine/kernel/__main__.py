"""``python -m stepviz.engine.kernel``: build the compiled step."""

import sys

from stepviz.engine.kernel.build import main

sys.exit(main())
