"""Amounts as people read them."""

from __future__ import annotations

import pytest

from dashboard.cluster.amounts import cpu_sentence, end_sentence, memory_sentence, size
from dashboard.cluster.state import ClusterProcess, LastEnd, Resources
from shared.domain import ProcessState


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "0 B"),
        (1023, "1,023 B"),
        (999.7 * 2**20, "1,000 MiB"),
        (512 * 2**20, "512 MiB"),
        (1.5 * 2**30, "1.5 GiB"),
        (5000 * 2**40, "5,000 TiB"),
    ],
)
def test_sizes(amount, words):
    assert size(amount) == words


def process(**changes: object) -> ClusterProcess:
    return ClusterProcess(name="a", state=ProcessState.RUNNING).model_copy(update=changes)


def test_what_is_used_of_what_is_allowed():
    both = process(used=Resources(cpu=0.034, memory=2**30), limits=Resources(cpu=2, memory=4 * 2**30))
    assert (cpu_sentence(both), memory_sentence(both)) == ("CPU 0.034 of 2", "memory 1 GiB of 4 GiB")
    many = process(used=Resources(cpu=128.4, memory=2**30), limits=Resources(cpu=256, memory=2**40))
    assert cpu_sentence(many) == "CPU 128 of 256"
    free = process(used=Resources(cpu=0.5, memory=2**20))
    assert (cpu_sentence(free), memory_sentence(free)) == ("CPU 0.5", "memory 1 MiB")


def test_what_is_asked_for_where_nobody_measures():
    asking = process(requests=Resources(cpu=0.25, memory=2**29))
    assert (cpu_sentence(asking), memory_sentence(asking)) == ("asks for 0.25 CPU", "asks for 512 MiB")
    assert (cpu_sentence(process()), memory_sentence(process())) == ("", "")


def test_how_a_life_ended():
    assert end_sentence(LastEnd(reason="Error", exit_code=1, container="users")) == "users: Error, exit code 1"
    killed = LastEnd(reason="OOMKilled", exit_code=137, memory_limit=2**30)
    assert end_sentence(killed) == "OOMKilled, exit code 137; its limit is 1 GiB"
