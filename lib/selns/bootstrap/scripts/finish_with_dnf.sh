if [ "$copied" = yes ] && [ ! -e "$run/keep-resolv.conf" ] &&
    [ "$(cat /etc/resolv.conf)" = "$(inside cat /etc/resolv.conf)" ]; then
    inside rm -f /etc/resolv.conf
fi

echo "selns-build: packages" >&2
packages_outside \
    'selns-build: package %{NAME} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} %{ARCH} installed\n' >&2
inside /bin/sh -euc 'rm -f "$1"/__db.* "$1"/.dbenv.lock "$1"/.rpm.lock' sh "$database"
