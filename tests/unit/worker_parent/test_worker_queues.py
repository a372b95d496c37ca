"""Which queues a worker takes from, and which it ends."""

from __future__ import annotations

import threading

import pytest

from shared.domain import TaskAddress
from shared.errors import DatasetError, ServiceUnavailable
from shared.testing import InMemoryTaskQueue, make_task_of
from tests.support.worker_bench import bench

__all__ = ["bench"]


def fill(b, sweep, tasks, cost=1.0):
    b.publish([make_task_of(sweep, (sweep.sweep_id, key), cost=cost) for key in range(tasks)])


def test_the_second_sweep_has_its_first_result_at_the_next_free_engine(bench):
    b = bench()
    big = b.sweep("big", size=200)
    fill(b, big, 200)
    b.until(lambda: len(b.outcomes(big)) >= 20)
    quick = b.sweep("quick")
    fill(b, quick, 1)
    before = len(b.outcomes(big))
    b.until(lambda: b.outcomes(quick))
    assert len(b.outcomes(big)) - before <= 2


def test_priority_is_strict(bench):
    b = bench()
    low, high = b.sweep("low", priority="low", size=5), b.sweep("high", priority="high", size=5)
    fill(b, low, 5)
    fill(b, high, 5)
    b.until(lambda: b.outcomes(low))
    assert len(b.outcomes(high)) == 5


def test_no_more_than_a_task_an_engine_is_held_over_all_queues(bench):
    b = bench(engines=2)
    for name in "abcde":
        fill(b, b.sweep(name, size=4), 4)
    held = []
    b.until(lambda: held.append(b.status().unacknowledged) or b.status().ready == 0)
    assert max(held) <= 2


def test_what_runs_elsewhere_is_held_at_most_once_an_idle_engine(bench):
    b = bench(engines=2)
    sweep = b.sweep(size=9)
    tasks = [make_task_of(sweep, key) for key in range(8)]
    b.other_worker_runs(*[task.trials[0].trial_id for task in tasks])
    b.publish(tasks)
    held = []
    for _ in range(40):
        b.pass_time(0.2)
        held.append(b.status().unacknowledged)
    assert max(held) == 2
    assert b.requests == []


def test_an_engine_does_not_idle_behind_what_runs_elsewhere(bench):
    b = bench()
    sweep = b.sweep(size=9)
    tasks = [make_task_of(sweep, key) for key in range(6)]
    b.other_worker_runs(*[task.trials[0].trial_id for task in tasks[:5]])
    b.publish(tasks)
    started = b.now
    b.until(lambda: len(b.outcomes(sweep)) == 1)
    assert b.now - started < 2


def test_what_was_only_held_by_a_lost_worker_costs_nothing(bench):
    b = bench()
    sweep = b.sweep()
    (trial,) = b.task(sweep).trials
    b.other_worker_runs(trial.trial_id)
    b.until(lambda: b.status().unacknowledged)
    b.queue.lose_deliveries()
    b.store.silence("worker-under-test")
    b.other_worker_runs()
    c = bench(store=b.store, queue=b.queue, worker_id="second", now=b.now + 5, addresses=b.addresses)
    c.until_settled()
    assert c.outcomes(sweep)[trial.trial_id].attempts == 1
    assert b.store.attempts([trial.trial_id]) == {}


def test_what_a_worker_is_not_suited_for_stays_where_it_is(bench):
    b = bench()
    fill(b, b.sweep("older", library_version="2.1.0"), 1)
    fill(b, b.sweep("newer", task_version=999), 1)
    mine = b.sweep("mine")
    fill(b, mine, 1)
    b.until(lambda: b.outcomes(mine))
    assert (b.status().ready, b.status().dead) == (2, 0)


def test_the_queue_of_a_finished_sweep_goes(bench):
    b = bench()
    sweep = b.sweep(size=3)
    fill(b, sweep, 3)
    b.until(lambda: not b.store.queued_sweeps())
    assert len(b.outcomes(sweep)) == 3
    assert b.queue.addresses() == []


