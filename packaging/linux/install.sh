#!/bin/sh
# Installs stepviz below the home folder, without an administrator. Run by the self-extracting archive, from within it.
set -eu

prefix="${HOME:?}/.local"
case "${1:-}" in
"") ;;
--prefix) prefix="${2:?--prefix needs a folder}" ;;
*)
    echo "usage: stepviz-*.run [-- --prefix FOLDER]     (the folder is $prefix unless named)" >&2
    exit 2
    ;;
esac
mkdir -p "$prefix"
prefix="$(cd "$prefix" && pwd)"
program="$prefix/lib/stepviz"
here="$(dirname "$0")"

inside="$here/stepviz/_internal"
missing="$(LD_LIBRARY_PATH="$inside" ldd "$here/stepviz/stepviz" "$inside/PySide6/Qt/plugins/platforms/libqxcb.so" \
    "$inside/PySide6/QtWidgets.abi3.so" "$inside/PySide6/QtOpenGL.abi3.so" |
    awk '/=> not found/ {print $1}' | sort -u | tr '\n' ' ')"
if [ -n "$missing" ]; then
    echo "stepviz: this system lacks $missing" >&2
    echo "  Ask an administrator to run, on Debian or Ubuntu:" >&2
    echo "    apt-get install libgl1 libegl1 libfontconfig1 libfreetype6 libdbus-1-3 libx11-xcb1 libglib2.0-0 xkb-data" >&2
    exit 1
fi

# What was there is replaced only when all of the new is there.
mkdir -p "$prefix/lib" "$prefix/bin"
rm -rf "$program.new"
cp -R "$here/stepviz" "$program.new"
(cd "$here/share" && find . -type f) | sed 's|^\./||' >"$program.new/desktop-files"
cp "$here/uninstall.sh" "$program.new/uninstall"
chmod 755 "$program.new/uninstall"
if [ -e "$program" ]; then
    rm -rf "$program.old"
    mv "$program" "$program.old"
fi
mv "$program.new" "$program"
rm -rf "$program.old"
ln -sf ../lib/stepviz/stepviz "$prefix/bin/stepviz"
cp -R "$here/share" "$prefix/"
# A session's path does not always lead here.
sed -i "s|^Exec=stepviz |Exec=\"$prefix/bin/stepviz\" |" "$prefix/share/applications/stepviz.desktop"
"$program/uninstall" --tell-desktop

echo "stepviz is installed: it is in the menu under Education, and is started by"
echo "    $prefix/bin/stepviz"
echo "To remove it: $program/uninstall"
