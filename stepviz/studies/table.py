"""The table of studies: one entry each."""

from __future__ import annotations

from stepviz.studies.born_dead import BORN_DEAD
from stepviz.studies.study import Study

STUDIES: dict[str, Study] = {study.key: study for study in (BORN_DEAD,)}
