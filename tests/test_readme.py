"""README and CONTRIBUTING: links that lead somewhere, commands that exist; the guide's tables beside what it prints."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from stepviz.cli import main
from stepviz.guide.pages import anchor_of, links_of
from stepviz.shipped import resource

CHECKOUT = Path(__file__).parent.parent
README = CHECKOUT / "README.md"
# Two screens, with pictures.
MOST_LINES = 140

Row = dict[str, str]


@pytest.fixture(scope="module")
def studies() -> str:
    return resource("guide", "studies.md").read_text(encoding="utf-8")


def study(folder: Path, name: str, *options: str) -> list[Row]:
    assert main(["study", name, *options, "-o", str(folder)]) == 0
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_slopes_are_those_of_the_study(studies: str, tmp_path: Path) -> None:
    rows = study(tmp_path, "slope")

    def loss(data: str, method: str) -> float:
        return min(float(row["step_train_loss"]) for row in rows if (row["data"], row["method"]) == (data, method))

    def best(data: str) -> str:
        fixed = [row for row in rows if (row["data"], row["method"]) == (data, "fixed")]
        row = min(fixed, key=lambda row: float(row["step_train_loss"]))
        return f"{float(row['step_train_loss']):.3f} (a = {float(row['slope']):g})"

    methods = ("linear", "exponential", "straight-through")
    linear, exponential, straight = (loss("circle", method) for method in methods)
    assert (
        f"circle: best fixed slope {best('circle')}; annealed {linear:.3f} (linear), {exponential:.3f} (exponential); "
        f"straight-through {straight:.3f}."
    ) in studies
    for data in ("xor", "moons"):
        figures = "; ".join(f"{loss(data, method):.3f}" for method in methods)
        assert f"{data}: {best(data)}; {figures}" in studies


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_shares_born_dead_are_those_of_the_study(studies: str, tmp_path: Path) -> None:
    rows = study(tmp_path, "born-dead")
    for row in rows:
        share, low, high = (100 * float(row[name]) for name in ("share", "share_low", "share_high"))
        places = 1 if share > 1 else 3
        assert f"{row['width']}: {share:.{places}f} % ({low:.{places}f}–{high:.{places}f})" in studies
    one_point = ", ".join(f"{100 * float(row['one_point_share']):.2f}" for row in rows)
    formula = ", ".join(f"{100 * float(row['upper_bound']):.2f}" for row in rows)
    assert f"{one_point} %" in studies
    assert f"{formula} %" in studies


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_losses_of_the_sweep_are_those_of_the_study(studies: str, tmp_path: Path) -> None:
    options = ("--vary", "activation=step,sigmoid,relu", "--vary", "learning_rate=0.001,0.01,0.1")
    losses = [float(row["train_loss"]) for row in study(tmp_path, "sweep", *options)]
    step, sigmoid, relu = losses[:3], losses[3:6], losses[6:]
    assert f"step {step[0]:.2f}, {step[1]:.2f}, {step[2]:.2f}" in studies
    assert f"sigmoid {sigmoid[0]:.2f}, {sigmoid[1]:.3f}, {sigmoid[2]:.3f}" in studies
    assert f"ReLU {relu[0]:.3f}, {relu[1]:.3f}, {relu[2]:.3f}" in studies


def texts() -> dict[Path, str]:
    files = [
        README,
        CHECKOUT / "CONTRIBUTING.md",
        CHECKOUT / "packaging" / "README.md",
        *resource("guide").glob("*.md"),
    ]
    return {path: path.read_text(encoding="utf-8") for path in files if path.exists()}


def anchors(path: Path) -> set[str]:
    return {anchor_of(line.lstrip("# ")) for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"}


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading_of_it(path: Path) -> None:
    for link in links_of(texts()[path]):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_it_fits_two_screens_and_begins_with_the_two_commands() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert [line.split("#")[0].strip() for line in lines if line.startswith("    ")][:2] == [
        "python3 packaging/launch.py",
        "python3 packaging/launch.py test",
    ]


def test_every_path_that_contributors_are_sent_to_is_there() -> None:
    path = CHECKOUT / "CONTRIBUTING.md"
    if not path.exists():
        pytest.skip("no CONTRIBUTING.md in this checkout")
    named = re.findall(r"`((?:stepviz|tests|resources|packaging)/[\w./-]*)`", path.read_text(encoding="utf-8"))
    assert len(named) > 40
    for name in named:
        assert (CHECKOUT / name).exists(), name


def test_the_map_for_contributors_has_every_package() -> None:
    path = CHECKOUT / "CONTRIBUTING.md"
    if not path.exists():
        pytest.skip("no CONTRIBUTING.md in this checkout")
    text = path.read_text(encoding="utf-8")
    rooms = ["stepviz", "stepviz/engine", "stepviz/ui"]
    for folder in (each for room in rooms for each in (CHECKOUT / room).iterdir() if (each / "__init__.py").exists()):
        assert f"`{folder.relative_to(CHECKOUT).as_posix()}/`" in text, folder


def test_every_command_that_is_named_is_one() -> None:
    lines = [line.strip() for text in texts().values() for line in text.splitlines() if line.startswith("    stepviz ")]
    named = {line.split()[1] for line in lines if line.split()[1][0] not in "-#" and "." not in line.split()[1]}
    lessons = {folder.name.partition("-")[2] for folder in resource("lessons").iterdir()}
    assert {"train", "race", "study", "verify", "render", "table"} <= named
    for command in sorted(named - lessons):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0, command


def test_no_package_is_named_that_is_not_published() -> None:
    for text in texts().values():
        assert "pip install stepviz" not in text
        assert "stepviz[" not in text