def test_a_cancel_that_died_between_its_steps_is_completed(bench):
    b = bench()
    sweep = b.sweep(library_version="2.1.0", cancelled=True)  # by a worker that could not do it, too
    b.queue.publish(TaskAddress(sweep_id=sweep.sweep_id, epoch=1), [make_task_of(sweep)])
    b.until(lambda: not b.store.queued_sweeps())
    assert b.queue.addresses() == []
    assert b.store.sweep(sweep.sweep_id).cancelled


def test_the_queue_of_a_finished_sweep_goes_with_messages_that_nobody_here_knows(bench):
    b = bench()
    sweep = b.sweep(size=3)
    fill(b, sweep, 3)
    (address,) = b.queue.addresses()
    b.queue.put(address, b'{"schema_version": 999}')
    b.until(lambda: len(b.outcomes(sweep)) == 3)
    for _ in range(5):
        b.pass_time(5)
    assert b.queue.addresses() == [address]  # what is no task has the time to become a dead letter
    for _ in range(30):
        b.pass_time(5)
    assert b.queue.addresses() == []
    assert not b.store.queued_sweeps()


def test_messages_that_nobody_here_knows_wait_as_long_as_their_sweep_is_open(bench):
    b = bench()
    sweep = b.sweep(size=4)
    fill(b, sweep, 3)
    (address,) = b.queue.addresses()
    b.queue.put(address, b'{"schema_version": 999}')
    b.until(lambda: len(b.outcomes(sweep)) == 3)
    for _ in range(60):
        b.pass_time(5)
    assert b.queue.addresses() == [address]
    assert b.status().ready == 1


def gone(content_hash):
    raise DatasetError("the table is no longer stored")


class MuteQueue(InMemoryTaskQueue):
    """Some of its queues do not answer."""

    def __init__(self):
        super().__init__()
        self.mute, self.asked = set(), []

    def remove(self, address, if_empty=False):
        self.asked.append(address)
        if address in self.mute:
            raise ServiceUnavailable("RabbitMQ", "it does not answer", "Check that most of its nodes run.")
        return super().remove(address, if_empty)


def test_a_queue_that_was_left_is_removed_once_it_answers(bench):
    b = bench(queue=MuteQueue())
    sweep = b.sweep(epoch=2)
    left = TaskAddress(sweep_id=sweep.sweep_id, epoch=1)
    b.queue.publish(left, [make_task_of(sweep)])
    b.queue.mute.add(left)
    b.store.leave_queue(left)
    for _ in range(60):
        b.pass_time(5)
    assert 4 < len(b.queue.asked) < 15  # ever less often
    assert b.store.left_queues() == [left]
    b.queue.mute.clear()
    b.until(lambda: not b.store.left_queues())
    assert left not in b.queue.addresses()


def test_one_whose_sweep_is_deleted_goes_too(bench):
    b = bench()
    left = TaskAddress(sweep_id="gone-000000", epoch=1)
    b.queue.publish(left, [])
    b.store.leave_queue(left)
    b.until(lambda: not b.store.left_queues())
    assert b.queue.addresses() == []


def test_one_that_its_sweep_has_still_stays(bench):
    b = bench()
    sweep = b.sweep(size=2)
    fill(b, sweep, 1)
    b.store.leave_queue(sweep.address)  # by a resume that died before it began the next epoch
    for _ in range(10):
        b.pass_time(5)
    assert b.queue.addresses() == [sweep.address]
    assert len(b.outcomes(sweep)) == 1


def test_a_queue_that_does_not_answer_keeps_no_other_from_its_end(bench):
    b = bench(queue=MuteQueue())
    mute, other = (b.sweep(name, cancelled=True) for name in ("a-000000", "b-000000"))
    for sweep in (mute, other):
        b.queue.publish(sweep.address, [make_task_of(sweep)])
    b.queue.mute.add(mute.address)
    b.until(lambda: not b.store.sweep(other.sweep_id).queued)
    assert b.queue.addresses() == [mute.address]


