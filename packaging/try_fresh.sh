#!/bin/bash
# Try packaging/launch.py on a fresh Debian that has only python3: as root and as an ordinary user, without a display.
#
#   sudo packaging/try_fresh.sh FOLDER [SUITE] [-- launch.py arguments…]
#
# FOLDER gets the Debian systems: FOLDER/SUITE-base is made once and kept, SUITE-root and SUITE-user are made anew each time.
# PIP_INDEX_URL, PIP_PROXY and PIP_CERT of the caller are handed on.
set -euo pipefail

checkout="$(cd "$(dirname "$0")/.." && pwd)"
folder="${1:?the folder that gets the Debian systems}"
shift
suite="$(. /etc/os-release && echo "$VERSION_CODENAME")"
if [ $# -gt 0 ] && [ "$1" != "--" ]; then
    suite="$1"
    shift
fi
[ "${1:-}" = "--" ] && shift
. "$checkout/packaging/fresh_debian.sh"

make_system() { # make_system NAME: a fresh copy with the checkout as it stands
    copy_base "$suite-base" "$1"
    mkdir -p "$folder/$1/home/person/stepviz"
    (cd "$checkout" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$folder/$1/home/person/stepviz" 2>/dev/null) || true
    if [ -n "${PIP_CERT:-}" ]; then
        install -m 644 "$PIP_CERT" "$folder/$1/home/person/index.pem"
    fi
    chroot "$folder/$1" chown -R person: /home/person
}

launch() { # launch NAME USER [launch.py arguments…]
    local name="$1" user="$2"
    shift 2
    enter "$name" "$user" ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} ${PIP_PROXY:+PIP_PROXY="$PIP_PROXY"} \
        ${PIP_CERT:+PIP_CERT=/home/person/index.pem} \
        bash -c 'cd /home/person/stepviz && time python3 packaging/launch.py "$@"' launch "$@"
}

make_base "$suite" "$suite-base" --include=python3
for name in root user; do
    user="$([ "$name" = root ] && echo root || echo person)"
    echo "== $suite, as $user: first start =="
    make_system "$suite-$name"
    launch "$suite-$name" "$user" "$@"
    echo "== $suite, as $user: second start =="
    launch "$suite-$name" "$user" "$@"
done
