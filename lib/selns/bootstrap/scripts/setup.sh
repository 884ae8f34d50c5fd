#!/bin/sh
set -eu
root=$1
run=${0%/hooks/*}

# In what another run has kept (keep_base.sh) are no files that mmdebstrap has just written.
if [ -s "$run/base.tar" ]; then
    tar -x -f "$run/base.tar" -C "$root" --numeric-owner --same-owner --same-permissions \
        --xattrs '--xattrs-include=*'
fi
# With cat: what is here may be read by fewer than what is there.
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
    APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" LC_ALL=C apt-get "$@" < /dev/null
}
echo "I: running apt-get update..." >&2
apt update --error-on=any >&2
if [ -s "$run/base.tar" ]; then
    if apt --simulate dist-upgrade | grep -q '^Inst '; then
        echo "selns-build: base is old" >&2
        exit 1
    fi
elif [ -s "$run/known" ]; then
    # What apt does not know is to be told now, and not after minutes.
    set --
    while IFS= read -r word; do
        set -- "$@" "$word"
    done < "$run/known"
    apt --simulate install "$@" > /dev/null
fi
