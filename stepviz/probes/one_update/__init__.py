"""One update of a run, taken apart: the numbers of it, and the four stages in words and formulas."""
