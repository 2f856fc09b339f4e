#!/bin/sh
# Removes what the self-extracting archive installed. Settings and files of your own stay.
set -eu

program="$(cd "$(dirname "$0")" && pwd)"
prefix="$(cd "$program/../.." && pwd)"

tell_desktop() {
    if command -v update-mime-database >/dev/null; then update-mime-database "$prefix/share/mime" || true; fi
    if command -v update-desktop-database >/dev/null; then update-desktop-database "$prefix/share/applications" || true; fi
}

if [ "${1:-}" = --tell-desktop ]; then
    tell_desktop
    exit 0
fi
while read -r file; do
    rm -f "$prefix/share/$file"
done <"$program/desktop-files"
rm -f "$prefix/bin/stepviz"
tell_desktop
# What the desktop's tools made of ours alone, and the folders that have become empty.
[ -n "$(ls "$prefix/share/mime/packages" 2>/dev/null)" ] || rm -rf "$prefix/share/mime"
[ "$(ls "$prefix/share/applications" 2>/dev/null)" != mimeinfo.cache ] || rm -f "$prefix/share/applications/mimeinfo.cache"
while read -r file; do
    (cd "$prefix/share" && rmdir -p "$(dirname "$file")" 2>/dev/null) || true
done <"$program/desktop-files"
rm -rf "$program"
echo "stepviz is removed. Your settings stay in ${XDG_CONFIG_HOME:-$HOME/.config}/stepviz"
