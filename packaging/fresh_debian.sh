# Fresh Debian systems to try things in. To be sourced, with $folder set to where they are kept.
#
# The caller sets $checkout too. Suite and mirror are the ones this machine's apt uses, unless the caller names another suite.

mirror() {
    apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' "Created-By: Packages" |
        awk -v own="$(. /etc/os-release && echo "$VERSION_CODENAME")" '$2 == own && $3 == "main" {print $1; exit}'
}

make_base() { # make_base SUITE NAME [debootstrap options…]: a minimal system, made once and kept
    local suite="$1" base="$folder/$2"
    shift 2
    [ -e "$base/.complete" ] && return
    rm -rf --one-file-system "$base"
    mkdir -p "$folder"
    debootstrap --variant=minbase "$@" "$suite" "$base" "$(mirror)"
    touch "$base/.complete"
}

copy_base() { # copy_base BASE NAME: a fresh copy with an ordinary user «person», and no package lists
    local root="$folder/$2"
    rm -rf --one-file-system "${root:?}"
    cp -a "$folder/$1" "$root"
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    grep -q . /etc/hosts && cp /etc/hosts "$root/etc/hosts"
    chroot "$root" useradd --create-home --shell /bin/bash person
}

sample_files() { # sample_files FOLDER: a file of each kind, made with the packages of the build
    PYTHONPATH="$checkout/build/release/source" PYTHONDONTWRITEBYTECODE=1 "$checkout/build/release/tools/bin/python" \
        "$checkout/packaging/sample_files.py" "$1"
}

enter() { # enter NAME USER [VARIABLE=VALUE…] COMMAND…: with the kernel's file systems, and next to nothing in the environment
    local name="$1" user="$2" root="$folder/$1"
    shift 2
    unshare --mount --pid --fork --kill-child bash -c '
        mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
        # Not in its place: an X server whose parent is the first process does not say that it is ready.
        chroot "$0" "$@"; exit $?' "$root" \
        setpriv --reuid="$user" --regid="$user" --init-groups \
        env -i HOME="$([ "$user" = root ] && echo /root || echo /home/person)" PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}
