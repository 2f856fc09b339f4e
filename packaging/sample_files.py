"""Write a file of each kind that desktops open with stepviz into FOLDER, each with a seed by which it is known again.

Run by the try_*.sh with the build's own packages. The names have spaces, as those of people have.
"""

from __future__ import annotations

import sys
from pathlib import Path

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.experiment_file import encode
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import encode_session, session_of

LESSON = """---
title: A lesson of one file
summary: Opened by its kind
minutes: 1
experiment: {{seed: {seed}}}
---

# The only scene

```yaml scene
panels: [loss]
steps: 50
```

It trains.
"""


def write(folder: Path) -> None:
    """Write ``my KIND.SUFFIX`` of the three kinds."""
    (folder / "my experiment.stepviz").write_bytes(encode(Experiment(seed=7001)))
    run = Run(Experiment(seed=7002))
    run.step(50)
    (folder / "my session.stepviz-session").write_bytes(encode_session(session_of(run)))
    (folder / "my lesson.stepviz-lesson").write_text(LESSON.format(seed=7003))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
