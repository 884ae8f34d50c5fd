#include "selns/bootstrap/hooks.hpp"

namespace selns::bootstrap {

const std::string_view setup_hook = R"sh(#!/bin/sh
set -eu
root=$1
run=${0%/hooks/*}

cp "$run/apt.conf" "$root/etc/apt/apt.conf.d/00selns-build"
for file in "$run"/repositories/*.sources; do
    [ ! -e "$file" ] || cp "$file" "$root/etc/apt/sources.list.d/"
done
# If the machine crashes, the root is made anew: dpkg need not wait for the disk.
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/00selns-build"
# mmdebstrap copies this host's name and resolver into the root. Remember the latter, to tell it
# from one that a package or a command brings.
mkdir -p "$root/run"
[ ! -f "$root/etc/resolv.conf" ] || cp "$root/etc/resolv.conf" "$root/run/selns-build.resolv.conf"
rm -f "$root/etc/hostname"
)sh";

const std::string_view essential_hook = R"sh(#!/bin/sh
set -eu
root=$1
run=${0%/hooks/*}

# apt on the outside gives dpkg on the inside the same path. The directories made for it are noted,
# the deepest first, to be removed again.
chroot "$root" /bin/sh -euc '
    path=$1
    while [ -n "$path" ] && [ ! -d "$path" ]; do
        printf "%s\n" "$path"
        path=${path%/*}
    done > /run/selns-build.directories
    mkdir -p "$1"
' sh "$run/packages"
for file in "$run"/packages/*.deb; do
    chroot "$root" /bin/sh -euc 'cat > "$1"' sh "$file" < "$file"
done
)sh";

const std::string_view customize_hook = R"sh(#!/bin/sh
set -eu
root=$1
run=${0%/hooks/*}

# Whoever has mmdebstrap's socket can have files written outside of the root: no descriptor of this
# script is for what runs inside.
inside() {
    perl -e 'use POSIX (); POSIX::close($_) for 3 .. 255; exec { $ARGV[0] } @ARGV; exit 127' \
        chroot "$root" /usr/bin/env -u MMDEBSTRAP_APT_CONFIG -u MMDEBSTRAP_ARGV0 \
        -u MMDEBSTRAP_MODE -u MMDEBSTRAP_HOOK -u MMDEBSTRAP_HOOKSOCK -u MMDEBSTRAP_VERBOSITY \
        -u MMDEBSTRAP_INCLUDE -u TMPDIR PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        "$@"
}

if [ -d "$run/packages" ]; then
    inside /bin/sh -euc '
        rm -rf "$1"
        while IFS= read -r path; do
            rmdir "$path" 2>/dev/null || :
        done < /run/selns-build.directories
    ' sh "$run/packages"
fi

for file in "$run"/image/sources.list "$run"/image/sources.list.d/*.sources; do
    [ ! -e "$file" ] || inside /bin/sh -euc 'cat > "$1"' sh "/etc/apt/${file#"$run/image/"}" < "$file"
done

inside dpkg-query -W -f \
    'selns-build: package ${Package} ${Version} ${Architecture} ${db:Status-Status}\n' >&2

if [ -e "$run/files.tar" ]; then
    inside tar -x -f - -C / --numeric-owner --keep-directory-symlink --no-overwrite-dir \
        --xattrs '--xattrs-include=*' < "$run/files.tar"
fi

for file in "$run"/commands/*; do
    [ -e "$file" ] || continue
    number=${file##*/}
    echo "selns-build: command $number" >&2
    status=0
    inside /bin/sh -euc "$(cat "$file")" < /dev/null >&2 || status=$?
    if [ "$status" -ne 0 ]; then
        echo "selns-build: command $number failed $status" >&2
        exit 1
    fi
done

inside /bin/sh -euc '
    copy=/run/selns-build.resolv.conf
    if [ "$1" = no ] && [ ! -L /etc/resolv.conf ] && cmp -s "$copy" /etc/resolv.conf; then
        rm -f /etc/resolv.conf
    fi
    rm -f "$copy" /run/selns-build.directories /etc/apt/apt.conf.d/00selns-build \
        /etc/dpkg/dpkg.cfg.d/00selns-build
' sh "$([ -e "$run/keep-resolv.conf" ] && echo yes || echo no)"
)sh";

std::string local_package_name(std::size_t index) {
    return "packages/" + std::to_string(index + 1) + ".deb";
}

} // namespace selns::bootstrap
