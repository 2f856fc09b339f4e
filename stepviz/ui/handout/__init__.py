"""Prepared states for a class: made from the window, and shown in it."""
