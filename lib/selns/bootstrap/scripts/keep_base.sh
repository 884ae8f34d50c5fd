# What later runs begin with (setup.sh): the root as it is now, without what setup.sh and apt write
# in each run.
# mmdebstrap has another program in the place of start-stop-daemon for the time being, and mounts on
# directories whose own modes and times are wanted: tar gets a view without these.
keep_base() {
    set -- --exclude=./usr/sbin/policy-rc.d
    if [ -e "$root/sbin/start-stop-daemon.REAL" ]; then
        set -- "$@" --exclude=./sbin/start-stop-daemon --exclude=./usr/sbin/start-stop-daemon \
            '--transform=flags=rSH;s,sbin/start-stop-daemon\.REAL$,sbin/start-stop-daemon,'
    fi
    set -- tar -c -C "$root" --format=pax --pax-option=delete=atime,delete=ctime --one-file-system \
        --numeric-owner --xattrs '--xattrs-include=*' --anchored '--exclude=./dev/*' \
        '--exclude=./proc/*' '--exclude=./sys/*' '--exclude=./run/selns-build.*' \
        --exclude=./etc/resolv.conf --exclude=./etc/hostname '--exclude=./etc/apt/sources.list*' \
        --exclude=./etc/apt/apt.conf.d/00mmdebstrap --exclude=./etc/apt/apt.conf.d/00selns-build \
        --exclude=./etc/dpkg/dpkg.cfg.d/00selns-build '--exclude=./tmp/mmdebstrap.*' \
        '--exclude=./var/lib/apt/lists/*' '--exclude=./var/cache/apt/*.bin' \
        '--exclude=./var/cache/apt/archives/*.deb' "$@" .
    if alone unshare --mount --propagation unchanged true 2> /dev/null; then
        # shellcheck disable=SC2016 # the words are the inner shell's
        set -- unshare --mount --propagation unchanged sh -euc '
            umount -R -l "$1/proc" "$1/sys" 2> /dev/null || :
            shift
            exec "$@"
        ' sh "$root" "$@"
    fi
    # Whoever runs in the root later could write to the file: its hash is told before.
    if alone "$@" > "$run/base.tar" && sum=$(sha256sum < "$run/base.tar"); then
        echo "selns-build: base kept ${sum%% *}" >&2
    else
        echo "selns-build: note the base of this release cannot be kept" >&2
        : > "$run/base.tar"
    fi
}
# Where mounts are shared with other namespaces, the view would be theirs, too.
if [ -e "$run/base.tar" ] && [ ! -s "$run/base.tar" ] &&
    findmnt -n -o PROPAGATION -T "$root" | grep -q '^private'; then
    keep_base
fi

