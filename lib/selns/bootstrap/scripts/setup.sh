#!/bin/sh
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
