"""The race on screen: lanes side by side, their losses in one plot, a table, and what they differ in."""
