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
echo "I: running apt-get update..." >&2
apt update --error-on=any >&2

# What an empty root would get for a base (mmdebstrap's variant minbase). One that was made of
# anything else is not what would be made now.
set -- '?essential' '?priority(required)'
while IFS= read -r word; do
    set -- "$@" "$word"
done < "$run/base.packages"
offered=$(apt --simulate install "$@")
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
elif [ -s "$run/known" ]; then
    # What apt does not know is to be told now, and not after minutes.
    set --
    while IFS= read -r word; do
        set -- "$@" "$word"
    done < "$run/known"
    apt --simulate install "$@" > /dev/null
fi
