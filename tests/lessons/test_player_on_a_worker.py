"""A lesson on the thread that the window uses: the same verdicts, bit for bit, as without a window."""

from __future__ import annotations

import threading
from pathlib import Path

from msgspec.structs import replace

from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import find_lesson
from stepviz.lessons.player import Player
from stepviz.lessons.record import Measurement
from stepviz.lessons.scene_run import Starts
from stepviz.lessons.verdict import judge
from stepviz.runtime.commands import Change, Play
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.worker import Worker
from tests.lessons.texts import scene, written
from tests.runtime.until import frame_where


def test_a_lesson_shown_scene_by_scene_says_what_its_verification_says() -> None:
    before = set(threading.enumerate())
    lesson = load_lesson(find_lesson("dying-relu"))
    player, starts, mailbox = Player(lesson), Starts(lesson), Mailbox()
    worker = Worker(lesson.scenes[0].experiment, mailbox)
    worker.start()
    try:
        for index, scene in enumerate(lesson.scenes):
            player.go_to(index)
            player.skip_question()
            worker.send(player.command)
            worker.send(Play())
            frame = frame_where(
                worker,
                mailbox,
                lambda frame: (
                    frame.sightings is not None
                    and frame.sightings.watch is player.watch
                    and not frame.running
                    and frame.step == player.scene.steps
                ),
            )
            player.follow(frame)
            record = starts.run(index)
            assert player.record.values == record.values
            assert player.verdicts == tuple(judge(claim.condition, record) for claim in scene.claims)
            assert all(verdict.state == "holds" for verdict in player.verdicts)
    finally:
        worker.stop()
    assert set(threading.enumerate()) == before


def test_a_run_that_diverges_decides_its_scene(tmp_path: Path) -> None:
    block = (
        "steps: 50\nexperiment: {learning_rate: 1e6, optimizer.name: sgd, loss: squared-error,"
        " layers.0.activation.name: linear}\nclaims:\n  - {text: It ends., holds: step == 50}"
    )
    player, mailbox = Player(load_lesson(written(tmp_path, scene(block)))), Mailbox()
    worker = Worker(player.scene.experiment, mailbox)
    worker.start()
    try:
        earlier = frame_where(worker, mailbox, lambda frame: True)
        worker.send(player.command)
        worker.send(Play())
        frame = frame_where(worker, mailbox, lambda frame: frame.diverged is not None)
        player.follow(earlier)
        assert player.verdicts[0].state == "open", "that was another run"
        player.follow(frame)
        assert player.verdicts[0].state == "fails"
        assert "the run diverged at step" in player.verdicts[0].measured
    finally:
        worker.stop()


def test_a_network_without_the_layers_that_claims_speak_of_goes_on_unmeasured() -> None:
    player, mailbox = Player(load_lesson(find_lesson("vanishing"))), Mailbox()
    deep = player.scene.experiment
    assert len(deep.layers) > 2
    worker = Worker(deep, mailbox)
    worker.start()
    try:
        worker.send(player.command)
        frame = frame_where(worker, mailbox, lambda frame: frame.sightings is not None)
        player.follow(frame)
        assert player.record.values
        worker.send(Change(replace(deep, layers=deep.layers[:1])))
        worker.send(Play())
        frame = frame_where(worker, mailbox, lambda frame: frame.step > 0 and len(frame.experiment.layers) == 1)
        assert frame.sightings is not None
        assert not any(seen.values for seen in frame.sightings.seen if isinstance(seen, Measurement))
    finally:
        worker.stop()
