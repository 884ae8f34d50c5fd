for file in "$run"/image/sources.list "$run"/image/sources.list.d/*.sources; do
    [ ! -e "$file" ] || inside /bin/sh -euc 'cat > "$1"' sh "/etc/apt/${file#"$run/image/"}" < "$file"
done

inside dpkg-query -W -f \
    'selns-build: package ${Package} ${Version} ${Architecture} ${db:Status-Status}\n' >&2

