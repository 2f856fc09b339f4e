"""The compiled step gives the same bits on every machine: what forty runs ended with where this was written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.engine.kernel.runs import fingerprint, forty_runs, trainer_by

pytestmark = pytest.mark.usefixtures("library")
STEPS = 200
HASHES = Path(__file__).with_name("hashes.json")


def hashes() -> dict[str, str]:
    """Return the present ones: what a change that is meant to change results writes to the file."""
    found = {}
    for name, experiment in forty_runs().items():
        trainer = trainer_by("compiled", experiment)
        trainer.step(STEPS)
        found[name] = fingerprint(trainer)
    return found


def test_forty_runs_end_with_the_bits_of_every_machine() -> None:
    known = json.loads(HASHES.read_text())
    assert len(known) >= 40
    assert hashes() == known
