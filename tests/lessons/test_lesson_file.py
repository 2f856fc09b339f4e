"""Lessons from files: what is read, and that nothing else can come of any file."""

from __future__ import annotations

import os
import random
import zlib
from pathlib import Path

import pytest
from PIL import Image

from stepviz.engine.common.errors import InputError
from stepviz.lessons.lesson_file import load_card, load_lesson
from stepviz.lessons.library import find_lesson, shipped_lessons
from stepviz.lessons.scene_run import Starts, run_scene
from stepviz.probes.surface_options import SurfaceOptions
from tests.lessons.texts import FRONT, scene, written

FULL = """experiment:
  layers.*.activation.name: relu
  learning_rate: 1e-3
start: keep
steps: 20
speed: 50
panels: [loss, loss_surface]
highlight: [loss]
options:
  loss_surface: {span: 0.5}
question:
  ask: What?
  choices:
    - {text: This, when: loss > 1}
    - {text: That, when: loss <= 1}
claims:
  - {text: It falls., holds: loss < loss at 0, theorem: true}
go_on: loss < 0.1"""


def test_a_lesson_is_read(tmp_path: Path) -> None:
    text = "One $h_1$.\n\n## Two\n\n```python\ncode\n```\n\n---\n\nSo it is.\n\n## Notes\n\nFor me."
    lesson = load_lesson(written(tmp_path, scene(title="First"), scene(FULL, "Second", text)))
    card = lesson.card
    assert (lesson.name, lesson.title, card.summary, card.minutes) == ("mine", "A lesson", "It is short.", 1.0)
    assert card.folder == tmp_path / "mine"
    assert load_card(tmp_path / "mine") == card
    first, second = lesson.scenes
    assert (first.title, first.text, first.notes, first.steps) == ("First", "Some text.", "", 0)
    assert (first.start, first.goes_on, first.claims, first.question) == ("fresh", "key", (), None)
    assert [layer.activation.name for layer in first.experiment.layers] == ["tanh"]
    assert second.text == "One $h_1$.\n\n## Two\n\n```python\ncode\n```"
    assert (second.explanation, second.notes) == ("So it is.", "For me.")
    assert (second.start, second.steps, second.speed, second.line) == ("keep", 20, 50.0, 21)
    assert (second.panels, second.highlight) == (("loss", "loss_surface"), ("loss",))
    assert second.options == {"loss_surface": SurfaceOptions(span=0.5)}
    assert second.experiment.layers[0].activation.name == "relu"
    assert (second.experiment.learning_rate, second.experiment.data.samples) == (1e-3, 40)
    assert second.question is not None
    assert [choice.text for choice in second.question.choices] == ["This", "That"]
    assert second.claims[0].theorem
    assert len(second.conditions()) == 4


