"""Tasks as messages, and which outcomes hold for every sweep."""

from __future__ import annotations

import pytest

from shared.domain import ErrorCause, Task, TrialOutcome
from shared.errors import UndecodableTask
from shared.testing import make_outcome, make_task


def test_task_survives_its_message():
    task = make_task(trials=3)
    assert Task.decode(task.encode()) == task


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Invalid JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[]", "Input should be an object"),
        (b"{}", "Field required"),
        (make_task(schema_version=99).encode(), "schema_version 99 is not 2: roll out matching workers"),
        (b'{"schema_version": 3, "sweep": "new words"}', "schema_version 3 is not 2: roll out matching workers"),
        (make_task().encode().replace(b'"epoch"', b'"era"'), "epoch"),
    ],
)
def test_message_that_is_no_task_says_why(body, reason):
    with pytest.raises(UndecodableTask, match=reason):
        Task.decode(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema_version": "\\ud800"}',
        b'{"schema_version": "' + b"x" * 1_000_000 + b'"}',
        b'{"trials": [' + b'{"a": 1},' * 10_000 + b"{}]}",
        b'{"sweep_id": "' + b"x" * 1_000_000 + b'"}',
    ],
    ids=["nested lists", "nested objects", "half a character", "long version", "many faults", "long id"],
)
def test_the_reason_of_a_strange_message_fits_every_queue(body):
    with pytest.raises(UndecodableTask) as caught:
        Task.decode(body)
    assert len(str(caught.value).encode()) < 4_000  # AMQP's headers have one frame


def test_a_sweep_id_that_no_store_could_look_up_is_refused():
    body = make_task().encode().replace(b"a-sweep-000000", b"x" * 1_000_000)
    with pytest.raises(UndecodableTask, match="sweep_id"):
        Task.decode(body)


def test_task_keeps_only_the_trials_asked_for():
    task = make_task(trials=3)
    first, _, last = (trial.trial_id for trial in task.trials)
    assert [trial.trial_id for trial in task.only({last, first}).trials] == [first, last]
    assert task.only({"another"}) is None


@pytest.mark.parametrize(
    ("cause", "final"),
    [
        (None, True),
        (ErrorCause.EVALUATION, True),
        (ErrorCause.ENGINE_DIED, False),
        (ErrorCause.TIMEOUT, False),
        (ErrorCause.WORKER, False),
    ],
)
def test_failure_of_circumstance_is_not_final_everywhere(cause, final):
    assert make_outcome(failed=cause).is_final_everywhere is final


def test_a_score_that_is_not_defined_is_final_for_the_sweep_that_ranks_by_it_alone():
    failure = make_outcome(failed=ErrorCause.EVALUATION)
    assert failure.error
    undefined = failure.model_copy(update={"error": failure.error.model_copy(update={"type": "UndefinedScore"})})
    assert not undefined.is_final_everywhere


@pytest.mark.parametrize("failed", [None, ErrorCause.TIMEOUT])
def test_outcome_survives_its_json(failed):
    outcome = make_outcome(failed=failed)
    assert TrialOutcome.model_validate_json(outcome.model_dump_json()) == outcome
