"""A run as a script or a notebook for PyTorch: the same network, weights, batches and updates."""
