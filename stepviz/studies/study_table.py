"""The table of studies: one entry each."""

from __future__ import annotations

from stepviz.studies.born_dead import BORN_DEAD
from stepviz.studies.collapse import COLLAPSE
from stepviz.studies.relu_at_zero import RELU_AT_ZERO
from stepviz.studies.slope import SLOPE
from stepviz.studies.straight_through import STRAIGHT_THROUGH
from stepviz.studies.study import Study
from stepviz.studies.sweep import SWEEP
from stepviz.studies.vanishing import VANISHING

STUDIES: dict[str, Study] = {
    study.key: study for study in (BORN_DEAD, COLLAPSE, RELU_AT_ZERO, VANISHING, STRAIGHT_THROUGH, SLOPE, SWEEP)
}
