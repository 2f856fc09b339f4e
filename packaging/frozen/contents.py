"""What a frozen program holds, for Linux and macOS alike, and what is left out of it."""

from __future__ import annotations

from fnmatch import fnmatch

# What these read besides modules goes in as well: fonts, tables of signs, resources.
WITH_DATA = ["latex2mathml", "stepviz", "ziafont", "ziamath"]
# Nothing of these is used; what PyInstaller brings with them is large.
EXCLUDED_MODULES = [
    # Films need Pillow's core and its GIF; the rest of it is as large as that again.
    "PIL._avif", "PIL._imagingcms", "PIL._imagingft", "PIL._imagingmath", "PIL._imagingmorph", "PIL._imagingtk",
    "PIL._webp",
    "IPython", "OpenGL.GLUT", "OpenGL.Tk", "PySide6.QtNetwork", "PySide6.QtQml", "PySide6.QtQuick", "_curses",
    "_hashlib", "_ssl", "_tkinter", "yaml._yaml",
    "curses", "doctest", "ensurepip", "lib2to3", "matplotlib", "numpy.distutils", "numpy.f2py", "numpy.testing", "pip",
    "pkg_resources", "pyqtgraph.examples", "pyqtgraph.jupyter", "pytest", "readline", "scipy", "setuptools", "ssl",
    "tkinter",
]  # fmt: skip
UNUSED_OF_QT = [
    "PySide6/Qt/translations/*", "PySide6/QtNetwork*", "*libQt6Network.so*",
    "PySide6/Qt/plugins/egldeviceintegrations/*", "*libQt6EglF*", "*libQt6WlShell*", "PySide6/Qt/plugins/generic/*",
    "PySide6/Qt/plugins/networkinformation/*", "PySide6/Qt/plugins/tls/*",
    "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
    "PySide6/Qt/plugins/platforms/libqeglfs.so",
    "PySide6/Qt/plugins/platforms/libqlinuxfb.so", "PySide6/Qt/plugins/platforms/libqminimal*",
    "PySide6/Qt/plugins/platforms/libqvkkhrdisplay.so", "PySide6/Qt/plugins/platforms/libqvnc.so",
    "PySide6/Qt/plugins/imageformats/libq[gtw]*", "PySide6/Qt/plugins/imageformats/libqic*",
]  # fmt: skip
# The graphics driver of the machine loads these too, and needs its own, newer ones: with a second libstdc++ it aborts.
OF_THE_SYSTEM = [
    "libstdc++.so*", "libgcc_s.so*", "libX11*", "libxcb.so*", "libXau*", "libXdmcp*", "libXext*", "libXrender*",
    "libdrm*",
    "libglib-2*", "libgio-2*", "libgobject-2*", "libgmodule-2*", "libgthread-2*", "libfontconfig*", "libfreetype*",
    "libdbus-1*", "libexpat*", "libgdk*", "libgtk*", "libpango*", "libcairo*", "libatk*", "libharfbuzz*", "libpixman*",
    "libthai*", "libdatrie*", "libfribidi*", "libgraphite2*", "libjpeg.so*", "libkrb5*", "libgssapi*", "libk5crypto*",
    "libcom_err*", "libkeyutils*", "libsystemd*", "libgcrypt*", "libgpg-error*", "liblz4*", "libcap.so*", "libmount*",
    "libblkid*", "libselinux*", "libpcre2*", "libpng16*", "libbrotli*", "libmd.so*", "libbsd.so*", "libzstd*",
    "libtinfo*", "libreadline*", "libwayland-*", "libEGL*", "libGL*",
]  # fmt: skip
UNUSED_DATA = [
    "*/tests/*", "*/examples/*", "*.pyi", "*.pxd", "*/include/*", "numpy/*/lib/*", "pyqtgraph/icons/peegee/*",
]  # fmt: skip

Entry = tuple[str, str, str]


def kept(entries: list[Entry]) -> list[Entry]:
    """Return the entries of PyInstaller's table (name in the program, source, kind) that the program needs."""
    dropped = [*UNUSED_OF_QT, *OF_THE_SYSTEM, *UNUSED_DATA]
    return [entry for entry in entries if not any(fnmatch(entry[0], pattern) for pattern in dropped)]
