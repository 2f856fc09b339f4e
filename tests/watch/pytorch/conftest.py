"""One thread for PyTorch: what is trained here is small, and the machine is shared."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("torch") is not None:
    import torch

    torch.set_num_threads(1)
