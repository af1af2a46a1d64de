#!/bin/sh
# Installs PyTorch's CPU build into the virtual environment FOLDER.
# Usage: scripts/install_torch.sh FOLDER
set -eu

# Only training and its tests need it. It comes before all else, pinned, because the Linux
# wheel of the registry drags 5 GB of CUDA along. A `+cpu` build outranks that wheel under the
# same version wherever pip sees one: in a local folder (PIP_FIND_LINKS) or on PyTorch's index.
version=2.13.0
index=https://download.pytorch.org/whl/cpu
pip="$1/bin/python -m pip"

$pip show torch >/dev/null 2>&1 && exit 0

extra=
if [ "$(uname -s)" = Linux ] &&
    "$1/bin/python" -c "import urllib.request as u; u.urlopen('$index/torch/', timeout=5)" 2>/dev/null; then
    extra="--extra-index-url $index"
fi
# shellcheck disable=SC2086  # two words or none
$pip install -qq $extra "torch==$version"
