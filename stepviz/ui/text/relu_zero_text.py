"""What the choice of ReLU'(0) has come to, in words."""

from __future__ import annotations

from collections.abc import Sequence

from stepviz.engine.common.number_format import measured_text, number_text, share_text, step_text
from stepviz.engine.network.exact_zeros import ZeroCounts


def zeros_by_layer(counts: ZeroCounts, layers: Sequence[int]) -> str:
    """Return how many pre-activations were exactly 0 in each of these layers (from 0), a line for each."""
    each = [(layer + 1, step_text(int(counts.zeros[layer])), step_text(int(counts.seen[layer]))) for layer in layers]
    return "\n".join(f"Layer {number}: {zeros} of {seen} z were exactly 0" for number, zeros, seen in each)


def zero_texts(counts: ZeroCounts, layers: Sequence[int]) -> tuple[str, ...]:
    """Return how many pre-activations of these layers (from 0) were exactly 0 and what came of it, longest first."""
    zeros, seen = (int(array[list(layers)].sum()) for array in (counts.zeros, counts.seen))
    since = "since the start" if counts.since == 0 else f"since step {step_text(counts.since)}"
    if not seen:
        return (f"z that are exactly 0 are counted {since}: no step yet", "z exactly 0: no step yet")
    if not zeros:
        return (
            f"None of {step_text(seen)} z was exactly 0 {since}: f'(0) has changed nothing",
            f"None of {step_text(seen)} z was 0 {since}",
            f"0 of {step_text(seen)} z were 0",
        )
    were = f"{step_text(zeros)} of {step_text(seen)} z"
    percent = 100.0 * counts.changed_share
    exact = counts.compared == counts.touched
    share = f"{measured_text(percent)} %" if exact else f"about {number_text(percent)} %"
    return (
        f"{were} were exactly 0 {since}; f'(0) = 1 instead of 0 changes {share} of all gradient entries",
        f"{were} were exactly 0; f'(0) = 1, not 0, changes {share} of gradient entries",
        f"{were} were 0; the choice changes {share} of gradients",
        f"{share_text(zeros / seen)} of z were 0: {share} of gradients",
        f"{share_text(zeros / seen)} of z were exactly 0",
    )
