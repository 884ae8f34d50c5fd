for file in "$run"/image/sources.list.d/*.sources; do
    [ ! -e "$file" ] || inside /bin/sh -euc 'cat > "$1"' sh "/etc/apt/${file#"$run/image/"}" < "$file"
done

if [ -s "$run/install" ]; then
    simulate=no
    [ ! -e "$run/resolve" ] || simulate=yes
    # shellcheck disable=SC2046 # each is a word
    inside /bin/sh -euc '
        simulate=$1
        shift
        if [ -x /usr/bin/apt-get ]; then
            export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C
            apt-get update
            if [ "$simulate" = yes ]; then
                apt-get install --simulate --no-install-recommends "$@"
            else
                apt-get install --yes --no-install-recommends "$@"
            fi
            apt-get clean
            rm -rf /var/lib/apt/lists
            mkdir -p /var/lib/apt/lists/partial
            rm -f /var/cache/apt/*.bin /var/cache/ldconfig/aux-cache /var/log/dpkg.log \
                /var/log/alternatives.log /var/log/apt/history.log /var/log/apt/term.log \
                /var/log/apt/eipp.log.xz
        elif [ "$simulate" = yes ]; then
            dnf --assumeno --setopt=install_weak_deps=False install "$@" || :
        else
            dnf --assumeyes --setopt=install_weak_deps=False install "$@"
            dnf --assumeyes clean all
            rm -rf /var/log/dnf* /var/cache/dnf /var/cache/libdnf5
        fi
    ' sh "$simulate" $(cat "$run/install") < /dev/null >&2
fi
[ ! -e "$run/resolve" ] || exit 0

if [ -x "$root/usr/bin/dpkg-query" ]; then
    inside dpkg-query -W -f \
        'selns-build: package ${Package} ${Version} ${Architecture} ${db:Status-Status}\n' >&2
fi

