#!/bin/sh
set -eu
root=$1
run=${0%/hooks/*}

# Whoever has mmdebstrap's socket can have files written outside of the root: no descriptor of this
# script is for what runs inside.
alone() {
    perl -e 'use POSIX (); POSIX::close($_) for 3 .. 255; exec { $ARGV[0] } @ARGV; exit 127' "$@"
}
# env, without what mmdebstrap tells its hooks: package scripts are to see the same from each of them.
untold() {
    for name in $(env | sed -n 's/^\(MMDEBSTRAP_[A-Z0-9_]*\)=.*/\1/p') container; do
        set -- -u "$name" "$@"
    done
    alone env "$@"
}
inside() {
    untold -u TMPDIR PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        chroot "$root" "$@"
}

