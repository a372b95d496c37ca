import os
from pathlib import Path

import pytest

from worker.parent.cpus import available_cpus, engine_count

V2_MOUNT = "30 23 0:26 {root} /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1_MOUNT = "35 24 0:30 {root} /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
OTHER_MOUNTS = (
    "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "36 24 0:31 / /sys/fs/cgroup/cpuset rw,nosuid - cgroup cgroup rw,cpuset\n"
)


@pytest.fixture(autouse=True)
def _sixteen_cpus(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


@pytest.fixture
def machine(tmp_path: Path):
    def build(membership: str, mountinfo: str, files: dict[str, str]) -> Path:
        for name, text in {
            "proc/self/cgroup": membership,
            "proc/self/mountinfo": OTHER_MOUNTS + mountinfo,
            **files,
        }.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return build


def test_a_v2_quota_limits(machine):
    root = machine("0::/\n", V2_MOUNT.format(root="/"), {"sys/fs/cgroup/cpu.max": "150000 100000\n"})
    assert available_cpus(root) == 1.5


def test_a_v2_quota_of_a_parent_group_limits(machine):
    root = machine(
        "0::/kubepods/pod1/container\n",
        V2_MOUNT.format(root="/"),
        {
            "sys/fs/cgroup/kubepods/pod1/container/cpu.max": "max 100000\n",
            "sys/fs/cgroup/kubepods/pod1/cpu.max": "200000 100000\n",
        },
    )
    assert available_cpus(root) == 2


def test_a_v1_quota_limits(machine):
    root = machine(
        "4:cpu,cpuacct:/system.slice\n3:cpuset:/\n0::/\n",
        V1_MOUNT.format(root="/"),
        {
            "sys/fs/cgroup/cpu,cpuacct/system.slice/cpu.cfs_quota_us": "50000\n",
            "sys/fs/cgroup/cpu,cpuacct/system.slice/cpu.cfs_period_us": "100000\n",
        },
    )
    assert available_cpus(root) == 0.5


def test_a_v1_container_whose_mount_shows_only_its_own_group(machine):
    root = machine(
        "4:cpu,cpuacct:/docker/abc\n",
        V1_MOUNT.format(root="/docker/abc"),
        {
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )
    assert available_cpus(root) == 3


def test_a_path_of_another_namespace_falls_back_to_the_mount(machine):
    root = machine(
        "0::/kubepods/elsewhere\n", V2_MOUNT.format(root="/docker/abc"), {"sys/fs/cgroup/cpu.max": "400000 100000"}
    )
    assert available_cpus(root) == 4


@pytest.mark.parametrize(
    ("mount", "files"),
    [
        (V2_MOUNT, {"sys/fs/cgroup/cpu.max": "max 100000"}),
        (
            V1_MOUNT,
            {
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
            },
        ),
        (V2_MOUNT, {}),
    ],
    ids=["v2 max", "v1 -1", "root group"],
)
def test_without_a_quota_the_affinity_mask_counts(machine, mount, files):
    assert available_cpus(machine("1:cpu:/\n0::/\n", mount.format(root="/"), files)) == 16


def test_affinity_below_the_quota_counts(machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    root = machine("0::/\n", V2_MOUNT.format(root="/"), {"sys/fs/cgroup/cpu.max": "800000 100000"})
    assert available_cpus(root) == 1


def test_where_there_are_no_cgroups_affinity_counts(tmp_path):
    assert available_cpus(tmp_path) == 16


@pytest.mark.parametrize(
    ("threads", "cpus", "engines"), [(1, 4.0, 4), (2, 5.0, 2), (4, 2.0, 1), (1, 0.5, 1), (1, 1.5, 1)]
)
def test_engines_fill_the_cpus(threads, cpus, engines):
    assert engine_count(threads, cpus) == engines
