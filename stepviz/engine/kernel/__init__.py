"""The compiled step: C sources, how they are built and loaded, and what Python tells them of a run."""
