#!/bin/sh
# Runs pytest; where the recordings are absent, without the tests that need them, saying so.
# Usage: scripts/run_pytest.sh VENV [PYTEST_ARGUMENT...]
set -eu

venv=$1
shift
data=${REALTIME_MER_DATA:-../shared/data}
only=
failed=
if [ ! -d "$data" ]; then
    echo "*** NO RECORDINGS at $data: the tests marked 'data' are left out (set REALTIME_MER_DATA to run them). ***"
    only=' and not data'
fi
mkdir -p artifacts

# The small tests share nothing and run side by side; those that go through real servers have
# the machine to themselves. 5 is pytest's "nothing was asked of me".
status=0
"$venv/bin/python" -m pytest -m "not e2e$only" -n auto --maxprocesses 4 --junit-xml=artifacts/junit-quick.xml \
    --durations=10 "$@" || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 5 ] || failed=$status
status=0
"$venv/bin/python" -m pytest -m "e2e$only" --junit-xml=artifacts/junit.xml --durations=10 "$@" ||
    status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 5 ] || failed=$status
exit "${failed:-0}"
