#!/bin/sh
set -eu
root=$1
run=${0%/hooks/*}

# The root has only what mmdebstrap has just written. What is written here, with cat (what is here
# may be read by fewer than what is there), comes before all that packages brought.
cat "$run/apt.conf" > "$root/etc/apt/apt.conf.d/00selns-build"
# If the machine crashes, the root is made anew: dpkg need not wait for the disk.
echo force-unsafe-io > "$root/etc/dpkg/dpkg.cfg.d/00selns-build"
# mmdebstrap copies this host's name and resolver into the root. Remember the latter, to tell it
# from one that a package or a command brings.
mkdir -p "$root/run"
[ ! -f "$root/etc/resolv.conf" ] || cp "$root/etc/resolv.conf" "$root/run/selns-build.resolv.conf"
rm -f "$root/etc/hostname"

# mmdebstrap does not update again.
apt() {
    APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" TMPDIR="$root/tmp" LC_ALL=C apt-get "$@" < /dev/null
}
# apt with the lines of FILE as its last arguments: FILE ARGUMENTS...
apt_with() {
    file=$1
    shift
    while IFS= read -r word; do
        set -- "$@" "$word"
    done < "$file"
    apt "$@"
}
offline=no
lists=$root/var/lib/apt/lists
if [ -s "$run/lists.tar" ]; then
    # Without the network, what the sources said last counts.
    offline=yes
    tar -x -f "$run/lists.tar" -C "$lists" --no-same-owner
else
    echo "I: running apt-get update..." >&2
    apt update --error-on=any >&2
    if [ -e "$run/lists.tar" ]; then
        tar -c -C "$lists" --sort=name --exclude=./partial --exclude=./lock . > "$run/lists.tar"
        sum=$(sha256sum < "$run/lists.tar")
        echo "selns-build: lists ${sum%% *}" >&2
    fi
fi

# What an empty root would get for a base (mmdebstrap's variant minbase). One that was made of
# anything else is not what would be made now.
offered=$(apt_with "$run/base.packages" --simulate install)
offered=$(printf '%s\n' "$offered" | grep '^Inst ' | LC_ALL=C sort | sha256sum)
offered=${offered%% *}
echo "selns-build: offered $offered" >&2
if [ -s "$run/base.tar" ]; then
    if [ "$offered" != "$(cat "$run/base.offered")" ]; then
        echo "selns-build: base is old" >&2
        exit 1
    fi
    tar -x -f "$run/base.tar" -C "$root" --numeric-owner --same-owner --same-permissions \
        --xattrs '--xattrs-include=*'
fi

# Packages are fetched now, while nothing runs in the root, but for those that are kept.
fetch() {
    echo "selns-build: packages wanted" >&2
    until [ -e "$run/archives/complete" ]; do
        sleep 0.05
    done
    archives=$root/var/cache/apt/archives
    mkdir -p "$archives"
    for file in "$run"/archives/*.deb; do
        [ ! -s "$file" ] || cp "$file" "$archives/"
    done
    apt_with "$run/fetch" --yes --allow-downgrades --download-only install >&2
    for file in "$run"/archives/*.deb; do
        if [ -e "$file" ] && [ ! -s "$file" ] && [ -f "$archives/${file##*/}" ]; then
            cat "$archives/${file##*/}" > "$file"
        fi
    done
    echo "selns-build: packages fetched" >&2
}
if [ -s "$run/fetch" ]; then
    if uris=$(apt_with "$run/fetch" -qq -o Acquire::ForceHash=SHA256 --allow-downgrades \
        --print-uris install 2> /dev/null); then
        printf '%s\n' "$uris" | sed -n \
            's/^.* \([^ ]*\.deb\) [0-9]* SHA256:\([0-9a-f]*\)$/selns-build: wanted \1 \2/p' >&2
        fetch
    elif [ -s "$run/known" ]; then
        # What apt does not know is to be told now, and not after minutes. Otherwise it may be that
        # base and recipe go together only one after the other.
        apt_with "$run/known" --simulate --allow-downgrades install > /dev/null
    fi
fi
# What is needed besides is to fail at once. Before, apt would not even tell what it needs.
[ "$offline" = no ] ||
    echo 'APT::Get::Download "false";' >> "$root/etc/apt/apt.conf.d/00selns-build"

