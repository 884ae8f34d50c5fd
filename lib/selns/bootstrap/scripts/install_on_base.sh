# This host's apt, as mmdebstrap runs it: the root needs neither apt nor keys.
apt() {
    untold APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" TMPDIR="$root/tmp" apt-get --yes -o Dir::Bin::dpkg=env \
        -o DPkg::Options::=--unset=TMPDIR -o DPkg::Options::=--unset=APT_CONFIG \
        -o DPkg::Options::=dpkg -o DPkg::Chroot-Directory="$root" -o Dpkg::Use-Pty=false "$@" \
        < /dev/null >&2
}
if [ -d "$run/repositories" ]; then
    for file in "$run"/repositories/*.sources; do
        inside /bin/sh -euc 'cat > "$1"' sh "/etc/apt/sources.list.d/${file##*/}" < "$file"
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
# What was fetched is no part of the root, and not for commands to see.
inside /bin/sh -euc 'rm -f /var/cache/apt/archives/*.deb'

