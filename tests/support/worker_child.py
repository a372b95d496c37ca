"""`python -m tests.support.worker_child`: a worker as `python -m worker` is one, but for what its engines evaluate."""

import sys

from shared.logs import set_up_logs
from shared.settings import WorkerSettings
from worker.__main__ import run
from worker.parent.stop_request import StopRequest

if __name__ == "__main__":
    settings = WorkerSettings()
    set_up_logs(settings)
    stop = StopRequest(settings.exit_with_parent)
    stop.install()
    run(settings, stop, evaluator="tests.support.engine_evaluators:scripted")
    sys.exit(0)
