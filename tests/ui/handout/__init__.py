"""Prepared classes in the window."""
