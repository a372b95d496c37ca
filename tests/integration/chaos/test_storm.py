"""A storm that lasts seconds, so that the program of the long ones stays whole."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.support import ROOT


def storm(tmp_path, stack, *options):
    command = [sys.executable, "-m", "tests.chaos", "--stack", stack, "--folder", str(tmp_path / "run"), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=550)


@pytest.mark.slow
def test_a_short_storm_over_the_embedded_stack_breaks_nothing(tmp_path):
    finished = storm(tmp_path, "embedded", "--minutes", "0.3", "--seed", "3")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " 0 violations" in finished.stdout


@pytest.mark.slow
def test_a_short_storm_over_rabbitmq_and_ferretdb_breaks_nothing(tmp_path):
    if "FERRETDB_SCRIPT" not in os.environ or shutil.which("rabbitmq-server") is None:
        pytest.skip("no RabbitMQ, or FERRETDB_SCRIPT names no script")
    finished = storm(tmp_path, "rabbitmq", "--minutes", "0.3", "--seed", "3")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " 0 violations" in finished.stdout