def test_the_file_itself_and_windows_line_ends_do_too(tmp_path: Path) -> None:
    folder = written(tmp_path, scene(FULL.replace("start: keep\n", "")))
    file = folder / "lesson.md"
    before = load_lesson(folder)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert load_lesson(file) == before


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("stepz: 3", "line 15: stepz: found an unknown field, expected a known one, perhaps steps"),
        ("steps: -3", "line 15: steps: found -3, expected a whole number >= 0"),
        ("steps: many", "line 15: steps: found many"),
        ("steps: 1000000", "steps: found 1000000"),
        ("steps: 5\nsteps: 6", "line 16: steps: found the same field twice"),
        ("steps: [", "found expected the node content"),
        ("a: &x 1\nb: *x", "found an anchor or an alias"),
        ("experiment: !!python/object:os.system {}", "found the tag tag:yaml.org,2002:python/object:os.system"),
        ("[" * 30, "found nesting too deep"),
        ("? [a]\n: b", "found a key that is no word"),
        ("experiment:\n  learning_rate: 0.1\n  layer.0: 3", "line 17: experiment.layer.0: found the field 'layer'"),
        ("experiment:\n  layers.*.activation.name: stp", "line 16: experiment.layers[0].activation.name: found stp"),
        ("experiment:\n  learning_rate: fast", "line 16: experiment.learning_rate: found fast"),
        ("experiment: {data.samples: 30000}", "found 30,000 examples, expected at most 20,000 in a lesson"),
        ("experiment: {layers.0.width: 4096, data.name: digits}", "found 307,210 parameters, expected at most 200,000"),
        ("experiment: {layers.0.width: 2000, data.name: digits}\nsteps: 100000", "expected at most 2e+10 in a scene"),
        (
            "experiment: {layers.0.width: 2000}\nsteps: 40\nclaims:\n  - {text: It., holds: flat_share > 0 always}",
            "multiplications, expected at most 2e+10 in a scene",
        ),
        ("experiment: {data.path: /etc/passwd}", "found /etc/passwd, expected the name of a CSV"),
        ("experiment: {data.name: csv, data.path: ../secret.csv}", "found ../secret.csv, expected the name of a CSV"),
        ("experiment: {data.name: csv, data.path: /etc/passwd}", "found /etc/passwd, expected the name of a CSV"),
        ("experiment: {data.name: csv, data.path: link.csv}", "found link.csv, expected the name of a CSV"),
        ("start: keep", "line 15: start: found keep in the first scene, expected fresh"),
        ("panels: [loss]\nhighlight: [response]", "line 16: highlight: found response"),
        ("panels: [../x]", "panels[0]: found ../x"),
        ("panels: [loss_surfce]", "panels: found loss_surfce, expected one of response, "),
        ("panels: [loss, loss_surfce]", "(the nearest is loss_surface)"),
        ("highlight: [flow]", "highlight: found flow, expected one of response, "),
        ("options: {loss_surfce: {span: 1}}", "(the nearest is loss_surface)"),
        ("options: {loss: {span: 1}}", "options.loss: found loss, expected one of response, loss_surface"),
        ("options: {loss_surface: {spam: 1}}", "loss_surface.spam: found an unknown field, expected a known one"),
        ("claims:\n  - text: Yes\n    holds: lss < 1", "line 17: claims[0].holds, column 1: found lss"),
        ("claims:\n  - text: Yes\n    holds: loss < 1 within 5 steps", "found step 5, expected a step of this scene"),
        ("claims:\n  - holds: loss < 1", "claims[0]: "),
        ("question: {ask: What, choices: []}", "question.choices: found []"),
        ("go_on: soon", "go_on, column 1: found soon, expected"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_block_is_said_with_file_line_and_field(tmp_path: Path, block: str, said: str) -> None:
    folder = written(tmp_path, scene(block))
    (tmp_path / "secret.csv").write_text("x,y\n1,2\n3,4\n")
    os.symlink(tmp_path / "secret.csv", folder / "link.csv")
    with pytest.raises(InputError) as raised:
        load_lesson(folder)
    assert said in str(raised.value)
    assert str(raised.value).startswith("mine/lesson.md")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "found '', expected --- on the first line"),
        ("---\ntitle: x\n", "found the end of the file, expected a line --- that ends it"),
        ("---\ntitle: x\n---\n# S\n", "missing required field"),
        (FRONT, "scenes: found 0"),
        (FRONT + "Hello\n\n# S\n", "line 11: text: found Hello, expected a line «# Title of the first scene»"),
        (FRONT + "# S\n" * 41, "scenes: found 41"),
        (FRONT + "# S\n\n<script>alert(1)</script>\n", "line 13: text: found <script>"),
        (FRONT + "# S\n\nA <b>word</b>.\n", "found <b>, expected Markdown without HTML"),
        (FRONT + "# S\n\n![x](../x.png)\n", "picture: found ../x.png"),
        (FRONT + "# S\n\n![x](http://h/x.png)\n", "picture: found http://h/x.png"),
        (FRONT + "# S\n\nIt is $h = 1.\n", "text: found It is $h = 1., expected a formula between two $"),
        (FRONT + "# S\n\n![x](none.png)\n", "found none.png, expected the name of a PNG or JPEG"),
        (FRONT + "# S\n\n[x](file:///etc/passwd)\n", "found a link to file:///etc/passwd"),
        (FRONT + "# S\n\n[x][1]\n\n[1]: javascript:alert(1)\n", "found a link to javascript:alert(1)"),
        (FRONT + "# S\n\n![x](file:///etc/x.png)\n", "picture: found file:///etc/x.png"),
        (FRONT + "# S\n\n" + "word " * 1000, "text: found 4,999 characters"),
        (FRONT + scene() + "```yaml scene\nsteps: 1\n```\n", "found a second block"),
        (FRONT.replace("minutes: 1", "minutes: 1\nformat: 2") + "# S\n", "line 5: format: found 2, expected 1"),
        (FRONT.replace("minutes: 1", "minutes: 1\npicture: lesson.md") + "# S\n", "picture: found lesson.md"),
        (FRONT.replace("minutes: 1", "minutes: 1\npicture_of: {scene: 1, shows: me}") + "# S\n", "shows: found me"),
        (FRONT.replace("minutes: 1", "minutes: 1\npicture_of: {scene: 2, shows: loss}") + "# S\n", "expected 1 to 1"),
        (FRONT + "# S\n" + "x" * 70_000, "expected a lesson of at most 64 KB"),
        (FRONT + "# S\n\0", "NUL"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_text_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "lesson.md").write_text(text)
    with pytest.raises(InputError) as raised:
        load_lesson(tmp_path)
    assert said in str(raised.value)


