if [ -d "$run/packages" ]; then
    inside /bin/sh -euc '
        rm -rf "$1"
        while IFS= read -r path; do
            rmdir "$path" 2>/dev/null || :
        done < /run/selns-build.directories
    ' sh "$run/packages"
fi

