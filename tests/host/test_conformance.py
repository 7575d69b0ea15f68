"""The local host compared with recordings of the real host 4.1037."""

import subprocess
import sys

from tests.host.running import ROOT


def test_no_case_differs_from_the_real_host() -> None:
    """All 116 observed cases are answered as the real host answered them."""
    run = subprocess.run(
        [sys.executable, "-m", "local.host.conformance"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stdout.splitlines()[-1] == "0 of 116 cases differ", run.stdout + run.stderr
    assert run.returncode == 0