def png(width: int, height: int) -> bytes:
    """Return the head of a picture: of so many pixels, in a hundred bytes."""
    head = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0"
    end = b"\0\0\0\0IEND\xaeB`\x82"
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + zlib.crc32(head).to_bytes(4) + b"\0\0\0\0IDAT5\xaf\x06\x1e" + end


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (png(5000, 5000), "found a.png of 5,000 × 5,000 pixels, expected at most 16 million pixels"),
        (png(2**31 - 1, 2**31 - 1), "expected at most 16 million pixels"),
        (b"GIF89a" + b"\0" * 50, "found a.png, which is none, expected a PNG or JPEG"),
        (b"<svg/>", "found a.png, which is none"),
        (png(10, 10)[:20], "found a.png, which is none"),
        (b"", "found a.png, which is none"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    folder = written(tmp_path, scene(text="![x](a.png)"))
    (folder / "a.png").write_bytes(content)
    with pytest.raises(InputError) as raised:
        load_lesson(folder)
    assert str(raised.value).startswith("mine/lesson.md, line 18: picture: ")
    assert said in str(raised.value)


def test_a_picture_outside_the_folder_is_none_even_by_a_link(tmp_path: Path) -> None:
    folder = written(tmp_path, scene(text="![x](a.png)"))
    (tmp_path / "b.png").write_bytes(png(10, 10))
    os.symlink(tmp_path / "b.png", folder / "a.png")
    with pytest.raises(InputError, match=r"found a\.png, expected the name of a PNG or JPEG in"):
        load_lesson(folder)
    (folder / "a.png").unlink()
    (folder / "a.png").write_bytes(png(10, 10))
    assert load_lesson(folder).scenes[0].text == "![x](a.png)"


def test_a_lesson_in_the_present_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path, scene()))
    assert load_lesson(".").name == load_lesson("lesson.md").name == "mine"


def test_a_card_needs_no_scenes(tmp_path: Path) -> None:
    folder = written(tmp_path, scene("nonsense: 1"))
    assert load_card(folder).title == "A lesson"
    with pytest.raises(InputError, match="missing required field"):
        load_card(written(tmp_path, front="---\ntitle: x\n---\n"))


def test_many_long_scenes_are_too_much(tmp_path: Path) -> None:
    long = scene("steps: 90000\nexperiment: {layers: [" + "{width: 4}, " * 4 + "]}")
    assert len(load_lesson(written(tmp_path, *[long] * 8)).scenes) == 8
    with pytest.raises(InputError, match="11 that take too long, expected fewer, or shorter ones"):
        load_lesson(written(tmp_path, *[long] * 12))


def test_what_is_no_lesson_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file, expected a folder with a lesson\.md"):
        load_lesson(tmp_path)
    with pytest.raises(InputError, match="no-such, expected a lesson's folder, or one of 01-"):
        find_lesson("no-such")
    assert find_lesson("1") == find_lesson("01") == find_lesson("why-not-a-step") == shipped_lessons()[0]


def test_a_table_in_the_folder_is_data(tmp_path: Path) -> None:
    folder = written(
        tmp_path, scene("experiment: {data.name: csv, data.path: mine.csv, loss: squared-error}\nsteps: 3")
    )
    (folder / "mine.csv").write_text("x,y\n" + "\n".join(f"{n},{n * 0.5}" for n in range(30)))
    lesson = load_lesson(folder)
    record, trainer, _ = run_scene(lesson.scenes[0], Starts(lesson).of(0))
    assert record.over
    assert len(trainer.dataset.inputs) == 30


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("experiment: {data.name: csv, data.path: mine.csv}", "mine.csv, line 3: column 'x': found the text 'two'"),
        ("experiment: {data.name: csv, data.path: mine.csv, data.target: z}", "mine.csv: data.target: found"),
        ("experiment: {data.name: sine, loss: softmax-cross-entropy}", "experiment.loss: found softmax-cross-entropy"),
    ],
)
def test_what_does_not_go_together_is_said_before_the_lesson_is_shown(tmp_path: Path, block: str, said: str) -> None:
    folder = written(tmp_path, scene(), scene(block))
    (folder / "mine.csv").write_text("x,y\n1,2\ntwo,3\n4,5\n")
    with pytest.raises(InputError) as raised:
        load_lesson(folder)
    assert str(raised.value).startswith(f"mine/lesson.md, line 21: {said}")


