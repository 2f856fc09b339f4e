from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from stepviz.engine.common.errors import InputError
from stepviz.engine.kernel import build as building
from stepviz.engine.kernel.build import BuildFailed, Target, build, compilers, main
from stepviz.engine.kernel.library import Library, NoLibrary, load_library
from stepviz.engine.training.stepper import VARIABLE, choose_stepper, chosen_stepper
from stepviz.engine.training.trainer import Trainer
from tests.engine.kernel.runs import BASE

CHECKOUT = Path(__file__).parents[3]
# Does no more than to write a file where a library would be.
PRETENDING = """
import sys, time
words = sys.argv[1:]
time.sleep(float({pause}))
open(words[words.index("-o") + 1], "w").write("made")
"""


def pretending(folder: Path, pause: float = 0.0) -> list[str]:
    script = folder / "compiler.py"
    script.write_text(PRETENDING.format(pause=pause))
    return [sys.executable, str(script)]


def test_a_library_that_is_there_is_not_built_again(tmp_path: Path) -> None:
    compiler = pretending(tmp_path)
    path = build(tmp_path / "built", compiler=compiler)
    path.write_text("kept")
    assert build(tmp_path / "built", compiler=["false"]) == path
    assert path.read_text() == "kept"
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_other_sources_make_another_library_and_remove_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = build(tmp_path, compiler=pretending(tmp_path))
    monkeypatch.setattr(building, "FLAGS", (*building.FLAGS, "-DOTHER"))
    new = build(tmp_path, compiler=pretending(tmp_path))
    assert new != old
    assert not old.exists()


def test_ends_of_lines_do_not_make_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = Target.here().file
    for source in building.SOURCES.glob("*.[ch]"):
        (tmp_path / source.name).write_bytes(source.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.setattr(building, "SOURCES", tmp_path)
    assert Target.here().file == name
    (tmp_path / "plan.h").write_text("changed")
    assert Target.here().file != name


def test_two_processes_can_build_at_once(tmp_path: Path) -> None:
    compiler = pretending(tmp_path, 0.02)
    program = textwrap.dedent(f"""
        from pathlib import Path
        from stepviz.engine.kernel.build import build
        print(build(Path({str(tmp_path / "built")!r}), compiler={compiler!r}))
    """)
    both = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT)
        for _ in range(2)
    ]
    paths = {process.communicate(timeout=60)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(paths) == 1
    assert [str(found) for found in (tmp_path / "built").iterdir()] == list(paths)


def test_a_compiler_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="false"):
        build(tmp_path / "built", compiler=["false"])
    assert list((tmp_path / "built").iterdir()) == []


def test_without_a_compiler_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(building.importlib.util, "find_spec", lambda _name: None)
    assert list(compilers()) == []
    assert main(["--folder", str(tmp_path)]) == 1
    assert "no C compiler found" in capsys.readouterr().err


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "step.so"
    path.write_text("nothing of the kind")
    with pytest.raises(NoLibrary, match="cannot be loaded"):
        load_library(path)


def test_without_the_library_numpy_does_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = NoLibrary("it is not built")
    monkeypatch.setattr("stepviz.engine.training.stepper.find_library", lambda: missing)
    monkeypatch.setenv(VARIABLE, "auto")
    assert Trainer(BASE).stepper == "numpy"
    monkeypatch.setenv(VARIABLE, "compiled")
    with pytest.raises(InputError, match="it is not built"):
        Trainer(BASE)


def test_a_wrong_name_of_a_stepper_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "fast")
    with pytest.raises(InputError, match="one of auto, compiled, numpy"):
        chosen_stepper()
    with pytest.raises(InputError, match="stepper"):
        choose_stepper("fast")
    assert os.environ[VARIABLE] == "fast"


def test_a_build_that_the_processor_does_not_have_is_refused(library: Library) -> None:
    with pytest.raises(NoLibrary, match="cannot run"):
        load_library(library.path, "v9")


def test_the_builder_needs_nothing_but_python() -> None:
    program = f"""
import importlib.util, sys
spec = importlib.util.spec_from_file_location("kernel_build", {str(building.__file__)!r})
module = sys.modules["kernel_build"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.Target.here().file)
assert not {{"numpy", "stepviz", "msgspec"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == Target.here().file
