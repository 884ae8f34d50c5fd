# This host's apt, as mmdebstrap runs it: the root needs neither apt nor keys.
apt() {
    alone env -u MMDEBSTRAP_APT_CONFIG -u MMDEBSTRAP_ARGV0 -u MMDEBSTRAP_MODE -u MMDEBSTRAP_HOOK \
        -u MMDEBSTRAP_HOOKSOCK -u MMDEBSTRAP_VERBOSITY -u MMDEBSTRAP_INCLUDE \
        APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --yes -o Dir::Bin::dpkg=env \
        -o DPkg::Options::=--unset=TMPDIR -o DPkg::Options::=--unset=APT_CONFIG \
        -o DPkg::Options::=dpkg -o DPkg::Chroot-Directory="$root" -o Dpkg::Use-Pty=false "$@" \
        < /dev/null >&2
}
if [ -d "$run/repositories" ]; then
    for file in "$run"/repositories/*.sources; do
        cat "$file" > "$root/etc/apt/sources.list.d/${file##*/}"
    done
    apt update --error-on=any
    apt dist-upgrade
fi
if [ -s "$run/install" ]; then
    set --
    while IFS= read -r word; do
        set -- "$@" "$word"
    done < "$run/install"
    apt --allow-downgrades install "$@"
fi