def test_a_scene_on_other_columns_of_a_table_begins_afresh(tmp_path: Path) -> None:
    first = scene("experiment: {data.name: csv, data.path: mine.csv, data.inputs: [a], loss: squared-error}\nsteps: 3")
    for change, keeps in (("data.inputs: [b]", False), ("data.scaling: range", True), ("data.target: b", False)):
        folder = written(tmp_path, first, scene(f"start: keep\nexperiment: {{{change}}}"))
        (folder / "mine.csv").write_text("a,b,t\n" + "\n".join(f"{n},{n * n},{n * 0.5}" for n in range(30)))
        if keeps:
            assert load_lesson(folder).scenes[1].experiment.data.inputs == ("a",)
        else:
            with pytest.raises(InputError, match="keep after a scene of another shape"):
                load_lesson(folder)


def damaged(data: bytes, dice: random.Random) -> bytes:
    """Return the file cut, with bits flipped, a piece repeated, taken out, or put elsewhere."""
    kind, at, length = dice.randrange(5), dice.randrange(len(data)), dice.randrange(1, 60)
    piece = data[at : at + length]
    if kind == 0:
        return data[:at]
    if kind == 1:
        changed = bytearray(data)
        for _ in range(dice.randrange(1, 6)):
            changed[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        return bytes(changed)
    if kind == 2:
        return data[:at] + piece * dice.randrange(2, 200) + data[at:]
    if kind == 3:
        return data[:at] + data[at + length :]
    elsewhere = dice.randrange(len(data))
    return data[:elsewhere] + piece + data[elsewhere:]


def test_no_damage_makes_more_than_a_message(tmp_path: Path) -> None:
    dice = random.Random(7)
    sources = [folder / "lesson.md" for folder in shipped_lessons()]
    read, messages = 0, []
    for _ in range(150):
        data = damaged(dice.choice(sources).read_bytes(), dice)
        (tmp_path / "lesson.md").write_bytes(data)
        try:
            load_lesson(tmp_path)
            read += 1
        except InputError as error:
            messages.append(str(error))
    assert read > 10, "much damage is only to the prose"
    assert len(messages) > 10
    assert all("lesson.md" in message and "\n" not in message for message in messages)


@pytest.mark.parametrize(
    "text",
    [
        "---\n" + "a: " * 5000 + "\n---\n",
        "---\n" + "- " * 20000 + "\n---\n",
        "---\n" + "{" * 30000 + "\n---\n",
        "---\n" + "? " * 20000 + "\n---\n",
        FRONT + "# S\n" + "> " * 30000,
        FRONT + "# S\n" + "[" * 30000,
        FRONT + "# S\n" + "*a **a _a " * 6000,
        FRONT + "# S\n" + "![" * 30000,
        FRONT + "# S\n" + "`" * 15000 + " `" * 15000,
        FRONT + "# S\n" + "+ " * 30000,
        FRONT + "# S\n" + "<a " * 20000,
        FRONT + "# S\n" + "a\n" * 30000,
        FRONT + "# S\n" + "$" * 60000,
        FRONT + "# S\n```yaml scene\n" + "x: " + "9" * 50000 + "\n```\n",
        FRONT + "# S\n```yaml scene\nexperiment: {" + "a.b.c.d: 1, " * 1 + "layers" + ".*" * 20000 + ": 1}\n```\n",
        FRONT + "# S\n```yaml scene\nspeed: .inf\n```\n",
        FRONT + "# S\n```yaml scene\nspeed: 1e999\n```\n",
        FRONT + "# S\n```yaml scene\nexperiment: {learning_rate: 1e999}\n```\n",
        FRONT + "# S\n```yaml scene\nexperiment: {layers: [" + "{width: 4096}, " * 64 + "]}\n```\n",
    ],
)  # fmt: skip
def test_hostile_files_are_refused_in_no_time(tmp_path: Path, text: str) -> None:
    (tmp_path / "lesson.md").write_text(text)
    with pytest.raises(InputError):
        load_lesson(tmp_path)


def test_a_picture_that_was_made_is_found_and_one_that_was_not_is_no_error(tmp_path: Path) -> None:
    front = FRONT.replace("minutes: 1", "minutes: 1\npicture_of: {scene: 1, shows: loss}")
    folder = written(tmp_path, scene(), front=front)
    card = load_card(folder)
    assert (card.picture, card.picture_dark, card.picture_of) == ("", "", (0, "loss"))
    for name in ("picture.png", "picture-dark.png"):
        (folder / name).touch()
    assert (load_card(folder).picture, load_card(folder).picture_dark) == ("picture.png", "picture-dark.png")
    Image.new("RGB", (4, 2)).save(folder / "own.png")
    written(tmp_path, scene(), front=front.replace("minutes: 1", "minutes: 1\npicture: own.png"))
    assert (load_card(folder).picture, load_card(folder).picture_dark) == ("own.png", ""), "one's own comes first"
