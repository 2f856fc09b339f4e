#!/bin/bash
# Inside a fresh system with a screen: does the desktop open a file of each kind with stepviz? Used by try_deb.sh, try_run.sh.
#
# The files are those of sample_files.py. What a closed window remembers tells whether it had opened the file.
set -euo pipefail
settings="$HOME/.config/stepviz/settings.json"

stop() {
    echo "$*"
    exit 1
}

wait_for() { # wait_for COMMAND…: until it succeeds; after a minute it fails
    for attempt in $(seq 300); do
        "$@" && return
        sleep 0.2
    done
    return 1
}

window_shown() { # of the program, whatever file it shows
    window="$(xdotool search --onlyvisible --name ' stepviz$' 2>/dev/null | head -n 1)"
    [ -n "$window" ]
}

ended() { [ ! -e "/proc/$1" ]; }

open_kind() { # open_kind KIND SEED
    local file="$HOME/my $1.stepviz$([ "$1" = experiment ] || echo "-$1")" kind pid
    kind="$(gio info -a standard::content-type "$file" | sed -n 's/.*content-type: //p')"
    [ "$kind" = "application/x-stepviz-$1" ] || stop "the kind of $file is $kind"
    gio mime "$kind" | grep stepviz.desktop >/dev/null || stop "no program opens $kind"
    gio open "$file"
    wait_for window_shown || stop "no window after opening $file"
    echo "opened: $file as «$(xdotool getwindowname "$window")»"
    pid="$(xdotool getwindowpid "$window")"
    kill -TERM "$pid"
    wait_for ended "$pid" || stop "it does not close"
    grep -Eq "seed[^0-9,]*$2" "$settings" || stop "$file was not opened"
}

open_kind experiment 7001
open_kind session 7002
open_kind lesson 7003
