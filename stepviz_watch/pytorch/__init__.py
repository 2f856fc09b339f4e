"""Watch a PyTorch training. Importing a module of this package imports torch."""
