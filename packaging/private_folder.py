"""Environment variables with which programs find libraries and data that were unpacked into a private folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from system_libraries import unpacked

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{private}/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def variables(private: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables to set; none where nothing was unpacked."""
    if not unpacked(private):
        return {}
    libraries = [*private.glob("usr/lib/*-linux-gnu*"), *private.glob("lib/*-linux-gnu*")]
    before = [environment["LD_LIBRARY_PATH"]] if environment.get("LD_LIBRARY_PATH") else []
    found = {"LD_LIBRARY_PATH": ":".join([*map(str, libraries), *before])}
    for name, inside in (
        ("LIBGL_DRIVERS_PATH", "usr/lib/*/dri"),
        ("__EGL_VENDOR_LIBRARY_DIRS", "usr/share/glvnd/egl_vendor.d"),
        ("XKB_CONFIG_ROOT", "usr/share/X11/xkb"),
        ("XLOCALEDIR", "usr/share/X11/locale"),
    ):
        place = next(private.glob(inside), None)
        if place and name not in environment:
            found[name] = str(place)
    if not Path("/etc/fonts/fonts.conf").exists():
        found["FONTCONFIG_FILE"] = str(_fonts_configuration(private))
    return found


def certificates(private: Path) -> Path | None:
    """Return a bundle of the unpacked certificates where the system has none of its own."""
    files = sorted(private.glob("usr/share/ca-certificates/**/*.crt"))
    if CERTIFICATES.exists() or not files:
        return None
    bundle = private / "certificates.pem"
    bundle.write_text("\n".join(file.read_text() for file in files))
    return bundle


def _fonts_configuration(private: Path) -> Path:
    path = private / "fonts.conf"
    text = FONTS.format(private=private)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return path
