#!/bin/sh
# Installs those of the given Debian packages that are missing, saying so; sudo only if not root.
# A package with a question mark behind its name is left out where the distribution has none.
# Usage: scripts/apt_install.sh PACKAGE[?]...
set -eu

# Itself, or another that provides it: Node from its makers brings npm and excludes Debian's.
is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        dpkg-query -W -f '${db:Status-Status}, ${Provides},\n' 2>/dev/null |
        grep -Eq "^installed,.* $1( \([^)]*\))?,"
}

apt() {
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        as_root=sudo
        if ! command -v sudo >/dev/null 2>&1; then
            echo "These packages are missing; install them as root, then run this again: apt-get install$wanted" >&2
            exit 1
        fi
    fi
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

wanted=
optional=
for package in "$@"; do
    name=${package%\?}
    if is_installed "$name"; then
        continue
    elif [ "$name" = "$package" ]; then
        wanted="$wanted $name"
    else
        optional="$optional $name"
    fi
done

# A machine that lacks something has perhaps never fetched the list of packages.
[ -z "$wanted" ] || apt update
for name in $optional; do
    if apt-get -qq --simulate install "$name" >/dev/null 2>&1; then
        wanted="$wanted $name"
    fi
done
[ -n "$wanted" ] || exit 0
echo "Installing with apt-get:$wanted"

# dpkg's chatter is of interest only where it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086  # one word a package
if ! apt install -y --no-install-recommends $wanted >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
