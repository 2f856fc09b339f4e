from __future__ import annotations

import json

from msgspec.structs import replace

from stepviz.cli import main
from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.twins.reporting import causes
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import encode_session, session_of


def test_it_says_as_json_what_its_twins_did(capsys):
    assert main(["diagnose", "--set", "l1=0.05", "--steps", "300", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["steps"] == 300
    first = answer["findings"][0]
    assert first["cause"] == "penalty-too-strong"
    assert {"cause", "sentence", "evidence", "cure", "twins"} <= first.keys()
    assert first["cure"]["changes"] == {"l1": 0.0}
    assert first["twins"][0]["helped"] == first["twins"][0]["twins"] == 5
    assert first["twins"][0]["median"] < 0.5 * first["twins"][0]["before"]


def test_it_says_it_in_words(capsys):
    assert main(["diagnose", "--set", "l1=0.05", "--steps", "300"]) == 0
    said = capsys.readouterr().out
    assert "cause      penalty-too-strong" in said
    assert "tried      does not help:" in said


def test_it_lists_every_cause(capsys):
    assert main(["diagnose", "--causes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(causes())
    assert main(["diagnose", "--causes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == causes()


def test_a_session_is_judged_where_it_is(tmp_path, capsys):
    run = Run(replace(Experiment(), l1=0.05))
    run.step(400)
    path = tmp_path / "a.stepviz-session"
    path.write_bytes(encode_session(session_of(run)))
    assert main(["diagnose", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["steps"] == 400
    assert answer["findings"][0]["cause"] == "penalty-too-strong"


def test_a_table_gives_its_notes(tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text("a,b,y\n" + "\n".join(f"5,7,{number % 2}" for number in range(40)))
    assert main(["diagnose", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["findings"][0]["cause"] == "constant-inputs"
    assert "The same value in every training row" in answer["notes"][0]


def test_settings_that_cannot_be_used_are_named(capsys):
    assert main(["diagnose", "--set", "learning_rate=-1"]) == 2
    assert "learning_rate" in capsys.readouterr().err
