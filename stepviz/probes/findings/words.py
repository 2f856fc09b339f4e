"""Words for the sentences: counts, lists of layers, names in the middle of a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, total: int, noun: str) -> str:
    """Return «all 8 units», «3 of 8 units», «both units», «the only unit» for a ``noun`` in the plural."""
    if count == total and total < 3:
        return f"both {noun}" if total == 2 else f"the only {noun.removesuffix('s')}"
    return f"all {total:,} {noun}" if count == total else f"{count:,} of {total:,} {noun}"


def verb(count: int) -> str:
    """Return «is» of one thing, else «are»."""
    return "is" if count == 1 else "are"


def in_layers(layers: Sequence[int]) -> str:
    """Return «layer 1», «layers 1 and 2», «layers 1, 2 and 4 to 9» for layers counted from 0, in order."""
    runs: list[list[int]] = []
    for layer in layers:
        if runs and layer == runs[-1][-1] + 1:
            runs[-1].append(layer)
        else:
            runs.append([layer])
    numbers = [
        text
        for run in runs
        for text in ([f"{run[0] + 1} to {run[-1] + 1}"] if len(run) > 3 else [str(layer + 1) for layer in run])
    ]
    if len(layers) == 1:
        return f"layer {numbers[0]}"
    return f"layers {', '.join(numbers[:-1])} and {numbers[-1]}" if len(numbers) > 1 else f"layers {numbers[0]}"


def inside(label: str) -> str:
    """Return a label or sentence as it goes on after a colon: «step» for «Step», but «ReLU»."""
    first_word = label.split(" ")[0]
    return label if any(letter.isupper() for letter in first_word[1:]) else label[:1].lower() + label[1:]


def capital(sentence: str) -> str:
    """Return the sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]


def receiving(count: int, total: int, cancelled: int = 0) -> str:
    """Return «9 of 105 parameters receive a gradient»; ``cancelled``: how many biases batch norm takes away."""
    if count == total:
        return "every parameter receives a gradient"
    if count == 0:
        return f"none of {total:,} parameters receives a gradient"
    biases = f"{cancelled:,} bias{'' if cancelled == 1 else 'es'}"
    if count == total - cancelled:
        return f"every parameter receives a gradient but {biases} that batch norm cancels"
    said = f"{count:,} of {total:,} parameters receive{'s' if count == 1 else ''} a gradient"
    return f"{said} (batch norm cancels {biases})" if cancelled else said
