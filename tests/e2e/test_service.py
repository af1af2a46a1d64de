"""The tracker as a service of systemd."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from support.program import running
from support.systemd import can_manage, under_systemd

pytestmark = pytest.mark.e2e

UNIT = Path(__file__).parents[2] / "docs" / "realtime-mer.service"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The documented unit with the program of this environment, the demo, and less patience."""
    program = f"{sys.executable} -m realtime_mer --device demo --no-osc --web 127.0.0.1:0"
    words = "--quiet --log-level info --no-announce --record %h/set-{time}.jsonl"
    lines = [
        f"ExecStart={program} {words}" if line.startswith("ExecStart=")
        else "WatchdogSec=2" if line.startswith("WatchdogSec=")
        else line
        for line in UNIT.read_text(encoding="utf-8").splitlines()
    ]  # fmt: skip
    path = tmp_path / ".config" / "systemd" / "user" / UNIT.name
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_it_says_when_it_is_ready_alive_and_stopping(tmp_path: Path) -> None:
    """By datagrams: READY with the first report, WATCHDOG each second, STOPPING at the end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        quiet = ["--device", "demo", "--no-osc", "--web", "127.0.0.1:0", "--quiet"]
        with running(tmp_path, *quiet, environment=environment) as program:
            first = manager.recv(4096).decode().splitlines()
            assert first[0] == "READY=1"
            assert first[1].startswith("STATUS=demo, ")
            assert manager.recv(4096).decode().splitlines()[-1] == "WATCHDOG=1"
            code, _ = program.interrupt(signal.SIGTERM)
            assert (code, program.errors()) == (0, "")
            while not (last := manager.recv(4096).decode()).startswith("STOPPING=1"):
                assert "WATCHDOG=1" in last


def test_the_unit_is_one_that_systemd_takes(unit: Path) -> None:
    """systemd itself finds nothing to complain of."""
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", unit],
        env={**os.environ, "XDG_RUNTIME_DIR": "/tmp"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


def test_a_run_that_hangs_says_nothing(tmp_path: Path) -> None:
    """Stopped dead (SIGSTOP) it feeds no watchdog, and goes on when it is let."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        quiet = ["--device", "demo", "--no-osc", "--web", "127.0.0.1:0", "--quiet"]
        with running(tmp_path, *quiet, environment=environment) as program:
            assert manager.recv(4096).startswith(b"READY=1")
            program.process.send_signal(signal.SIGSTOP)
            manager.setblocking(False)
            with suppress(BlockingIOError):  # what was said before
                while manager.recv(4096):
                    pass
            manager.settimeout(2.5)
            with pytest.raises(TimeoutError):
                manager.recv(4096)
            program.process.send_signal(signal.SIGCONT)
            manager.settimeout(60)
            assert manager.recv(4096).endswith(b"WATCHDOG=1")


def test_systemd_runs_it_and_starts_it_anew_when_it_hangs(tmp_path: Path, unit: Path) -> None:
    """Ready when it works; stopped dead (SIGSTOP) it is killed and back; asked to end it ends.

    Where no namespaces are allowed there is no manager to be had, and the test before this
    has shown all that depends on the program.
    """
    if not can_manage(tmp_path):
        assert subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0
        return
    name = UNIT.stem
    done = under_systemd(
        tmp_path,
        f"""
        show() {{ systemctl --user show {name} --property="$1" --value; }}
        systemctl --user start {name}
        show ActiveState
        first=$(show MainPID)
        until show StatusText | grep -q estimate; do sleep 0.2; done
        kill -STOP "$first"
        until second=$(show MainPID) && [ "$second" != 0 ] && [ "$second" != "$first" ] &&
            [ "$(show ActiveState)" = active ]; do sleep 0.2; done
        show StatusText
        show NRestarts
        systemctl --user stop {name}
        show Result
        """,
        limit_s=120,
    )
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert said[0] == "active", done.stderr
    assert said[1].startswith("demo, ")
    assert said[2:] == ["1", "success"]
    assert len(list(tmp_path.glob("set-*.jsonl"))) == 2
