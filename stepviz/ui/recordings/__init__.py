"""The window of a recording."""
