"""Writing a file, or saying why it cannot be."""

from __future__ import annotations

from pathlib import Path

from stepviz.ui.widgets.save_or_report import write_or_say


def test_what_cannot_be_written_is_said_with_its_name(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "a file").touch()
    assert not write_or_say(tmp_path / "a file" / "run.npz", b"", said.append)
    assert len(said) == 1
    assert said[0].startswith(f"{tmp_path / 'a file' / 'run.npz'}: cannot be written (")
    assert write_or_say(tmp_path / "run.npz", b"numbers", said.append)
    assert (tmp_path / "run.npz").read_bytes() == b"numbers"
    assert len(said) == 1
