#!/bin/bash
# Try packaging/launch.py on a fresh Debian that has only python3: as root and as an ordinary user, without a display.
#
#   sudo packaging/try_fresh.sh FOLDER [SUITE] [-- launch.py arguments…]
#
# FOLDER gets the Debian systems: FOLDER/SUITE-base is made once and kept, SUITE-root and SUITE-user are made anew each time.
# Suite and mirror are the ones this machine's apt uses. PIP_INDEX_URL, PIP_PROXY and PIP_CERT of the caller are handed on.
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
mirror="$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' "Created-By: Packages" |
    awk -v own="$(. /etc/os-release && echo "$VERSION_CODENAME")" '$2 == own && $3 == "main" {print $1; exit}')"

make_base() {
    [ -e "$folder/$suite-base/.complete" ] && return
    rm -rf "$folder/$suite-base"
    debootstrap --variant=minbase --include=python3 "$suite" "$folder/$suite-base" "$mirror"
    touch "$folder/$suite-base/.complete"
}

make_system() { # make_system NAME: a fresh copy with the checkout as it stands, and no package lists
    rm -rf --one-file-system "${folder:?}/$1"
    cp -a "$folder/$suite-base" "$folder/$1"
    rm -rf "$folder/$1"/var/lib/apt/lists/* "$folder/$1"/var/cache/apt/archives/*.deb
    cp /etc/resolv.conf "$folder/$1/etc/resolv.conf"
    grep -q . /etc/hosts && cp /etc/hosts "$folder/$1/etc/hosts"
    chroot "$folder/$1" useradd --create-home person
    mkdir -p "$folder/$1/home/person/stepviz"
    (cd "$checkout" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$folder/$1/home/person/stepviz" 2>/dev/null) || true
    if [ -n "${PIP_CERT:-}" ]; then
        install -m 644 "$PIP_CERT" "$folder/$1/home/person/index.pem"
    fi
    chroot "$folder/$1" chown -R person: /home/person
}

inside() { # inside NAME USER COMMAND…: run with the kernel's file systems present and next to nothing in the environment
    local name="$1" user="$2" root="$folder/$1"
    shift 2
    unshare --mount --pid --fork --kill-child bash -c '
        mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
        exec chroot "$0" "$@"' "$root" \
        env -i HOME="$([ "$user" = root ] && echo /root || echo /home/person)" PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} ${PIP_PROXY:+PIP_PROXY="$PIP_PROXY"} \
        ${PIP_CERT:+PIP_CERT=/home/person/index.pem} \
        setpriv --reuid="$user" --regid="$user" --init-groups \
        bash -c 'cd /home/person/stepviz && time python3 packaging/launch.py "$@"' launch "$@" </dev/null
}

make_base
for name in root user; do
    user="$([ "$name" = root ] && echo root || echo person)"
    echo "== $suite, as $user: first start =="
    make_system "$suite-$name"
    inside "$suite-$name" "$user" "$@"
    echo "== $suite, as $user: second start =="
    inside "$suite-$name" "$user" "$@"
done
