#!/bin/sh
# Prints the command of a Python that the project runs on (3.11 to 3.14), or fails.
# $PYTHON, where set, is the only candidate.
set -eu

for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
exit 1