def test_a_worker_hears_its_engines_while_a_queue_does_not_answer_its_removal(bench):
    class SlowQueue(MuteQueue):
        def remove(self, address, if_empty=False):
            if address in self.mute:
                answers.wait(60)
            return super().remove(address, if_empty)

    answers = threading.Event()
    b = bench(queue=SlowQueue())
    slow, left = b.sweep("slow", cancelled=True), TaskAddress(sweep_id="gone-000000", epoch=1)
    b.queue.publish(slow.address, [make_task_of(slow)])
    b.queue.mute.add(slow.address)
    wanted = b.sweep("wanted", size=3)
    fill(b, wanted, 3)
    try:
        b.until(lambda: len(b.outcomes(wanted)) == 3)
        b.store.leave_queue(left)
        b.pass_time(10)
        assert b.queue.asked == []  # one at a time
    finally:
        b.queue.mute.clear()
        answers.set()
    b.until(lambda: not b.store.left_queues() and not b.store.sweep(slow.sweep_id).queued)
    assert slow.address not in b.queue.addresses()


def test_no_queue_is_removed_while_the_system_refuses_threads(bench, monkeypatch):
    b = bench()
    sweep = b.sweep(cancelled=True)
    b.queue.publish(sweep.address, [])
    with monkeypatch.context() as patched:
        patched.setattr("worker.parent.queue_ends.QueueRemoval", refused)
        for _ in range(3):
            b.pass_time(6)
        assert b.queue.addresses() == [sweep.address]
    b.until(lambda: not b.store.queued_sweeps())
    assert b.queue.addresses() == []


def refused(*_, **__):
    raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("among", ["left", "cancelled"])
def test_several_that_never_answer_keep_no_other_from_its_end(bench, among):
    class DeafQueue(MuteQueue):
        def remove(self, address, if_empty=False):
            b.now += 10 if address in self.mute else 0  # all the time that it is given
            return super().remove(address, if_empty)

    b = bench(queue=DeafQueue())
    for number in range(6):
        if among == "left":
            mute = TaskAddress(sweep_id=f"a-gone-{number}", epoch=1)
            b.store.leave_queue(mute)
        else:
            mute = b.sweep(f"a-{number}", cancelled=True).address
        b.queue.mute.add(mute)
    for _ in range(60):
        b.pass_time(20)
    late, left = b.sweep("z", cancelled=True), TaskAddress(sweep_id="z-gone", epoch=1)
    b.queue.publish(late.address, [make_task_of(late)])
    b.queue.publish(left, [])
    b.store.leave_queue(left)
    for _ in range(12):
        b.pass_time(5)
    assert b.queue.addresses() == []


def test_a_worker_reports_the_queues_that_do_not_answer(bench, monkeypatch):
    b = bench()
    sweep = b.sweep()
    b.task(sweep)
    b.until_settled()
    b.pass_time(10)
    assert b.store.workers()[0].mute == ()
    monkeypatch.setattr("shared.testing.queue.InMemoryTaskConsumer.mute", lambda _: frozenset({sweep.address}))
    b.pass_time(2)
    assert b.store.workers()[0].mute == (sweep.address,)


def test_what_is_left_of_a_failed_batch_is_asked_once(bench, monkeypatch):
    b = bench()
    sweep = b.sweep(size=2)
    adopted, adopt = [], b.store.adopt
    monkeypatch.setattr(b.store, "adopt", lambda *asked: adopted.append(asked) or adopt(*asked))
    monkeypatch.setattr(b.store, "datasets", list)
    monkeypatch.setattr(b.store, "load_dataset", gone)
    b.task(sweep)
    b.until(lambda: b.outcomes(sweep))
    assert len(adopted) == 2  # as it was taken, and as it failed
