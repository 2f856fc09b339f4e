"""The window of the guide."""
