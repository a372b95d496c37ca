import mmap
import os
from contextlib import closing
from types import SimpleNamespace

import psutil
import pytest

from worker.engine.memory import own_memory
from worker.parent.memory import Usage, available_memory, usage

GIB = 2**30
V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1_MOUNT = "35 24 0:30 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory\n"


@pytest.fixture(autouse=True)
def _a_machine_of_64_gib(monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=64 * GIB))


@pytest.fixture
def machine(tmp_path):
    def build(membership, mountinfo, files):
        for name, text in {"proc/self/cgroup": membership, "proc/self/mountinfo": mountinfo, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return build


def test_the_least_v2_limit_counts(machine):
    files = {
        "sys/fs/cgroup/kubepods/pod1/container/memory.max": f"{8 * GIB}\n",
        "sys/fs/cgroup/kubepods/pod1/memory.max": f"{6 * GIB}\n",
        "sys/fs/cgroup/kubepods/memory.max": "max\n",
    }
    assert available_memory(machine("0::/kubepods/pod1/container\n", V2_MOUNT, files)) == 6 * GIB


def test_a_v1_limit_counts(machine):
    files = {
        "sys/fs/cgroup/memory/docker/memory.limit_in_bytes": f"{2 * GIB}\n",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    }
    assert available_memory(machine("4:memory:/docker\n", V1_MOUNT, files)) == 2 * GIB


def test_without_a_limit_the_machines_memory_counts(machine, tmp_path):
    assert available_memory(tmp_path) == 64 * GIB
    assert available_memory(machine("0::/\n", V2_MOUNT, {})) == 64 * GIB


STATUS = """Name:\tpython
VmData:\t  500000 kB
RssAnon:\t  300000 kB
RssFile:\t   80000 kB
RssShmem:\t   20000 kB
"""


def test_what_a_limit_is_breached_with_is_anonymous_and_shared_but_not_of_files(machine):
    root = machine("0::/\n", V2_MOUNT, {"proc/7/status": STATUS})
    assert usage(7, root) == Usage(resident=320_000 * 1024, writable=500_000 * 1024)


def test_a_process_that_ends_has_nothing(machine):
    root = machine("0::/\n", V2_MOUNT, {"proc/7/status": "Name:\tpython\nState:\tZ (zombie)\n"})
    assert usage(7, root) is None
    assert usage(2**22 + 1, root) is None


def test_the_memory_of_a_real_process_is_read():
    size = 50 * 2**20
    before = usage(os.getpid())
    # a mapping of its own: what is allocated may come out of what was freed
    with closing(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)) as kept:
        untouched = usage(os.getpid())
        kept.write(b"x" * size)
        after = usage(os.getpid())
    assert untouched.writable - before.writable >= size
    assert untouched.resident - before.resident < 5 * 2**20
    assert size <= after.resident - untouched.resident + 2**20


def test_what_processes_share_is_not_an_engines_own(monkeypatch):
    memory = SimpleNamespace(rss=110, shared=70)
    monkeypatch.setattr(psutil, "Process", lambda: SimpleNamespace(memory_info=lambda: memory))
    assert own_memory() == 40
