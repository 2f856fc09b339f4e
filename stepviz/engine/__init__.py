"""The training engine: NumPy only, no Qt, no threads."""
