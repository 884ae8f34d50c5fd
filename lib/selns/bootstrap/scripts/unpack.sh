tar -x -f "$run/root.tar" -C "$root" --numeric-owner --same-owner --same-permissions \
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
