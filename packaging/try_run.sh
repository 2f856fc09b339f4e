#!/bin/bash
# Try the self-extracting archive in a fresh, minimal Debian, as an ordinary user whose home folder has spaces and letters of
# other scripts in its path: install, start, open a file of each kind, install again over it, remove. Pictures in build/tried.
#
#   sudo packaging/try_run.sh FOLDER [SUITE…]        (suites: bookworm and trixie, unless named)
set -euo pipefail

checkout="$(cd "$(dirname "$0")/.." && pwd)"
folder="${1:?the folder that gets the Debian systems}"
shift
. "$checkout/packaging/fresh_debian.sh"
archive="$(ls -t "$checkout"/dist/stepviz-*-linux-x86_64.run | head -n 1)"
pictures="$checkout/build/tried"
mkdir -p "$pictures"
home="/home/person/Übung mit Ω и 学"

step() { echo "== $suite: $* =="; }

fail() {
    echo "try_run.sh: $suite: $*" >&2
    exit 1
}

as_person() { # as_person COMMAND…: on a screen in memory
    enter "$name" person HOME="$home" bash -c 'cd && xvfb-run -a -s "-screen 0 1600x900x24" "$@"' person "$@"
}

try_suite() {
    suite="$1" name="$1-run"
    local root="$folder/$1-run" program="$home/.local/bin/stepviz"
    make_base "$suite" "$suite-minimal"
    copy_base "$suite-minimal" "$name"
    enter "$name" root apt-get -q update >"$pictures/$suite-apt.log" 2>&1

    step "without the libraries of a desktop it says what is missing"
    mkdir -p "$root$home"
    install -m 644 "$archive" "$root$home/stepviz.run"
    install -m 644 "$checkout/packaging/open_by_kind.sh" "$root$home/open_by_kind.sh"
    sample_files "$root$home"
    chroot "$root" chown -R person: /home/person
    enter "$name" person HOME="$home" bash -c 'cd && sh stepviz.run --nochown' >"$pictures/$suite-run.txt" 2>&1 && fail "it installed"
    grep "this system lacks" "$pictures/$suite-run.txt" || fail "$(cat "$pictures/$suite-run.txt")"
    [ ! -e "$root$home/.local" ] || [ -z "$(find "$root$home/.local" -type f)" ] || fail "it left files"

    enter "$name" root apt-get -q -y --no-install-recommends install libgl1 libegl1 libfontconfig1 libfreetype6 libdbus-1-3 \
        libx11-xcb1 libglib2.0-0 libgl1-mesa-dri xkb-data \
        xvfb xauth xdotool libglib2.0-bin shared-mime-info desktop-file-utils >"$pictures/$suite-apt.log" 2>&1

    step "install, without an administrator"
    enter "$name" person HOME="$home" bash -c 'cd && sh stepviz.run'
    as_person "$program" doctor | tee "$pictures/$suite-run-doctor.txt" | grep "installed as *self-extracting archive" ||
        fail "doctor does not say «self-extracting archive»"
    install -D -m 644 "$checkout/packaging/tried/settings-with-landscape.json" "$root$home/.config/stepviz/settings.json"
    chroot "$root" chown -R person: /home/person
    as_person "$program" --theme dark --size 1500x850 --screenshot window.png --quit-after 6
    cp "$root$home/window.png" "$pictures/$suite-run-window.png"

    step "open a file of each kind"
    as_person bash open_by_kind.sh || fail "a file was not opened by its kind"

    step "install again over it"
    enter "$name" person HOME="$home" bash -c 'cd && sh stepviz.run' >/dev/null
    as_person "$program" --quit-after 2
    grep -q '"theme": "dark"' "$root$home/.config/stepviz/settings.json" || fail "it forgot the theme"

    step "remove"
    enter "$name" person HOME="$home" sh -c '"$HOME/.local/lib/stepviz/uninstall"'
    left="$(find "$root$home" -iname '*stepviz*' -not -path "*/.config/*" -not -path "*/.local/state/*" \
        -not -name 'stepviz.run' -not -name 'my *.stepviz*')"
    [ -z "$left" ] || fail "left behind: $left"
    ! grep -rqs stepviz "$root$home/.local/share" || fail "still known to the desktop"
    echo "== $suite: all well =="
}

for suite in "${@:-bookworm}" $([ $# -gt 0 ] || echo trixie); do
    try_suite "$suite"
done
