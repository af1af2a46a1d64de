#!/bin/sh
# Installs the system packages that PURPOSE (live or test) needs and this machine lacks.
# Usage: scripts/system_packages.sh live|test
set -eu

here=$(dirname "$0")
purpose=$1

[ "$(uname -s)" = Linux ] || exit 0

# What a musician has built or installed in some other way is as good as Debian's package.
if [ "$purpose" = live ] && "$here/has_library.sh" portaudio; then
    exit 0
fi

wanted=$(awk -v purpose="$purpose" '$1 == purpose { printf "%s ", $2 }' "$here/debian-packages.txt")

if ! command -v apt-get >/dev/null 2>&1; then
    if [ "$purpose" = live ]; then
        echo "PortAudio is missing: install it (Fedora: sudo dnf install portaudio; Arch: sudo pacman -S portaudio) and run this again." >&2
        exit 1
    fi
    echo "This is not Debian or Ubuntu: the tests need what these packages hold: $wanted" >&2
    exit 0
fi

# shellcheck disable=SC2086  # one word a package
exec "$here/apt_install.sh" $wanted
