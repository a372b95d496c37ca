"""A cause that only a newer version knows: read as unknown, so that it hides nothing that stands beside it."""

from __future__ import annotations

import json

from shared.domain import Attempt, AttemptCause, ErrorCause, TrialOutcome
from shared.domain.verdict import Verdict, account_of, judge
from shared.testing import make_attempt, make_outcome


def test_an_attempt_of_a_newer_version_is_read_and_counts_towards_nothing():
    body = json.loads(make_attempt().model_dump_json()) | {"cause": "gpu_lost"}
    for stored in (body, json.dumps(body)):
        attempt = Attempt.from_stored(stored)
        assert attempt.cause is AttemptCause.UNKNOWN
        assert judge([attempt] * 20) is Verdict.TRY_AGAIN


def test_a_failure_of_a_newer_version_is_read_and_another_sweep_may_try_again():
    body = json.loads(make_outcome(failed=ErrorCause.EVALUATION).model_dump_json())
    body["error"]["cause"] = "gpu_lost"
    outcome = TrialOutcome.from_stored(json.dumps(body))
    assert outcome.error.cause is ErrorCause.UNKNOWN
    assert not outcome.is_final_everywhere


def test_every_cause_has_an_account():
    assert all(account_of(cause) for cause in AttemptCause)
