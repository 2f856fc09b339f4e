#!/bin/bash
# Inside a fresh system with a screen: does the desktop open an experiment's file with stepviz? Used by try_deb.sh, try_run.sh.
set -euo pipefail
file="$HOME/my experiment.stepviz"
echo '{"format": "stepviz experiment", "version": 1, "experiment": {"data": {"name": "spiral"}}}' >"$file"

stop() {
    echo "$*"
    exit 1
}

kind="$(gio info -a standard::content-type "$file" | sed -n 's/.*content-type: //p')"
[ "$kind" = application/x-stepviz-experiment ] || stop "the kind is $kind"
gio mime "$kind" | grep stepviz.desktop >/dev/null || stop "no program opens $kind"
gio open "$file"
for attempt in $(seq 100); do
    window="$(xdotool search --onlyvisible --name '^my experiment\.stepviz' 2>/dev/null | head -n 1)" || true
    [ -n "$window" ] && break
    sleep 0.2
done
[ -n "$window" ] || stop "no window shows the file"
echo "opened: $(xdotool getwindowname "$window")"
pid="$(xdotool getwindowpid "$window")"
kill -TERM "$pid"
for attempt in $(seq 100); do
    [ -e "/proc/$pid" ] || exit 0
    sleep 0.1
done
stop "it does not close"
