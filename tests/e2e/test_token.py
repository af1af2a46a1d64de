"""The token stays a secret, whatever is logged and however it is given."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from support.program import free_port, running
from support.web import until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.e2e

WORD = "korallenriff-sechzehn"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_log_ever_shows_it(tmp_path: Path, log_format: str) -> None:
    """Right and wrong, in addresses and headers, over HTTP and WebSocket, with all logs on."""
    port = free_port()
    arguments = ["--device", "demo", "--no-osc", "--no-announce", "--config", "none", "--quiet",
                 "--web", f"0.0.0.0:{port}", "--log-level", "debug",
                 "--log-format", log_format]  # fmt: skip
    environment = {**os.environ, "REALTIME_MER_TOKEN": WORD}
    here = f"127.0.0.1:{port}"

    def status(path: str, **headers: str) -> int:
        request = urllib.request.Request(f"http://{here}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    with running(tmp_path, *arguments, environment=environment) as program:
        until(lambda: status("/healthz") == 200, 60)
        assert status(f"/metrics?token={WORD}") == 200
        assert status("/metrics", Authorization=f"Bearer {WORD}") == 200
        assert status(f"/metrics?token={WORD}x") == 401
        assert status(f"/nothing?token={WORD}&x=%00") in (400, 404)
        with connect(f"ws://{here}/ws?token={WORD}") as stream:
            assert WORD not in str(stream.recv(timeout=10))
        with pytest.raises(InvalidStatus), connect(f"ws://{here}/ws?token={WORD}y"):
            pass
        assert status("/metrics", Authorization=f"Bearer {WORD}") == 200
        program.interrupt()
        said = program.output()
    assert WORD not in said


def test_a_network_without_a_token_is_refused(tmp_path: Path) -> None:
    """The program ends with the sentence; with --insecure it runs."""
    port = free_port()
    arguments = ["--device", "demo", "--no-osc", "--no-announce", "--config", "none",
                 "--web", f"0.0.0.0:{port}"]  # fmt: skip
    with running(tmp_path, *arguments) as program:
        assert program.process.wait(60) == 2
        assert "everyone on the network could watch: give a --token" in program.errors()
    with running(tmp_path, *arguments, "--insecure", "--quiet") as program:

        def is_served() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10):
                    return True
            except OSError:
                return False

        until(is_served, 60)
