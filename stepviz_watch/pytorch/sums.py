"""Sums over a layer's numbers, on the device that holds them; nothing here waits for it."""

from __future__ import annotations

import torch

from stepviz_watch.pytorch.layers import LAST
from stepviz_watch.tables import BINS, HIGHEST, LOWEST

# Above it, no square that counts was lost in float32; below the other, none overflowed.
SMALLEST_SAFE, LARGEST_SAFE = 1e-15, 1e18
HALF = (torch.float16, torch.bfloat16)


def norm(values: torch.Tensor) -> torch.Tensor:
    """Return the Euclidean norm, a scalar on the device; it is 0 only where every entry is exactly 0.

    Squares of small numbers vanish in float32, so that is only taken where it is seen to suffice; to see it costs
    nothing on a CPU, and a wait on other devices, which compute in float64.
    """
    if values.numel() == 0:
        return torch.zeros((), dtype=torch.float64)
    if values.device.type == "mps":
        return torch.linalg.vector_norm(values, dtype=torch.float32)
    if values.device.type == "cpu" and values.dtype != torch.float64:
        found = torch.linalg.vector_norm(values, dtype=torch.float32)
        if SMALLEST_SAFE < float(found) < LARGEST_SAFE:
            return found.double()
    found = torch.linalg.vector_norm(values, dtype=torch.float64)
    if values.dtype == torch.float64 and values.device.type == "cpu" and not 1e-150 < float(found) < 1e150:
        largest = values.abs().amax()
        if 0 < float(largest) < float("inf"):
            return largest * torch.linalg.vector_norm(values / largest)
    return found


def reached(gradient: torch.Tensor, axis: int) -> tuple[torch.Tensor, int]:
    """Return per unit in how many examples the gradient is not exactly 0 (NaN is not 0), and the examples.

    Of a convolution an example counts where any of its places does; of a layer whose units are the last dimension
    each row is an example. Extremes, not sums of squares: squares of small numbers are 0, and a living unit would look
    dead.
    """
    if axis == LAST:
        rows = gradient.reshape(-1, gradient.shape[-1])
        return (rows != 0).sum(0), rows.shape[0]
    if gradient.dim() > 2:
        places = tuple(range(2, gradient.dim()))
        any_place = (gradient.amax(places) != 0).logical_or_(gradient.amin(places) != 0)
        return any_place.sum(0), gradient.shape[0]
    return (gradient != 0).sum(0), gradient.shape[0]


def passed(mask: torch.Tensor, axis: int) -> torch.Tensor:
    """Return per unit in how many examples f' is not 0 anywhere."""
    if axis == LAST:
        return mask.reshape(-1, mask.shape[-1]).sum(0)
    return (mask.flatten(2).amax(2) if mask.dim() > 2 else mask).sum(0)


def any_in_row(mask: torch.Tensor) -> torch.Tensor:
    """Return per row (the first dimension) whether any entry holds."""
    return mask if mask.dim() == 1 else mask.flatten(1).amax(1)


def histograms(rows: torch.Tensor) -> torch.Tensor:
    """Return the histograms (rows, BINS) of log10 of the magnitudes; zeros and what is not finite are in no bin."""
    places = (rows.abs().log10_() - LOWEST).mul_(BINS / (HIGHEST - LOWEST))
    places = places.nan_to_num_(nan=-1e9, posinf=-1e9, neginf=-1e9)
    void = places < -1e8
    indices = places.clamp_(0, BINS - 1).long().add_(1).masked_fill_(void, 0)
    indices += torch.arange(len(rows), device=rows.device)[:, None] * (BINS + 1)
    # bincount would wait for the device.
    counts = torch.zeros(len(rows) * (BINS + 1), dtype=torch.int32, device=rows.device)
    counts.scatter_add_(0, indices.reshape(-1), torch.ones_like(indices, dtype=torch.int32).reshape(-1))
    return counts.view(len(rows), BINS + 1)[:, 1:]
