from pathlib import Path

from stepviz import versions


def test_an_installer_says_its_kind(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "installed-as.txt").write_text("Debian package\n")
    monkeypatch.setattr(versions, "files", lambda _: tmp_path)
    assert versions.installation().startswith("Debian package, /")


def test_a_checkout_is_known_by_its_project_file(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(versions, "files", lambda _: tmp_path / "stepviz")
    assert versions.installation() == f"checkout in {tmp_path}"


def test_a_package_elsewhere_is_an_installed_one(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(versions, "files", lambda _: tmp_path / "stepviz")
    assert versions.installation().startswith("package in ")
