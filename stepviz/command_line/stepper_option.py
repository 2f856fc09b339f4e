"""The option of all commands that train: what does the updates."""

from __future__ import annotations

import argparse


def add_stepper(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--stepper", choices=("auto", "compiled", "numpy"),
        help="what does the updates: the compiled step where it can (auto, the default), always, or NumPy",
    )  # fmt: skip


def use_stepper(options: argparse.Namespace) -> None:
    """Let the chosen stepper do the updates, where one is."""
    if options.stepper is not None:
        from stepviz.engine.training.stepper import choose_stepper

        choose_stepper(options.stepper)
