#!/bin/bash
# Try the Debian package in a fresh, minimal Debian: install, start as an ordinary user, open a file of each kind,
# upgrade, purge. Leaves pictures of the window in build/tried.
#
#   sudo packaging/try_deb.sh FOLDER [SUITE…]        (suites: bookworm and trixie, unless named)
#
# FOLDER keeps the Debian systems. The package is the newest one in dist/.
set -euo pipefail

checkout="$(cd "$(dirname "$0")/.." && pwd)"
folder="${1:?the folder that gets the Debian systems}"
shift
. "$checkout/packaging/fresh_debian.sh"
package="$(ls -t "$checkout"/dist/stepviz_*_amd64.deb | head -n 1)"
version="$(dpkg-deb -f "$package" Version)"
pictures="$checkout/build/tried"
mkdir -p "$pictures" "$folder"

step() { echo "== $suite: $* =="; }

fail() {
    echo "try_deb.sh: $suite: $*" >&2
    exit 1
}

older_package() { # older_package FILE: the same program under a lower number
    local content="$folder/older"
    rm -rf "$content"
    dpkg-deb -R "$package" "$content"
    sed -i 's/^Version: .*/Version: 0.0.1/' "$content/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone --build "$content" "$1" >/dev/null
    rm -rf "$content"
}

install_package() { # install_package FILE
    cp "$1" "$folder/$name/root/stepviz.deb"
    enter "$name" root apt-get -q -y --no-install-recommends install /root/stepviz.deb >"$log" 2>&1 || fail "$(tail -n 20 "$log")"
    rm "$folder/$name/root/stepviz.deb"
}

as_person() { # as_person COMMAND…: on a screen in memory
    enter "$name" person bash -c 'cd && xvfb-run -a -s "-screen 0 1600x900x24" "$@"' person "$@"
}

try_suite() {
    suite="$1" name="$1-deb" log="$pictures/$1-apt.log"
    local person="$folder/$name/home/person"
    local settings="$person/.config/stepviz/settings.json"

    make_base "$suite" "$suite-minimal"
    copy_base "$suite-minimal" "$name"
    enter "$name" root apt-get -q update >"$log" 2>&1

    step "install the older version"
    install_package "$folder/older.deb"
    # What looks at the window and asks for kinds of files; the program itself needs none of these.
    enter "$name" root apt-get -q -y --no-install-recommends install \
        xvfb xauth xdotool libglib2.0-bin shared-mime-info desktop-file-utils >"$log" 2>&1

    step "start it as an ordinary user"
    as_person stepviz doctor | tee "$pictures/$suite-doctor.txt"
    grep -q "installed as *Debian package" "$pictures/$suite-doctor.txt" || fail "doctor does not say «Debian package»"
    grep -q "can be opened on the platform xcb" "$pictures/$suite-doctor.txt" || fail "no window can be opened"
    # With the landscape in three dimensions among the instruments.
    install -D -m 644 "$checkout/packaging/tried/settings-with-landscape.json" "$settings"
    chroot "$folder/$name" chown -R person: /home/person
    as_person stepviz --theme dark --size 1500x850 --screenshot window.png --quit-after 6
    cp "$person/window.png" "$pictures/$suite-window.png"
    grep -q '"theme": "dark"' "$settings" || fail "the settings were not kept"

    as_person stepviz verify 01-why-not-a-step --seeds 1 >"$pictures/$suite-verify.txt" || fail "a shipped lesson does not hold"

    step "open a file of each kind"
    install -m 644 "$checkout/packaging/open_by_kind.sh" "$person/open_by_kind.sh"
    sample_files "$person"
    chroot "$folder/$name" chown -R person: /home/person
    as_person bash open_by_kind.sh || fail "a file was not opened by its kind"

    step "upgrade to $version"
    cp "$settings" "$folder/settings-before.json"
    install_package "$package"
    cmp "$settings" "$folder/settings-before.json" || fail "the upgrade changed the settings"
    as_person stepviz --version | grep -Fx "stepviz $version" || fail "not version $version"
    as_person stepviz --size 1500x850 --screenshot window.png --quit-after 6
    cp "$person/window.png" "$pictures/$suite-upgraded.png"
    grep -q '"theme": "dark"' "$settings" || fail "the upgraded program forgot the theme"

    step "a home folder that may only be read"
    chmod -R a-w "$person"
    enter "$name" person xvfb-run -a -s "-screen 0 1600x900x24" stepviz --quit-after 3 2>"$pictures/$suite-readonly.txt" ||
        fail "$(cat "$pictures/$suite-readonly.txt")"
    chmod -R u+w "$person"

    step "purge"
    enter "$name" root apt-get -q -y purge stepviz >"$log" 2>&1
    left="$(find "$folder/$name" -xdev \( -path "$folder/$name/home" -o -path "$folder/$name/var/log" \) -prune -o -iname '*stepviz*' -print)"
    [ -z "$left" ] || fail "left behind: $left"
    ! grep -rqs stepviz "$folder/$name/usr/share/mime" "$folder/$name/usr/share/applications" || fail "still known to the desktop"
    echo "== $suite: all well =="
}

older_package "$folder/older.deb"
for suite in "${@:-bookworm}" $([ $# -gt 0 ] || echo trixie); do
    try_suite "$suite"
done
