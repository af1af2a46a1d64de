#!/bin/sh
# Succeeds where the dynamic loader finds the shared library NAME (as in libNAME.so).
# Usage: scripts/has_library.sh NAME
set -eu

# A pipe into `grep -q` would end ldconfig early, so its whole output is taken first.
known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null) || known=
case "$known" in
    *"lib$1.so"*) exit 0 ;;
    *) exit 1 ;;
esac
