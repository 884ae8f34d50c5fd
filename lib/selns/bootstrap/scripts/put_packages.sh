# apt on the outside gives dpkg on the inside the same path.
if [ -d "$run/packages" ]; then
    # The directories made for them are noted, the deepest first, to be removed again.
    inside /bin/sh -euc '
        path=$1
        while [ -n "$path" ] && [ ! -d "$path" ]; do
            printf "%s\n" "$path"
            path=${path%/*}
        done > /run/selns-build.directories
        mkdir -p "$1"
    ' sh "$run/packages"
    for file in "$run"/packages/*; do
        inside /bin/sh -euc 'cat > "$1"' sh "$file" < "$file"
    done
fi

