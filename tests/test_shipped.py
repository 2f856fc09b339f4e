import pytest

from stepviz import shipped


def test_resources_inside_the_package_come_before_those_of_a_checkout(tmp_path, monkeypatch):
    package = tmp_path / "stepviz"
    beside, inside = tmp_path / "resources" / "lesson.txt", package / "resources" / "lesson.txt"
    package.mkdir()
    monkeypatch.setattr(shipped, "files", lambda _: package)
    for file in (beside, inside):
        file.parent.mkdir()
        file.touch()
        assert shipped.resource("lesson.txt") == file


def test_a_resource_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match="datasets/nothing"):
        shipped.resource("datasets", "nothing")
