umask 022
outside() {
    untold -u DEBIAN_FRONTEND -u DEBCONF_NONINTERACTIVE_SEEN SYSTEMD_OFFLINE=1 \
        HOME="$run/home" "$@"
}
# What the database has, as this host's rpm reads it.
packages_outside() {
    outside rpm --root "$root" -qa --qf "$1"
}

# What package scripts see of the machine: devices that hold nothing, and their own processes, to
# read. There is no /sys: nothing in it is the image's, and SELinux would look like the host's.
mkdir -m 755 "$root/dev"
mkdir -m 555 "$root/proc" "$root/sys"
if [ "$MMDEBSTRAP_MODE" = unshare ]; then
    # In a chroot, what is mounted here may show outside.
    trap 'umount -R -l "$root/dev" 2> /dev/null; umount -l "$root/proc" 2> /dev/null || :' EXIT
    trap 'exit 1' HUP INT TERM
    mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
    for name in null zero full random urandom tty; do
        : > "$root/dev/$name"
        mount --bind "/dev/$name" "$root/dev/$name"
    done
    ln -s /proc/self/fd "$root/dev/fd"
    for name in 0:stdin 1:stdout 2:stderr; do
        ln -s "/proc/self/fd/${name%:*}" "$root/dev/${name#*:}"
    done
    mkdir -m 1777 "$root/dev/shm"
    mount -t proc -o ro,nosuid,nodev,noexec proc "$root/proc" ||
        echo "selns-build: note package scripts have no /proc here" >&2
fi

set --
while IFS= read -r word; do
    set -- "$@" "$word"
done < "$run/dnf/arguments"
program=$1
shift
outside "$program" --installroot="$root" "$@" < /dev/null >&2

# dnf logs and caches below the root, and its history has this host's paths and times.
inside /bin/sh -euc '
    rm -rf /var/cache/dnf/* /var/cache/libdnf5/*
    rm -f /var/log/dnf.log* /var/log/dnf.librepo.log* /var/log/dnf.rpm.log* /var/log/dnf5.log* \
        /var/log/hawkey.log* /var/lib/dnf/history.sqlite* \
        /usr/lib/sysimage/libdnf5/transaction_history.sqlite*
'

# An older rpm may not read what this host's wrote: then it writes its own.
tags='%{NAME} %{VERSION} %{RELEASE} %{ARCH}\n'
database=$(cat "$run/dnf/database")
if inside /bin/sh -euc 'command -v rpm' > /dev/null; then
    own=$(inside rpm -qa --qf "$tags" 2> /dev/null | LC_ALL=C sort) || own=
    if [ "$own" != "$(packages_outside "$tags" | LC_ALL=C sort)" ]; then
        outside rpmdb --root "$root" --exportdb | inside /bin/sh -euc '
            mkdir "$1.new"
            rpmdb --dbpath "$1.new" --importdb
            rm -rf "$1"
            mv "$1.new" "$1"
        ' sh "$database"
        own=$(inside rpm -qa --qf "$tags" | LC_ALL=C sort)
        if [ "$own" != "$(packages_outside "$tags" | LC_ALL=C sort)" ]; then
            echo "error: the image's rpm does not read the database of packages" >&2
            exit 1
        fi
    fi
fi

if [ -d "$run/image" ]; then
    (cd "$run/image" && find . -type f) | while IFS= read -r file; do
        inside /bin/sh -euc 'mkdir -p "${1%/*}"; cat > "$1"' sh "${file#.}" < "$run/image/$file"
    done
fi

# Commands may reach the network as dnf did.
copied=no
if [ -d "$run/commands" ] && [ -f /etc/resolv.conf ] &&
    inside /bin/sh -euc '[ ! -e /etc/resolv.conf ] && [ ! -L /etc/resolv.conf ]'; then
    copied=yes
    inside /bin/sh -euc 'cat > /etc/resolv.conf' < /etc/resolv.conf
fi

