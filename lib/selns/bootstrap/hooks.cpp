#include "selns/bootstrap/hooks.hpp"

namespace selns::bootstrap {

const std::string_view setup_hook = R"sh(#!/bin/sh
set -eu
root=$1
run=${0%/hooks/*}

# With cat: what is here may be read by fewer than what is there.
cat "$run/apt.conf" > "$root/etc/apt/apt.conf.d/00selns-build"
for file in "$run"/repositories/*.sources; do
    [ ! -e "$file" ] || cat "$file" > "$root/etc/apt/sources.list.d/${file##*/}"
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

const std::string_view hook_beginning = R"sh(#!/bin/sh
set -eu
root=$1
run=${0%/hooks/*}

# Whoever has mmdebstrap's socket can have files written outside of the root: no descriptor of this
# script is for what runs inside.
alone() {
    perl -e 'use POSIX (); POSIX::close($_) for 3 .. 255; exec { $ARGV[0] } @ARGV; exit 127' "$@"
}
inside() {
    alone chroot "$root" /usr/bin/env -u MMDEBSTRAP_APT_CONFIG -u MMDEBSTRAP_ARGV0 \
        -u MMDEBSTRAP_MODE -u MMDEBSTRAP_HOOK -u MMDEBSTRAP_HOOKSOCK -u MMDEBSTRAP_VERBOSITY \
        -u MMDEBSTRAP_INCLUDE -u TMPDIR PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        "$@"
}

)sh";

const std::string_view files_and_commands = R"sh(if [ -e "$run/files.tar" ]; then
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

)sh";

namespace {

constexpr std::string_view remove_packages = R"sh(if [ -d "$run/packages" ]; then
    inside /bin/sh -euc '
        rm -rf "$1"
        while IFS= read -r path; do
            rmdir "$path" 2>/dev/null || :
        done < /run/selns-build.directories
    ' sh "$run/packages"
fi

)sh";

constexpr std::string_view write_sources =
    R"sh(for file in "$run"/image/sources.list "$run"/image/sources.list.d/*.sources; do
    [ ! -e "$file" ] || inside /bin/sh -euc 'cat > "$1"' sh "/etc/apt/${file#"$run/image/"}" < "$file"
done

inside dpkg-query -W -f \
    'selns-build: package ${Package} ${Version} ${Architecture} ${db:Status-Status}\n' >&2

)sh";

constexpr std::string_view forget = R"sh(inside /bin/sh -euc '
    copy=/run/selns-build.resolv.conf
    if [ "$1" = no ] && [ ! -L /etc/resolv.conf ] && cmp -s "$copy" /etc/resolv.conf; then
        rm -f /etc/resolv.conf
    fi
    rm -f "$copy" /run/selns-build.directories /etc/apt/apt.conf.d/00selns-build \
        /etc/dpkg/dpkg.cfg.d/00selns-build
' sh "$([ -e "$run/keep-resolv.conf" ] && echo yes || echo no)"
)sh";

constexpr std::string_view allow_services = R"sh(
inside /bin/sh -euc '
    [ ! -e /run/selns-build.policy-rc.d ] || rm -f /usr/sbin/policy-rc.d /run/selns-build.policy-rc.d
'
)sh";

// What may be missing in a root that others made: apt's folders, all but a shell.
constexpr std::string_view install = R"sh(for file in "$run"/image/sources.list.d/*.sources; do
    [ ! -e "$file" ] || inside /bin/sh -euc 'cat > "$1"' sh "/etc/apt/${file#"$run/image/"}" < "$file"
done

if [ -d "$run/packages" ]; then
    # The directories made for them are noted, the deepest first, to be removed again.
    inside /bin/sh -euc '
        path=$1
        while [ -n "$path" ] && [ ! -d "$path" ]; do
            printf "%s\n" "$path"
            path=${path%/*}
        done > /run/selns-build.directories
        mkdir -p "$1"
    ' sh "$run/packages"
    for file in "$run"/packages/*; do
        inside /bin/sh -euc 'cat > "$1"' sh "$file" < "$file"
    done
fi

if [ -s "$run/install" ]; then
    simulate=no
    [ ! -e "$run/resolve" ] || simulate=yes
    inside /bin/sh -euc '
        simulate=$1
        shift
        if [ -x /usr/bin/apt-get ]; then
            export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C
            apt-get update
            if [ "$simulate" = yes ]; then
                apt-get install --simulate --no-install-recommends "$@"
            else
                apt-get install --yes --no-install-recommends "$@"
            fi
            apt-get clean
            rm -rf /var/lib/apt/lists
            mkdir -p /var/lib/apt/lists/partial
            rm -f /var/cache/apt/*.bin /var/cache/ldconfig/aux-cache /var/log/dpkg.log \
                /var/log/alternatives.log /var/log/apt/history.log /var/log/apt/term.log \
                /var/log/apt/eipp.log.xz
        elif [ "$simulate" = yes ]; then
            dnf --assumeno --setopt=install_weak_deps=False install "$@" || :
        else
            dnf --assumeyes --setopt=install_weak_deps=False install "$@"
            dnf --assumeyes clean all
            rm -rf /var/log/dnf* /var/cache/dnf /var/cache/libdnf5
        fi
    ' sh "$simulate" $(cat "$run/install") < /dev/null >&2
fi
[ ! -e "$run/resolve" ] || exit 0

if [ -x "$root/usr/bin/dpkg-query" ]; then
    inside dpkg-query -W -f \
        'selns-build: package ${Package} ${Version} ${Architecture} ${db:Status-Status}\n' >&2
fi

)sh";

} // namespace

std::string customize_hook() {
    return std::string(hook_beginning)
        .append(remove_packages)
        .append(write_sources)
        .append(files_and_commands)
        .append(forget);
}

std::string unpack_hook() {
    return std::string(hook_beginning)
        .append(
            R"sh(tar -x -f "$run/root.tar" -C "$root" --numeric-owner --same-owner --same-permissions \
    --xattrs '--xattrs-include=*'
for directory in dev proc sys run tmp; do
    [ -e "$root/$directory" ] || [ -L "$root/$directory" ] || mkdir "$root/$directory"
done
# As root, where devices can be made and used, mmdebstrap expects that its own setup has made these.
if [ "$MMDEBSTRAP_MODE" = root ] && mknod -m 666 "$root/dev/null" c 1 3 2>/dev/null; then
    if { echo > "$root/dev/null"; } 2>/dev/null; then
        for device in zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 console:5:1; do
            numbers=${device#*:}
            mknod -m 666 "$root/dev/${device%%:*}" c "${numbers%:*}" "${numbers#*:}"
        done
        ln -s /proc/self/fd "$root/dev/fd"
        ln -s /dev/pts/ptmx "$root/dev/ptmx"
        mkdir "$root/dev/pts" "$root/dev/shm"
    else
        rm -f "$root/dev/null"
    fi
fi
inside /bin/sh -euc '
    [ ! -d /etc/apt/apt.conf.d ] || cat > /etc/apt/apt.conf.d/00selns-build
    [ ! -d /etc/dpkg/dpkg.cfg.d ] || echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/00selns-build
    # No service is to start.
    if [ -d /usr/sbin ] && [ ! -e /usr/sbin/policy-rc.d ] && [ ! -L /usr/sbin/policy-rc.d ]; then
        printf "#!/bin/sh\nexit 101\n" > /usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
        : > /run/selns-build.policy-rc.d
    fi
' < "$run/apt.conf"
# The host's resolver, for packages and commands, unless the image has its own.
if [ -f /etc/resolv.conf ]; then
    inside /bin/sh -euc '
        cat > /run/selns-build.resolv.conf
        [ -e /etc/resolv.conf ] || [ -L /etc/resolv.conf ] || [ ! -d /etc ] ||
            cat /run/selns-build.resolv.conf > /etc/resolv.conf
    ' < /etc/resolv.conf
fi
)sh");
}

std::string change_hook() {
    return std::string(hook_beginning)
        .append(install)
        .append(remove_packages)
        .append(files_and_commands)
        .append(forget)
        .append(allow_services);
}

} // namespace selns::bootstrap
