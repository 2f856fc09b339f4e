"""Films read back by other programs: every frame, its colours, its time; and nothing left of one that was not made."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stepviz.engine.common.errors import InputError
from stepviz.export.film import film as film_module
from stepviz.export.film import mp4
from stepviz.export.film.film import Film, Pixels
from stepviz.export.film.open_film import open_film
from stepviz.export.film.palette import COLOURS, choose_palette
from stepviz.export.film.writer import FilmWriter, Report

WIDTH, HEIGHT, RATE = 160, 120, 20
needs_ffmpeg = pytest.mark.skipif(mp4.ffmpeg() is None, reason="no FFmpeg")


def frames(count: int = 6) -> list[Pixels]:
    made = []
    for number in range(count):
        frame = np.full((HEIGHT, WIDTH, 3), (14, 17, 22), dtype=np.uint8)
        frame[80:110, 10:150] = np.linspace(0, 255, 140)[:, None].astype(np.uint8)
        frame[10:40, 10 + 5 * number : 60 + 5 * number] = (86, 180, 233)
        # A small sign in a colour that nothing else has.
        frame[50:54, 4:8] = (240, 80, 150)
        made.append(frame)
    return made


def write(path: Path, made: list[Pixels]) -> Path:
    film = open_film(path, (WIDTH, HEIGHT), RATE)
    for frame in made:
        film.add(frame)
    film.finish(lambda _share: None)
    return path


def read_gif(path: Path) -> list[Pixels]:
    with Image.open(path) as image:
        found = []
        for number in range(image.n_frames):
            image.seek(number)
            assert image.info["duration"] == 1000 / RATE
            found.append(np.asarray(image.convert("RGB")))
    return found


def test_a_gif_has_every_frame_for_the_same_time_in_nearly_the_same_colours(tmp_path: Path) -> None:
    made = frames()
    # Frames in which nothing moves are frames too.
    made[3:3] = [made[2], made[2]]
    found = read_gif(write(tmp_path / "a.gif", made))
    assert len(found) == len(made)
    for before, after in zip(made, found, strict=True):
        assert np.abs(before.astype(int) - after).max() <= 4


def test_a_small_sign_keeps_its_colour_beside_ten_thousand_others(tmp_path: Path) -> None:
    noisy = frames(2)
    generator = np.random.default_rng(0)
    for frame in noisy:
        frame[60:120] = generator.integers(0, 140, (60, WIDTH, 3))
    palette = choose_palette(noisy)
    assert palette.shape == (COLOURS, 3)
    for colour in ((240, 80, 150), (86, 180, 233), (14, 17, 22)):
        assert (palette == colour).all(axis=1).any()


def test_a_gif_repeats_and_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.gif", frames()), write(tmp_path / "b.gif", frames())
    assert first.read_bytes() == second.read_bytes()
    with Image.open(first) as image:
        assert image.info["loop"] == 0


@needs_ffmpeg
def test_an_mp4_has_every_frame_in_nearly_the_same_colours(tmp_path: Path) -> None:
    made = frames()
    program = mp4.ffmpeg()
    assert program is not None
    command = [program, "-i", str(write(tmp_path / "a.mp4", made)), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    read = subprocess.run(command, capture_output=True, check=True)
    assert "160x120" in read.stderr.decode()
    assert "20 fps" in read.stderr.decode()
    found = np.frombuffer(read.stdout, dtype=np.uint8).reshape(-1, HEIGHT, WIDTH, 3)
    assert len(found) == len(made)
    for before, after in zip(made, found, strict=True):
        assert np.abs(before.astype(int) - after).mean() < 4


@pytest.mark.parametrize("suffix", [".gif", pytest.param(".mp4", marks=needs_ffmpeg)])
def test_a_film_replaces_an_older_one_only_when_it_is_whole(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"older")
    film = open_film(path, (WIDTH, HEIGHT), RATE)
    film.add(frames()[0])
    assert path.read_bytes() == b"older"
    film.abandon()
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [(path.name, b"older")]
    write(path, frames())
    assert len(path.read_bytes()) > 500
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".gif", pytest.param(".mp4", marks=needs_ffmpeg)])
def test_a_folder_that_is_none_is_said_before_the_first_frame(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        open_film(tmp_path / "file" / f"a{suffix}", (WIDTH, HEIGHT), RATE)


def test_other_kinds_and_an_mp4_without_ffmpeg_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"found a\.avi, expected one that ends in \.gif or \.mp4"):
        open_film(tmp_path / "a.avi", (WIDTH, HEIGHT), RATE)
    monkeypatch.setattr(mp4, "ffmpeg", lambda: None)
    with pytest.raises(InputError, match=r"pip install imageio-ffmpeg"):
        open_film(tmp_path / "a.mp4", (WIDTH, HEIGHT), RATE)
    assert list(tmp_path.iterdir()) == []


# The thread


def reports_of(film: Film, made: list[Pixels], *, cancel: bool = False) -> list[Report]:
    reports: list[Report] = []
    writer = FilmWriter(film, reports.append)
    for frame in made:
        writer.add(frame)
    (writer.cancel if cancel else writer.finish)()
    writer.wait()
    return reports


def test_the_writer_tells_each_frame_and_the_end(tmp_path: Path) -> None:
    reports = reports_of(open_film(tmp_path / "a.gif", (WIDTH, HEIGHT), RATE), frames(4))
    assert [report.written for report in reports if not report.share][:4] == [1, 2, 3, 4]
    assert reports[-1] == Report(ended=True, made=True)
    assert len(read_gif(tmp_path / "a.gif")) == 4


def test_a_cancelled_film_leaves_nothing(tmp_path: Path) -> None:
    reports = reports_of(open_film(tmp_path / "a.gif", (WIDTH, HEIGHT), RATE), frames(4), cancel=True)
    assert reports[-1] == Report(ended=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
@pytest.mark.parametrize("suffix", [".gif", pytest.param(".mp4", marks=needs_ffmpeg)])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    import resource

    generator = np.random.default_rng(0)
    noise = [generator.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(20)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel refuses what goes beyond it, as a full disk does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        reports = reports_of(open_film(tmp_path / f"a{suffix}", (WIDTH, HEIGHT), RATE), noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not reports[-1].made
    assert "too large" in reports[-1].error or "FFmpeg" in reports[-1].error
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == 1


def test_what_is_packed_comes_apart_again() -> None:
    assert film_module.packed(np.array([[[1, 2, 3]]], dtype=np.uint8))[0, 0] == 0x010203
