
inside /bin/sh -euc '
    [ ! -e /run/selns-build.policy-rc.d ] || rm -f /usr/sbin/policy-rc.d /run/selns-build.policy-rc.d
'
