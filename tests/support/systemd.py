"""A service manager of one's own: systemd for one person, in namespaces that end with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# What is mounted here, and every process that is started, is gone with the first process.
APART = ["unshare", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc"]
SCRIPT = """
mount -t tmpfs none /run
mkdir -p /run/systemd/system /run/person
chmod 700 /run/person
unset XDG_CONFIG_HOME
export XDG_RUNTIME_DIR=/run/person HOME="$1" SYSTEMD_PAGER=
/lib/systemd/systemd --user --log-target=console --unit=basic.target >"$1/manager.log" 2>&1 &
manager=$!
until systemctl --user is-active --quiet basic.target 2>/dev/null; do
    kill -0 $manager 2>/dev/null || { cat "$1/manager.log" >&2; exit 77; }
    sleep 0.1
done
shift
status=0
"$@" || status=$?
kill $manager
wait
exit $status
"""


def can_manage(home: Path) -> bool:
    """Whether this machine lets a person have namespaces and a service manager in them."""
    return under_systemd(home, "true", limit_s=30.0).returncode == 0


def under_systemd(home: Path, script: str, limit_s: float) -> subprocess.CompletedProcess[str]:
    """Run a shell script beside a manager that has the units of a home's folder.

    Args:
        home: has ``.config/systemd/user/NAME.service``.
        script: for ``sh``; ``systemctl --user`` in it speaks with that manager.
        limit_s: seconds after which everything is killed and the test fails.
    """
    apart = APART if os.getuid() else [each for each in APART if each != "--map-root-user"]
    return subprocess.run(
        [*apart, "--kill-child", "sh", "-ec", SCRIPT, "sh", str(home), "sh", "-ec", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=limit_s,
    )
