from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

import stepviz
from stepviz.engine.settings.experiment import Choice, DataSettings, Experiment
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.twins.examination import examine
from stepviz.probes.twins.reporting import report
from stepviz.probes.twins.subject import Subject

PENALISED = replace(Experiment(), l1=0.05)


def test_the_program_exports_it():
    trainer = Trainer(PENALISED)
    trainer.step(300)
    before = trainer.theta.copy(), trainer.slots.copy(), trainer.step_count, trainer.batches.seen
    found = stepviz.diagnose(trainer)
    assert found.findings[0].cause == "penalty-too-strong"
    np.testing.assert_array_equal(trainer.theta, before[0])
    np.testing.assert_array_equal(trainer.slots, before[1])
    assert (trainer.step_count, trainer.batches.seen) == before[2:]
    assert stepviz.diagnose(trainer) == found


def test_a_run_before_its_first_step_is_judged_by_a_copy():
    trainer = Trainer(PENALISED)
    found = stepviz.diagnose(trainer)
    assert (trainer.step_count, found.step) == (0, 1000)
    assert found.findings[0].cause == "penalty-too-strong"


def test_of_a_run_that_learns_nothing_is_tried():
    trainer = Trainer(Experiment())
    trainer.step(100)
    found = stepviz.diagnose(trainer)
    assert found.verdict == "learns"
    assert found.findings == found.tried == ()
    assert "Nothing is tried" in found.sentence


def test_a_finding_is_a_cause_with_evidence_and_a_cure_that_lowers_the_loss():
    trainer = Trainer(PENALISED)
    trainer.step(500)
    found = stepviz.diagnose(trainer)
    first = found.findings[0]
    assert first.sentence.startswith("The penalty on the weights (L1 = 0.05)")
    assert "5 of 5 twins" in first.evidence
    assert "changes nothing" in first.evidence
    assert first.cure is not None
    assert first.cure.experiment is not None
    assert first.cure.fields == ("l1",)
    validate(first.cure.experiment)
    cured = Trainer(first.cure.experiment)
    cured.step(600)
    assert cured.loss() < 0.2 < 0.6 < trainer.loss()
    helpless = [tried for tried in found.tried if not tried.helps]
    assert {"rate/1e1", "float64"} <= {tried.cure for tried in helpless}


def test_a_run_that_has_left_the_numbers_is_examined_from_its_start():
    trainer = Trainer(replace(Experiment(), loss="squared-error", optimizer=Choice("sgd"), learning_rate=30.0))
    trainer.step(500)
    assert trainer.diverged is not None or not np.isfinite(trainer.loss())
    found = stepviz.diagnose(trainer)
    assert found.findings[0].cause == "learning-rate-too-large"
    assert found.findings[0].cure is not None
    assert found.findings[0].cure.restart
    assert found.loss is None


def test_a_perfect_fit_is_not_offered_a_learning_rate():
    data = DataSettings("plane", noise=0.0)
    settings = replace(
        Experiment(), data=data, layers=(), loss="squared-error", optimizer=Choice("sgd"), learning_rate=0.1
    )
    trainer = Trainer(settings)
    trainer.step(2500)
    found = stepviz.diagnose(trainer)
    assert [finding.cause for finding in found.findings] == ["nothing-left-to-learn"]
    assert found.findings[0].cure is None


def test_while_twins_are_running_only_what_is_measured_is_said():
    trainer = Trainer(PENALISED)
    trainer.step(500)
    with np.errstate(all="ignore"):
        stages = [report(found) for found in examine(Subject.of(trainer)) if found is not None]
    for stage in stages[:-2]:
        assert stage.findings == ()
        assert "being tried" in stage.sentence
        assert "penalty" not in stage.sentence
    assert stages[-1].done
    assert [len(stage.tried) for stage in stages] == sorted(len(stage.tried) for stage in stages)


def test_an_examination_can_be_left_in_the_middle():
    trainer = Trainer(PENALISED)
    trainer.step(200)
    with np.errstate(all="ignore"):
        going = examine(Subject.of(trainer))
        for _ in range(40):
            next(going)
        going.close()
    with pytest.raises(StopIteration):
        next(going)
