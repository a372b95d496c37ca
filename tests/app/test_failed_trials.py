"""Trials that failed, and how their attempts ended, in the results."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.domain import AttemptCause, TrialState
from shared.testing import make_attempt, make_sweep
from tests.app.conftest import SWEEP, evaluate, texts

pytestmark = pytest.mark.slow


def test_failed_trials_show_their_errors(dashboard, sweep):
    evaluate(dashboard, sweep, 3, failed=2)
    at = dashboard.open("results", SWEEP | {"view": "Failed"})

    assert at.dataframe[0].value["trials"].tolist() == [2]
    assert at.error[0].value == "it went wrong"
    assert "Traceback" in at.code[0].value


def test_details_tell_how_each_attempt_ended_with_the_last_lines_of_its_log(dashboard, sweep):
    evaluate(dashboard, sweep, 1, failed=1)
    (trial_id,) = (each.trial_id for each in dashboard.store.ranked(sweep.sweep_id, TrialState.FAILED, 9))
    for number, cause in enumerate([AttemptCause.EVICTED, AttemptCause.OUT_OF_MEMORY]):
        attempt = make_attempt(number, cause, sweep_id=sweep.sweep_id, log=f"words {number}", pod=f"pod-{number}")
        memory = {"peak_memory_mb": 900.0, "memory_limit_mb": 1024.0} if number else {}
        dashboard.store.append_attempts([attempt.model_copy(update={"trial_ids": (trial_id,), **memory})])
    elsewhere = make_attempt("elsewhere", sweep_id="another").model_copy(update={"trial_ids": (trial_id,)})
    dashboard.store.save_sweep(make_sweep("another"))
    dashboard.store.append_attempts([elsewhere])

    at = dashboard.open("results", SWEEP | {"view": "Failed"})
    assert "**2 attempts** ended without a result" in texts(at)
    table = next(each.value for each in at.dataframe if "cause" in each.value and "where" in each.value)
    assert table["cause"].tolist() == ["evicted", "out of memory"]
    assert table["where"].tolist() == ["pod-0", "pod-1"]
    assert table["memory"].tolist() == ["", "900 of 1,024 MB"]
    assert [each.value for each in at.code][-1] == "words 1"


def test_attempts_that_ended_in_one_second_keep_a_log_each_and_their_times_a_zone(dashboard, sweep):
    evaluate(dashboard, sweep, 1, failed=1)
    (trial_id,) = (each.trial_id for each in dashboard.store.ranked(sweep.sweep_id, TrialState.FAILED, 9))
    for number in range(2):
        attempt = make_attempt(number, AttemptCause.CRASHED, sweep_id=sweep.sweep_id, log=f"words {number}")
        ended = {"ended_at": datetime(2026, 1, 2, 3, 4, 5, number, tzinfo=UTC)}
        dashboard.store.append_attempts([attempt.model_copy(update={"trial_ids": (trial_id,), **ended})])

    at = dashboard.open("results", SWEEP | {"view": "Failed"})
    table = next(each.value for each in at.dataframe if "cause" in each.value and "where" in each.value)
    assert table["ended"].tolist() == ["2026-01-02 03:04:05 UTC"] * 2
    (logs,) = (each for each in at.selectbox if each.label == "Last lines of the log of")
    assert len(logs.options) == 2
    logs.select_index(0).run()
    assert [each.value for each in at.code][-1] == "words 0"


def test_says_when_nothing_failed(dashboard, sweep):
    evaluate(dashboard, sweep, 2)

    assert "No trial failed" in dashboard.open("results", SWEEP | {"view": "Failed"}).success[0].value
