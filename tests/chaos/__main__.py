"""`python -m tests.chaos`: run, check, say what was found. The exit code is 1 where the promise was broken."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

from tests.chaos.run import Run


def main() -> int:
    """Read the arguments and run; return the exit code."""
    parser = ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--stack", choices=["embedded", "rabbitmq"], required=True)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long the storm lasts")
    parser.add_argument("--drain-minutes", type=float, default=5.0, help="how long healthy workers may then take")
    parser.add_argument("--seed", type=int, default=1, help="decides the order of the blows")
    parser.add_argument("--folder", type=Path, help="of homes and logs, kept [default: a temporary one]")
    arguments = parser.parse_args()
    # ended as by Ctrl-C, so that nothing is left behind
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="boostgrid-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith("BOOSTGRID_") or name.endswith("_URL")]:
        del os.environ[name]
    wrong = Run(folder.resolve(), arguments.stack, arguments.seed).run(
        arguments.minutes * 60, arguments.drain_minutes * 60
    )
    if not wrong and not arguments.folder:
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
