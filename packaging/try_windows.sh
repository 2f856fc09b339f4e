#!/bin/bash
# Try the Windows setup under Wine in a fresh Debian trixie (Wine 10; the Wine 8 of bookworm is too old): install silently,
# start, open a file of each kind, install again over it, remove silently. Pictures in build/tried.
#
#   sudo packaging/try_windows.sh FOLDER
set -euo pipefail

checkout="$(cd "$(dirname "$0")/.." && pwd)"
folder="${1:?the folder that gets the Debian systems}"
. "$checkout/packaging/fresh_debian.sh"
setup="$(ls -t "$checkout"/dist/stepviz-*-windows-x86_64-setup.exe | head -n 1)"
pictures="$checkout/build/tried"
mkdir -p "$pictures"
name=trixie-wine person="$folder/trixie-wine/home/person"

make_base trixie trixie-minimal
if [ ! -e "$folder/$name/.complete" ]; then
    copy_base trixie-minimal "$name"
    enter "$name" root bash -c 'apt-get -q update && apt-get -q -y --no-install-recommends install \
        wine wine64 xvfb xauth xdotool libgl1 libegl1 libgl1-mesa-dri fonts-dejavu-core' >"$pictures/wine-apt.log" 2>&1
    touch "$folder/$name/.complete"
fi
rm -rf "$person/wine" "$person"/*.png
install -m 644 "$setup" "$person/setup.exe"
install -m 644 "$checkout/packaging/tried/settings-with-landscape.json" "$person/settings.json"
sample_files "$person"
cat >"$person/try.sh" <<'INSIDE'
set -euo pipefail
export WINEPREFIX="$HOME/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml="
program="$WINEPREFIX/drive_c/users/person/AppData/Local/Programs/stepviz"
settings="$WINEPREFIX/drive_c/users/person/AppData/Local/stepviz/settings.json"
cd
stop() {
    echo "$*"
    exit 1
}
step() { echo "== $(wine --version): $* =="; }
known() { wine reg query "HKCU\\Software\\Classes\\$1" >/dev/null 2>&1; }
stepviz() { wine "$program/python/python.exe" -m stepviz "$@"; }

wineboot -i >/dev/null 2>&1
step "install silently"
wine setup.exe /S
for kind in .stepviz .stepviz-session .stepviz-lesson .stepviz-class .stepviz-run; do known "$kind" || stop "$kind is not known"; done
[ -e "$WINEPREFIX/drive_c/users/person/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/stepviz.lnk" ] || stop "no menu entry"
step "start it"
stepviz doctor | tee doctor.txt
grep -q "installed as *Windows setup" doctor.txt || stop "doctor does not say «Windows setup»"
stepviz train --steps 100
mkdir -p "${settings%/*}"
cp settings.json "$settings"
stepviz --theme dark --size 1500x850 --screenshot 'Z:\home\person\window.png' --quit-after 20
[ -s window.png ] || stop "no picture"
is_open() { wine tasklist | grep -i '^python' >/dev/null; }
close_it() {
    wine taskkill /im pythonw.exe >/dev/null
    for attempt in $(seq 60); do
        is_open || return 0
        sleep 0.5
    done
    stop "it does not close: $(wine tasklist | grep -i '^python')"
}
open_kind() { # open_kind KIND
    local file command window
    file="my $1.stepviz$([ "$1" = experiment ] || echo "-$1")"
    # Wine does not look for kinds of files among those of one person, as Windows does: what is registered there is run.
    command="$(wine reg query "HKCU\\Software\\Classes\\stepviz.$1\\shell\\open\\command" /ve | tr -d '\r' | sed -n 's/.*REG_SZ *//p')"
    echo "$command"
    printf 'start "" %s\r\n' "${command/\%1/Z:\\home\\person\\$file}" >open.cmd
    wine cmd /c open.cmd
    for attempt in $(seq 200); do
        window="$(xdotool search --onlyvisible --name ' stepviz$' 2>/dev/null | head -n 1)" || true
        [ -n "$window" ] && break
        sleep 0.3
    done
    [ -n "$window" ] || stop "no window shows $file"
    echo "opened: $file as «$(xdotool getwindowname "$window")»"
}
check_opened() { # check_opened SEED: what a closed window remembers tells whether it had opened the file
    grep -Eq "seed[^0-9,]*$1" "$settings" || stop "the file with the seed $1 was not opened"
}
step "open a file of each kind"
open_kind session
close_it
check_opened 7002
open_kind lesson
close_it
check_opened 7003
open_kind experiment
code=0
wine setup.exe /S || code=$?
[ "$code" = 3 ] || stop "installed over the open program (code $code)"
close_it
check_opened 7001
step "install again over it"
wine setup.exe /S
stepviz --quit-after 3
grep -q '"theme": "dark"' "$settings" || stop "it forgot the theme"
step "remove silently"
wine "$program/uninstall.exe" /S
for attempt in $(seq 300); do
    [ -e "$program" ] || break
    sleep 0.3
done
[ ! -e "$program" ] || stop "left behind: $(find "$program" | head)"
for kind in .stepviz{,-session,-lesson} stepviz.{experiment,session,lesson}; do ! known "$kind" || stop "$kind is still known"; done
step "all well"
wineserver -k || true
INSIDE
enter "$name" person bash -c 'cd && xvfb-run -a -s "-screen 0 1600x900x24" bash try.sh'
cp "$person/window.png" "$pictures/wine-window.png"
