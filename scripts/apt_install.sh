#!/bin/sh
# Installs those of the given Debian packages that are missing, saying so; sudo only if not root.
# Usage: scripts/apt_install.sh PACKAGE...
set -eu

missing=
for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "These packages are missing; install them as root, then run this again: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi

echo "Installing with apt-get${as_root:+ (through sudo)}:$missing"
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}
apt update
# dpkg's chatter is of interest only where it fails.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086  # one word a package
if ! apt install -y --no-install-recommends $missing >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
