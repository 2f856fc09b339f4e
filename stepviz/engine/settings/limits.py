"""The bounds of settings that data and network share with them."""

from __future__ import annotations

from typing import Literal

# Columns of a table, letters of a table inside an experiment, and classes of one.
MOST_COLUMNS = 4096
MOST_CONTENT = 2 * 2**20
MOST_CLASSES = 100
# The largest probability with which dropout leaves a unit out.
HIGHEST_SHARE = 0.95

ChosenTask = Literal["auto", "classification", "regression"]
