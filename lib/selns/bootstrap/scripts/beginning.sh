#!/bin/sh
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

