"""The launcher: what it finds missing, what it makes of its arguments, what it says when it cannot go on."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import private_folder
import pytest
import python_environment
import start
import system_libraries
import virtual_screen
from messages import SetupStopped, last_lines
from python_environment import CHECKOUT, RUN_LOCK, TEST_LOCK, PythonEnvironment


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="system packages are a matter of Linux")
class TestMissingPackages:
    def test_only_what_the_loader_does_not_find_is_missing(self) -> None:
        missing = system_libraries.missing_packages({}, lambda library: library != "libEGL.so.1")
        assert missing == ["libegl1"]

    def test_a_wayland_session_needs_two_libraries_more(self) -> None:
        without = system_libraries.missing_packages({}, lambda _: False)
        with_wayland = system_libraries.missing_packages({"WAYLAND_DISPLAY": "wayland-0"}, lambda _: False)
        assert set(with_wayland) - set(without) == {"libwayland-cursor0", "libwayland-egl1"}

    def test_the_loader_knows_a_library_that_is_there_from_one_that_is_not(self) -> None:
        assert system_libraries.loads("libc.so.6")
        assert not system_libraries.loads("libnothing-of-this-name.so.1")


class TestPrivatePackages:
    def test_an_upgrade_is_not_unpacked_beside_the_library_in_use(self) -> None:
        simulation = (
            "Inst libc6 [2.36-9] (2.36-10 Debian:12.1/stable [amd64])\n"
            "Inst libglvnd0 (1.6.0-1 Debian:12/stable [amd64])\n"
            "Inst libgl1 (1.6.0-1 Debian:12/stable [amd64]) []\n"
            "Conf libgl1 (1.6.0-1 Debian:12/stable [amd64])\n"
        )
        assert system_libraries.newly_installed(simulation) == ["libglvnd0", "libgl1"]

    def test_packages_unpacked_before_are_not_fetched_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shutil.which", lambda _: pytest.fail("looked for apt-get"))
        (tmp_path / system_libraries.UNPACKED).write_text("libgl1\nlibegl1\n")
        system_libraries.provide(["libegl1", "libgl1"], tmp_path)

    def test_without_apt_the_message_names_the_packages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shutil.which", lambda _: None)
        with pytest.raises(SetupStopped, match=r"install --no-install-recommends libegl1 libgl1"):
            system_libraries.provide(["libgl1", "libegl1"], tmp_path)

    def test_no_variables_are_set_where_nothing_was_unpacked(self, tmp_path: Path) -> None:
        assert private_folder.variables(tmp_path, {}) == {}

    def test_the_unpacked_libraries_come_before_the_callers_own_path(self, tmp_path: Path) -> None:
        libraries = tmp_path / "usr/lib/x86_64-linux-gnu"
        (libraries / "dri").mkdir(parents=True)
        (tmp_path / system_libraries.UNPACKED).write_text("libgl1\n")
        variables = private_folder.variables(tmp_path, {"LD_LIBRARY_PATH": "/own"})
        assert variables["LD_LIBRARY_PATH"] == f"{libraries}:/own"
        assert variables["LIBGL_DRIVERS_PATH"] == str(libraries / "dri")

    def test_a_variable_of_the_caller_is_kept(self, tmp_path: Path) -> None:
        (tmp_path / "usr/share/X11/xkb").mkdir(parents=True)
        (tmp_path / system_libraries.UNPACKED).write_text("xkb-data\n")
        assert "XKB_CONFIG_ROOT" not in private_folder.variables(tmp_path, {"XKB_CONFIG_ROOT": "/own"})


class TestArguments:
    @pytest.mark.parametrize(
        "arguments", [["train", "--steps", "5"], ["doctor"], ["--help"], ["--screenshot=a.png"], ["--quit-after", "3"]]
    )
    def test_what_ends_by_itself_runs_as_it_is_without_a_display(self, arguments: list[str]) -> None:
        assert start.ends_by_itself(arguments)

    @pytest.mark.parametrize("arguments", [[], ["--theme", "dark"], [str(CHECKOUT / "pyproject.toml")]])
    def test_what_opens_a_window_to_stay_becomes_pictures(self, arguments: list[str]) -> None:
        assert not start.ends_by_itself(arguments)

    def test_the_first_word_test_runs_the_tests_with_the_rest(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[list[str]] = []

        def run_tests(_: PythonEnvironment, arguments: list[str]) -> int:
            asked.append(arguments)
            return 3

        monkeypatch.setattr(start, "run_tests", run_tests)
        assert start.main(["test", "-k", "losses"]) == 3
        assert asked == [["-k", "losses"]]

    def test_a_set_up_that_stops_says_why_and_fails(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def stop(*_: object) -> int:
            raise SetupStopped("the disk is full")

        monkeypatch.setattr(start, "run_program", stop)
        assert start.main([]) == 1
        assert capsys.readouterr().err == "stepviz: the disk is full\n"


class TestPythonEnvironment:
    def test_it_is_ready_only_for_the_lock_file_it_was_filled_from(self, tmp_path: Path) -> None:
        lock = tmp_path / "requirements.lock"
        lock.write_text("numpy==2.4.6\n")
        environment = PythonEnvironment(tmp_path / "venv")
        environment.python.parent.mkdir(parents=True)
        environment.python.touch()
        assert not environment.is_ready(lock)
        (environment.folder / "requirements.lock.ready").write_text(python_environment._state(lock))
        assert environment.is_ready(lock)
        lock.write_text("numpy==2.4.7\n")
        assert not environment.is_ready(lock)

    def test_a_folder_of_other_files_is_never_cleared(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("years of work")
        with pytest.raises(SetupStopped, match="holds other files"):
            PythonEnvironment(tmp_path)._clear()
        assert (tmp_path / "thesis.tex").exists()

    def test_what_an_interruption_left_goes_and_unpacked_packages_stay(self, tmp_path: Path) -> None:
        for part in ("system/usr", "bin", "lib"):
            (tmp_path / part).mkdir(parents=True)
        (tmp_path / "pyvenv.cfg").touch()
        PythonEnvironment(tmp_path)._clear()
        assert [path.name for path in tmp_path.iterdir()] == ["system"]

    def test_a_full_disk_is_noticed_before_anything_is_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(python_environment, "NEEDED_BYTES", 10**18)
        with pytest.raises(SetupStopped, match="STEPVIZ_VENV"):
            PythonEnvironment(tmp_path / "new" / "venv").prepare(RUN_LOCK)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("output", "advice"),
        [
            ("OSError: [Errno 28] No space left on device", "the disk is full"),
            ("NewConnectionError: failed to establish\nERROR: No matching distribution found", "Is there a network"),
            ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "was not installed"),
            ("SSL: CERTIFICATE_VERIFY_FAILED in a Connection", "PIP_CERT"),
            ("Segmentation fault", "pip failed"),
        ],
    )
    def test_pips_output_becomes_advice(self, output: str, advice: str) -> None:
        explanation = python_environment.explanation([output])
        assert advice in explanation
        assert output.splitlines()[-1] in explanation


class TestScreen:
    def test_no_variable_means_no_display(self) -> None:
        assert virtual_screen.display_answers({}) is not sys.platform.startswith("linux")

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X servers are asked on Linux")
    def test_a_display_whose_server_is_gone_does_not_count(self) -> None:
        assert not virtual_screen.display_answers({"DISPLAY": ":987"})

    def test_without_a_server_the_reason_reaches_the_tests(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shutil.which", lambda _: None)
        with virtual_screen.virtual_screen(tmp_path, {}) as screen:
            assert screen == {"QT_QPA_PLATFORM": "offscreen", "STEPVIZ_NO_SCREEN": "Xvfb is not installed"}

    def test_a_server_that_ends_at_once_is_no_screen(self, tmp_path: Path) -> None:
        server = tmp_path / "usr/bin/Xvfb"
        server.parent.mkdir(parents=True)
        server.write_text("#!/bin/sh\nexit 1\n")
        server.chmod(0o755)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("shutil.which", lambda _: None)
            with virtual_screen.virtual_screen(tmp_path, {"PATH": "/usr/bin:/bin"}) as screen:
                assert screen["QT_QPA_PLATFORM"] == "offscreen"

    def test_an_unpacked_server_looks_for_the_keyboard_compiler_below_its_folder(self, tmp_path: Path) -> None:
        server = tmp_path / "Xvfb"
        server.write_bytes(b"ELF\0/usr/bin\0/usr/bin/env\0")
        virtual_screen._lead_to_private_keyboard_compiler(server)
        assert server.read_bytes() == b"ELF\0usr/bin\0\0/usr/bin/env\0"


def test_an_old_python_can_read_the_first_file() -> None:
    ast.parse((CHECKOUT / "packaging/launch.py").read_text(), feature_version=(3, 6))


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    folder = str(CHECKOUT / "packaging")
    program = f"import sys; sys.path.insert(0, {folder!r}); import launch, start"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True)


def test_the_end_of_an_output_is_what_is_shown() -> None:
    assert last_lines("a\n\nb\nc\n", 2) == "    b\n    c"


@pytest.mark.parametrize("lock", [RUN_LOCK, TEST_LOCK], ids=lambda lock: lock.name)
class TestLockFiles:
    def test_every_requirement_is_pinned_and_has_a_hash(self, lock: Path) -> None:
        requirements = lock.read_text().replace("\\\n", " ").splitlines()
        assert requirements
        for requirement in requirements:
            assert "==" in requirement.split()[0], requirement
            assert "--hash=sha256:" in requirement, requirement

    def test_no_host_and_no_option_stands_in_it(self, lock: Path) -> None:
        for line in lock.read_text().splitlines():
            assert "://" not in line
            assert not line.startswith(("-", "#"))


def test_both_locks_hold_the_same_versions() -> None:
    run = {line for line in RUN_LOCK.read_text().splitlines() if "==" in line}
    assert run <= {line for line in TEST_LOCK.read_text().splitlines() if "==" in line}


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_declared_dependency_is_locked_for_every_python(python: str) -> None:
    import tomllib

    from packaging.requirements import Requirement

    declared = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    extras = declared["optional-dependencies"]
    locked: dict[str, str] = {}
    for line in TEST_LOCK.read_text().splitlines():
        if "==" in line:
            requirement = Requirement(line.rstrip(" \\"))
            marker = requirement.marker
            if marker is None or marker.evaluate({"python_full_version": f"{python}.0", "python_version": python}):
                locked[requirement.name] = str(requirement.specifier).removeprefix("==")
    for text in [*declared["dependencies"], *extras["test"], *extras["check"]]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(locked[requirement.name.lower()]), text


@pytest.mark.parametrize(("cores", "processes"), [(1, 1), (2, 2), (64, start.MOST_PROCESSES)])
def test_tests_run_on_the_cores_that_there_are(monkeypatch: pytest.MonkeyPatch, cores: int, processes: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(cores)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert start.processes() == processes
