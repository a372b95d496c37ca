"""Cancelling, resuming, retrying and deleting sweeps, by their ids or the beginnings of them."""

from __future__ import annotations

import pytest

from shared.domain import ErrorCause
from tests.support.shell import finish, launch, queued, run, succeed

pytestmark = pytest.mark.usefixtures("home")


def test_cancel_resume_and_delete(store):
    sweep_id = launch()
    finish(store, sweep_id, trials=1)
    assert f"`python -m shared resume {sweep_id}` goes on" in succeed("cancel", sweep_id).stderr
    assert store.sweep(sweep_id).cancelled
    succeed("resume", sweep_id, "--no-follow")
    assert not store.sweep(sweep_id).cancelled
    assert queued(store) == 2  # those of before it was cancelled went with their queue
    assert run("delete", sweep_id, input="n\n").exit_code == 1
    assert len(store.summaries()) == 1
    succeed("delete", sweep_id, "--yes")
    assert store.summaries() == []


def test_a_finished_sweep_has_nothing_to_cancel(store):
    sweep_id = launch()
    finish(store, sweep_id)
    assert succeed("cancel", sweep_id).stderr == "It is finished: there is nothing to cancel.\n"


def test_retry_publishes_what_failed(store):
    sweep_id = launch()
    finish(store, sweep_id, failed=ErrorCause.TIMEOUT, trials=1)
    succeed("retry", sweep_id, "--no-follow")
    assert store.summaries()[0].failed == 0
    assert store.sweep(sweep_id).epoch == 2


def test_ids_and_hashes_may_be_shortened_where_that_is_unique(home, store):
    sweep_id = launch()
    info = store.datasets()[0]
    assert succeed("spec", sweep_id[:-2]).stdout == succeed("spec", sweep_id).stdout
    succeed("fetch", info.content_hash[:8], "-o", "by_hash")
    succeed("fetch", "diabetes", "-o", "by_name")
    assert (
        (home / "by_hash").read_bytes() == (home / "by_name").read_bytes() == store.load_dataset(info.content_hash)[1]
    )
    other = launch()
    refused = run("cancel", sweep_id[:5])
    assert refused.exit_code == 1
    assert "begins the ids of 2 sweeps" in refused.output
    succeed("cancel", other[:-1])
    succeed("resume", other[:-1], "--no-follow")
    succeed("delete", other[:-1], "--yes")
    assert [summary.sweep.sweep_id for summary in store.summaries()] == [sweep_id]
