"""What attempts add up to: the table of causes, its limits, and what lies between them."""

from datetime import UTC, datetime

import pytest

from shared.domain import Account, AttemptCause, Verdict, account_of, deciding, judge
from shared.testing import make_attempt

C, V = AttemptCause, Verdict
LOOKED = {"looked_at": datetime(2026, 1, 1, tzinfo=UTC)}


def attempts(*causes, **changes):
    return [make_attempt(number, cause, **changes) for number, cause in enumerate(causes)]


@pytest.mark.parametrize(
    ("cause", "account", "limit"),
    [
        (C.BAD_PARAMETERS, Account.TRIAL, 1),
        (C.EVALUATION, Account.TRIAL, 1),
        (C.CRASHED, Account.TRIAL, 3),
        (C.OUT_OF_MEMORY, Account.TRIAL, 3),
        (C.POD_OUT_OF_MEMORY, Account.TRIAL, 3),
        (C.TIMEOUT, Account.TRIAL, 1),
        (C.LOST, Account.LOST_WORKERS, 10),
        (C.EVICTED, Account.NOTHING, None),
        (C.PREEMPTED, Account.NOTHING, None),
        (C.NODE_GONE, Account.NOTHING, None),
        (C.DRAINED, Account.NOTHING, None),
        (C.HANDED_BACK, Account.NOTHING, None),
        (C.SERVICE_LOST, Account.WORKER, None),
        (C.WORKER_SICK, Account.WORKER, None),
        (C.WORKER_UNSUITED, Account.WORKER, None),
    ],
)
def test_each_cause_has_its_account_and_its_limit(cause, account, limit):
    assert account_of(cause) is account
    if limit is None:
        assert judge(attempts(*[cause] * 25)) is V.TRY_AGAIN
        return
    assert judge(attempts(*[cause] * (limit - 1), **LOOKED)) is not V.FAIL
    assert judge(attempts(*[cause] * limit, **LOOKED)) is V.FAIL


def test_every_cause_is_in_the_table():
    assert {account_of(cause) for cause in AttemptCause} == set(Account)


@pytest.mark.parametrize(
    ("causes", "verdict"),
    [
        ([], V.TRY_AGAIN),
        # one lost worker says little, a second one does
        ([C.LOST], V.TRY_AGAIN),
        ([C.LOST] * 2, V.TRY_ALONE),
        ([C.CRASHED], V.TRY_ALONE),
        # deaths of all kinds add up, lost workers are counted apart
        ([C.CRASHED, C.OUT_OF_MEMORY], V.TRY_ALONE),
        ([C.CRASHED, C.OUT_OF_MEMORY, C.POD_OUT_OF_MEMORY], V.FAIL),
        ([C.CRASHED, C.CRASHED, *[C.LOST] * 9], V.TRY_ALONE),
        # what counts towards nothing never adds to what does
        ([C.CRASHED, C.CRASHED, *[C.EVICTED] * 25, *[C.SERVICE_LOST] * 25], V.TRY_ALONE),
        ([*[C.LOST] * 9, *[C.PREEMPTED] * 25], V.TRY_ALONE),
    ],
)
def test_causes_together(causes, verdict):
    assert judge(attempts(*causes, **LOOKED)) is verdict


def test_the_share_of_a_fit_that_ran_out_of_time_is_tried_alone_first():
    shared, alone = (make_attempt(0, C.TIMEOUT, trials=each) for each in ((0, 1), (0,)))
    assert judge([shared, shared]) is V.TRY_ALONE
    assert judge([shared, alone]) is V.FAIL


def test_the_tenth_lost_worker_fails_a_trial_only_after_a_look():
    assert judge(attempts(*[C.LOST] * 10, pod="pod-1")) is V.WAIT_FOR_CAUSES
    assert judge([*attempts(*[C.LOST] * 9, **LOOKED), make_attempt(10, C.LOST, pod="pod-1")]) is V.WAIT_FOR_CAUSES
    assert judge(attempts(*[C.LOST] * 10, **LOOKED)) is V.FAIL


def test_without_a_pod_there_is_no_cluster_to_wait_for():
    assert judge(attempts(*[C.LOST] * 10)) is V.FAIL


def test_a_loss_that_turned_out_to_be_an_eviction_is_none():
    lost = attempts(*[C.LOST] * 10, **LOOKED)
    assert judge([lost[0].model_copy(update={"cause": C.EVICTED}), *lost[1:]]) is V.TRY_ALONE


def test_an_attempt_that_another_worker_wrote_down_is_fenced():
    own = make_attempt(written_by="worker-1")
    assert not own.is_fenced
    assert own.model_copy(update={"written_by": "worker-2"}).is_fenced


def test_an_attempt_is_at_trials_or_at_one_fold_of_them():
    assert make_attempt(trials=(0, 1)).unit_ids == make_attempt(trials=(0, 1)).trial_ids
    (unit,) = make_attempt(fold=2).unit_ids
    assert unit.endswith("/2")


@pytest.mark.parametrize(
    ("causes", "decides"),
    [
        ([C.EVALUATION, C.LOST], 0),
        ([C.LOST, C.BAD_PARAMETERS, C.LOST], 1),
        ([C.CRASHED, C.LOST, C.OUT_OF_MEMORY, C.CRASHED, C.LOST], 3),
        ([C.CRASHED, C.TIMEOUT, C.LOST], 1),
        ([C.CRASHED, *[C.LOST] * 9, C.LOST, C.EVICTED], 10),
        # what comes out the same anywhere tells more than what may be circumstance
        ([C.CRASHED, C.CRASHED, C.CRASHED, C.EVALUATION], 3),
        ([C.CRASHED, C.CRASHED, C.LOST], None),
        ([], None),
    ],
)
def test_a_failure_has_the_attempt_that_decided_it_whatever_came_after(causes, decides):
    tried = attempts(*causes, **LOOKED)
    assert deciding(tried) == (None if decides is None else tried[decides])
    assert (judge(tried) is V.FAIL) == (decides is not None)


def test_nothing_decides_while_the_cluster_may_still_say_why_a_worker_is_gone():
    assert deciding(attempts(*[C.LOST] * 10, pod="pod-1")) is None
