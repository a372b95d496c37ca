"""What setting the number of workers would do is said before it is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.cluster.foresight import Outlook, finish_in, what_happens, who_scaled, withheld
from dashboard.cluster.state import ClusterProcess, ClusterState, QuotaUse, Resources, ScaleChange
from shared.domain import ProcessState

GIB = 2**30


def cluster(desired: int, **changes: object) -> ClusterState:
    processes = tuple(ClusterProcess(name=f"worker-{n}", state=ProcessState.RUNNING) for n in range(desired))
    state = ClusterState(
        kind="Deployment worker",
        desired=desired,
        maximum=32,
        processes=processes,
        grace_seconds=120,
        worker_requests=Resources(cpu=0.5, memory=2 * GIB),
        worker_limits=Resources(cpu=1, memory=4 * GIB),
    )
    return state.model_copy(update=changes)


def outlook(**changes: object) -> Outlook:
    return Outlook(open_trials=600, trials_per_minute=20, busy=2, idle=1, waiting_tasks=300).model_copy(update=changes)


def said(state: ClusterState, wanted: int, known: Outlook) -> str:
    return " ".join(what_happens(state, wanted, known))


def test_the_open_trials_are_shared_among_workers_as_fast_as_the_present_ones():
    assert finish_in(outlook(), 2) == timedelta(minutes=30)
    assert finish_in(outlook(), 6) == timedelta(minutes=10)


@pytest.mark.parametrize("changes", [{"trials_per_minute": None}, {"trials_per_minute": 0}, {"busy": 0}])
def test_without_a_rate_nothing_is_promised(changes):
    assert finish_in(outlook(**changes), 6) is None
    assert "cannot be told yet" in said(cluster(3), 6, outlook(**changes))


def test_no_worker_never_finishes():
    assert finish_in(outlook(), 0) is None


def test_more_workers_show_the_expected_finish():
    assert (
        said(cluster(3), 6, outlook())
        == "600 trials open: about 30 min at the present rate, about 10 min with 6 workers."
    )


def test_more_workers_than_tasks_find_nothing_to_do():
    words = said(cluster(3), 8, outlook(waiting_tasks=3))
    assert "3 tasks waiting: 3 of the 5 new workers find nothing to do." in words
    assert "the new worker finds nothing" in said(cluster(3), 4, outlook(waiting_tasks=1))


def test_with_no_trial_open_more_workers_wait():
    assert "wait for the next sweep" in said(cluster(3), 6, outlook(open_trials=0))


def quota(resource: str, used: float, hard: float, counts_workers: bool = True) -> QuotaUse:
    return QuotaUse(quota="team", resource=resource, used=used, hard=hard, counts_workers=counts_workers)


@pytest.mark.parametrize(
    ("use", "short"),
    [
        (quota("requests.cpu", 1.5, 2), 4),  # room for one of five
        (quota("cpu", 1.5, 2), 4),
        (quota("limits.cpu", 1, 4), 2),
        (quota("limits.memory", 12 * GIB, 24 * GIB), 2),
        (quota("memory", 0, 4 * GIB), 3),
        (quota("pods", 8, 10), 3),
        (quota("count/pods", 10, 10), 5),
        (quota("pods", 12, 10), 5),  # a quota that came after the pods
        (quota("requests.storage", 10, 10), 0),
        (quota("requests.cpu", 2, 2, counts_workers=False), 0),
        (quota("requests.cpu", 0.1, 2.6), 0),
    ],
)
def test_a_quota_withholds_what_does_not_fit(use, short):
    told = withheld(cluster(3, quota=(use,)), 8)
    assert (told.workers if told else 0) == short


def test_the_tightest_quota_is_named_with_its_numbers():
    state = cluster(3, quota=(quota("pods", 8, 10), quota("limits.memory", 12 * GIB, 16 * GIB)))
    words = said(state, 8, outlook())
    assert "Quota team withholds 4: 12 GiB of 16 GiB limits.memory in use, each worker takes 4 GiB." in words


def test_a_quota_on_what_workers_do_not_ask_for_withholds_nothing():
    state = cluster(3, quota=(quota("limits.cpu", 2, 2),), worker_limits=Resources())
    assert withheld(state, 8) is None


def test_decimal_requests_fit_exactly():
    state = cluster(0, quota=(quota("requests.cpu", 0, 0.3),), worker_requests=Resources(cpu=0.1))
    assert withheld(state, 3) is None


def test_fewer_workers_where_idle_ones_stop_first():
    words = said(cluster(3, stops_idle_first=True, grace_seconds=None), 1, outlook())
    assert words == (
        "2 of these 3 workers busy, 1 idle. Idle ones stop first; "
        "1 busy one will finish or hand back the running task. No trial is lost, no attempt counted."
    )


def test_fewer_workers_where_the_cluster_chooses():
    words = said(cluster(3), 1, outlook())
    assert "Kubernetes chooses which stop" in words
    assert "1 to 2 busy ones will finish within 2 min or hand back the running task." in words


def test_none_says_what_becomes_of_what_waits():
    words = said(cluster(3), 0, outlook())
    assert "2 busy ones will finish" in words
    assert "With no worker nothing is evaluated: 300 tasks waiting" in words
    assert "until workers start again" in words


def test_the_same_number_says_nothing():
    assert what_happens(cluster(3), 3, outlook()) == []


@pytest.mark.parametrize(
    ("manager", "by_us", "who"),
    [
        ("boostgrid-dashboard", True, "this dashboard"),
        ("kubectl-scale", False, "kubectl (kubectl-scale)"),
        ("kubectl", False, "kubectl"),
        ("argocd-controller", False, "Argo CD (argocd-controller)"),
        ("someone", False, "someone"),
        ("", False, "a program whose name nobody noted"),
    ],
)
def test_who_set_it_last(manager, by_us, who):
    assert who_scaled(ScaleChange(manager=manager, at=None, by_us=by_us)) == who
