if [ -e "$run/files.tar" ]; then
    inside tar -x -f - -C / --numeric-owner --keep-directory-symlink --no-overwrite-dir \
        --xattrs '--xattrs-include=*' < "$run/files.tar"
fi

for file in "$run"/commands/*; do
    [ -e "$file" ] || continue
    number=${file##*/}
    echo "selns-build: command $number" >&2
    status=0
    inside /bin/sh -euc "$(cat "$file")" < /dev/null >&2 || status=$?
    if [ "$status" -ne 0 ]; then
        echo "selns-build: command $number failed $status" >&2
        exit 1
    fi
done

