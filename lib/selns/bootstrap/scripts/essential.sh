#!/bin/sh
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
