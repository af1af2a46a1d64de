#!/bin/sh
# Makes the virtual environment FOLDER unless it is there, installing what Python lacks for it.
# Usage: scripts/make_venv.sh FOLDER
set -eu

here=$(dirname "$0")
folder=$1
"$folder/bin/python" -c 'import pip' 2>/dev/null && exit 0

python=$("$here/find_python.sh") || python=
if [ -z "$python" ] && [ -z "${PYTHON:-}" ] && command -v apt-get >/dev/null 2>&1; then
    # The second is for a distribution whose own python3 is older.
    for package in python3 python3.11; do
        "$here/apt_install.sh" "$package" "$package-venv" || true
        python=$("$here/find_python.sh") && break
    done
fi
if [ -z "$python" ]; then
    echo "No Python from 3.11 to 3.14 was found: install one (Mac: brew install python; Debian, Ubuntu: sudo apt install python3 python3-venv) or name it with PYTHON=/path/to/python." >&2
    exit 1
fi

# Debian keeps venv's other half in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if command -v apt-get >/dev/null 2>&1; then
        echo "Python's venv module is missing."
        "$here/apt_install.sh" "$package"
    else
        echo "Python's venv module is missing: install it (Debian, Ubuntu: sudo apt install $package) and run this again." >&2
        exit 1
    fi
fi

echo "Making $folder with $("$python" --version)"
"$python" -m venv --clear "$folder"
