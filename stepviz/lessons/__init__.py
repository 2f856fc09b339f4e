"""Lessons: their file form, their machine-checked claims, and the player's logic. No widgets."""
