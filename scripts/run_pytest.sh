#!/bin/sh
# Runs pytest; where the recordings are absent, without the tests that need them, saying so.
# Usage: scripts/run_pytest.sh VENV [PYTEST_ARGUMENT...]
set -eu

venv=$1
shift
data=${REALTIME_MER_DATA:-../shared/data}
marks=
if [ ! -d "$data" ]; then
    echo "*** NO RECORDINGS at $data: the tests marked 'data' are left out (set REALTIME_MER_DATA to run them). ***"
    marks='not data'
fi
mkdir -p artifacts
exec "$venv/bin/python" -m pytest -m "$marks" --junit-xml=artifacts/junit.xml --durations=10 "$@"
