"""Every scene of the lessons from the sixth on as it is rendered; those before are beside, for a second process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.rendered.lessons import LESSONS, look_at_lesson


@pytest.mark.parametrize("folder", LESSONS[5:])
def test_every_scene_is_rendered_whole_and_its_claims_hold(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at_lesson(folder, tmp_path, monkeypatch)
